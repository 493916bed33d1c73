import { NeedsShell, shellWords } from './shell-words.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/** How a command is started under a debugger: what is the same for every stage is left out. */
export type Debuggee =
  | {
      readonly language: 'node';
      /** Absolute or relative to the working directory; undefined where the runtime finds it itself. */
      readonly program: string | undefined;
      readonly runtimeExecutable: string | undefined;
      readonly runtimeArgs: readonly string[];
      readonly args: readonly string[];
      readonly env: Readonly<Record<string, string>>;
    }
  | {
      readonly language: 'python';
      readonly start: { readonly program: string } | { readonly module: string };
      /** As the command names it; undefined for the one that is chosen in the editor. */
      readonly interpreter: string | undefined;
      readonly interpreterArgs: readonly string[];
      readonly args: readonly string[];
      readonly env: Readonly<Record<string, string>>;
    };

/** Why a command cannot be debugged. */
export type NotDebuggable =
  | { readonly reason: 'shell'; readonly part: string }
  | { readonly reason: 'program'; readonly program: string }
  | { readonly reason: 'no-script'; readonly program: string };

/** What a debugger starts for one command of a stage, or why none can. Pure: nothing is looked up on disk. */
export function debuggeeOf(command: string, env: Environment): Debuggee | NotDebuggable {
  let words: readonly string[];
  try {
    words = shellWords(command, env);
  } catch (error) {
    if (error instanceof NeedsShell) return { reason: 'shell', part: error.part };
    throw error;
  }
  const given: Record<string, string> = {};
  let first = words.findIndex((word) => !/^[A-Za-z_]\w*=/.test(word));
  if (first < 0) first = words.length;
  for (const word of words.slice(0, first)) given[word.slice(0, word.indexOf('='))] = word.slice(word.indexOf('=') + 1);
  const [program = '', ...args] = words.slice(first);
  return ofProgram(program, args, given);
}

export const isDebuggable = (found: Debuggee | NotDebuggable): found is Debuggee => 'language' in found;

const nameOf = (program: string): string => program.replace(/^.*[/\\]/, '').replace(/\.(exe|cmd|bat)$/i, '');

const NODE_SCRIPT = /\.([cm]?js|[cm]?ts)$/;
/** Programs that start what they are told under Node themselves. */
const NODE_LAUNCHERS = new Set([
  'npx',
  'npm',
  'pnpm',
  'pnpx',
  'yarn',
  'yarnpkg',
  'tsx',
  'ts-node',
  'ts-node-esm',
  'bunx',
]);
/** `uv run python train.py`: they choose an environment; the editor has chosen its own. */
const PYTHON_LAUNCHERS = new Set(['uv', 'poetry', 'pipenv', 'pdm', 'hatch', 'rye']);
/** Programs of Python packages that a module of the same name starts. */
const PYTHON_PROGRAMS = new Set(['pytest', 'papermill', 'torchrun', 'accelerate', 'jupyter']);
const MODULES: Readonly<Record<string, string>> = {
  torchrun: 'torch.distributed.run',
  accelerate: 'accelerate.commands.accelerate_cli',
};

function ofProgram(
  program: string,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
): Debuggee | NotDebuggable {
  const name = nameOf(program);
  if (name === 'node' || name === 'nodejs') return ofNode(program, args, env);
  if (/^(python(w|\d(\.\d+)?)?|pypy3?|py)$/.test(name)) return ofPython(program, args, env);
  if (NODE_LAUNCHERS.has(name))
    return { language: 'node', program: undefined, runtimeExecutable: program, runtimeArgs: args, args: [], env };
  if (PYTHON_LAUNCHERS.has(name) && args[0] === 'run') return ofPythonLauncher(name, args.slice(1), env);
  if (PYTHON_PROGRAMS.has(name)) {
    const module = MODULES[name] ?? name;
    return { language: 'python', start: { module }, interpreter: undefined, interpreterArgs: [], args, env };
  }
  if (NODE_SCRIPT.test(program))
    return { language: 'node', program, runtimeExecutable: undefined, runtimeArgs: [], args, env };
  if (program.endsWith('.py'))
    return { language: 'python', start: { program }, interpreter: undefined, interpreterArgs: [], args, env };
  return { reason: 'program', program: program === '' ? '(none)' : name };
}

