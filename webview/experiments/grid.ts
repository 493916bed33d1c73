import { element } from '../shared/dom.ts';
import { editCell } from './cell-editor.ts';
import { type CellContext, type CellPart, fillCell, isEditable } from './grid-cells.ts';
import { fillHeader, groupHeader, type HeaderGestures, listenToHeader, place } from './grid-header.ts';
import { actionOf, type GridAction } from './grid-keys.ts';
import { NAME, type ShownColumn, type ShownHeader, type ShownRow } from './table-model.ts';
import { fullText } from './values.ts';
import { VirtualAxis } from './virtual-axis.ts';

/** Height of a row, px. */
const ROW_HEIGHT = 24;

/** A row in the document, and what of it is drawn. */
interface DrawnRow {
  readonly element: HTMLElement;
  readonly cells: Map<string, HTMLElement>;
  /** Ids of its columns: as long as they are the same, scrolling leaves the row alone. */
  columns: string;
}

const drawnRow = (name: string): DrawnRow => ({
  element: element('div', { class: name, role: 'row' }),
  cells: new Map(),
  columns: '',
});

/** All that the table draws. The first row is the workspace. */
export interface GridContent {
  readonly rows: readonly ShownRow[];
  /** Pinned ones first. */
  readonly columns: readonly ShownColumn[];
  readonly headers: readonly (readonly ShownHeader[])[];
  readonly context: CellContext;
}

/** A cell by ids; `row` undefined is the header of the column. */
export interface CellPlace {
  readonly row: string | undefined;
  readonly column: string;
}

export interface GridHost extends HeaderGestures {
  /** Keys and clicks that are about more than the focus. @param to Where the action leads, for those that extend a selection. */
  act(action: GridAction, at: CellPlace, to?: string): void;
  press(part: CellPart, row: string, event: MouseEvent): void;
  edited(column: string, text: string): void;
  menu(at: CellPlace, place: { readonly x: number; readonly y: number }): void;
}

/** The table itself: only what is in sight is in the document, in both directions, and one cell has the focus. */
export class Grid {
  readonly element: HTMLElement;
  readonly #host: GridHost;
  readonly #head = element('div', { class: 'grid-head', role: 'rowgroup' });
  readonly #leafs = drawnRow('head-row leafs');
  readonly #body = element('div', { class: 'grid-body', role: 'rowgroup' });
  readonly #rows = new Map<string, DrawnRow>();
  readonly #vertical: VirtualAxis;
  readonly #horizontal: VirtualAxis;
  #content: GridContent | undefined;
  #places = new Map<string, number>();
  #columnPlaces = new Map<string, number>();
  #pinned: readonly ShownColumn[] = [];
  #center: readonly ShownColumn[] = [];
  #pinnedWidth = 0;
  #focus: CellPlace = { row: 'workspace', column: NAME };
  #frame = 0;

