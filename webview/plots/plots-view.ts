import type { FromPlots, PlotContent, PlotHeader, PlotsPage } from '../../src/protocol/plots-page.ts';
import type { Channel } from '../shared/channel.ts';
import { element, icon } from '../shared/dom.ts';
import { iconButton } from '../shared/icon-button.ts';
import { button } from '../shared/toolkit.ts';
import { CardsInSight } from './cards-in-sight.ts';
import { ICONS } from './icons.ts';
import { COLUMNS, HEIGHTS, inOrder, type KeptState, moved, readKept } from './kept-state.ts';
import { PlotCard } from './plot-card.ts';
import { ribbonOf } from './ribbon.ts';

type SectionId = 'templates' | 'images' | 'custom';
const SECTIONS: readonly SectionId[] = ['templates', 'images', 'custom'];
const NEAR = '400px'; // Plots are drawn a little before they come into sight.

/** The page of plots: revisions, sections of plots, and what the user has arranged. */
export class PlotsView {
  readonly element: HTMLElement;
  readonly #channel: Channel<FromPlots>;
  readonly #head = element('div', { class: 'head' });
  readonly #warnings = element('div', { class: 'warnings' });
  readonly #sections = element('div', { class: 'sections' });
  readonly #cards = new Map<string, PlotCard>();
  readonly #seen: CardsInSight;
  #page: PlotsPage;
  #kept: KeptState;
  #search = '';
  #enlarged: string | undefined;
  #highlight: ReadonlySet<string> | undefined;

