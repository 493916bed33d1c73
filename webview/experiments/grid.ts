import { element, putInOrder } from '../shared/dom.ts';
import { editCell } from './cell-editor.ts';
import { CellStrip } from './cell-strip.ts';
import { DrawnRow, ROW_HEIGHT } from './drawn-row.ts';
import { type CellContext, type CellPart, fillCell, isEditable, titleOf } from './grid-cells.ts';
import { fillHeader, groupHeader, type HeaderGestures, listenToHeader, place } from './grid-header.ts';
import { actionOf, type GridAction } from './grid-keys.ts';
import { NAME, type ShownColumn, type ShownHeader, type ShownRow } from './table-model.ts';
import { fullText } from './values.ts';
import { VirtualAxis } from './virtual-axis.ts';

/** Without scrolling, ms: then the document is brought into order. */
const AT_REST = 200;

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
  /** Rows that are in sight, whenever they are others. */
  seen(rows: readonly string[]): void;
}

/** The table itself: only what is in sight is in the document, in both directions, and one cell has the focus. */
export class Grid {
  readonly element: HTMLElement;
  readonly #host: GridHost;
  readonly #head = element('div', { class: 'grid-head', role: 'rowgroup' });
  readonly #leafs = new CellStrip(element('div', { class: 'head-row leafs', role: 'row' }));
  /** Holds the rows with their pinned cells. */
  readonly #pane = element('div', { class: 'pane', role: 'rowgroup' });
  /** Holds the other cells, which the rows own. */
  readonly #body = element('div', { class: 'grid-body', role: 'presentation' });
  /** The table as it is told to screen readers; it has no box of its own. */
  readonly #table: HTMLElement;
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
  #inSight: readonly ShownColumn[] = [];
  #hovered: string | undefined;
  #frame = 0;
  #rest: ReturnType<typeof setTimeout> | undefined;
  /** What of the headers is drawn: from where to where, and which groups. */
  #headRange = '';
  #headGroups = '';
  /** Ids of the rows that were told to be in sight. */
  #seen = '';

  constructor(label: string, host: GridHost) {
    this.#host = host;
    this.#table = element(
      'div',
      { class: 'treegrid', role: 'treegrid', 'aria-label': label, 'aria-multiselectable': 'true' },
      this.#head,
      this.#pane,
    );
    this.element = element('div', { class: 'grid' }, this.#table, this.#body);
    const onChange = (): void => this.#drawSoon();
    const { element: scroller } = this;
    this.#vertical = new VirtualAxis({ element: scroller, horizontal: false, overscan: 4, onChange });
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
      this.#dropAll();
      for (const cell of this.#leafs.cells.values()) cell.remove();
      this.#leafs.cells.clear();
    }
    this.#keepFocusValid(before);
    this.#vertical.set(content.rows.map(() => ROW_HEIGHT));
    this.#horizontal.set(this.#center.map(({ width }) => width));
    this.#table.setAttribute('aria-rowcount', String(content.rows.length + content.headers.length + 1));
    this.#table.setAttribute('aria-colcount', String(content.columns.length));
    this.element.style.setProperty('--pinned', `${this.#pinnedWidth}px`);
    this.#draw(fresh ? 'fresh' : 'all');
    this.#tidy();
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
    const had = cells.map(({ style }) => style.width);
    for (const { style } of cells) style.width = 'max-content';
    const wanted = cells.map(({ offsetWidth }) => offsetWidth);
    cells.forEach(({ style }, at) => {
      style.width = had[at] ?? '';
    });
    return Math.max(44, ...wanted) + 4;
  }

  // ------------------------------------------------------------------ drawing

