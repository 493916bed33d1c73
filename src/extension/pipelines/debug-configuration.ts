import * as path from 'node:path';
import type { Debuggee } from './debug-command.ts';

export interface DebugPlace {
  /** What the session is called. */
  readonly name: string;
  /** Of the debugger that is installed: `node`, `debugpy`. */
  readonly type: string;
  /** Absolute. */
  readonly cwd: string;
  /** What a stage finds beside the editor's own environment. */
  readonly env: Readonly<Record<string, string>>;
  /** Absolute path of a program that the command names without one; undefined where there is none. */
  readonly find: (program: string) => string | undefined;
}

/** What `vscode.debug` is handed: a launch configuration, made of plain values. */
export interface LaunchConfiguration {
  readonly type: string;
  readonly request: 'launch';
  readonly name: string;
  readonly [setting: string]: unknown;
}

/** The launch configuration that starts what the stage would, where it would. */
export function launchConfiguration(debuggee: Debuggee, place: DebugPlace): LaunchConfiguration {
  const { name, type, cwd, find } = place;
  const shared = {
    type,
    request: 'launch',
    name,
    cwd,
    args: debuggee.args,
    env: { ...place.env, ...debuggee.env },
    console: 'integratedTerminal',
  } as const;
  const absolute = (program: string): string => path.resolve(cwd, program);
  if (debuggee.language === 'node') {
    const { program, runtimeExecutable, runtimeArgs } = debuggee;
    return {
      ...shared,
      ...(program === undefined ? {} : { program: absolute(program) }),
      ...(runtimeExecutable === undefined ? {} : { runtimeExecutable: located(runtimeExecutable, cwd) }),
      runtimeArgs,
      skipFiles: ['<node_internals>/**'],
    };
  }
  const { start, interpreter, interpreterArgs } = debuggee;
  // The one that a shell would find; without it the one that is chosen in the editor.
  const python =
    interpreter === undefined ? undefined : isPath(interpreter) ? absolute(interpreter) : find(interpreter);
  return {
    ...shared,
    ...('module' in start ? { module: start.module } : { program: absolute(start.program) }),
    ...(python === undefined ? {} : { python }),
    ...(interpreterArgs.length > 0 ? { pythonArgs: interpreterArgs } : {}),
    justMyCode: true,
  };
}

const isPath = (program: string): boolean => /[/\\]/.test(program);
/** A runtime without a folder is looked for by the debugger. */
const located = (program: string, cwd: string): string => (isPath(program) ? path.resolve(cwd, program) : program);
