import type { LineIndex } from './yaml-lines.ts';
import type { Comment } from './yaml-node.ts';
import type { SourceToken, YamlTree } from './yaml-tree.ts';

/** A run of comment or blank lines between two tokens. */
interface Chunk extends Comment {
  readonly line: number;
}

/** Comments between one token and the next: those that stay with it, or else those the next token gets. */
export interface GapComments {
  readonly after?: Comment;
  readonly before?: Comment[];
}

/**
 * Sorts the comments behind a token the way DVC's library does: a scalar keeps all that follows it; a colon or a closing
 * bracket keeps them only when they begin on its line; everything else passes them on.
 */
export function commentsBehind(
  tree: YamlTree,
  lines: LineIndex,
  token: SourceToken | undefined,
  end: number,
): GapComments {
  const { text } = tree;
  const gap = new Gap(text, lines, end);
  switch (token?.type) {
    case 'block':
      return gap.afterBlock(token);
    case 'plain':
      return gap.afterPlain(token.end);
    case 'quoted':
      return gap.afterScalar(token.end);
    case 'colon':
    case 'flow-end':
      return gap.onSameLine(token.end);
    default:
      return passedOn(gap.chunks(token?.end ?? (text.startsWith('\ufeff') ? 1 : 0)));
  }
}

const passedOn = (chunks: readonly Chunk[]): GapComments =>
  chunks.length === 0 ? {} : { before: chunks.map(({ text, column }) => ({ text, column })) };

class Gap {
  readonly #text: string;
  readonly #lines: LineIndex;
  readonly #end: number;

  constructor(text: string, lines: LineIndex, end: number) {
    this.#text = text;
    this.#lines = lines;
    this.#end = end;
  }

  chunks(from: number): Chunk[] {
    const chunks: Chunk[] = [];
    let at = from;
    while (at < this.#end) {
      const char = this.#text[at];
      if (char === ' ' || char === '\t') at += 1;
      else if (char === '#') at = this.#commentLines(at, chunks);
      else if (char === '\n') at = this.#text[at + 1] === '\n' ? this.#blankLines(at + 1, chunks) : at + 1;
      else break;
    }
    return chunks;
  }

  /** A comment and the empty lines that follow it. */
  #commentLines(start: number, chunks: Chunk[]): number {
    const match = /[^\n]*\n*/y;
    match.lastIndex = start;
    const text = match.exec(this.#text)?.[0] ?? '';
    chunks.push({ ...this.#place(start), text: text.endsWith('\n') ? text : `${text}\n` });
    return start + text.length;
  }

  /** Lines without a comment, the blanks on them included; the indentation of what follows does not belong to them. */
  #blankLines(start: number, chunks: Chunk[]): number {
    const match = /[\n \t]+/y;
    match.lastIndex = start;
    let text = match.exec(this.#text)?.[0] ?? '';
    const next = start + text.length;
    if (this.#text[next] === '#') text = text.slice(0, text.lastIndexOf('\n') + 1);
    chunks.push({ text: text.replace(/ +$/, ''), column: 0, line: this.#lines.lineOf(start) });
    return next;
  }

  #place(offset: number): { column: number; line: number } {
    return { column: this.#lines.columnOf(offset), line: this.#lines.lineOf(offset) };
  }

  onSameLine(from: number): GapComments {
    const chunks = this.chunks(from);
    const [first] = chunks;
    if (!first) return {};
    return first.line === this.#lines.lineOf(from) ? { after: joined(first.text, chunks) } : passedOn(chunks);
  }

  afterScalar(from: number): GapComments {
    return this.#keep(this.chunks(from), this.#lines.lineOf(from));
  }

  #keep(chunks: readonly Chunk[], line: number): GapComments {
    const [first] = chunks;
    if (!first) return {};
    const below = first.line - line;
    const lead = below === 0 ? '' : '\n'.repeat(below) + ' '.repeat(first.column);
    return { after: joined(lead + first.text, chunks) };
  }

  /** The end of a plain scalar is only found by reading on: that takes in blank lines, those with blanks on them too. */
  afterPlain(from: number): GapComments {
    const match = /[ \n]*/y;
    match.lastIndex = from;
    const run = (match.exec(this.#text)?.[0] ?? '').slice(0, this.#end - from);
    const breaks = run.split('\n').length - 1;
    if (breaks < 2) return this.afterScalar(from);
    const kept = this.#keep(this.chunks(from + run.length), this.#lines.lineOf(from));
    return kept.after ? kept : { after: { text: '\n'.repeat(breaks), column: 0 } };
  }

  /** Blank lines below a `|` or `>` scalar are comments, unless the scalar keeps them itself. */
  afterBlock(token: SourceToken): GapComments {
    const source = this.#text.slice(token.start, this.#end);
    const header = source.indexOf('\n') + 1;
    if (header === 0) return {};
    const body = source.slice(header, token.end - token.start).replace(/(?:^|\n)[ \n]*$/, '');
    const content = token.start + header + body.length;
    const run = body === '' ? /(?:[ ]*\n)*/y : /\n(?:[ ]*\n)*/y;
    run.lastIndex = content;
    const breaks = run.exec(this.#text)?.[0] ?? '';
    const blanks = breaks.split('\n').length - (body === '' ? 1 : 2);
    const next = content + breaks.length;
    if (/^[|>][0-9]?\+/.test(source) || blanks <= 0) return this.#keep(this.chunks(next), this.#lines.lineOf(next));
    return { after: { text: '\n'.repeat(blanks) + this.chunks(next).map(indented).join(''), column: 0 } };
  }
}

const indented = ({ text, column }: Chunk): string => ' '.repeat(column) + text;

/** Several chunks as one comment that starts where the first did. */
const joined = (first: string, chunks: readonly Chunk[]): Comment => ({
  text: first + chunks.slice(1).map(indented).join(''),
  column: chunks[0]?.column ?? 0,
});
