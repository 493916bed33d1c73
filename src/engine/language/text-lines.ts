/** A place in a text as editors count it: from 0, characters in UTF-16 units. */
export interface TextPosition {
  readonly line: number;
  readonly character: number;
}

export interface TextRange {
  readonly start: TextPosition;
  readonly end: TextPosition;
}

/** One replacement in a text; several of them do not overlap, and all count in the text as it was. */
export interface TextChange {
  readonly range: TextRange;
  readonly newText: string;
}

/** A text with its line ends normalised, and the way between offsets and positions. */
export class TextLines {
  readonly text: string;
  readonly starts: readonly number[];

  constructor(source: string) {
    this.text = source.includes('\r') ? source.replace(/\r\n?/g, '\n') : source;
    const starts = [0];
    for (let at = this.text.indexOf('\n'); at >= 0; at = this.text.indexOf('\n', at + 1)) starts.push(at + 1);
    this.starts = starts;
  }

  position(offset: number): TextPosition {
    const line = this.lineOf(offset);
    return { line, character: offset - (this.starts[line] ?? 0) };
  }

  range(start: number, end: number): TextRange {
    return { start: this.position(start), end: this.position(end) };
  }

  /** The offset of a position; behind the end of a line its end. */
  offset({ line, character }: TextPosition): number {
    const start = this.starts[line] ?? this.text.length;
    const end = (this.starts[line + 1] ?? this.text.length + 1) - 1;
    return Math.min(start + character, end);
  }

  lineOf(offset: number): number {
    let [low, high] = [0, this.starts.length - 1];
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((this.starts[middle] ?? 0) <= offset) low = middle;
      else high = middle - 1;
    }
    return low;
  }

  /** Without its line end. */
  line(number: number): string {
    const start = this.starts[number] ?? this.text.length;
    return this.text.slice(start, (this.starts[number + 1] ?? this.text.length + 1) - 1);
  }
}
