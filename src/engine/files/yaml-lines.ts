/** A place in a text, both counted from 1; columns count code points, as DVC's messages do. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

/** Turns offsets into lines and columns. */
export class LineIndex {
  readonly #text: string;
  readonly #starts: number[] = [0];

  constructor(text: string) {
    this.#text = text;
    for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) this.#starts.push(at + 1);
  }

  /** Counted from 0. */
  lineOf(offset: number): number {
    let [low, high] = [0, this.#starts.length - 1];
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((this.#starts[middle] ?? 0) <= offset) low = middle;
      else high = middle - 1;
    }
    return low;
  }

  /** Code points before it on its line. */
  columnOf(offset: number): number {
    const before = this.#text.slice(this.#starts[this.lineOf(offset)], offset);
    return /[\ud800-\udbff]/.test(before) ? [...before].length : before.length;
  }

  position(offset: number): Position {
    return { line: this.lineOf(offset) + 1, column: this.columnOf(offset) + 1 };
  }
}
