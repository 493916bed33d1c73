import type { PlotContent, PlotRevision, PlotsWords, VegaContent } from '../../src/protocol/plots-page.ts';
import { Chart } from './chart.ts';
import { historyRows, historySpec, POINTS, scatterRows, scatterSpec } from './point-specs.ts';
import { BAND, bandRows, LINES, lineRows, type SeriesLook, seriesSpec, ZOOM } from './series-spec.ts';

interface Prepared {
  readonly spec: Readonly<Record<string, unknown>>;
  readonly data: Readonly<Record<string, readonly unknown[]>>;
}

export interface DrawOptions {
  readonly revisions: readonly PlotRevision[];
  readonly look: SeriesLook;
  readonly words: PlotsWords;
}

/** A plot that Vega draws, drawn again only where its data alone would not do. */
export class Drawing {
  readonly #place: HTMLElement;
  readonly #onZoom: (from: number, to: number) => void;
  #chart: Chart | undefined;
  /** What the drawn specification was made from. */
  #specText = '';
  #names: readonly string[] = [];
  #turn: Promise<void> = Promise.resolve();

  /** @param onZoom Told the range of x in sight. */
  constructor(place: HTMLElement, onZoom: (from: number, to: number) => void) {
    this.#place = place;
    this.#onZoom = onZoom;
  }

  get chart(): Chart | undefined {
    return this.#chart;
  }

  /** @throws what Vega finds wrong with the specification */
  show(content: Exclude<PlotContent, { kind: 'images' } | { kind: 'parallel' }>, options: DrawOptions): Promise<void> {
    const work = this.#turn.then(() => this.#show(content, options));
    this.#turn = work.catch(() => {}); // The caller is told; the next one starts all the same.
    return work;
  }

  /** Draws anew in the colours of a theme that has changed. */
  forget(): void {
    this.#specText = '';
  }

  close(): void {
    this.#chart?.close();
    this.#chart = undefined;
    this.#specText = '';
    this.#place.replaceChildren();
  }

  async #show(
    content: Exclude<PlotContent, { kind: 'images' } | { kind: 'parallel' }>,
    options: DrawOptions,
  ): Promise<void> {
    const { spec, data } = prepare(content, options);
    const specText = JSON.stringify(spec);
    if (this.#chart && specText === this.#specText && (await this.#setData(data))) return;
    this.#chart?.close();
    this.#place.replaceChildren();
    this.#specText = specText;
    this.#names = Object.keys(data);
    this.#chart = await Chart.draw(this.#place, spec, data);
    if (content.kind === 'series') this.#chart.onZoom(ZOOM, this.#onZoom);
  }

  async #setData(data: Prepared['data']): Promise<boolean> {
    if (this.#names.join('\0') !== Object.keys(data).join('\0')) return false;
    for (const [name, rows] of Object.entries(data)) if (!(await this.#chart?.setData(name, rows))) return false;
    return true;
  }
}

function prepare(
  content: Exclude<PlotContent, { kind: 'images' } | { kind: 'parallel' }>,
  { revisions, look, words }: DrawOptions,
): Prepared {
  switch (content.kind) {
    case 'series':
      return {
        spec: seriesSpec(content, revisions, look, words),
        data: {
          [LINES]: lineRows(content, revisions, look),
          ...(look.bands ? { [BAND]: bandRows(content, revisions, look) } : {}),
        },
      };
    case 'scatter':
      return { spec: scatterSpec(content), data: { [POINTS]: scatterRows(content) } };
    case 'history':
      return { spec: historySpec(content, words), data: { [POINTS]: historyRows(content, words) } };
    case 'vega':
      return { spec: fitted(content), data: { [POINTS]: content.rows } };
    default:
      return unreachable(content);
  }
}

const MANY_VIEWS = ['facet', 'hconcat', 'vconcat', 'concat', 'repeat'] as const;

/** A template of the user's takes the width of its place, unless it is made of several views, which have sizes of their own. */
function fitted({ spec }: VegaContent): Record<string, unknown> {
  const encoding = spec['encoding'];
  const isFaceted =
    typeof encoding === 'object' &&
    encoding !== null &&
    ['row', 'column', 'facet'].some((name) => hasField(encoding, name));
  const isSingle = !isFaceted && !MANY_VIEWS.some((name) => name in spec);
  const data = 'datasets' in spec ? {} : { data: { name: POINTS } };
  return {
    ...spec,
    ...data,
    ...(isSingle ? { width: 'container', height: 'container', autosize: { type: 'fit', contains: 'padding' } } : {}),
  };
}

const hasField = (encoding: object, name: string): boolean => {
  const channel = (encoding as Record<string, unknown>)[name];
  return typeof channel === 'object' && channel !== null && 'field' in channel;
};

function unreachable(content: never): never {
  throw new Error(`There is no drawing of ${JSON.stringify(content)}.`);
}
