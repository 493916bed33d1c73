import type {
  ExperimentRow,
  ExperimentsCommand,
  ExperimentsTable,
  FromExperiments,
  SavedView,
  TablePatch,
  TableView,
  ToExperiments,
} from '../../src/protocol/experiments-page.ts';
import { element } from '../shared/dom.ts';
import { below, openMenu } from '../shared/menu.ts';
import { openPopover } from '../shared/popover.ts';
import { columnPicker } from './column-picker.ts';
import { EditsBar } from './edits-bar.ts';
import { type Cells, csvOf, markdownOf, tabsOf } from './export-text.ts';
import { filterForm } from './filter-form.ts';
import { type CellPlace, Grid } from './grid.ts';
import { type CellContext, type CellPart, isEditable, rowText } from './grid-cells.ts';
import type { GridAction } from './grid-keys.ts';
import { type CopyForm, columnMenu, rowMenu } from './menus.ts';
import { QueryBar } from './query-bar.ts';
import { type Field, fieldsOf, fullName, spell } from './query-fields.ts';
import { compileQuery, type Matcher } from './query-match.ts';
import { parseQuery } from './query-parse.ts';
import { Selection } from './selection.ts';
import { patched, unchangedColumns } from './table-data.ts';
import { NAME, type ShownColumn, type ShownRow, TableModel } from './table-model.ts';
import { emptyView, movedBefore, sortedBy, withCondition, withFolded, withHidden, withWidth } from './table-view.ts';
import { Toolbar } from './toolbar.ts';
import { fullText, numberOf } from './values.ts';
import { say, type Words } from './words.ts';

type Page = Extract<ToExperiments, { type: 'page' }>;

/** The experiments table: what is shown of it, and what a user does to it. The host knows of experiments, this of rows. */
export class ExperimentsView {
  readonly element: HTMLElement;
  readonly #words: Words;
  readonly #send: (message: FromExperiments) => void;
  readonly #model: TableModel;
  readonly #grid: Grid;
  readonly #query: QueryBar;
  readonly #toolbar: Toolbar;
  readonly #edits: EditsBar;
  readonly #warnings = element('div', { class: 'warnings', role: 'status' });
  readonly #nothing = element('p', { class: 'nothing muted', role: 'status' });
  readonly #selection = new Selection();
  readonly #date: (time: number) => string;
  readonly #edited = new Map<string, string>();
  readonly #refused = new Map<string, string>();
  #trusted: boolean;
  #hasPlots: boolean;
  #busy: ReadonlySet<string> = new Set();
  #view: TableView;
  #views: readonly SavedView[];
  #table: ExperimentsTable | undefined;
  /** A table of which rows are still to come, and those that have. */
  #next: ExperimentsTable | undefined;
  #coming: ExperimentRow[] = [];
  #fields: { readonly version: number; readonly fields: readonly Field[] } | undefined;
  #numeric: ReadonlySet<string> = new Set();
  #matches: Matcher | undefined;
  #rows: readonly ShownRow[] = [];
  #columns: readonly ShownColumn[] = [];
  #toReveal: string | undefined;
  #frame = 0;

