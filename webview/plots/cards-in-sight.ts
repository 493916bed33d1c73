import type { PlotCard } from './plot-card.ts';

/** Tells cards whether they are in sight, and asks for the data of those that are, once for all of them. */
export class CardsInSight {
  readonly #cards: ReadonlyMap<string, PlotCard>;
  readonly #ask: (plots: string[]) => void;
  readonly #observer: IntersectionObserver;
  #isAsking = false;

  /** @param near How far from the window's edge a card counts as in sight, as in CSS. */
  constructor(cards: ReadonlyMap<string, PlotCard>, near: string, ask: (plots: string[]) => void) {
    this.#cards = cards;
    this.#ask = ask;
    this.#observer = new IntersectionObserver((entries) => this.#onSeen(entries), { rootMargin: near });
  }

  observe({ element }: PlotCard): void {
    this.#observer.observe(element);
  }

  unobserve({ element }: PlotCard): void {
    this.#observer.unobserve(element);
  }

  ask(): void {
    if (this.#isAsking) return;
    this.#isAsking = true;
    requestAnimationFrame(() => {
      this.#isAsking = false;
      const plots = [...this.#cards.values()].filter(({ isWanting }) => isWanting).map(({ id }) => id);
      if (plots.length > 0) this.#ask(plots);
    });
  }

  #onSeen(entries: readonly IntersectionObserverEntry[]): void {
    for (const { target, isIntersecting } of entries)
      this.#cards.get((target as HTMLElement).dataset['id'] ?? '')?.setVisible(isIntersecting);
    this.ask();
  }
}