  #drawSoon(): void {
    this.#frame ||= requestAnimationFrame(() => {
      this.#frame = 0;
      this.#draw();
      clearTimeout(this.#rest);
      this.#rest = setTimeout(() => this.#tidy(), AT_REST);
    });
  }

  #draw(refill: 'new' | 'all' | 'fresh' = 'new'): void {
    const content = this.#content;
    if (!content) return;
    this.#vertical.keep(this.#focus.row === undefined ? undefined : this.#places.get(this.#focus.row));
    this.#horizontal.keep(this.#center.findIndex(({ id }) => id === this.#focus.column));
    if (refill !== 'new') this.#size();
    this.#inSight = this.#horizontal.items().flatMap(({ index }) => this.#center[index] ?? []);
    this.#drawHead([...this.#pinned, ...this.#inSight], refill !== 'new');
    const rows = this.#vertical.items().flatMap(({ index }) => {
      const shown = content.rows[index];
      return shown ? [{ index, shown }] : [];
    });
    const wanted = new Set(rows.map(({ shown }) => shown.id));
    // What has left is what comes in: making and placing elements is what costs.
    const free = [...this.#rows.values()].filter(({ id }) => !wanted.has(id));
    for (const { id } of free) this.#rows.delete(id);
    const key = this.#inSight.map(({ id }) => id).join('\n');
    for (const { index, shown } of rows) {
      const known = this.#rows.get(shown.id);
      const row = known ?? this.#taken(shown.id, free);
      if (known && refill === 'new' && known.columns === key) continue;
      if (!known || refill !== 'new') this.#describeRow(row, shown, index);
      this.#drawCells(row, shown, known ? refill : 'taken');
      row.columns = key;
    }
    for (const row of free) row.remove();
    this.#markFocus();
  }

  /** A row for a line that has come in sight: one that has left, or a new one. */
  #taken(id: string, free: DrawnRow[]): DrawnRow {
    const row = free.pop() ?? new DrawnRow();
    if (!row.pinned.element.isConnected) {
      this.#pane.append(row.pinned.element);
      this.#body.append(row.center.element);
    }
    row.take(id);
    this.#rows.set(id, row);
    return row;
  }

  #dropAll(): void {
    for (const row of this.#rows.values()) row.remove();
    this.#rows.clear();
  }

  #size(): void {
    const width = this.#pinnedWidth + this.#horizontal.total;
    this.#body.style.height = `${this.#vertical.total}px`;
    this.#body.style.width = `${width}px`;
    this.#head.style.width = `${width}px`;
  }

  #tellSeen(): void {
    const ids = this.#vertical.items().flatMap(({ index }) => this.#content?.rows[index]?.id ?? []);
    const text = ids.join('\n');
    if (text === this.#seen) return;
    this.#seen = text;
    this.#host.seen(ids);
  }

  /** Brings the document into the order that is seen, once scrolling has come to rest. */
  #tidy(): void {
    this.#tellSeen();
    if (this.element.querySelector('.editing')) return;
    const { activeElement } = document;
    const rows = [...this.#rows.values()].sort((a, b) => (this.#places.get(a.id) ?? 0) - (this.#places.get(b.id) ?? 0));
    putInOrder(
      this.#pane,
      rows.map(({ pinned }) => pinned.element),
    );
    putInOrder(
      this.#body,
      rows.map(({ center }) => center.element),
    );
    this.#leafs.tidy([...this.#pinned, ...this.#inSight]);
    for (const { pinned, center } of rows) {
      pinned.tidy(this.#pinned);
      center.tidy(this.#inSight);
    }
    if (activeElement instanceof HTMLElement && activeElement !== document.activeElement)
      activeElement.focus({ preventScroll: true });
  }

  #drawHead(columns: readonly ShownColumn[], refill: boolean): void {
    const content = this.#content;
    if (!content) return;
    const [first, last] = [this.#horizontal.items()[0], this.#horizontal.items().at(-1)];
    const [from, to] = [first?.start ?? 0, (last?.start ?? 0) + (last?.size ?? 0)];
    const key = `${from} ${to}`;
    if (!refill && this.#headRange === key) return;
    this.#headRange = key;
    this.#drawGroups(content, from, to, refill);
    this.#leafs.element.setAttribute('aria-rowindex', String(content.headers.length + 1));
    this.#leafs.sync(columns, this.#placeOf, (cell, column, isNew) => {
      if (!isNew && !refill) return;
      fillHeader(cell, column, content.context.numeric.has(column.id), content.context.words);
      place(cell, column.pinned, column.left, column.width, this.#pinnedWidth);
    });
  }

  readonly #placeOf = (id: string): number => this.#columnPlaces.get(id) ?? 0;

  /** The headers above several columns. */
  #drawGroups(content: GridContent, from: number, to: number, refill: boolean): void {
    const inSight = content.headers.map((headers) =>
      headers.filter(({ pinned, left, width }) => pinned || (left < to && left + width > from)),
    );
    const key = inSight.map((headers) => headers.map(({ id }) => id).join('\n')).join('\n\n');
    if (!refill && this.#headGroups === key) return;
    this.#headGroups = key;
    const rows = inSight.map((headers, at) => {
      const cellsOf = (isPinned: boolean): HTMLElement[] =>
        headers.filter(({ pinned }) => pinned === isPinned).map((header) => groupHeader(header, this.#pinnedWidth));
      const pinned = element('div', { class: 'head-pinned', role: 'presentation' }, ...cellsOf(true));
      pinned.style.width = `${this.#pinnedWidth}px`;
      return element(
        'div',
        { class: 'head-row', role: 'row', 'aria-rowindex': String(at + 1) },
        pinned,
        ...cellsOf(false),
      );
    });
    for (const old of [...this.#head.children]) if (old !== this.#leafs.element) old.remove();
    this.#head.prepend(...rows);
    if (!this.#leafs.element.isConnected) this.#head.append(this.#leafs.element);
  }

  #describeRow(row: DrawnRow, { id, level, expanded, row: data }: ShownRow, index: number): void {
    const isSelected = this.#content?.context.selected.has(id) ?? false;
    const looks = [
      data?.kind ?? 'grouping',
      data?.starred === true ? 'starred' : '',
      isSelected ? 'selected' : '',
      id === this.#hovered ? 'hovered' : '',
    ];
    row.describe(looks.filter((name) => name !== '').join(' '), index, {
      'aria-rowindex': String(index + 2 + (this.#content?.headers.length ?? 0)),
      'aria-level': String(level),
      'aria-expanded': expanded === undefined ? undefined : String(expanded),
      'aria-selected': String(isSelected),
    });
  }

  /** @param refill `taken` for a row that was that of another line until now. */
  #drawCells(row: DrawnRow, shown: ShownRow, refill: 'new' | 'all' | 'fresh' | 'taken'): void {
    const context = this.#content?.context;
    if (!context) return;
    const changed: HTMLElement[] = [];
    const fill = (cell: HTMLElement, column: ShownColumn, isNew: boolean): void => {
      if (!isNew && refill === 'new') return;
      if (isNew || refill === 'taken') {
        cell.className = 'cell';
        cell.setAttribute('role', column.id === NAME ? 'rowheader' : 'gridcell');
      }
      if (cell.classList.contains('editing')) return;
      const before = refill === 'fresh' && !isNew && column.id !== NAME ? cell.textContent : undefined;
      fillCell(cell, shown, column, context);
      if (before !== undefined && before !== cell.textContent) changed.push(cell);
    };
    // Cells follow each other; one far away that is kept for the focus leaves a gap.
    const placed =
      (end: { at: number }) =>
      (cell: HTMLElement, column: ShownColumn, isNew: boolean): void => {
        setLength(cell, 'width', column.width);
        setLength(cell, 'marginLeft', column.left - end.at);
        end.at = column.left + column.width;
        fill(cell, column, isNew);
      };
    row.pinned.sync(this.#pinned, this.#placeOf, placed({ at: 0 }));
    row.center.sync(this.#inSight, this.#placeOf, placed({ at: 0 }));
    bringOut(changed);
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
    return row === undefined ? this.#leafs.cells.get(column) : this.#rows.get(row)?.cell(column);
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
      if (!at || !(target instanceof HTMLElement) || target.dataset['column'] === undefined) return;
      this.#focus = at;
      this.#tellTitle(target, at);
    });
    this.element.addEventListener('pointerover', ({ target }) => {
      const at = this.#placeAt(target);
      this.#hover((target as Element).closest<HTMLElement>('[data-row]')?.dataset['row']);
      const cell = at?.row === undefined ? undefined : this.#cell(at);
      if (at && cell) this.#tellTitle(cell, at);
    });
    this.element.addEventListener('pointerleave', () => this.#hover(undefined));
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

  #tellTitle(cell: HTMLElement, { row, column }: CellPlace): void {
    const content = this.#content;
    const shown = row === undefined ? undefined : content?.rows[this.#places.get(row) ?? -1];
    const found = content?.columns[this.#placeOf(column)];
    if (!content || !shown || !found) return;
    const title = titleOf(shown, found, content.context);
    if (title !== '' && cell.title !== title) cell.title = title;
  }

  /** Both parts of a row are lit up. */
  #hover(row: string | undefined): void {
    if (row === this.#hovered) return;
    if (this.#hovered !== undefined) this.#rows.get(this.#hovered)?.hover(false);
    this.#hovered = row;
    if (row !== undefined) this.#rows.get(row)?.hover(true);
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
function bringOut(cells: readonly HTMLElement[]): void {
  for (const { classList } of cells) classList.remove('fresh');
  void cells[0]?.offsetWidth;
  for (const { classList } of cells) classList.add('fresh');
}

function setLength({ style }: HTMLElement, name: 'width' | 'marginLeft', length: number): void {
  const text = `${length}px`;
  if (style[name] !== text) style[name] = text;
}
