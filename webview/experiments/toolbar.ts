import type { ExperimentsCommand, HistoryState, QueueState, TableView } from '../../src/protocol/experiments-page.ts';
import { element, icon } from '../shared/dom.ts';
import { iconButton } from '../shared/icon-button.ts';
import { ICONS } from './icons.ts';
import type { QueryBar } from './query-bar.ts';
import { say, type Words } from './words.ts';

export interface ToolbarHost {
  run(command: ExperimentsCommand, rows?: readonly string[]): void;
  launch(how: 'run' | 'queue'): void;
  columns(anchor: HTMLElement): void;
  views(anchor: HTMLElement): void;
  layout(anchor: HTMLElement): void;
  toggleChanged(): void;
  compare(): void;
  plots(): void;
  clearSelection(): void;
  set(change: Partial<TableView>): void;
}

export interface ToolbarState {
  readonly view: TableView;
  readonly selected: number;
  readonly canCompare: boolean;
  readonly trusted: boolean;
  readonly hasPlots: boolean;
  readonly queue: QueueState;
  readonly history: HistoryState;
  readonly rows: number;
  /** What a column is called. */
  readonly labelOf: (id: string) => string;
}

/** The bar above the table: the filter, what is run, how the table is looked at; below it what is sorted, grouped and selected. */
export class Toolbar {
  readonly element: HTMLElement;
  readonly #words: Words;
  readonly #host: ToolbarHost;
  readonly #run: HTMLElement;
  readonly #changed: HTMLButtonElement;
  readonly #compare: HTMLButtonElement;
  readonly #plots: HTMLButtonElement;
  readonly #queue = element('span', { class: 'queue-tools' });
  readonly #status = element('div', { class: 'status-bar' });
  readonly #summary = element('span', { class: 'summary', role: 'status' });
  readonly #chips = element('span', { class: 'chips' });
  readonly #history = element('span', { class: 'history' });
  #shown = '';

