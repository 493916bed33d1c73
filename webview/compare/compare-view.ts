import type {
  ChangedFile,
  ChangedFiles,
  ComparedCell,
  ComparedLine,
  ComparedRow,
  ComparePage,
  ComparePlots,
  CompareSection,
  CompareWords,
  FromCompare,
} from '../../src/protocol/compare-page.ts';
import type { PlotContent } from '../../src/protocol/plots-page.ts';
import { element, putInOrder } from '../shared/dom.ts';
import { iconButton } from '../shared/icon-button.ts';
import { noticeOf } from '../shared/notice.ts';
import { button } from '../shared/toolkit.ts';
import { PlotsSection } from './plots-section.ts';

const ICONS = {
  close: 'M4 4l8 8M12 4l-8 8',
  flag: 'M4 14V2.5M4 3h8l-2 2.75L12 8.5H4',
} as const;

/** The page of a comparison: what differs first, then everything, a column for each experiment. */
export class CompareView {
  readonly #place: HTMLElement;
  readonly #send: (message: FromCompare) => void;
  readonly #closed = new Set<string>();
  #onlyDifferences = true;
  #page: ComparePage | undefined;
  /** Made once. */
  #plots: { readonly plots: PlotsSection; readonly section: HTMLElement } | undefined;

  constructor(place: HTMLElement, send: (message: FromCompare) => void) {
    this.#place = place;
    this.#send = send;
  }

