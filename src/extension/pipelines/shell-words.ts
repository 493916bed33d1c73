/** What keeps a command line from being started without a shell. */
export class NeedsShell extends Error {
  /** The part only a shell understands: `|`, `>`, `*`. */
  readonly part: string;

  constructor(part: string) {
    super(`only a shell understands ${part}`);
    this.part = part;
  }
}

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * The words of a simple command as a POSIX shell splits them: quotes, escapes, `$NAME` and `~` resolved.
 *
 * @throws NeedsShell where it is more than words: pipes, redirections, patterns, substitutions.
 */
export function shellWords(line: string, env: Environment): string[] {
  const words: string[] = [];
  let word: string | undefined;
  const add = (text: string): void => {
    word = (word ?? '') + text;
  };
  const end = (): void => {
    if (word !== undefined) words.push(word);
    word = undefined;
  };
  let at = 0;
  while (at < line.length) {
    const char = line[at]!;
    if (/\s/.test(char)) {
      end();
      at += 1;
    } else if (char === "'") {
      const close = line.indexOf("'", at + 1);
      if (close < 0) throw new NeedsShell("'");
      add(line.slice(at + 1, close));
      at = close + 1;
    } else if (char === '"') {
      add('');
      at = inQuotes(line, at + 1, env, add);
    } else if (char === '\\') {
      if (line[at + 1] !== '\n') add(line[at + 1] ?? '');
      at += 2;
    } else if (char === '$') at = variable(line, at, env, add);
    else if (char === '#' && word === undefined) break;
    else if (char === '~' && word === undefined && /^~(\/|\s|$)/.test(line.slice(at))) {
      add(env['HOME'] ?? '~');
      at += 1;
    } else {
      const special = /^(&&|\|\||[|&;<>()`*?[{}]|!(?=\s))/.exec(line.slice(at))?.[0];
      if (special !== undefined) throw new NeedsShell(special);
      add(char);
      at += 1;
    }
  }
  end();
  return words;
}

/** The part of a line up to the closing quote. @returns where it goes on */
function inQuotes(line: string, from: number, env: Environment, add: (text: string) => void): number {
  let at = from;
  while (at < line.length && line[at] !== '"') {
    const char = line[at]!;
    if (char === '`') throw new NeedsShell('`');
    if (char === '$') at = variable(line, at, env, add);
    else if (char === '\\' && /["$`\\\n]/.test(line[at + 1] ?? '')) {
      if (line[at + 1] !== '\n') add(line[at + 1]!);
      at += 2;
    } else {
      add(char);
      at += 1;
    }
  }
  if (at >= line.length) throw new NeedsShell('"');
  return at + 1;
}

/** `$NAME` and `${NAME}`; a `$` that starts neither stands for itself. @returns where it goes on */
function variable(line: string, at: number, env: Environment, add: (text: string) => void): number {
  const [whole, braced, plain] = /^\$(?:\{(\w+)\}|([A-Za-z_]\w*))/.exec(line.slice(at)) ?? [];
  const name = braced ?? plain;
  if (whole !== undefined && name !== undefined) {
    const value = env[name] ?? '';
    // Unquoted, a shell would split it into words.
    if (/\s/.test(value)) throw new NeedsShell(whole);
    if (value !== '') add(value);
    return at + whole.length;
  }
  if (/^\$[({\d@*#?!$-]/.test(line.slice(at))) throw new NeedsShell(line.slice(at, at + 2));
  add('$');
  return at + 1;
}

/** Splits a line at `&&` and `;` outside of quotes; a line that cannot be split is one command. */
export function simpleCommands(line: string): string[] {
  const found: string[] = [];
  let start = 0;
  let quote: string | undefined;
  for (let at = 0; at < line.length; at++) {
    const char = line[at]!;
    if (char === '\\' && quote !== "'") at += 1;
    else if (quote !== undefined) quote = char === quote ? undefined : quote;
    else if (char === "'" || char === '"') quote = char;
    else if (char === ';' || line.startsWith('&&', at)) {
      found.push(line.slice(start, at));
      if (char === '&') at += 1;
      start = at + 1;
    }
  }
  return [...found, line.slice(start)].map((text) => text.trim()).filter((text) => text !== '');
}
