import * as assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as path from 'node:path';
import * as vscode from 'vscode';
import type { LodeApi } from '../../../../src/extension/extension.ts';
import type { RepoSnapshot } from '../../../../src/extension/snapshot.ts';

const WAIT = 40_000; // ms: the machine may be busy

/** The folder that is open. */
export function workspaceRoot(): string {
  const [folder] = vscode.workspace.workspaceFolders ?? [];
  assert.ok(folder, 'a folder is open');
  return folder.uri.fsPath;
}

export const inWorkspace = (...parts: string[]): string => path.join(workspaceRoot(), ...parts);
export const uriOf = (...parts: string[]): vscode.Uri => vscode.Uri.file(inWorkspace(...parts));

/** Writes a file of the workspace and its folders; a link into the cache is replaced, not written through. */
export function write(file: string, text: string): void {
  fs.mkdirSync(path.dirname(inWorkspace(file)), { recursive: true });
  fs.rmSync(inWorkspace(file), { force: true });
  fs.writeFileSync(inWorkspace(file), text);
}

export const read = (file: string): string => fs.readFileSync(inWorkspace(file), 'utf8');
export const remove = (file: string): void => fs.rmSync(inWorkspace(file), { recursive: true, force: true });

/** The extension's public face, once it runs. */
export async function lodeApi(): Promise<LodeApi> {
  const extension = vscode.extensions.getExtension<LodeApi>('lode.lode');
  assert.ok(extension, 'the extension under development is there');
  return extension.activate();
}

/** What is shown of the repository at a folder of the workspace. */
export async function snapshotOf(...folder: string[]): Promise<RepoSnapshot> {
  const api = await lodeApi();
  const found = api.repositories().find(({ root }) => root === fs.realpathSync(inWorkspace(...folder)));
  assert.ok(found, `a repository at ${inWorkspace(...folder)}`);
  return found.snapshot;
}

/** Waits until `ask` has an answer that is not undefined or false. @throws With what it was waiting for, and `seen`. */
export async function until<T>(
  what: string,
  ask: () => T | undefined | false | Promise<T | undefined | false>,
  seen: () => unknown = () => '',
): Promise<T> {
  for (const end = Date.now() + WAIT; ; ) {
    const answer = await ask();
    if (answer !== undefined && answer !== false) return answer;
    if (Date.now() > end) assert.fail(`waited in vain for ${what}\n${JSON.stringify(await seen(), undefined, 1)}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** Waits until a path is shown with a state; `undefined` is what is as recorded. */
export const untilState = (file: string, state: string | undefined): Promise<true> =>
  until(
    `${file} to be ${state ?? 'unchanged'}`,
    async () => (await snapshotOf()).states.get(file)?.state === state,
    async () => ({ states: [...(await snapshotOf()).states.values()].slice(0, 20), ...(await counts()) }),
  );

/** Where the repository stands, in few words: for messages. */
async function counts(): Promise<object> {
  const { phase, problem, head, changes } = await snapshotOf();
  const lengths = Object.entries(changes).map(([list, items]) => [list, (items as unknown[]).length]);
  return { phase, problem, head, ...Object.fromEntries(lengths) };
}

/** Runs a command of Lode and gives whether it did what it is for. */
export const run = (command: string, ...args: unknown[]): Thenable<boolean> =>
  vscode.commands.executeCommand<boolean>(command, ...args);

function program(command: string, args: readonly string[], cwd: string): string {
  const result = spawnSync(command, args, {
    cwd,
    encoding: 'utf8',
    env: { ...process.env, ELECTRON_RUN_AS_NODE: '1' }, // Desktop VS Code's own Node.
  });
  if (result.status !== 0) throw new Error(`${command} ${args.join(' ')}: ${result.stderr}${result.stdout}`);
  return result.stdout;
}

export const git = (...args: string[]): string => program('git', args, workspaceRoot());

/** The built command line, in a folder of the workspace. */
export function lodeIn(folder: string, ...args: string[]): string {
  const extension = vscode.extensions.getExtension('lode.lode');
  assert.ok(extension);
  return program(process.execPath, [path.join(extension.extensionPath, 'dist/cli.js'), ...args], inWorkspace(folder));
}

/** Shows a file as it is on the disk: what another test typed into it and never saved may still be held. */
export async function showFromDisk(file: string): Promise<void> {
  let shown = '';
  await until(
    `${file} to be shown as it is on the disk`,
    async () => {
      // Each time anew: the editor may read the file while it is being written, and hear of the rest late.
      const { document } = await vscode.window.showTextDocument(uriOf(file));
      if (document.isDirty || document.getText() !== read(file))
        await vscode.commands.executeCommand('workbench.action.files.revert');
      shown = document.getText();
      return !document.isDirty && shown === read(file);
    },
    async () => ({ shown, disk: read(file) }),
  );
}

/** Puts the workspace back to its last commit, data and all. */
export async function startOver(): Promise<void> {
  git('reset', '-q', '--hard', 'start');
  git(
    'clean',
    '-q',
    '-ffdx',
    '-e',
    '.dvc/cache',
    '-e',
    '.dvc/tmp',
    '-e',
    '.dvc/config.local',
    '-e',
    'data.csv',
    '-e',
    'images',
  );
  lodeIn('.', 'checkout', '-q', '--force');
  await run('lode.refresh');
}
