import type { Comment } from './yaml-node.ts';

/** Lines are folded once they pass this column. */
const WIDTH = 80;
const BREAK = /[\n\u0085\u2028\u2029]/;
const ESCAPES: Readonly<Record<string, string>> = {
  '\0': '0',
  '\x07': 'a',
  '\b': 'b',
  '\t': 't',
  '\n': 'n',
  '\v': 'v',
  '\f': 'f',
  '\r': 'r',
  '\x1b': 'e',
  '"': '"',
  '\\': '\\',
  '\u0085': 'N',
  '\u2028': 'L',
  '\u2029': 'P',
};
const NEEDS_ESCAPE = /["\\\u0085\u2028\u2029\ufeff]|[^\x20-\x7e\u00a0-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/u;

/** Code points, which is what columns count. */
const widthOf = (text: string): number => (/[\ud800-\udbff]/.test(text) ? [...text].length : text.length);

/**
 * Writes YAML tokens with the line breaks, blanks and folds of DVC's library.
 *
 * Its state says what stands at the end of the output; tokens decide from it whether a blank or a new line is due.
 */
export class YamlWriter {
  readonly #out: string[] = [];
  column = 0;
  /** Undefined at the top of a document, before its first collection. */
  indent: number | undefined;
  /** The output ends in a blank or a line break. */
  whitespace = true;
  /** Nothing but indentation, dashes and question marks on this line so far. */
  indention = true;
  /** The line break that is due next has been written already, by a comment. */
  brokenAlready = false;
  /** The document ends in a scalar that only an explicit end mark can close. */
  openEnded = false;

  toString(): string {
    return this.#out.join('');
  }

  raw(text: string): void {
    this.#out.push(text);
  }

  #put(text: string): void {
    this.column += widthOf(text);
    this.#out.push(text);
  }

  /** An indicator such as `-`, `:` or `[`; `after` tells what it leaves behind. */
  indicator(text: string, blankBefore: boolean, after: { whitespace?: boolean; indention?: boolean } = {}): void {
    const written = this.whitespace || !blankBefore ? text : ` ${text}`;
    this.whitespace = after.whitespace ?? false;
    this.indention = this.indention && (after.indention ?? false);
    this.openEnded = false;
    this.#put(written);
  }

  lineBreak(text = '\n'): void {
    this.whitespace = true;
    this.indention = true;
    this.column = 0;
    this.#out.push(text);
  }

  /** Goes to the current indentation, on this line if only indentation is on it, else on a new one. */
  toIndent(): void {
    const indent = this.indent ?? 0;
    if (!this.indention || this.column > indent || (this.column === indent && !this.whitespace)) {
      if (this.brokenAlready) this.brokenAlready = false;
      else this.lineBreak();
    }
    if (this.column >= indent) return;
    this.whitespace = true;
    this.#put(' '.repeat(indent - this.column));
  }

  plain(text: string, fold: boolean, isRoot: boolean): void {
    if (isRoot) this.openEnded = true;
    if (text === '') return;
    if (!this.whitespace) this.#put(' ');
    this.#textFollows();
    for (const run of text.match(/ +|[^ ]+/g) ?? []) {
      if (run === ' ' && fold && this.column >= WIDTH) {
        this.toIndent();
        this.#textFollows();
      } else {
        // A word too long for this line gets one of its own.
        if (
          run[0] !== ' ' &&
          this.column + widthOf(run) > WIDTH &&
          this.indent !== undefined &&
          this.column > this.indent
        )
          this.toIndent();
        this.#put(run);
      }
    }
  }

  #textFollows(): void {
    this.whitespace = false;
    this.indention = false;
  }

  single(text: string, fold: boolean): void {
    this.indicator("'", true);
    const runs = text.match(/ +|[\n\u0085\u2028\u2029]+|[^ \n\u0085\u2028\u2029]+/g) ?? [];
    runs.forEach((run, i) => {
      if (run === ' ' && fold && this.column > WIDTH && i > 0 && i < runs.length - 1) this.toIndent();
      else if (BREAK.test(run)) {
        if (run.startsWith('\n')) this.lineBreak();
        for (const char of run) this.lineBreak(char);
        this.toIndent();
      } else this.#put(run.replaceAll("'", "''"));
    });
    this.indicator("'", false);
  }

  double(text: string, fold: boolean): void {
    this.indicator('"', true);
    const chars = [...text];
    let start = 0; // Of the characters that are ready to be written.
    for (let i = 0; i <= chars.length; i++) {
      const char = chars[i];
      if (char === undefined || NEEDS_ESCAPE.test(char)) {
        if (start < i) this.#put(chars.slice(start, i).join(''));
        start = i;
        if (char !== undefined) {
          this.#put(escapeOf(char));
          start = i + 1;
        }
      }
      const breakable = i > 0 && i < chars.length - 1 && (char === ' ' || start >= i);
      if (fold && breakable && this.column + i - start > WIDTH) start = this.#foldDouble(chars, start, i);
    }
    this.indicator('"', false);
  }

  /** Breaks a double-quoted text at `i`; a backslash keeps the reader from turning the break into a blank. */
  #foldDouble(chars: readonly string[], start: number, i: number): number {
    const bare = !needsBackslash(chars, start, i);
    const pending = chars.slice(start, i).join('') + (bare ? '' : '\\');
    let next = Math.max(start, i);
    this.#put(pending);
    this.toIndent();
    this.#textFollows();
    if (chars[next] === ' ') {
      if (bare) next += 1;
      else this.#put('\\');
    }
    return next;
  }

  /** A `|` scalar. `header` is what stood behind the indicator: blanks and a comment. */
  literal(text: string, header: string, isRoot: boolean): void {
    const hints = this.#blockHeader('|', text, header, isRoot);
    for (const [breaks, line] of blockLines(text)) {
      for (const char of breaks) this.lineBreak(char);
      if (line === '') continue;
      if (isRoot) this.#out.push(' '.repeat(hints + (this.indent ?? 0)));
      else this.toIndent();
      this.#out.push(line); // Its column does not count: the line ends here.
    }
    if (text !== '' && !BREAK.test(text.slice(-1))) this.lineBreak();
  }

  /** A `>` scalar; at `folds`, positions of blanks, the source had line breaks. */
  folded(text: string, folds: readonly number[], header: string, isRoot: boolean): void {
    this.#blockHeader('>', text, header, isRoot);
    let at = 0;
    let afterIndented = true;
    for (const [breaks, line] of blockLines(text)) {
      if (breaks.startsWith('\n') && at > 0 && !afterIndented && line !== '' && line[0] !== ' ') this.lineBreak();
      afterIndented = line[0] === ' ';
      for (const char of breaks) this.lineBreak(char);
      at += breaks.length;
      if (line === '') continue;
      this.toIndent();
      this.#foldedLine(line, at, folds);
      at += line.length;
    }
    if (text !== '' && !BREAK.test(text.slice(-1))) this.lineBreak();
  }

  #foldedLine(line: string, offset: number, folds: readonly number[]): void {
    let at = offset;
    for (const run of line.match(/ +|[^ ]+/g) ?? []) {
      if (run === ' ' && folds.includes(at)) {
        this.lineBreak();
        this.toIndent();
      } else if (run === ' ' && this.column > WIDTH) this.toIndent();
      else this.#put(run);
      at += run.length;
    }
  }

  /** Returns how far the text must be indented beyond its parent. */
  #blockHeader(mark: string, text: string, header: string, isRoot: boolean): number {
    const indented = /^[ \n\u0085\u2028\u2029]/.test(text) || (isRoot && /(?:^|\n)(?:---|\.\.\.)[ \r\n]/.test(text));
    const hint = /^[ \n\u0085\u2028\u2029]/.test(text) ? '2' : '';
    const chomp = blockChomp(text);
    this.indicator(mark + hint + chomp + header, true);
    this.openEnded = chomp === '+';
    this.lineBreak();
    return indented ? 2 : 0;
  }

  /** A comment behind what was just written, and the lines that belong to it. */
  commentAfter(comment: Comment): void {
    this.#comment(comment, comment.text.replace(/\n$/, ''));
    this.lineBreak();
  }

  /** A comment on lines of its own, which its text ends. */
  commentBefore(comment: Comment): void {
    if (this.column !== 0) this.lineBreak();
    this.#comment(comment, comment.text);
  }

  #comment(comment: Comment, text: string): void {
    const startsBelow = comment.text.startsWith('\n');
    let blanks = startsBelow ? 0 : comment.column - this.column;
    if (this.column > 0 && text.trim() !== '' && blanks < 1 && !startsBelow) blanks = 1;
    this.#out.push(' '.repeat(Math.max(blanks, 0)) + text);
  }
}