  constructor(label: string, host: GridHost) {
    this.#host = host;
    this.element = element('div', {
      class: 'grid',
      role: 'treegrid',
      'aria-label': label,
      'aria-multiselectable': 'true',
    });
    this.element.append(this.#head, this.#body);
    const onChange = (): void => this.#drawSoon();
    const { element: scroller } = this;
    this.#vertical = new VirtualAxis({ element: scroller, horizontal: false, overscan: 6, onChange });
    this.#horizontal = new VirtualAxis({ element: scroller, horizontal: true, overscan: 2, onChange });
    listenToHeader(this.#head, host);
    this.#listen();
  }

  /** The cell that has the focus, or would take it. */
  get focused(): CellPlace {
    return this.#focus;
  }

  /** @param fresh Cells whose text has changed since are brought out for a moment. */
  show(content: GridContent, fresh = false): void {
    const before = this.#content;
    this.#content = content;
    this.#places = new Map(content.rows.map(({ id }, at) => [id, at]));
    this.#columnPlaces = new Map(content.columns.map(({ id }, at) => [id, at]));
    this.#pinned = content.columns.filter(({ pinned }) => pinned);
    this.#center = content.columns.filter(({ pinned }) => !pinned);
    this.#pinnedWidth = this.#pinned.reduce((sum, { width }) => sum + width, 0);
    const isSameColumns =
      before?.columns.map(({ id, pinned }) => `${pinned}${id}`).join('\n') ===
      content.columns.map(({ id, pinned }) => `${pinned}${id}`).join('\n');
    const hadFocus = this.element.contains(document.activeElement);
    if (!isSameColumns) {
      this.#removeAllBut(new Set());
      for (const cell of this.#leafs.cells.values()) cell.remove();
      this.#leafs.cells.clear();
    }
    this.#keepFocusValid(before);
    this.#vertical.set(content.rows.map(() => ROW_HEIGHT));
    this.#horizontal.set(this.#center.map(({ width }) => width));
    this.element.setAttribute('aria-rowcount', String(content.rows.length + content.headers.length + 1));
    this.element.setAttribute('aria-colcount', String(content.columns.length));
    this.element.style.setProperty('--pinned', `${this.#pinnedWidth}px`);
    this.#draw(fresh ? 'fresh' : 'all');
    if (hadFocus && !this.element.contains(document.activeElement)) this.focus(this.#focus, false);
  }

  /** Moves the focus of the keyboard to a cell, and brings it in sight. */
  focus(at: CellPlace, scrolls = true): void {
    const previous = this.#cell(this.#focus);
    if (previous) previous.tabIndex = -1;
    this.#focus = at;
    if (scrolls) this.#bringIntoView(at);
    this.#draw();
    this.#cell(at)?.focus({ preventScroll: true });
  }

  /** Puts an input over a cell of the workspace's row. */
  edit(column: string): void {
    const content = this.#content;
    const [shown, row] = [content?.columns.find(({ id }) => id === column), content?.rows[0]?.row];
    if (!content || !shown || !isEditable(row, shown, content.context.trusted)) return;
    this.focus({ row: 'workspace', column });
    const cell = this.#cell(this.#focus);
    if (!cell) return;
    const done = (next: 'stay' | 'right' | 'left'): void => {
      this.#refill('workspace', column);
      if (next === 'stay') this.focus({ row: 'workspace', column });
      else this.#editNext(column, next === 'right' ? 1 : -1);
    };
    editCell(cell, {
      label: shown.label,
      text: content.context.edits.get(column) ?? fullText(row?.values[shown.at] ?? null),
      commit: (text, next) => {
        this.#host.edited(column, text);
        done(next);
      },
      cancel: () => done('stay'),
    });
  }

  /** Where a menu about a cell opens. */
  placeOf(at: CellPlace): { x: number; y: number } {
    const { left, bottom } = (this.#cell(at) ?? this.element).getBoundingClientRect();
    return { x: left + 8, y: bottom };
  }

  /** How wide a column has to be for what is in sight of it. */
  widthOf(column: string): number {
    const cells = [...this.element.querySelectorAll<HTMLElement>(`[data-column="${CSS.escape(column)}"]`)];
    const wanted = cells.map((cell) => {
      const [hadWidth, width] = [cell.style.width, cell.style.flex];
      cell.style.width = 'max-content';
      const own = cell.scrollWidth;
      cell.style.width = hadWidth;
      cell.style.flex = width;
      return own;
    });
    return Math.max(44, ...wanted) + 4;
  }

  // ------------------------------------------------------------------ drawing

  #drawSoon(): void {
    this.#frame ||= requestAnimationFrame(() => {
      this.#frame = 0;
      this.#draw();
    });
  }

  #draw(refill: 'new' | 'all' | 'fresh' = 'new'): void {
    const content = this.#content;
    if (!content) return;
    this.#vertical.keep(this.#focus.row === undefined ? undefined : this.#places.get(this.#focus.row));
    this.#horizontal.keep(this.#center.findIndex(({ id }) => id === this.#focus.column));
    const width = this.#pinnedWidth + this.#horizontal.total;
    this.#body.style.height = `${this.#vertical.total}px`;
    this.#body.style.width = `${width}px`;
    this.#head.style.width = `${width}px`;
    const columns = [...this.#pinned, ...this.#horizontal.items().flatMap(({ index }) => this.#center[index] ?? [])];
    this.#drawHead(columns, refill !== 'new');
    const inSight = this.#vertical.items().flatMap(({ index }) => {
      const shown = content.rows[index];
      return shown ? [{ index, shown }] : [];
    });
    this.#removeAllBut(new Set(inSight.map(({ shown }) => shown.id)));
    const key = columns.map(({ id }) => id).join('\n');
    let cursor = this.#body.firstElementChild;
    for (const { index, shown } of inSight) {
      const known = this.#rows.get(shown.id);
      const row = known ?? drawnRow('row');
      if (!known) {
        row.element.dataset['row'] = shown.id;
        this.#rows.set(shown.id, row);
      }
      // What stays is not moved in the document: an element that is taken out loses the focus.
      if (row.element === cursor) cursor = cursor.nextElementSibling;
      else this.#body.insertBefore(row.element, cursor);
      if (known && refill === 'new' && known.columns === key) continue;
      if (!known || refill !== 'new') this.#describeRow(row.element, shown, index);
      this.#drawCells(row, shown, columns, refill);
      row.columns = key;
    }
    this.#markFocus();
  }

