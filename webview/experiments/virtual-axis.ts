// The one importer of the virtualiser: which rows and columns are in sight of the scrolling table.
import {
  elementScroll,
  observeElementOffset,
  observeElementRect,
  type Range,
  Virtualizer,
} from '@tanstack/virtual-core';

export interface AxisOptions {
  readonly element: HTMLElement;
  readonly horizontal: boolean;
  /** Rows or columns beyond each end of what is seen. */
  readonly overscan: number;
  readonly onChange: () => void;
}

export interface AxisItem {
  readonly index: number;
  readonly start: number;
  readonly size: number;
}

/** One direction of the table. */
export class VirtualAxis {
  readonly #virtual: Virtualizer<HTMLElement, HTMLElement>;
  /** Stays in the document whatever is in sight: what has the focus. */
  #kept: number | undefined;

  constructor({ element, horizontal, overscan, onChange }: AxisOptions) {
    this.#virtual = new Virtualizer<HTMLElement, HTMLElement>({
      count: 0,
      estimateSize: () => 0,
      getScrollElement: () => element,
      scrollToFn: elementScroll,
      observeElementRect,
      observeElementOffset,
      horizontal,
      overscan,
      onChange,
      rangeExtractor: (range) => this.#indexes(range),
    });
    // The element stays as long as the page: nothing ends this.
    this.#virtual._didMount();
    this.#virtual._willUpdate();
  }

  /** @param sizes Pixels of each row or column. */
  set(sizes: readonly number[]): void {
    this.#virtual.setOptions({
      ...this.#virtual.options,
      count: sizes.length,
      estimateSize: (index) => sizes[index] ?? 0,
    });
    this.#virtual.measure();
    this.#virtual._willUpdate();
  }

  keep(index: number | undefined): void {
    if (this.#kept === index) return;
    this.#kept = index;
    // A new function of the range: what is kept counts in it.
    this.#virtual.setOptions({ ...this.#virtual.options, rangeExtractor: (range) => this.#indexes(range) });
  }

  #indexes({ startIndex, endIndex, overscan, count }: Range): number[] {
    const from = Math.max(0, startIndex - overscan);
    const to = Math.min(count - 1, endIndex + overscan);
    const indexes = Array.from({ length: Math.max(0, to - from + 1) }, (_, at) => from + at);
    const kept = this.#kept;
    if (kept === undefined || kept < 0 || kept >= count || (kept >= from && kept <= to)) return indexes;
    return kept < from ? [kept, ...indexes] : [...indexes, kept];
  }

  get total(): number {
    return this.#virtual.getTotalSize();
  }

  items(): readonly AxisItem[] {
    return this.#virtual.getVirtualItems();
  }
}