function escapeOf(char: string): string {
  const short = ESCAPES[char];
  if (short !== undefined) return `\\${short}`;
  const code = char.codePointAt(0) ?? 0;
  const hex = code.toString(16).toUpperCase();
  if (code <= 0xff) return `\\x${hex.padStart(2, '0')}`;
  return code <= 0xffff ? `\\u${hex.padStart(4, '0')}` : `\\U${hex.padStart(8, '0')}`;
}

/** Whether a break at `i` must be hidden from the reader, or may stand for the blank that is there. */
function needsBackslash(chars: readonly string[], start: number, i: number): boolean {
  const space = chars.indexOf(' ', i);
  if (space < 0) return true;
  const newline = chars.indexOf('\n', i);
  const stop = newline >= 0 && newline < space ? newline : space;
  const next = chars[stop + 1];
  if (next === undefined) return true;
  if (chars[stop] === '\n' && next !== ' ') return true;
  const between = chars.slice(i, stop);
  if (between.includes('"') || between.includes("'")) return true;
  return next === ' ' || next === '\n' || (chars[i - 1] === ' ' && chars[i] === ' ') || start === i;
}

const blockChomp = (text: string): string => {
  if (text === '' || !BREAK.test(text.slice(-1))) return text === '' ? '' : '-';
  return text.length === 1 || BREAK.test(text.at(-2) ?? '') ? '+' : '';
};

/** The breaks before each line, and the line; a last entry holds breaks that end the text. */
function* blockLines(text: string): Generator<[breaks: string, line: string]> {
  for (const match of text.matchAll(/([\n\u0085\u2028\u2029]*)([^\n\u0085\u2028\u2029]*)/g)) {
    if (match[0] !== '') yield [match[1] ?? '', match[2] ?? ''];
  }
}