  show(page: ComparePage): void {
    this.#page = page;
    const focused = this.#place.contains(document.activeElement) ? document.activeElement?.id : undefined;
    const { scrollTop, scrollLeft } = this.#place;
    const content =
      page.notice === undefined
        ? this.#content(page)
        : [noticeOf({ kind: 'empty', title: '', text: page.notice, buttons: [] }, () => {})];
    // Plots stay in the document: they keep their zoom, and the focus in them.
    for (const old of [...this.#place.children]) if (!content.includes(old as HTMLElement)) old.remove();
    putInOrder(this.#place, content);
    this.#place.scrollTo(scrollLeft, scrollTop);
    if (focused && document.activeElement?.id !== focused)
      document.getElementById(focused)?.focus({ preventScroll: true });
  }

  showPlots(plots: ComparePlots): void {
    this.#plots?.plots.show(plots);
  }

  setContent(plot: string, version: number, content: PlotContent): void {
    this.#plots?.plots.setContent(plot, version, content);
  }

  #content(page: ComparePage): HTMLElement[] {
    const { words, rows, explains, sections, changes } = page;
    return [
      this.#head(page),
      this.#section('explains', words.explains, [
        explains.length > 0
          ? this.#table(rows, explains, words, false)
          : element('p', { class: 'muted' }, words.nothingExplains),
      ]),
      ...sections.flatMap((section) => [
        this.#section(section.id, section.title, [this.#lines(section, page)]),
        ...(section.id === 'metrics' && page.hasPlots ? [this.#plotsOf(words)] : []),
      ]),
      this.#section('code', words.code, this.#files(changes, 'code', words)),
      this.#section('files', words.data, this.#files(changes, 'data', words)),
    ];
  }

  #plotsOf(words: CompareWords): HTMLElement {
    if (!this.#plots) {
      const plots = new PlotsSection(words, () => this.#page?.rows.map(({ id }) => id) ?? [], this.#send);
      this.#plots = { plots, section: this.#section('plots', words.plots, [plots.element]) };
    }
    return this.#plots.section;
  }

  #head({ words, rows }: ComparePage): HTMLElement {
    const toggle = element('input', { id: 'only-differences' });
    toggle.type = 'checkbox';
    toggle.checked = this.#onlyDifferences;
    toggle.addEventListener('change', () => {
      this.#onlyDifferences = toggle.checked;
      if (this.#page) this.show(this.#page);
    });
    return element(
      'header',
      { class: 'page-head' },
      element('h1', {}, rows.map(({ name }) => name).join(' · ')),
      element('label', { class: 'toggle' }, toggle, words.onlyDifferences),
      named(
        button(words.markdown, 'secondary', () => this.#send({ type: 'markdown' })),
        'markdown',
      ),
    );
  }

  /** A part of the page that can be folded. */
  #section(id: string, title: string, content: readonly HTMLElement[]): HTMLElement {
    const made = element(
      'details',
      { id: `section-${id}` },
      element('summary', { id: `summary-${id}` }, title),
      ...content,
    );
    made.open = !this.#closed.has(id);
    made.addEventListener('toggle', () => (made.open ? this.#closed.delete(id) : this.#closed.add(id)));
    return made;
  }

  #lines({ id, lines }: CompareSection, { words, rows }: ComparePage): HTMLElement {
    const shown = lines.filter(({ differs, cells }) =>
      id === 'run' ? cells.some(({ text }) => text !== '') : differs || !this.#onlyDifferences,
    );
    if (shown.length === 0) return element('p', { class: 'muted' }, words.nothingDiffers);
    return this.#table(rows, shown, words, id === 'metrics');
  }

  /** @param withTools The columns' names come with what can be done with them. */
  #table(
    rows: readonly ComparedRow[],
    lines: readonly ComparedLine[],
    words: CompareWords,
    withTools: boolean,
  ): HTMLElement {
    const head = element('tr', {}, element('td', {}), ...rows.map((row) => this.#columnHead(row, words, withTools)));
    const body = lines.map(({ label, group, cells }, at) => {
      const isNewGroup = lines[at - 1]?.group !== group;
      const name = element('th', { class: 'name' }, element('span', {}, label));
      name.scope = 'row';
      if (group !== '' && isNewGroup) name.prepend(element('span', { class: 'group muted' }, group));
      return element('tr', {}, name, ...cells.map((cell) => cellElement(cell, words)));
    });
    const place = element(
      'div',
      { class: 'table', role: 'region', 'aria-label': words.compare },
      element('table', {}, element('thead', {}, head), element('tbody', {}, ...body)),
    );
    place.tabIndex = 0; // A wide one scrolls, by the keyboard too.
    return place;
  }

  #columnHead(row: ComparedRow, words: CompareWords, withTools: boolean): HTMLElement {
    const { id, name, detail, color, isBaseline, isFinished } = row;
    const swatch = element('span', { class: 'swatch', 'aria-hidden': 'true' });
    swatch.style.background = color;
    const made = element('th', { class: 'column' }, swatch, element('span', { class: 'title' }, name));
    made.scope = 'col';
    if (isBaseline) made.append(element('span', { class: 'tag' }, words.baseline));
    if (!withTools) return made;
    const tool = (label: string, path: string, key: string, press: () => void): HTMLElement =>
      named(iconButton(`${label}: ${name}`, path, press), `${key}-${id}`);
    const tools = element('span', { class: 'tools' });
    if (!isBaseline)
      tools.append(tool(words.makeBaseline, ICONS.flag, 'baseline', () => this.#send({ type: 'baseline', row: id })));
    if ((this.#page?.rows.length ?? 0) > 2)
      tools.append(tool(words.remove, ICONS.close, 'remove', () => this.#send({ type: 'remove', row: id })));
    made.append(tools, element('span', { class: 'detail muted' }, detail));
    if (!isFinished || this.#page?.trusted !== true) return made;
    const link = (label: string, command: 'lode.expApply' | 'lode.expBranch'): HTMLElement => {
      const pressed = element(
        'button',
        { class: 'link', id: `${command}-${id}`, 'aria-label': `${label}: ${name}` },
        label,
      );
      pressed.type = 'button';
      pressed.addEventListener('click', () => this.#send({ type: 'run', command, rows: [id] }));
      return pressed;
    };
    made.append(
      element('span', { class: 'actions' }, link(words.apply, 'lode.expApply'), link(words.branch, 'lode.expBranch')),
    );
    return made;
  }

  #files(changes: readonly ChangedFiles[], kind: 'code' | 'data', words: CompareWords): HTMLElement[] {
    return changes.map((one) => {
      const files = one[kind];
      const content =
        one.problem !== undefined
          ? element('p', { class: 'problem' }, one.problem)
          : files === undefined
            ? element('p', { class: 'muted' }, words.looking)
            : files.length === 0
              ? element('p', { class: 'muted' }, words.noFiles)
              : element('ul', { class: 'files' }, ...files.map((file) => this.#file(file, one.id, kind, words)));
      return element('div', { class: 'files-of' }, element('h3', {}, one.name), content);
    });
  }

  #file({ path, change, note }: ChangedFile, row: string, kind: 'code' | 'data', words: CompareWords): HTMLElement {
    const pressed = element('button', { class: 'link', id: `${kind}-${row}-${path}` }, path);
    pressed.type = 'button';
    pressed.title = words.openDiff;
    pressed.addEventListener('click', () => this.#send({ type: 'open', row, kind, path }));
    const letter = element(
      'span',
      { class: `change ${change}`, 'aria-hidden': 'true' },
      words[change].charAt(0).toUpperCase(),
    );
    return element(
      'li',
      {},
      letter,
      pressed,
      element('span', { class: 'hidden' }, `, ${words[change]}`),
      element('span', { class: 'muted note' }, note),
    );
  }
}

function named<T extends HTMLElement>(made: T, id: string): T {
  made.id = id;
  return made;
}

function cellElement({ text, full, delta, verdict, error }: ComparedCell, words: CompareWords): HTMLElement {
  if (error !== undefined) {
    const made = element('td', { class: 'error' }, words.error, element('span', { class: 'hidden' }, `: ${error}`));
    made.title = error;
    return made;
  }
  const made = element('td', { class: verdict ?? '' });
  made.title = full;
  if (text === '') made.append(element('span', { class: 'muted' }, words.none));
  else made.append(element('span', { class: 'value' }, text));
  if (delta !== undefined && delta !== '') made.append(element('span', { class: 'delta' }, delta));
  if (verdict === 'better' || verdict === 'worse') made.append(element('span', { class: 'verdict' }, words[verdict]));
  return made;
}