  #removeAllBut(ids: ReadonlySet<string>): void {
    for (const [id, row] of this.#rows)
      if (!ids.has(id)) {
        row.element.remove();
        this.#rows.delete(id);
      }
  }

  #drawHead(columns: readonly ShownColumn[], refill: boolean): void {
    const content = this.#content;
    if (!content) return;
    const [first, last] = [this.#horizontal.items()[0], this.#horizontal.items().at(-1)];
    const [from, to] = [first?.start ?? 0, (last?.start ?? 0) + (last?.size ?? 0)];
    const key = `${from} ${to}`;
    if (!refill && this.#head.dataset['range'] === key) return;
    this.#head.dataset['range'] = key;
    const rows = content.headers.map((headers, at) => {
      const cellsOf = (isPinned: boolean): HTMLElement[] =>
        headers
          .filter(({ pinned, left, width }) => pinned === isPinned && (isPinned || (left < to && left + width > from)))
          .map((header) => groupHeader(header, this.#pinnedWidth));
      const pinned = element('div', { class: 'head-pinned', role: 'presentation' }, ...cellsOf(true));
      pinned.style.width = `${this.#pinnedWidth}px`;
      return element(
        'div',
        { class: 'head-row', role: 'row', 'aria-rowindex': String(at + 1) },
        pinned,
        ...cellsOf(false),
      );
    });
    this.#leafs.element.setAttribute('aria-rowindex', String(content.headers.length + 1));
    for (const old of [...this.#head.children]) if (old !== this.#leafs.element) old.remove();
    this.#head.prepend(...rows);
    if (!this.#leafs.element.isConnected) this.#head.append(this.#leafs.element);
    this.#syncCells(this.#leafs, columns, (cell, column, isNew) => {
      if (!isNew && !refill) return;
      fillHeader(cell, column, content.context.numeric.has(column.id), content.context.words);
      place(cell, column.pinned, column.left, column.width, this.#pinnedWidth);
    });
  }

  #describeRow(row: HTMLElement, shown: ShownRow, index: number): void {
    const { id, level, expanded, row: data } = shown;
    const context = this.#content?.context;
    row.style.transform = `translateY(${index * ROW_HEIGHT}px)`;
    row.className = `row ${data?.kind ?? 'grouping'}${data?.starred === true ? ' starred' : ''}`;
    row.setAttribute('aria-rowindex', String(index + 2 + (this.#content?.headers.length ?? 0)));
    row.setAttribute('aria-level', String(level));
    if (expanded === undefined) row.removeAttribute('aria-expanded');
    else row.setAttribute('aria-expanded', String(expanded));
    row.setAttribute('aria-selected', String(context?.selected.has(id) ?? false));
  }

  #drawCells(row: DrawnRow, shown: ShownRow, columns: readonly ShownColumn[], refill: 'new' | 'all' | 'fresh'): void {
    const context = this.#content?.context;
    if (!context) return;
    this.#syncCells(row, columns, (cell, column, isNew) => {
      if (!isNew && refill === 'new') return;
      if (isNew) {
        cell.className = 'cell';
        cell.setAttribute('role', column.id === NAME ? 'rowheader' : 'gridcell');
      }
      place(cell, column.pinned, column.left, column.width, this.#pinnedWidth);
      if (cell.classList.contains('editing')) return;
      const before = refill === 'fresh' && !isNew && column.id !== NAME ? cell.textContent : undefined;
      fillCell(cell, shown, column, context);
      if (before !== undefined && before !== cell.textContent) bringOut(cell);
    });
  }

  /** Cells of the columns in sight, in their order; those that stay are not touched. */
  #syncCells(
    { element: row, cells }: DrawnRow,
    columns: readonly ShownColumn[],
    fill: (cell: HTMLElement, column: ShownColumn, isNew: boolean) => void,
  ): void {
    const wanted = new Set(columns.map(({ id }) => id));
    for (const [id, cell] of cells)
      if (!wanted.has(id)) {
        cell.remove();
        cells.delete(id);
      }
    let cursor = row.firstElementChild;
    for (const column of columns) {
      const known = cells.get(column.id);
      const cell = known ?? element('div', {});
      if (!known) {
        cells.set(column.id, cell);
        cell.dataset['column'] = column.id;
        cell.tabIndex = -1;
        cell.setAttribute('aria-colindex', String((this.#columnPlaces.get(column.id) ?? 0) + 1));
      }
      fill(cell, column, known === undefined);
      if (cell === cursor) cursor = cursor.nextElementSibling;
      else row.insertBefore(cell, cursor);
    }
  }

  #refill(row: string, column: string): void {
    const content = this.#content;
    const shown = content?.rows[this.#places.get(row) ?? -1];
    const found = content?.columns.find(({ id }) => id === column);
    const cell = this.#cell({ row, column });
    if (content && shown && found && cell) fillCell(cell, shown, found, content.context);
  }

  // ------------------------------------------------------------------ focus

  #cell({ row, column }: CellPlace): HTMLElement | undefined {
    return (row === undefined ? this.#leafs : this.#rows.get(row))?.cells.get(column);
  }

  #markFocus(): void {
    const cell = this.#cell(this.#focus);
    if (!cell || cell.tabIndex === 0) return;
    for (const other of this.element.querySelectorAll<HTMLElement>('[tabindex="0"]')) other.tabIndex = -1;
    cell.tabIndex = 0;
  }

  /** The focus stays on its row and column; where they are gone, on what took their place. */
  #keepFocusValid(before: GridContent | undefined): void {
    const { row, column } = this.#focus;
    const { rows = [], columns = [] } = this.#content ?? {};
    const columnHere = columns.some(({ id }) => id === column) ? column : NAME;
    if (row === undefined || this.#places.has(row)) {
      this.#focus = { row, column: columnHere };
      return;
    }
    const at = before?.rows.findIndex(({ id }) => id === row) ?? 0;
    this.#focus = { row: rows[Math.min(Math.max(0, at), rows.length - 1)]?.id, column: columnHere };
  }

  #bringIntoView({ row, column }: CellPlace): void {
    const { element: scroller } = this;
    const at = row === undefined ? undefined : this.#places.get(row);
    if (at !== undefined) {
      const room = scroller.clientHeight - this.#head.offsetHeight;
      const top = at * ROW_HEIGHT;
      scroller.scrollTop = Math.min(top, Math.max(scroller.scrollTop, top + ROW_HEIGHT - room));
    }
    const shown = this.#center.find(({ id }) => id === column);
    if (shown) {
      const room = scroller.clientWidth - this.#pinnedWidth;
      const right = shown.left + shown.width - Math.max(shown.width, room);
      scroller.scrollLeft = Math.min(shown.left, Math.max(scroller.scrollLeft, right));
    }
  }

  #editNext(column: string, by: 1 | -1): void {
    const { columns = [], rows = [], context } = this.#content ?? {};
    const editable = columns.filter((shown) => isEditable(rows[0]?.row, shown, context?.trusted ?? false));
    const next = editable[editable.findIndex(({ id }) => id === column) + by];
    if (next) this.edit(next.id);
    else this.focus({ row: 'workspace', column });
  }

  // ------------------------------------------------------------------ events

  #listen(): void {
    this.element.addEventListener('keydown', (event) => {
      if (event.defaultPrevented) return;
      const action = actionOf(event, this.#focus.row === undefined);
      if (!action) return;
      event.preventDefault();
      this.#act(action);
    });
    this.element.addEventListener('focusin', ({ target }) => {
      const at = this.#placeAt(target);
      if (at && target instanceof HTMLElement && target.dataset['column'] !== undefined) this.#focus = at;
    });
    this.element.addEventListener('click', (event) => this.#click(event));
    this.element.addEventListener('dblclick', ({ target }) => {
      const at = this.#placeAt(target);
      if (at?.row === 'workspace') this.edit(at.column);
    });
    this.element.addEventListener('contextmenu', (event) => {
      const at = this.#placeAt(event.target);
      event.preventDefault();
      if (!at) return;
      this.focus(at, false);
      // A key opens it at the cell, the mouse where it points.
      const { x, y } = event.button === 2 ? { x: event.clientX, y: event.clientY } : this.placeOf(at);
      this.#host.menu(at, { x, y });
    });
  }

  #placeAt(target: EventTarget | null): CellPlace | undefined {
    const cell = target instanceof Element ? target.closest<HTMLElement>('[data-column]') : null;
    const column = cell?.dataset['column'];
    if (!cell || column === undefined) return undefined;
    return { row: cell.closest<HTMLElement>('[data-row]')?.dataset['row'], column };
  }

  #click(event: MouseEvent): void {
    const at = this.#placeAt(event.target);
    const { target } = event;
    if (!at || !(target instanceof Element) || target.closest('.cell-input, .handle')) return;
    this.focus(at, false);
    const part = target.closest<HTMLElement>('[data-part]')?.dataset['part'] as CellPart | undefined;
    if (at.row === undefined) this.#host.act({ do: 'press', adds: event.shiftKey }, at);
    else if (part !== undefined) this.#host.press(part, at.row, event);
    else if (event.ctrlKey || event.metaKey) this.#host.act({ do: 'toggle' }, at);
    else if (event.shiftKey) this.#host.act({ do: 'selectRange' }, at);
  }

  #act(action: GridAction): void {
    const content = this.#content;
    if (!content) return;
    const at = this.#focus;
    const rowAt = at.row === undefined ? -1 : (this.#places.get(at.row) ?? 0);
    const columnAt = this.#columnPlaces.get(at.column) ?? 0;
    const go = (row: number, column: number, extend: boolean): void => {
      const to = Math.min(Math.max(row, -1), content.rows.length - 1);
      const place = {
        row: content.rows[to]?.id,
        column: content.columns[Math.min(Math.max(column, 0), content.columns.length - 1)]?.id ?? NAME,
      };
      this.focus(place);
      if (extend && place.row !== undefined) this.#host.act(action, at, place.row);
    };
    switch (action.do) {
      case 'go': {
        const shown = content.rows[rowAt];
        if (action.columns !== 0 && at.column === NAME && shown && this.#fold(action.columns > 0, shown, at)) return;
        go(rowAt + action.rows, columnAt + action.columns, action.extends);
        return;
      }
      case 'end': {
        const last = content.rows.length - 1;
        const row = action.all ? (action.to === 'start' ? 0 : last) : rowAt;
        go(row, action.to === 'start' ? 0 : action.all ? columnAt : content.columns.length - 1, action.extends);
        return;
      }
      case 'page': {
        const page = Math.max(1, Math.floor((this.element.clientHeight - this.#head.offsetHeight) / ROW_HEIGHT) - 1);
        go(Math.max(0, rowAt + action.by * page), columnAt, action.extends);
        return;
      }
      case 'edit':
        this.edit(at.column);
        if (document.activeElement instanceof HTMLInputElement) return;
        break;
      case 'press':
        if (at.row === 'workspace') this.edit(at.column);
        if (document.activeElement instanceof HTMLInputElement) return;
        break;
      case 'menu':
        this.#host.menu(at, this.placeOf(at));
        return;
      default:
    }
    this.#host.act(action, at);
  }

  /** In the column of names, right unfolds and left folds; from a folded row left leads to the one above it. */
  #fold(isRight: boolean, { id, expanded, level }: ShownRow, at: CellPlace): boolean {
    if (expanded === !isRight) {
      this.#host.press('fold', id, new MouseEvent('click'));
      return true;
    }
    if (isRight || level === 1) return !isRight;
    const rows = this.#content?.rows ?? [];
    const own = this.#places.get(id) ?? 0;
    const parent = rows.slice(0, own).findLast((row) => row.level < level);
    if (parent) this.focus({ row: parent.id, column: at.column });
    return true;
  }
}

/** Starts over where it is under way. */
function bringOut(cell: HTMLElement): void {
  cell.classList.remove('fresh');
  void cell.offsetWidth;
  cell.classList.add('fresh');
}