/** Options of Node that take the next word, where they are not written with `=`. */
const NODE_WITH_VALUE =
  /^(-r|--require|--import|--loader|--experimental-loader|-C|--conditions|--env-file|--input-type)$/;

function ofNode(
  program: string,
  words: readonly string[],
  env: Readonly<Record<string, string>>,
): Debuggee | NotDebuggable {
  const runtimeArgs: string[] = [];
  let at = 0;
  for (; at < words.length && words[at]!.startsWith('-') && words[at] !== '-'; at++) {
    const word = words[at]!;
    // A debugger of its own would take the port that ours wants.
    if (/^--inspect(-brk|-wait)?(=|$)/.test(word)) continue;
    runtimeArgs.push(word);
    if (/^(-e|--eval|-p|--print|-pe)$/.test(word))
      return {
        language: 'node',
        program: undefined,
        runtimeExecutable: executable(program),
        runtimeArgs: [...runtimeArgs, ...words.slice(at + 1)],
        args: [],
        env,
      };
    if (NODE_WITH_VALUE.test(word) && words[at + 1] !== undefined) runtimeArgs.push(words[++at]!);
  }
  const script = words[at];
  if (script === undefined || script === '-') return { reason: 'no-script', program: nameOf(program) };
  return {
    language: 'node',
    program: script,
    runtimeExecutable: executable(program),
    runtimeArgs,
    args: words.slice(at + 1),
    env,
  };
}

/** `node` itself is what a debugger starts unless told. */
const executable = (program: string): string | undefined => (program === 'node' ? undefined : program);

/** Options of Python that take the next word. */
const PYTHON_WITH_VALUE = /^-[WX]$/;

function ofPython(
  interpreter: string | undefined,
  words: readonly string[],
  env: Readonly<Record<string, string>>,
): Debuggee | NotDebuggable {
  const interpreterArgs: string[] = [];
  for (let at = 0; at < words.length; at++) {
    const word = words[at]!;
    const rest = words.slice(at + 1);
    const made = { language: 'python', interpreter, interpreterArgs, env } as const;
    // `-m` may end a bundle of flags, as in `-um package`.
    const isModule = /^-[bBdEhiIOqsSuvVx]*m$/.exec(word);
    if (isModule) {
      if (word.length > 2) interpreterArgs.push(word.slice(0, -1));
      const [module, ...args] = rest;
      if (module === undefined) break;
      return { ...made, start: { module }, args };
    }
    if (word === '-c' || word === '-') break;
    if (!word.startsWith('-')) return { ...made, start: { program: word }, args: rest };
    interpreterArgs.push(word);
    if (PYTHON_WITH_VALUE.test(word) && rest[0] !== undefined) interpreterArgs.push(words[++at]!);
  }
  return { reason: 'no-script', program: nameOf(interpreter ?? 'python') };
}

/** What stands behind `uv run` and its like: `python …`, a script, or a program of a package. */
function ofPythonLauncher(
  launcher: string,
  words: readonly string[],
  env: Readonly<Record<string, string>>,
): Debuggee | NotDebuggable {
  const from = words.findIndex((word) => !word.startsWith('-'));
  if (from < 0) return { reason: 'no-script', program: launcher };
  const [program = '', ...args] = words.slice(from);
  if (/^python(\d(\.\d+)?)?$/.test(program)) return ofPython(undefined, args, env);
  const found = ofProgram(program, args, env);
  return isDebuggable(found) && found.language === 'python'
    ? found
    : { reason: 'program', program: `${launcher} run ${program}` };
}
