/** A request counts as so many bytes: small objects are bound by requests, large ones by bytes. */
const REQUEST = 16_384;
/** Change of the rate that is more than noise. */
const BETTER = 1.05;
const WORSE = 0.85;
/** Spans without growth after a store asked for less. */
const CALM = 8;

/** How many transfers run at once: more while that brings more, half as many where a store asks to slow down. Pure: it is told what happened. */
export class ConcurrencyLimit {
  readonly #max: number;
  #now: number;
  #best = 0;
  #calm = 0;

  constructor(start: number, max: number) {
    this.#max = Math.max(1, max);
    this.#now = Math.min(this.#max, Math.max(1, start));
  }

  get now(): number {
    return this.#now;
  }

  /** What was done in a span of `ms` with as many at once as there may be. */
  sample(requests: number, bytes: number, ms: number): void {
    const rate = (bytes + requests * REQUEST) / Math.max(1, ms);
    if (this.#calm > 0) this.#calm--;
    else if (rate > this.#best * BETTER) {
      this.#best = rate;
      this.#now = Math.min(this.#max, Math.ceil(this.#now * 1.5));
    } else if (rate < this.#best * WORSE) {
      this.#best = rate; // The network may be another by now: what it once could is forgotten.
      this.#now = Math.max(1, Math.floor(this.#now / 1.25));
    }
  }

  throttled(): void {
    if (this.#calm === CALM) return; // Requests that ran side by side are told so together: that is one piece of news.
    this.#now = Math.max(1, Math.floor(this.#now / 2));
    this.#best = 0;
    this.#calm = CALM;
  }
}
