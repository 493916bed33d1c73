import * as path from 'node:path';
import { extensions, type Uri } from 'vscode';

/** What this uses of the Python extension's public face. */
interface PythonApi {
  readonly environments: {
    getActiveEnvironmentPath(resource?: Uri): { readonly path: string };
    resolveEnvironment(environment: { readonly path: string }): Promise<
      | {
          readonly executable: { readonly uri?: Uri | undefined; readonly sysPrefix: string };
          readonly environment?: unknown;
        }
      | undefined
    >;
  };
}

/** Variables of the editor's own processes: a program started with them may take itself for a part of it. */
const OF_THE_EDITOR = /^(ELECTRON_|VSCODE_)/;

/** The environment of a stage's commands: this process's, with the Python that was chosen in the editor in front, as in its terminals. */
export async function stageEnvironment(root: Uri): Promise<Record<string, string | undefined>> {
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !OF_THE_EDITOR.test(name)));
  const python = await chosenPython(root);
  if (!python) return env;
  const names = Object.keys(env).filter((name) => name.toUpperCase() === 'PATH'); // `Path` on Windows.
  const [name = 'PATH'] = names;
  env[name] = [path.dirname(python.program), env[name]].filter(Boolean).join(path.delimiter);
  if (python.isVirtual) env['VIRTUAL_ENV'] = python.prefix;
  return env;
}

async function chosenPython(root: Uri): Promise<{ program: string; prefix: string; isVirtual: boolean } | undefined> {
  const extension = extensions.getExtension<PythonApi>('ms-python.python');
  if (!extension?.isActive) return undefined; // Who has not used it has chosen nothing.
  const { environments } = extension.exports;
  const found = await environments.resolveEnvironment(environments.getActiveEnvironmentPath(root));
  const program = found?.executable.uri?.fsPath;
  if (!found || program === undefined) return undefined;
  return { program, prefix: found.executable.sysPrefix, isVirtual: found.environment !== undefined };
}
