import type { ComparePlots, CompareWords, FromCompare } from '../../src/protocol/compare-page.ts';
import type { PlotContent } from '../../src/protocol/plots-page.ts';
import { element } from '../shared/dom.ts';
import { button } from '../shared/toolkit.ts';
import type { ComparedPlots } from './compared-plots.ts';

/** The part of the page with plots: what draws them is loaded, and their data read, once it comes into sight. */
export class PlotsSection {
  readonly element: HTMLElement;
  readonly #words: CompareWords;
  readonly #send: (message: FromCompare) => void;
  readonly #place: HTMLElement;
  #plots: ComparedPlots | undefined;
  #shown: ComparePlots | undefined;
  #isOpened = false;

  /** @param rows Ids of what is compared now. */
  constructor(words: CompareWords, rows: () => readonly string[], send: (message: FromCompare) => void) {
    this.#words = words;
    this.#send = send;
    this.#place = element('div', {}, element('p', { class: 'muted', role: 'status' }, words.looking));
    const show = button(words.showPlots, 'secondary', () =>
      send({ type: 'run', command: 'lode.expShowPlots', rows: rows() }),
    );
    show.id = 'show-plots';
    this.element = element('div', {}, this.#place, element('div', { class: 'files-of' }, show));
    const seen = new IntersectionObserver(
      (entries) => {
        if (!entries.some(({ isIntersecting }) => isIntersecting)) return;
        seen.disconnect();
        void this.#open();
      },
      { rootMargin: '200px' },
    );
    seen.observe(this.element);
  }

  show(plots: ComparePlots): void {
    this.#shown = plots;
    this.#plots?.show(plots);
  }

  setContent(plot: string, version: number, content: PlotContent): void {
    this.#plots?.setContent(plot, version, content);
  }

  async #open(): Promise<void> {
    if (this.#isOpened) return;
    this.#isOpened = true;
    this.#send({ type: 'plots' });
    const Plots = await load();
    this.#plots = new Plots(this.#words.noPlots, (message) => this.#send({ type: 'plot', message }));
    this.#place.replaceChildren(this.#plots.element);
    if (this.#shown) this.#plots.show(this.#shown);
  }
}

/** The page's policy runs scripts that are named by its nonce, and no others: this one passes it on to the second one of its own. */
function load(): Promise<typeof ComparedPlots> {
  return new Promise((resolve, reject) => {
    const loaded = (event: Event): void => resolve((event as CustomEvent<typeof ComparedPlots>).detail);
    addEventListener('lode-compared-plots', loaded, { once: true });
    const script = element('script', {});
    script.type = 'module';
    script.nonce = document.querySelector<HTMLScriptElement>('script[nonce]')?.nonce ?? '';
    script.src = new URL('compare-lazy.js', import.meta.url).href;
    script.addEventListener('error', () => reject(new Error('What draws plots cannot be loaded.')));
    document.head.append(script);
  });
}
