import { DvcError } from '../core/errors.ts';
import type { PyValue } from '../core/python.ts';
import type { TreePath } from '../files/template.ts';
import { readTree } from '../files/yaml-doc.ts';
import type { YamlNode } from '../files/yaml-node.ts';
import { readPlain } from '../files/yaml-plain.ts';
import { readValue } from '../files/yaml-value.ts';
import { readLenient } from './lenient-yaml.ts';
import { TextLines, type TextRange } from './text-lines.ts';

/** Which of DVC's YAML files a text is. */
export type LanguageFile = 'dvc.yaml' | 'dvc.lock' | '.dvc';

export function languageFileOf(path: string): LanguageFile | undefined {
  const name = path.slice(path.lastIndexOf('/') + 1);
  if (name === 'dvc.yaml' || name === 'dvc.lock') return name;
  return name.endsWith('.dvc') && name !== '.dvc' ? '.dvc' : undefined;
}

/**
 * A piece of a file that is parsed by itself: one stage with its name, or one top-level key with what is below it. So a
 * keystroke in one stage of thousands costs one stage.
 */
export interface TextPart {
  /** `['stages', 'train']`, `['vars']`. */
  readonly path: TreePath;
  readonly start: number;
  /** Of its last line that is neither blank nor a comment. */
  readonly end: number;
  readonly parsed: ParsedPart;
}

/** The nodes of a part, the same object for the same text. */
export class ParsedPart {
  readonly source: string;
  /** What was put before it so that its nodes lie where they do in the file. */
  readonly #prefix: string;
  #tree: { readonly root: YamlNode | undefined; readonly isValid: boolean } | undefined;

  constructor(source: string, isEntry: boolean) {
    this.#prefix = isEntry ? 'stages:\n' : '';
    this.source = this.#prefix + source;
  }

  /** What to add to the offset of a node for its offset in the part. */
  get shift(): number {
    return -this.#prefix.length;
  }

  /** From the top of the file, with nothing in it but this part. */
  get root(): YamlNode | undefined {
    return this.#read().root;
  }

  /** False where the text was read with more tolerance than DVC has. */
  get isValid(): boolean {
    return this.#read().isValid;
  }

  /** As DVC reads it; undefined where it cannot. */
  value(): PyValue | undefined {
    if (!this.isValid) return undefined;
    try {
      return this.root ? readValue(this.root, (problem) => new Error(problem)) : null;
    } catch {
      return undefined; // A number or a key without a value; diagnostics say it.
    }
  }

  #read(): { readonly root: YamlNode | undefined; readonly isValid: boolean } {
    this.#tree ??= this.#parse();
    return this.#tree;
  }

  #parse(): { readonly root: YamlNode | undefined; readonly isValid: boolean } {
    const plain = readPlain(this.source);
    if (plain) return { root: plain, isValid: true };
    try {
      return { root: readTree(this.source, 'dvc.yaml').root, isValid: true };
    } catch (error) {
      if (!(error instanceof DvcError)) throw error;
      return { root: readLenient(this.source), isValid: false };
    }
  }
}

/** A dvc.yaml, dvc.lock or pointer file as an editor has it, complete or not, split into parts. */
export class LanguageText {
  readonly lines: TextLines;
  readonly parts: readonly TextPart[];
  #byPath: Map<string, TextPart> | undefined;

  /** @param before The same file one version earlier: what did not change is not parsed again. */
  constructor(source: string, before?: LanguageText) {
    this.lines = new TextLines(source);
    const pieces = split(this.lines);
    const reuse = reusable(this.text, pieces, before);
    this.parts = pieces.map((piece, i) => {
      const isEntry = piece.path.length > 1;
      const parsed = reuse(i) ?? new ParsedPart(this.text.slice(piece.start, piece.end), isEntry);
      return { ...piece, parsed };
    });
  }

  get text(): string {
    return this.lines.text;
  }

