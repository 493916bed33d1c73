import * as path from 'node:path';

/** What is asked of the workspace to guess; paths from the folder the command runs in, posix. */
export interface GuessInput {
  readonly cmd: string;
  /** What lies at a path. */
  kindOf(path: string): 'file' | 'directory' | undefined;
  /** The text of a script, undefined where it cannot be read. */
  readText(path: string): string | undefined;
  /** Keys of params.yaml: dotted, the outer ones too. */
  readonly params: readonly string[];
}

/** What a stage of this command probably reads and makes: for a person to confirm. */
export interface StageGuess {
  readonly name: string;
  readonly deps: readonly string[];
  readonly params: readonly string[];
  readonly outs: readonly string[];
  readonly metrics: readonly string[];
}

const SCRIPT = /\.(py|ipynb|r|jl|m?js|ts|sh|bash|pl|rb|lua|scala|cpp|c|go|rs)$/i;
const WRITES =
  /(?:\b(?:to_\w+|save\w*|dump\w*|write\w*|mkdir|makedirs|savefig|savetxt|imwrite|copy\w*|move)\b[^'"()]*\(?[^'"()]*|(?:out(?:put)?|save|dest|target|result|model)\w*(?:_?(?:path|file|dir|folder))?\s*=\s*)$/i;
const OUT_OPTION = /^--?(?:o|out|output|save|dest|target|result)[\w-]*$/i;
const LITERAL = /(['"])((?:[\w@ .-]+\/)*[\w@ .-]+)\1/g;
const OPENS_FOR_WRITING = /^\s*,\s*(?:mode\s*=\s*)?['"][wax]/;

/** Guesses from the command's words and from the texts in its script; nothing is run. */
export function guessStage(input: GuessInput): StageGuess {
  const deps = new Set<string>();
  const outs = new Set<string>();
  const words = wordsOf(input.cmd);
  const script = words.find((word) => SCRIPT.test(word) && input.kindOf(tidy(word)) === 'file');
  for (const [i, word] of words.entries()) {
    const before = words[i - 1] ?? '';
    const [option, value] = word.startsWith('-') && word.includes('=') ? split(word) : [before, word];
    const at = tidy(value);
    if (at === '' || at.startsWith('-') || path.posix.isAbsolute(at) || at.startsWith('../')) continue;
    if (/^\d?>>?$/.test(before) || OUT_OPTION.test(option)) outs.add(at);
    else if (input.kindOf(at) !== undefined) deps.add(at);
  }
  const text = script === undefined ? undefined : input.readText(tidy(script));
  for (const { at, isWritten } of literals(text ?? '', input)) (isWritten ? outs : deps).add(at);
  const params = paramsIn(text ?? '', input.params);
  for (const out of outs) deps.delete(out);
  deps.delete('params.yaml');
  const isMetric = (file: string): boolean => /(metric|score|eval)[^/]*\.(json|ya?ml|toml)$/i.test(file);
  return {
    name: nameOf(script, words),
    deps: [...deps],
    params,
    outs: [...outs].filter((out) => !isMetric(out)),
    metrics: [...outs].filter(isMetric),
  };
}

/** Texts of a script that look like paths: those written to, and those that are there to be read. */
function* literals(text: string, { kindOf }: GuessInput): Generator<{ at: string; isWritten: boolean }> {
  for (const match of text.matchAll(LITERAL)) {
    const at = tidy(match[2] ?? '');
    if (!/[./]/.test(at) || at.startsWith('../') || at === '.') continue;
    const line = text.slice(text.lastIndexOf('\n', match.index) + 1, match.index);
    const after = text.slice(match.index + match[0].length, match.index + match[0].length + 20);
    const isWritten = WRITES.test(line) || OPENS_FOR_WRITING.test(after);
    if (isWritten ? /\.\w+$|\//.test(at) : kindOf(at) !== undefined) yield { at, isWritten };
  }
}

/** Parameters a script names by index, attribute or call; of a key and those below it, the outer one where no inner one is named. */
function paramsIn(text: string, keys: readonly string[]): string[] {
  if (!/params/i.test(text)) return [];
  const named = keys.filter((key) => {
    const parts = key.split('.').map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
    const steps = parts.map(
      (part) => `(?:\\[\\s*['"]${part}['"]\\s*\\]|\\.${part}\\b|\\.get\\(\\s*['"]${part}['"][^)]*\\))`,
    );
    return new RegExp(steps.join('\\s*')).test(text);
  });
  return named.filter((key) => !named.some((other) => other.startsWith(`${key}.`)));
}

/** The words of a command line as a shell would split it; nothing is expanded. */
const wordsOf = (cmd: string): string[] =>
  [...cmd.matchAll(/(?:[^\s"'<>|&;]|"[^"]*"|'[^']*')+|\d?>>?|[<|&;]+/g)].map(([word]) => word.replace(/["']/g, ''));

function split(word: string): [string, string] {
  const at = word.indexOf('=');
  return [word.slice(0, at), word.slice(at + 1)];
}

const tidy = (word: string): string =>
  path.posix
    .normalize(word || '.')
    .replace(/^\.$/, '')
    .replace(/\/$/, '');

function nameOf(script: string | undefined, words: readonly string[]): string {
  const base = path.posix.basename(script ?? words[0] ?? '').replace(/\.\w+$/, '');
  return base.replace(/[^\w-]+/g, '_').replace(/^_+|_+$/g, '') || 'stage';
}