  constructor(page: PlotsPage, channel: Channel<FromPlots>) {
    this.#page = page;
    this.#channel = channel;
    this.#kept = { ...readKept(channel.kept()), root: page.root };
    this.element = element('div', { class: 'plots' }, this.#head, this.#warnings, this.#sections);
    this.#seen = new CardsInSight(this.#cards, NEAR, (plots) => this.#channel.send({ type: 'need', plots }));
    new MutationObserver(() => this.#redraw(true)).observe(document.body, {
      attributes: true,
      attributeFilter: ['class'],
    });
    this.element.addEventListener('keydown', (event) => {
      if (event.key === 'Escape' && this.#enlarged !== undefined) this.#enlarge(undefined);
    });
  }

  show(page: PlotsPage): void {
    this.#page = page;
    const ids = new Set(page.plots.map(({ id }) => id));
    for (const [id, card] of this.#cards)
      if (!ids.has(id)) {
        card.setVisible(false);
        this.#seen.unobserve(card);
        this.#cards.delete(id);
      }
    for (const header of page.plots) {
      const card = this.#cards.get(header.id);
      if (card && card.kind === header.kind) card.update(header);
      else this.#cards.set(header.id, this.#newCard(header));
    }
    this.#drawHead();
    this.#warnings.replaceChildren(...page.warnings.map((text) => element('p', {}, text)));
    this.#warnings.hidden = page.warnings.length === 0;
    this.#drawSections();
    this.#tellRevisions();
    this.#seen.ask();
    this.#keep({});
  }

  setContent(plot: string, version: number, content: PlotContent): void {
    this.#cards.get(plot)?.setContent(content, version);
  }

  /** Draws these revisions alone; chosen in another view. */
  highlight(revs: readonly string[] | undefined): void {
    this.#highlight = revs && new Set(revs);
    this.#tellRevisions();
  }

  #tellRevisions(): void {
    const shown = this.#page.revisions.filter(({ id }) => this.#highlight?.has(id) ?? true);
    for (const card of this.#cards.values()) card.setRevisions(shown);
  }

  #newCard(header: PlotHeader): PlotCard {
    const card = new PlotCard(header, this.#page.words, {
      send: (message) => this.#channel.send(message),
      look: (id) => this.#kept.looks[id],
      keepLook: (id, look) => this.#keep({ looks: { ...this.#kept.looks, [id]: look } }),
      step: (id) => this.#kept.steps[id] ?? Number.POSITIVE_INFINITY,
      keepStep: (id, step) => this.#keep({ steps: { ...this.#kept.steps, [id]: step } }),
      enlarge: (id) => this.#enlarge(this.#enlarged === id ? undefined : id),
      move: (id, by) => this.#move(id, by),
    });
    makeMovable(card.element, header.id, this.#page.words.drag, (id, before) => this.#moveBefore(id, before));
    return card;
  }

  #drawHead(): void {
    const { words, revisions } = this.#page;
    const search = element('input', { class: 'search', id: 'search', 'aria-label': words.search });
    search.type = 'text';
    search.placeholder = words.search;
    search.value = this.#search;
    search.addEventListener('input', () => {
      this.#search = search.value;
      this.#drawSections();
    });
    const command = (name: 'lode.plotsAdd' | 'lode.plotsSelect' | 'lode.plotsReport' | 'lode.refresh') => () =>
      this.#channel.send({ type: 'command', command: name });
    const { columns } = this.#kept;
    const wider = iconButton(`${words.size} +`, ICONS.wider, () => this.#size(-1));
    const narrower = iconButton(`${words.size} −`, ICONS.narrower, () => this.#size(1));
    wider.disabled = columns <= COLUMNS.least;
    narrower.disabled = columns >= COLUMNS.most;
    const had = document.activeElement?.id === 'search';
    this.#head.replaceChildren(
      element(
        'div',
        { class: 'toolbar', role: 'toolbar', 'aria-label': words.title },
        element('div', { class: 'find' }, search),
        element('span', { class: 'tools' }, wider, narrower),
        element(
          'span',
          { class: 'tools' },
          iconButton(words.addPlot, ICONS.add, command('lode.plotsAdd')),
          iconButton(words.report, ICONS.report, command('lode.plotsReport')),
          iconButton(words.refresh, ICONS.refresh, command('lode.refresh')),
        ),
      ),
      element(
        'div',
        { class: 'revisions' },
        ribbonOf(revisions, words, (rev) => this.#channel.send({ type: 'toggle', rev })),
        button(words.selectRevisions, 'secondary', command('lode.plotsSelect')),
      ),
    );
    if (had) {
      search.focus();
      search.setSelectionRange(search.value.length, search.value.length);
    }
  }

  #drawSections(): void {
    const { plots, words } = this.#page;
    const found = this.#search.trim().toLowerCase();
    const shown = inOrder(plots, this.#kept.order).filter(({ title, place }) =>
      `${place} ${title}`.toLowerCase().includes(found),
    );
    const focused = document.activeElement;
    const sections = SECTIONS.flatMap((id) => {
      const inside = shown.filter(({ kind, isCustom }) => sectionOf(kind, isCustom) === id);
      return inside.length === 0 ? [] : [this.#section(id, words[id], inside)];
    });
    this.#sections.style.setProperty('--columns', String(this.#kept.columns));
    this.#sections.style.setProperty('--height', `${this.#kept.height}px`);
    this.#sections.replaceChildren(...sections);
    for (const card of this.#cards.values()) {
      this.#seen.unobserve(card);
      if (card.element.isConnected) this.#seen.observe(card);
      else card.setVisible(false);
      card.element.classList.toggle('enlarged', card.id === this.#enlarged);
    }
    if (focused instanceof HTMLElement && focused.isConnected && focused !== document.activeElement) focused.focus();
  }

  #section(id: SectionId, title: string, plots: readonly PlotHeader[]): HTMLElement {
    const { words } = this.#page;
    const isFolded = this.#kept.collapsed.includes(id) && this.#search === '';
    const toggle = element(
      'button',
      { class: 'section-toggle', 'aria-expanded': String(!isFolded), id: `section-${id}` },
      icon(isFolded ? ICONS.right : ICONS.down),
      title,
      element('span', { class: 'count' }, String(plots.length)),
    );
    toggle.type = 'button';
    toggle.title = isFolded ? words.expand : words.collapse;
    toggle.addEventListener('click', () => {
      const collapsed = isFolded ? this.#kept.collapsed.filter((one) => one !== id) : [...this.#kept.collapsed, id];
      this.#keep({ collapsed });
      this.#drawSections();
      document.getElementById(`section-${id}`)?.focus();
    });
    const cards = isFolded ? [] : plots.flatMap((plot) => this.#cards.get(plot.id)?.element ?? []);
    return element(
      'section',
      { class: `section ${id}`, 'aria-labelledby': `section-${id}` },
      element('h2', {}, toggle),
      element('div', { class: 'grid' }, ...cards),
    );
  }

  #enlarge(id: string | undefined): void {
    const before = this.#enlarged;
    this.#enlarged = id;
    this.element.classList.toggle('has-enlarged', id !== undefined);
    for (const card of this.#cards.values()) card.element.classList.toggle('enlarged', card.id === id);
    const shown = this.#cards.get(id ?? before ?? '');
    shown?.element.focus();
    shown?.redraw(false);
  }

  #size(by: 1 | -1): void {
    const columns = Math.min(COLUMNS.most, Math.max(COLUMNS.least, this.#kept.columns + by));
    const height = Math.min(HEIGHTS.most, Math.max(HEIGHTS.least, columns === 1 ? 400 : columns === 2 ? 260 : 200));
    this.#keep({ columns, height });
    this.#drawHead();
    this.#drawSections();
    this.#redraw(false);
  }

  #move(id: string, by: 1 | -1): void {
    const ids = inOrder(this.#page.plots, this.#kept.order).map((plot) => plot.id);
    const at = ids.indexOf(id);
    const target = by < 0 ? ids[at - 1] : ids[at + 2];
    if (by < 0 && target === undefined) return;
    this.#moveBefore(id, target);
    this.#cards.get(id)?.element.focus();
  }

  #moveBefore(id: string, before: string | undefined): void {
    const ids = inOrder(this.#page.plots, this.#kept.order).map((plot) => plot.id);
    this.#keep({ order: moved(ids, id, before) });
    this.#drawSections();
  }

  #redraw(isTheme: boolean): void {
    for (const card of this.#cards.values()) card.redraw(isTheme);
  }

  #keep(change: Partial<KeptState>): void {
    this.#kept = { ...this.#kept, ...change };
    this.#channel.keep(this.#kept);
  }
}

const sectionOf = (kind: PlotHeader['kind'], isCustom: boolean): SectionId =>
  isCustom || kind === 'scatter' || kind === 'parallel' || kind === 'history'
    ? 'custom'
    : kind === 'images'
      ? 'images'
      : 'templates';

/** A plot is dragged by its title, onto the plot it is to stand before. */
function makeMovable(card: HTMLElement, id: string, hint: string, onMove: (id: string, before: string) => void): void {
  const grip = card.querySelector<HTMLElement>('.names');
  if (!grip) return;
  grip.draggable = true;
  grip.title = hint;
  grip.addEventListener('dragstart', (event) => event.dataTransfer?.setData('text/lode-plot', id));
  card.addEventListener('dragover', (event) => {
    if (!event.dataTransfer?.types.includes('text/lode-plot')) return;
    event.preventDefault();
    card.classList.add('target');
  });
  card.addEventListener('dragleave', () => card.classList.remove('target'));
  card.addEventListener('drop', (event) => {
    card.classList.remove('target');
    const dragged = event.dataTransfer?.getData('text/lode-plot');
    if (!dragged || dragged === id) return;
    event.preventDefault();
    onMove(dragged, id);
  });
}
