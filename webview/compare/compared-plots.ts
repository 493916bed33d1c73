import type { ComparePlots, FromComparedPlot } from '../../src/protocol/compare-page.ts';
import type { PlotContent, PlotHeader } from '../../src/protocol/plots-page.ts';
import { CardsInSight } from '../plots/cards-in-sight.ts';
import { PlotCard } from '../plots/plot-card.ts';
import type { SeriesLook } from '../plots/series-spec.ts';
import { element, putInOrder } from '../shared/dom.ts';

const NEAR = '300px'; // Plots are drawn a little before they come into sight.

/** The plots of what is compared, each with all of it: drawn while they are in sight. */
export class ComparedPlots {
  readonly element = element('div', { class: 'compared-plots' });
  readonly #send: (message: FromComparedPlot) => void;
  readonly #cards = new Map<string, PlotCard>();
  readonly #seen: CardsInSight;
  readonly #looks = new Map<string, SeriesLook>();
  readonly #steps = new Map<string, number>();
  readonly #note = element('p', { class: 'muted', role: 'status' });
  readonly #nothing: string;
  #enlarged: string | undefined;

  /** @param nothing Told where there are no plots. */
  constructor(nothing: string, send: (message: FromComparedPlot) => void) {
    this.#nothing = nothing;
    this.#send = send;
    this.#seen = new CardsInSight(this.#cards, NEAR, (plots) => this.#send({ type: 'need', plots }));
    new MutationObserver(() => this.#redraw(true)).observe(document.body, {
      attributes: true,
      attributeFilter: ['class'],
    });
    new ResizeObserver(() => this.#redraw(false)).observe(this.element);
    this.element.addEventListener('keydown', ({ key }) => {
      if (key === 'Escape' && this.#enlarged !== undefined) this.#enlarge(undefined);
    });
  }

  show({ words, revisions, plots, problem }: ComparePlots): void {
    const ids = new Set(plots.map(({ id }) => id));
    for (const [id, card] of this.#cards)
      if (!ids.has(id)) {
        card.setVisible(false);
        this.#seen.unobserve(card);
        card.element.remove();
        this.#cards.delete(id);
      }
    for (const header of plots) {
      const card = this.#cards.get(header.id);
      if (card && card.kind === header.kind) card.update(header);
      else this.#add(header, words, card);
    }
    for (const card of this.#cards.values()) card.setRevisions(revisions);
    this.#note.textContent = problem ?? (plots.length === 0 ? this.#nothing : '');
    this.#note.hidden = this.#note.textContent === '';
    putInOrder(this.element, [this.#note, ...plots.flatMap(({ id }) => this.#cards.get(id)?.element ?? [])]);
    this.#seen.ask();
  }

  setContent(plot: string, version: number, content: PlotContent): void {
    this.#cards.get(plot)?.setContent(content, version);
  }

  #add(header: PlotHeader, words: ComparePlots['words'], before: PlotCard | undefined): void {
    before?.element.remove();
    const card = new PlotCard(header, words, {
      send: (message) => {
        if (message.type === 'need' || message.type === 'range' || message.type === 'open' || message.type === 'save')
          this.#send(message);
      },
      look: (id) => this.#looks.get(id),
      keepLook: (id, look) => this.#looks.set(id, look),
      step: (id) => this.#steps.get(id) ?? Number.POSITIVE_INFINITY,
      keepStep: (id, step) => this.#steps.set(id, step),
      enlarge: (id) => this.#enlarge(this.#enlarged === id ? undefined : id),
      move: undefined,
    });
    this.#cards.set(header.id, card);
    this.#seen.observe(card);
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

  #redraw(isTheme: boolean): void {
    for (const card of this.#cards.values()) card.redraw(isTheme);
  }
}