  /** The part of a stage or of a top-level key; of several with one name the first. */
  part(...path: string[]): TextPart | undefined {
    if (!this.#byPath) {
      this.#byPath = new Map();
      for (const part of [...this.parts].reverse()) this.#byPath.set(part.path.join('\0'), part);
    }
    return this.#byPath.get(path.join('\0'));
  }

  /** The parts of the stages, in order. */
  get stages(): TextPart[] {
    return this.parts.filter(({ path }) => path.length > 1);
  }

  /** The part that `offset` lies in or behind, up to the next one. */
  partAt(offset: number): TextPart | undefined {
    let [low, high] = [0, this.parts.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.parts[middle]?.start ?? 0) <= offset) low = middle + 1;
      else high = middle;
    }
    return this.parts[low - 1];
  }

  /** Where a node of a part stands in the file. */
  rangeOf(part: TextPart, node: { readonly start: number; readonly end: number }): TextRange {
    const base = part.start + part.parsed.shift;
    return this.lines.range(base + node.start, base + node.end);
  }
}

/** The parts of `before` that lie wholly before or behind what changed, by the index of the new piece. */
function reusable(
  text: string,
  pieces: readonly Piece[],
  before: LanguageText | undefined,
): (i: number) => ParsedPart | undefined {
  if (!before) return () => undefined;
  const old = before.text;
  const shorter = Math.min(text.length, old.length);
  let head = 0;
  while (head < shorter && text.charCodeAt(head) === old.charCodeAt(head)) head += 1;
  let tail = 0;
  while (tail < shorter - head && text.charCodeAt(text.length - 1 - tail) === old.charCodeAt(old.length - 1 - tail))
    tail += 1;
  const moved = before.parts.length - pieces.length;
  return (i) => {
    const piece = pieces[i];
    const isHead = piece !== undefined && piece.end < head;
    const isTail = piece !== undefined && piece.start > text.length - tail;
    const same = isHead ? before.parts[i] : isTail ? before.parts[i + moved] : undefined;
    const shift = isTail ? old.length - text.length : 0;
    const fits = same && piece && same.start === piece.start + shift && same.end === piece.end + shift;
    return fits && same.path.length === piece.path.length ? same.parsed : undefined;
  };
}

type Piece = Pick<TextPart, 'path' | 'start'> & { end: number };

/** A line at column 0 begins a top-level key; below `stages:`, one at the column of the first line begins a stage. */
function split(lines: TextLines): Piece[] {
  const pieces: Piece[] = [];
  let entryColumn: number | undefined;
  let isInStages = false;
  for (let line = 0; line < lines.starts.length; line++) {
    const start = lines.starts[line] ?? 0;
    let at = start;
    while (lines.text.charCodeAt(at) === 0x20) at += 1;
    const first = lines.text[at];
    if (first === undefined || first === '\n' || first === '#') continue;
    const column = at - start;
    const end = (lines.starts[line + 1] ?? lines.text.length + 1) - 1;
    const isDash = first === '-' && /[\s]/.test(lines.text[at + 1] ?? ' ');
    if (column === 0 && !isDash && !/^(?:---|\.\.\.)/.test(lines.text.slice(at, at + 3))) {
      const name = keyText(lines.text.slice(at, end));
      pieces.push({ path: [name], start, end });
      isInStages = name === 'stages';
      entryColumn = undefined;
      continue;
    }
    if (isInStages && column > 0 && !isDash) entryColumn ??= column;
    if (isInStages && column === entryColumn && !isDash)
      pieces.push({ path: ['stages', keyText(lines.text.slice(at, end))], start, end });
    const last = pieces.at(-1);
    if (last) last.end = end;
  }
  return pieces;
}

/** The key that a line begins with, or what could become one. */
function keyText(line: string): string {
  const quoted = /^(?:"((?:[^"\\]|\\.)*)"|'((?:[^']|'')*)')\s*:/.exec(line);
  if (quoted) return quoted[1]?.replace(/\\(.)/g, '$1') ?? quoted[2]?.replaceAll("''", "'") ?? '';
  const colon = line.search(/:(?:\s|$)/);
  return (colon < 0 ? line.replace(/\s+#.*$/, '') : line.slice(0, colon)).trim();
}
