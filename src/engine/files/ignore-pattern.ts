/**
 * One line of an ignore file, compiled to a matcher that needs time linear in the path for a given pattern.
 *
 * The language is that of Python's `pathspec` (its gitignore "spec" patterns), which is what DVC evaluates: every rule is
 * a prefix match anchored at the folder the rule belongs to. Its departures from Git are kept, since they decide which files
 * are part of a directory object: `[…]` can match a slash, `**` does not cross a line feed, an unclosed `[` drops the
 * rule, and a trailing slash on `*` or `**` at the root matches nothing.
 */
export interface IgnorePattern {
  /** False for `!pattern`. */
  readonly ignores: boolean;
  readonly dirOnly: boolean;
  /** @param path Relative to the rules' folder; a folder is tried as `a/b` and as `a/b/`. */
  matches(path: string): boolean;
}

/** The rule cannot be compiled; the message says why. */
export class BadPattern extends Error {}

/** @returns undefined for a line that is no rule: blank, a comment, `/`, or an unclosed bracket. @throws BadPattern */
export function compilePattern(line: string): IgnorePattern | undefined {
  const text = line.endsWith('\\ ') ? line : line.replace(TRAILING_SPACE, '');
  if (text === '' || text.startsWith('#') || text === '/') return undefined;
  const ignores = !text.startsWith('!');
  const segments = (ignores ? text : text.slice(1)).split('/');
  const dirOnly = line.endsWith('/');
  const program = translate(segments, line);
  if (program === undefined) return undefined;
  const quick = safeExpression(program);
  return {
    ignores,
    dirOnly,
    matches: (path) => (quick !== undefined && !path.includes('\n') ? quick.test(path) : run(program, path)),
  };
}

/** Python's idea of white space, which `str.strip` removes; JavaScript's differs in six characters. */
const SPACE = '[\\t-\\r\\x1c-\\x20\\x85\\xa0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000]';
const TRAILING_SPACE = new RegExp(`${SPACE}+$`);
const LEADING_SPACE = new RegExp(`^${SPACE}+`);
export const pythonStrip = (text: string): string => text.replace(LEADING_SPACE, '').replace(TRAILING_SPACE, '');

type Step =
  | { readonly op: 'char'; readonly code: number }
  | { readonly op: 'set'; readonly has: (code: number) => boolean; readonly backwards?: boolean }
  | { readonly op: 'loop'; readonly has: (code: number) => boolean } // Zero or more.
  | { readonly op: 'skip'; readonly to: number } // Go on here, or at `to`.
  | { readonly op: 'end' } // A slash, the end, or before a final line feed.
  | { readonly op: 'below' }; // A slash.

const SLASH = 0x2f;
const LINE_FEED = 0x0a;
const notSlash = (code: number): boolean => code !== SLASH;
const notLineFeed = (code: number): boolean => code !== LINE_FEED;

/** Pathspec's normalisation of segments, then one step per token. Undefined drops the rule. */
function translate(segments: string[], line: string): Step[] | undefined {
  const dirPattern = segments.at(-1) === '';
  if (segments[0] === '') segments.shift();
  else if (segments.length === 1 || (segments.length === 2 && segments[1] === ''))
    if (segments[0] !== '**') segments.unshift('**');
  if (segments.length === 0) throw new BadPattern(`'${line}' names nothing`);
  if (segments.at(-1) === '') segments[segments.length - 1] = '**';
  for (let i = segments.length - 1; i > 0; i--)
    if (segments[i - 1] === '**' && segments[i] === '**') segments.splice(i, 1);

  const shape = segments.join('/');
  if (shape === '**') return dirPattern ? [{ op: 'below' }] : [{ op: 'set', has: notLineFeed }];
  if (shape === '**/*') return [{ op: 'set', has: notLineFeed }];
  if (shape === '**/*/**') return [{ op: 'below' }];

  const steps: Step[] = [];
  let needSlash = false;
  for (const [i, segment] of segments.entries()) {
    const last = i === segments.length - 1;
    if (segment === '**') {
      if (last) steps.push({ op: 'below' });
      else if (i === 0) steps.push({ op: 'skip', to: 4 }, ...ANYTHING, { op: 'char', code: SLASH });
      else steps.push({ op: 'skip', to: steps.length + 4 }, { op: 'char', code: SLASH }, ...ANYTHING);
      needSlash = i > 0;
      continue;
    }
    if (needSlash) steps.push({ op: 'char', code: SLASH });
    needSlash = true;
    if (segment === '*') steps.push({ op: 'set', has: notSlash }, { op: 'loop', has: notSlash });
    else if (!pushGlob(steps, segment, line)) return undefined;
    if (last) steps.push({ op: 'end' });
  }
  // Only now: an unclosed bracket further on drops the rule, and with it this mistake.
  if (steps.some((step) => step.op === 'set' && step.backwards))
    throw new BadPattern(`'${line}' has a range that runs backwards`);
  return steps;
}

