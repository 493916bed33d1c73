import { element, putInOrder } from '../shared/dom.ts';
import type { ShownColumn } from './table-model.ts';

/** The cells of one line that are in sight. A cell that leaves on one side is the next one that comes in on the other. */
export class CellStrip {
  readonly element: HTMLElement;
  readonly cells = new Map<string, HTMLElement>();
  #isTidy = true;

  constructor(place: HTMLElement) {
    this.element = place;
  }

  /**
   * Has a cell for each of the columns.
   * @param placeOf Place of a column among all of them, from 0.
   * @param fill Called for every column; `isNew` where the cell was that of another column, or none.
   */
  sync(
    columns: readonly ShownColumn[],
    placeOf: (id: string) => number,
    fill: (cell: HTMLElement, column: ShownColumn, isNew: boolean) => void,
  ): void {
    const { cells } = this;
    const wanted = new Set(columns.map(({ id }) => id));
    const free: HTMLElement[] = [];
    for (const [id, cell] of cells)
      if (!wanted.has(id)) {
        free.push(cell);
        cells.delete(id);
      }
    for (const column of columns) {
      const known = cells.get(column.id);
      if (known) {
        fill(known, column, false);
        continue;
      }
      const cell = free.pop() ?? this.#made();
      this.#isTidy = false;
      cells.set(column.id, cell);
      cell.dataset['column'] = column.id;
      cell.setAttribute('aria-colindex', String(placeOf(column.id) + 1));
      cell.style.order = String(placeOf(column.id));
      fill(cell, column, true);
    }
    for (const cell of free) cell.remove();
  }

  /** Puts the cells into the document in their order, which is the one screen readers go by. */
  tidy(columns: readonly ShownColumn[]): void {
    if (this.#isTidy) return;
    this.#isTidy = true;
    putInOrder(
      this.element,
      columns.flatMap(({ id }) => this.cells.get(id) ?? []),
    );
  }

  #made(): HTMLElement {
    const cell = element('div', {});
    cell.tabIndex = -1;
    this.element.append(cell);
    return cell;
  }
}
