import { element } from '../shared/dom.ts';
import { CellStrip } from './cell-strip.ts';

/** Height of a row, px. */
export const ROW_HEIGHT = 24;

let made = 0;

/**
 * A row in the document, in two parts: pinned columns stay at the left edge while the others are scrolled. Each part is one layer for all
 * rows; cells that stick one by one would be one each.
 */
export class DrawnRow {
  /** The row itself, with its pinned cells. It owns the others. */
  readonly pinned: CellStrip;
  readonly center: CellStrip;
  id = '';
  /** Ids of its columns: as long as they are the same, scrolling leaves the row alone. */
  columns = '';
  #index = -1;

  constructor() {
    const id = `cells-${made++}`;
    this.center = new CellStrip(element('div', { class: 'strip', id, role: 'presentation' }));
    this.pinned = new CellStrip(element('div', { class: 'row', role: 'row', 'aria-owns': id }));
  }

  cell(column: string): HTMLElement | undefined {
    return this.pinned.cells.get(column) ?? this.center.cells.get(column);
  }

  /** Becomes the row of another line of the table. */
  take(id: string): void {
    this.id = id;
    this.columns = '';
    this.pinned.element.dataset['row'] = id;
    this.center.element.dataset['row'] = id;
  }

  /** @param looks Classes of both parts. @param index From 0. */
  describe(looks: string, index: number, attributes: Readonly<Record<string, string | undefined>>): void {
    const parts = [
      [this.pinned.element, `row ${looks}`],
      [this.center.element, `strip ${looks}`],
    ] as const;
    for (const [part, name] of parts) {
      if (part.className !== name) part.className = name;
      if (index !== this.#index) part.style.top = `${index * ROW_HEIGHT}px`;
    }
    this.#index = index;
    const row = this.pinned.element;
    for (const [name, value] of Object.entries(attributes))
      if (value === undefined) row.removeAttribute(name);
      else if (row.getAttribute(name) !== value) row.setAttribute(name, value);
  }

  hover(isHovered: boolean): void {
    for (const { element: part } of [this.pinned, this.center]) part.classList.toggle('hovered', isHovered);
  }

  remove(): void {
    this.pinned.element.remove();
    this.center.element.remove();
  }
}