/** One or more characters, none a line feed: `.+` of a Python expression. */
const ANYTHING: readonly Step[] = [
  { op: 'set', has: notLineFeed },
  { op: 'loop', has: notLineFeed },
];

/** @returns false where a bracket is not closed. */
function pushGlob(steps: Step[], segment: string, line: string): boolean {
  const codes = Array.from(segment, (c) => c.codePointAt(0)!);
  const at = (i: number): string => (i < codes.length ? String.fromCodePoint(codes[i]!) : '');
  for (let i = 0; i < codes.length; i++) {
    const c = at(i);
    if (c === '\\') {
      if (++i === codes.length) throw new BadPattern(`'${line}' ends in a backslash that escapes nothing`);
      steps.push({ op: 'char', code: codes[i]! });
    } else if (c === '*') steps.push({ op: 'loop', has: notSlash });
    else if (c === '?') steps.push({ op: 'set', has: notSlash });
    else if (c !== '[') steps.push({ op: 'char', code: codes[i]! });
    else {
      const negated = at(i + 1) === '!' || at(i + 1) === '^';
      const start = i + (negated ? 2 : 1);
      let close = start + 1; // A bracket in the first place is a member.
      while (close < codes.length && at(close) !== ']') close++;
      if (close >= codes.length) return false;
      const ranges = rangesOf(codes.slice(start, close));
      const has = (code: number): boolean => ranges.some(([low, high]) => low <= code && code <= high);
      steps.push({
        op: 'set',
        has: negated ? (code) => !has(code) : has,
        backwards: ranges.some(([low, high]) => high < low),
      });
      i = close;
    }
  }
  return true;
}

/** Members and ranges between brackets; a backslash is a member like any other. */
function rangesOf(codes: readonly number[]): (readonly [low: number, high: number])[] {
  const ranges: (readonly [low: number, high: number])[] = [];
  for (let i = 0; i < codes.length; i++) {
    const isRange = codes[i + 1] === 0x2d && i + 2 < codes.length;
    ranges.push([codes[i]!, isRange ? codes[i + 2]! : codes[i]!]);
    if (isRange) i += 2;
  }
  return ranges;
}

/** Follows every way through the steps at once, so no pattern can make it slow: steps × characters at most. */
function run(program: readonly Step[], path: string): boolean {
  let now = new Set<number>();
  const enter = (states: Set<number>, step: number): void => {
    if (states.has(step)) return;
    states.add(step);
    const { op } = program[step] ?? { op: 'done' };
    if (op === 'loop') enter(states, step + 1);
    if (op === 'skip') {
      enter(states, step + 1);
      enter(states, (program[step] as Extract<Step, { op: 'skip' }>).to);
    }
  };
  enter(now, 0);
  for (let i = 0; ; ) {
    const code = path.codePointAt(i);
    const atEnd = code === undefined || (code === LINE_FEED && i === path.length - 1);
    const next = new Set<number>();
    for (const index of now) {
      const step = program[index];
      if (step === undefined) return true;
      if (step.op === 'end' && (atEnd || code === SLASH)) return true;
      if (step.op === 'below' && code === SLASH) return true;
      if (code === undefined) continue;
      if (step.op === 'char' && step.code === code) enter(next, index + 1);
      else if (step.op === 'set' && step.has(code)) enter(next, index + 1);
      else if (step.op === 'loop' && step.has(code)) enter(next, index);
    }
    if (code === undefined || next.size === 0) return next.has(program.length);
    i += code > 0xffff ? 2 : 1;
    now = next;
  }
}

/**
 * The same steps as a regular expression, for rules that cannot make one backtrack: at most one `*` between two slashes, no
 * inner `**`, no bracket. Each loop then ends at the one slash that may follow it, so the work adds up, never multiplies.
 * Exact for paths without a line feed.
 */
function safeExpression(program: readonly Step[]): RegExp | undefined {
  const floating = program[0]!.op === 'skip';
  let source = floating ? '^(?:.+/)?' : '^';
  let loops = 0;
  for (const step of program.slice(floating ? 4 : 0)) {
    if (step.op === 'skip' || (step.op === 'loop' && ++loops > 1)) return undefined;
    if ((step.op === 'loop' || step.op === 'set') && step.has !== notSlash) return undefined;
    if (step.op === 'char' && step.code === SLASH) loops = 0;
    source += EXPRESSION[step.op] ?? literal(step);
  }
  return new RegExp(source, 'us');
}

const EXPRESSION: Readonly<Partial<Record<Step['op'], string>>> = {
  set: '[^/]',
  loop: '[^/]*',
  end: '(?:/|$)',
  below: '/',
};
const literal = (step: Step): string => (step.op === 'char' ? `\\u{${step.code.toString(16)}}` : '');