  constructor(page: Page, send: (message: FromExperiments) => void) {
    const { words } = page;
    this.#words = words;
    this.#send = send;
    this.#trusted = page.trusted;
    this.#hasPlots = page.hasPlots;
    this.#view = page.view ?? emptyView();
    this.#views = page.views;
    this.#date = dateText(page.locale);
    this.#model = new TableModel(words);
    this.#query = new QueryBar(words, {
      fields: () => this.#allFields(),
      rows: () => this.#table?.rows ?? [],
      changed: (query) => this.#set({ query }),
      left: () => this.#grid.focus(this.#grid.focused),
    });
    this.#grid = new Grid(words.table, {
      act: (action, at, to) => this.#act(action, at, to),
      press: (part, row, event) => this.#press(part, row, event),
      edited: (column, text) => this.#takeEdit(column, text),
      menu: (at, place) => this.#menu(at, place),
      seen: (rows) => this.#send({ type: 'inSight', rows }),
      resize: (column, width, isDone) => this.#setView(withWidth(this.#view, column, width), isDone),
      fit: (column) => this.#set({ widths: { ...this.#view.widths, [column]: this.#grid.widthOf(column) } }),
      move: (column, before) => this.#setView(movedBefore(this.#view, column, before, this.#shownIds())),
    });
    this.#toolbar = new Toolbar(words, this.#query, {
      run: (command, rows = []) => this.#run(command, rows),
      launch: (how) => this.#launch(how),
      columns: (anchor) => this.#pickColumns(anchor),
      views: (anchor) => this.#showViews(anchor),
      layout: (anchor) => this.#showLayouts(anchor),
      toggleChanged: () => this.#set({ onlyChanged: !this.#view.onlyChanged }),
      compare: () => this.#run('lode.expCompare', [...this.#selection.ids]),
      plots: () => this.#run('lode.expShowPlots', [...this.#selection.ids]),
      clearSelection: () => this.#select(() => this.#selection.clear()),
      set: (change) => this.#set(change),
    });
    this.#edits = new EditsBar(words, {
      launch: (how) => this.#launch(how),
      discard: () => this.#forgetEdits(),
    });
    this.#query.set(this.#view.query);
    this.element = element(
      'div',
      { class: 'experiments' },
      this.#toolbar.element,
      this.#warnings,
      this.#edits.element,
      element('div', { class: 'grid-place' }, this.#grid.element, this.#nothing),
    );
  }

  // ------------------------------------------------------------------ what the host tells

  /** Trust was given, or another view has become the one that is kept. */
  showPage({ trusted, hasPlots, views }: Page): void {
    this.#trusted = trusted;
    this.#hasPlots = hasPlots;
    this.#views = views;
    this.#drawSoon();
  }

  /** @param isWhole False where rows of it are still to come. */
  showTable(table: ExperimentsTable, isWhole = true): void {
    const isFirst = this.#table === undefined;
    this.#coming = [];
    // A table that is shown stays until the next one is whole.
    if (!isWhole && !isFirst) {
      this.#next = table;
      return;
    }
    this.#next = isWhole ? undefined : table;
    this.#table = table;
    this.#model.setTable(table);
    this.#afterData();
    if (isFirst) this.#draw();
    else this.#drawSoon();
  }

  /** More rows of the table that was shown last: all of them are shown once the last ones are there. */
  showRows(rows: readonly ExperimentRow[], isLast: boolean): void {
    this.#coming.push(...rows);
    if (isLast && this.#next) this.showTable({ ...this.#next, rows: [...this.#next.rows, ...this.#coming] });
  }

  /** @returns False where the patch is for another version: the whole table is needed. */
  showPatch(patch: TablePatch): boolean {
    const next = this.#table && patched(this.#table, patch);
    if (!next) return false;
    this.#table = next;
    this.#model.setTable(next);
    this.#afterData();
    this.#drawSoon();
    return true;
  }

  showViews(views: readonly SavedView[]): void {
    this.#views = views;
  }

  showBusy(rows: readonly string[]): void {
    this.#busy = new Set(rows);
    this.#drawSoon();
  }

  refuse(column: string, message: string): void {
    this.#refused.set(column, message);
    this.#drawSoon();
  }

  forgetEdits(): void {
    this.#forgetEdits();
  }

  /** Picks out exactly these rows. */
  pick(ids: readonly string[]): void {
    this.#selection.set(ids, this.#rows);
    this.#tellSelection();
    this.#drawSoon();
  }

  /** Shows a row whatever hides it, and gives it the focus. */
  reveal(id: string): void {
    this.#toReveal = id;
    this.#drawSoon();
  }

  #afterData(): void {
    if (this.#table) this.#numeric = numericColumns(this.#table);
    const known = new Set(this.#table?.rows.map((row) => row.id));
    if (this.#selection.keepOnly(known)) this.#tellSelection();
  }

  // ------------------------------------------------------------------ drawing

  #drawSoon(): void {
    this.#frame ||= requestAnimationFrame(() => {
      this.#frame = 0;
      this.#draw(true);
    });
  }

  /** @param fresh Values that are others now are brought out. */
  #draw(fresh = false): void {
    const table = this.#table;
    if (!table) return;
    this.#unfoldToReveal();
    this.#filter();
    const hidden = new Set(this.#view.hidden);
    if (this.#view.onlyChanged) for (const id of unchangedColumns(table)) hidden.add(id);
    this.#model.setView(this.#view, hidden);
    const workspace = table.rows.find(({ kind }) => kind === 'workspace');
    this.#rows = [
      ...(workspace
        ? [{ id: workspace.id, row: workspace, group: undefined, level: 1, expanded: undefined, below: 0 }]
        : []),
      ...this.#model.rows(),
    ];
    this.#columns = this.#model.columns();
    this.#grid.show(
      { rows: this.#rows, columns: this.#columns, headers: this.#model.headers(), context: this.#context() },
      fresh,
    );
    this.#warnings.hidden = table.warnings.length === 0;
    this.#warnings.replaceChildren(...table.warnings.map((text) => element('p', {}, text)));
    this.#nothing.textContent = this.#rows.length <= 1 && this.#matches ? this.#words.nothingMatches : '';
    this.#updateToolbar();
    if (this.#toReveal !== undefined && this.#rows.some(({ id }) => id === this.#toReveal)) {
      this.#grid.focus({ row: this.#toReveal, column: NAME });
      this.#toReveal = undefined;
    }
  }

  #context(): CellContext {
    return {
      words: this.#words,
      formats: this.#view.formats,
      date: this.#date,
      numeric: this.#numeric,
      selected: this.#selection.ids,
      busy: this.#busy,
      edits: this.#edited,
      refused: this.#refused,
      trusted: this.#trusted,
      em: Number.parseFloat(getComputedStyle(document.body).fontSize) || 13,
    };
  }

  #updateToolbar(): void {
    const table = this.#table;
    if (!table) return;
    const count = this.#selection.ids.size;
    this.#toolbar.update({
      view: this.#view,
      selected: count,
      canCompare: count >= 2 && count <= 10,
      trusted: this.#trusted,
      hasPlots: this.#hasPlots,
      queue: table.queue,
      history: table.history,
      rows: table.rows.reduce((sum, { kind }) => sum + (kind === 'experiment' ? 1 : 0), 0),
      labelOf: (id) => this.#labelOf(id),
    });
  }

  #unfoldToReveal(): void {
    const rows = new Map(this.#table?.rows.map((row) => [row.id, row]));
    let row = this.#toReveal === undefined ? undefined : rows.get(this.#toReveal);
    while (row?.parent !== undefined) {
      this.#view = withFolded(this.#view, row.parent, false);
      row = rows.get(row.parent);
    }
  }

  // ------------------------------------------------------------------ the query

  #allFields(): readonly Field[] {
    const table = this.#table;
    if (!table) return [];
    if (this.#fields?.version !== table.version)
      this.#fields = { version: table.version, fields: fieldsOf(table.columns, table.rows) };
    return this.#fields.fields;
  }

  /** As long as what is typed is no query, the last one holds. */
  #filter(): void {
    const { query } = this.#view;
    const parsed = parseQuery(query);
    if (parsed.query?.kind === 'all') {
      this.#matches = undefined;
      this.#model.setFilter(undefined);
      this.#query.showResult(undefined, undefined);
      return;
    }
    const isSelected = ({ id }: ExperimentRow): boolean => this.#selection.ids.has(id);
    const compiled = parsed.error
      ? parsed
      : compileQuery(parsed.query, { fields: this.#allFields(), isSelected, now: Date.now() });
    if (compiled.error) {
      this.#query.showResult(undefined, compiled.error);
      return;
    }
    // Of the two results of compiling this is the other one.
    this.#matches = (compiled as { matches: Matcher }).matches;
    this.#model.setFilter(this.#matches);
    this.#query.showResult(this.#model.matching(this.#matches), undefined);
  }

  // ------------------------------------------------------------------ the view

  #set(change: Partial<TableView>): void {
    this.#setView({ ...this.#view, ...change });
  }

  #setView(view: TableView, isDone = true): void {
    this.#view = view;
    this.#query.set(view.query);
    this.#draw();
    if (isDone) this.#send({ type: 'view', view });
  }

  #shownIds(): string[] {
    return this.#columns.map(({ id }) => id);
  }

  #labelOf(id: string): string {
    const column = this.#table?.columns.find((one) => one.id === id);
    return column ? column.keys.join('.') : (this.#model.allColumns().find((one) => one.id === id)?.label ?? id);
  }

  #pickColumns(anchor: HTMLElement): void {
    const picker = columnPicker(this.#words, {
      columns: this.#model.allColumns(),
      hidden: new Set(this.#view.hidden),
      set: (columns, isHidden) => this.#setView(withHidden(this.#view, columns, isHidden)),
    });
    openPopover(picker, below(anchor), this.#words.columns, anchor);
  }

  #showLayouts(anchor: HTMLElement): void {
    const words = this.#words;
    const { mode, groups } = this.#view;
    const candidates = this.#allFields().filter(
      ({ id, type, kind }) => kind !== 'metric' && id !== NAME && type !== 'date' && !groups.includes(id),
    );
    const layouts = [
      { label: words.tree, checked: mode === 'tree', run: () => this.#set({ mode: 'tree', groups: [] }) },
      { label: words.flat, checked: mode === 'flat', run: () => this.#set({ mode: 'flat', groups: [] }) },
    ];
    const folds = [
      { label: words.expandAll, run: () => this.#set({ collapsed: [] }) },
      { label: words.collapseAll, run: () => this.#set({ collapsed: this.#model.foldable() }) },
    ];
    const grouped = candidates.map(({ id, name }) => ({
      label: say(words.groupBy, name),
      run: () => this.#set({ mode: 'grouped', groups: [...groups, id] }),
    }));
    openMenu([layouts, folds, grouped.slice(0, 60)], below(anchor), words.layout);
  }

  #showViews(anchor: HTMLElement): void {
    const words = this.#words;
    const isShown = ({ view }: SavedView): boolean => JSON.stringify(view) === JSON.stringify(this.#view);
    openMenu(
      [
        this.#views.map((saved) => ({
          label: saved.name,
          checked: isShown(saved),
          run: () => this.#setView(saved.view),
        })),
        [
          { label: words.saveView, run: () => this.#send({ type: 'saveView', view: this.#view }) },
          { label: words.resetView, run: () => this.#setView(emptyView()) },
        ],
        this.#views.map(({ name }) => ({
          label: say(words.removeView, name),
          run: () => this.#send({ type: 'removeView', name }),
        })),
      ],
      below(anchor),
      words.views,
    );
  }

  // ------------------------------------------------------------------ keys, clicks, menus

  #act(action: GridAction, at: CellPlace, to?: string): void {
    const { row, column } = at;
    switch (action.do) {
      case 'press':
        if (row === undefined) this.#setView(sortedBy(this.#view, column, action.adds));
        else if (column === NAME && this.#rows.find(({ id }) => id === row)?.expanded !== undefined) this.#fold(row);
        else this.#menu(at, this.#grid.placeOf(at));
        return;
      case 'toggle':
        if (row !== undefined) this.#select(() => this.#selection.toggle(row, this.#rows));
        return;
      case 'go':
      case 'page':
      case 'end':
        if (to !== undefined) this.#select(() => this.#selection.extend(to, this.#rows, row));
        return;
      case 'selectRange':
        if (row !== undefined) this.#select(() => this.#selection.extend(row, this.#rows));
        return;
      case 'selectAll':
        this.#select(() => this.#selection.all(this.#rows));
        return;
      case 'clear':
        this.#select(() => this.#selection.clear());
        return;
      case 'copy':
        this.#copy(this.#selection.ids.size > 0 ? 'rows' : 'cell');
        return;
      case 'edit':
        if (this.#trusted && this.#rowAt(row)?.kind === 'experiment') this.#run('lode.expRename', [row ?? '']);
        return;
      case 'star':
        this.#star(row);
        return;
      case 'remove':
        if (this.#trusted)
          this.#runOn('lode.expRemove', row, ({ kind, state }) => kind === 'experiment' && state !== 'running');
        return;
      case 'compare':
        this.#runOn('lode.expCompare', row, ({ kind }) => kind !== 'branch');
        return;
      case 'run':
      case 'queue':
        this.#launch(action.do);
        return;
      case 'search':
        this.#query.focus();
        return;
      case 'resize':
        this.#setView(
          withWidth(this.#view, column, (this.#columns.find(({ id }) => id === column)?.width ?? 0) + action.by),
        );
        return;
      case 'move': {
        const shown = this.#shownIds().filter((id) => id !== NAME);
        const place = shown.indexOf(column);
        if (column === NAME || shown[place + action.by] === undefined) return;
        this.#setView(movedBefore(this.#view, column, shown[place + (action.by < 0 ? -1 : 2)], this.#shownIds()));
        this.#grid.focus(at);
        return;
      }
      case 'menu':
        return;
      default:
        throw new Error(`There is no action ${JSON.stringify(action satisfies never)}.`);
    }
  }

  #press(part: CellPart, row: string, event: MouseEvent): void {
    switch (part) {
      case 'fold':
        this.#fold(row);
        return;
      case 'check':
        this.#select(() =>
          event.shiftKey ? this.#selection.extend(row, this.#rows) : this.#selection.toggle(row, this.#rows),
        );
        return;
      case 'star':
        this.#run(this.#rowAt(row)?.starred === true ? 'lode.expUnstar' : 'lode.expStar', [row]);
        return;
      case 'stop':
        this.#run('lode.expStop', [row]);
        return;
      case 'log':
        this.#run('lode.expLog', [row]);
        return;
      case 'rules':
        if (this.#rowAt(row)?.state === 'failed') return; // It can be changed no more.
        this.#run('lode.expRemoveStopRule', [row]);
        return;
      default:
        throw new Error(`There is no part ${part satisfies never}.`);
    }
  }

  #menu(at: CellPlace, place: { readonly x: number; readonly y: number }): void {
    const shown = this.#columns.find(({ id }) => id === at.column);
    if (!shown) return;
    if (at.row === undefined) {
      const host = {
        words: this.#words,
        view: this.#view,
        shown: this.#shownIds(),
        set: (view: TableView) => this.#setView(view),
        filter: () => this.#askCondition(shown, place),
        fit: () => this.#set({ widths: { ...this.#view.widths, [shown.id]: this.#grid.widthOf(shown.id) } }),
      };
      openMenu(columnMenu(shown, host), place, shown.label);
      return;
    }
    const meant = this.#meant(at.row);
    const row = this.#rowAt(at.row);
    if (meant.length === 0 || !row) return;
    const groups = rowMenu(meant, isEditable(row, shown, this.#trusted), {
      words: this.#words,
      trusted: this.#trusted,
      hasPlots: this.#hasPlots,
      run: (command, rows) => this.#run(command, rows),
      copy: (form) => this.#copy(form),
      edit: () => this.#grid.edit(at.column),
      launch: (how) => this.#launch(how),
    });
    openMenu(groups, place, row.name);
  }

  #askCondition(column: ShownColumn, place: { readonly x: number; readonly y: number }): void {
    const fields = this.#allFields();
    const field = fields.find(({ id }) => id === column.id);
    if (!field) return;
    const { row } = this.#grid.focused;
    const value = column.at < 0 ? '' : fullText(this.#rowAt(row)?.values[column.at] ?? null);
    const form = filterForm(this.#words, field, { name: spell(fields, field), value }, (condition) => {
      close();
      this.#setView(withCondition(this.#view, condition));
    });
    const close = openPopover(form, place, say(this.#words.filterBy, field.name));
  }

  #fold(row: string): void {
    const isFolded = this.#rows.find(({ id }) => id === row)?.expanded === false;
    this.#setView(withFolded(this.#view, row, !isFolded));
  }

  #star(row: string | undefined): void {
    const rows = this.#meant(row).filter(({ kind, state }) => kind === 'experiment' && state !== 'queued');
    if (rows.length === 0) return;
    this.#run(
      rows.every(({ starred }) => starred) ? 'lode.expUnstar' : 'lode.expStar',
      rows.map(({ id }) => id),
    );
  }

  // ------------------------------------------------------------------ rows that are meant

  #rowAt(id: string | undefined): ExperimentRow | undefined {
    return this.#rows.find((shown) => shown.id === id)?.row;
  }

  /** The selected rows where this one is among them, otherwise it alone. */
  #meant(id: string | undefined): ExperimentRow[] {
    if (id === undefined || !this.#selection.ids.has(id)) {
      const row = this.#rowAt(id);
      return row ? [row] : [];
    }
    return this.#table?.rows.filter((row) => this.#selection.ids.has(row.id)) ?? [];
  }

  #runOn(command: ExperimentsCommand, row: string | undefined, fits: (row: ExperimentRow) => boolean): void {
    const rows = this.#meant(row).filter(fits);
    if (rows.length > 0)
      this.#run(
        command,
        rows.map(({ id }) => id),
      );
  }

  #run(command: ExperimentsCommand, rows: readonly string[]): void {
    this.#send({ type: 'run', command, rows });
  }

  #select(change: () => void): void {
    change();
    this.#draw();
    this.#tellSelection();
  }

  #tellSelection(): void {
    this.#send({ type: 'selected', rows: [...this.#selection.ids] });
  }

  // ------------------------------------------------------------------ parameters typed over

  #takeEdit(column: string, text: string): void {
    const table = this.#table;
    const at = table?.columns.findIndex(({ id }) => id === column) ?? -1;
    const workspace = table?.rows.find(({ kind }) => kind === 'workspace');
    this.#refused.delete(column);
    if (text.trim() === fullText(workspace?.values[at] ?? null)) this.#edited.delete(column);
    else this.#edited.set(column, text.trim());
    this.#showEdits();
  }

  #forgetEdits(): void {
    this.#edited.clear();
    this.#refused.clear();
    this.#showEdits();
  }

  #showEdits(): void {
    this.#edits.show([...this.#edited].map(([id, text]) => `${this.#labelOf(id)} = ${text}`));
    this.#draw();
  }

  #launch(how: 'run' | 'queue'): void {
    if (!this.#trusted) return;
    const changes = [...this.#edited].map(([column, text]) => ({ column, text }));
    this.#send({ type: 'launch', how, changes });
  }

  // ------------------------------------------------------------------ copying

  #copy(form: CopyForm): void {
    const { row: id, column } = this.#grid.focused;
    const words = this.#words;
    if (form === 'cell') {
      const shown = this.#columns.find((one) => one.id === column);
      const row = this.#rowAt(id);
      const text = shown ? (row ? this.#textOf(row, shown) : shown.column ? fullName(shown.column) : shown.label) : '';
      this.#send({ type: 'copy', text, what: words.cell });
      return;
    }
    const rows = this.#selection.ids.size > 0 ? this.#meant([...this.#selection.ids][0]) : this.#meant(id);
    const cells: Cells = [
      this.#columns.map(({ column: value, label }) => (value ? fullName(value) : label)),
      ...rows.map((row) => this.#columns.map((shown) => this.#textOf(row, shown))),
    ];
    const text = form === 'csv' ? csvOf(cells) : form === 'markdown' ? markdownOf(cells) : tabsOf(cells);
    this.#send({ type: 'copy', text, what: say(words.rowsCopied, rows.length) });
  }

  #textOf(row: ExperimentRow, { id, at }: ShownColumn): string {
    if (at >= 0) return fullText(row.values[at] ?? null);
    if (id !== 'created' || row.created === undefined)
      return rowText(row, id, { words: this.#words, date: this.#date });
    return new Date(row.created).toISOString();
  }
}

/** Day and time; the year where it is another one. */
function dateText(locale: string): (time: number) => string {
  const short = { day: 'numeric', month: 'short', hour: '2-digit', minute: '2-digit' } as const;
  const thisYear = new Intl.DateTimeFormat(locale, short);
  const anyYear = new Intl.DateTimeFormat(locale, { day: 'numeric', month: 'short', year: 'numeric' });
  const year = new Date().getFullYear();
  return (time) => (new Date(time).getFullYear() === year ? thisYear : anyYear).format(time);
}

const LOOKED_AT = 50; // rows

/** Columns whose first values are numbers. */
function numericColumns({ columns, rows }: ExperimentsTable): Set<string> {
  const first = rows.filter(({ values }) => values.length > 0).slice(0, LOOKED_AT);
  return new Set(
    columns.flatMap(({ id, kind }, at) => {
      const value = first.find(({ values }) => (values[at] ?? null) !== null)?.values[at] ?? null;
      return kind !== 'dep' && numberOf(value) !== undefined ? [id] : [];
    }),
  );
}