  constructor(words: Words, query: QueryBar, host: ToolbarHost) {
    this.#words = words;
    this.#host = host;
    const tool = (label: string, path: string, press: (anchor: HTMLElement) => void): HTMLButtonElement => {
      const made = iconButton(label, path, () => press(made));
      return made;
    };
    this.#run = element(
      'span',
      { class: 'tools' },
      iconButton(words.run, ICONS.run, () => host.launch('run')),
      iconButton(words.queue, ICONS.queue, () => host.launch('queue')),
    );
    this.#compare = iconButton(words.compare, ICONS.compare, () => host.compare());
    this.#plots = iconButton(words.showPlots, ICONS.plots, () => host.plots());
    this.#changed = iconButton(words.onlyChanged, ICONS.changed, () => host.toggleChanged());
    const popup = (button: HTMLButtonElement): HTMLButtonElement => {
      button.setAttribute('aria-haspopup', 'true');
      return button;
    };
    const bar = element(
      'div',
      { class: 'toolbar', role: 'toolbar', 'aria-label': words.tools },
      query.element,
      this.#run,
      element('span', { class: 'tools' }, this.#compare, this.#plots),
      element(
        'span',
        { class: 'tools' },
        popup(tool(words.layout, ICONS.group, (anchor) => host.layout(anchor))),
        popup(tool(words.columns, ICONS.columns, (anchor) => host.columns(anchor))),
        this.#changed,
        popup(tool(words.views, ICONS.views, (anchor) => host.views(anchor))),
        iconButton(words.refresh, ICONS.refresh, () => host.run('lode.refresh')),
      ),
    );
    this.#status.append(this.#summary, this.#chips, this.#queue, this.#history);
    this.element = element('div', { class: 'head-bars' }, bar, this.#status);
  }

  update(state: ToolbarState): void {
    const { view, selected, canCompare, trusted, hasPlots, queue, history, rows } = state;
    const words = this.#words;
    this.#run.hidden = !trusted;
    this.#compare.disabled = !canCompare;
    this.#plots.hidden = !hasPlots;
    this.#plots.disabled = selected === 0;
    this.#changed.setAttribute('aria-pressed', String(view.onlyChanged));
    const all = rows === 1 ? words.oneExperiment : say(words.experiments, rows);
    const summary = selected > 0 ? say(words.selected, selected, rows) : all;
    if (this.#summary.textContent !== summary) this.#summary.textContent = summary;
    const shown = JSON.stringify([
      view.sorts,
      view.groups,
      view.mode,
      queue,
      history,
      trusted,
      selected > 0,
      this.#labels(state),
    ]);
    if (shown === this.#shown) return;
    this.#shown = shown;
    const focused = this.#status.contains(document.activeElement) ? document.activeElement?.id : undefined;
    this.#chips.replaceChildren(...this.#chipsOf(state));
    this.#queue.replaceChildren(...(trusted ? this.#queueOf(queue) : []));
    this.#history.replaceChildren(
      ...(history.canShowLess ? [this.#link(words.fewerCommits, 'lode.expFewerCommits')] : []),
      ...(history.hasMore ? [this.#link(words.moreCommits, 'lode.expMoreCommits')] : []),
      this.#link(words.branches, 'lode.expBranches'),
    );
    if (focused) document.getElementById(focused)?.focus();
  }

  #labels({ view, labelOf }: ToolbarState): string[] {
    return [...view.sorts.map(({ column }) => column), ...view.groups].map(labelOf);
  }

  #chipsOf({ view, selected, labelOf }: ToolbarState): HTMLElement[] {
    const words = this.#words;
    const { set } = this.#host;
    const sorts = view.sorts.map(({ column, descending }) =>
      this.#chip(
        `sort-${column}`,
        say(descending ? words.sortedDown : words.sortedUp, labelOf(column)),
        descending ? ICONS.descend : ICONS.up,
        () => set({ sorts: view.sorts.filter((sort) => sort.column !== column) }),
      ),
    );
    const groups = view.groups.map((column) =>
      this.#chip(`group-${column}`, say(words.groupedBy, labelOf(column)), ICONS.group, () => {
        const rest = view.groups.filter((id) => id !== column);
        set({ groups: rest, mode: rest.length > 0 ? 'grouped' : 'tree' });
      }),
    );
    const flat = view.mode === 'flat' ? [this.#chip('flat', words.flat, ICONS.group, () => set({ mode: 'tree' }))] : [];
    const selection =
      selected > 0
        ? [this.#chip('selection', words.clearSelection, ICONS.check, () => this.#host.clearSelection())]
        : [];
    return [...selection, ...sorts, ...groups, ...flat];
  }

  /** What holds for the table now, with a button that ends it. */
  #chip(id: string, label: string, path: string, end: () => void): HTMLElement {
    const made = element(
      'button',
      { class: 'chip', id: `chip-${id}` },
      icon(path),
      element('span', {}, label),
      icon(ICONS.close),
    );
    made.type = 'button';
    made.title = say(this.#words.takeAway, label);
    made.setAttribute('aria-label', made.title);
    made.addEventListener('click', end);
    return made;
  }

  #queueOf({ queued, running, isStarted }: QueueState): (HTMLElement | string)[] {
    const words = this.#words;
    if (queued === 0 && running === 0) return [];
    return [
      element('span', { class: 'queue-count' }, say(words.queueState, running, queued)),
      isStarted ? this.#link(words.stopQueue, 'lode.expQueueStop') : this.#link(words.startQueue, 'lode.expQueueStart'),
    ];
  }

  #link(label: string, command: ExperimentsCommand): HTMLElement {
    const made = element('button', { class: 'link', id: `link-${command}` }, label);
    made.type = 'button';
    made.addEventListener('click', () => this.#host.run(command));
    return made;
  }
}
