import type { PlotRevision, PlotsWords, SeriesContent } from '../../src/protocol/plots-page.ts';
import { bandOf, smoothed } from './smoothing.ts';

/** How a user wants lines drawn. */
export interface SeriesLook {
  /** 0 to 0.99. */
  readonly smoothing: number;
  readonly logX: boolean;
  readonly logY: boolean;
  readonly bands: boolean;
}

export const PLAIN: SeriesLook = { smoothing: 0, logX: false, logY: false, bands: false };

/** Names of data sets and parameters in the specifications below. */
export const LINES = 'lines';
export const BAND = 'band';
export const ZOOM = 'zoom';

export interface LineRow {
  readonly rev: string;
  readonly label: string;
  readonly source: string;
  readonly x: number;
  readonly y: number;
  /** As it was measured, where `y` is smoothed. */
  readonly raw: number;
}

const DASHES = [
  [1, 0],
  [8, 8],
  [8, 4],
  [4, 4],
  [4, 2],
  [2, 1],
  [1, 1],
] as const;

/** The points of every line, smoothed; those a logarithm cannot take are left out. */
export function lineRows(content: SeriesContent, revisions: readonly PlotRevision[], look: SeriesLook): LineRow[] {
  const labels = new Map(revisions.map(({ id, label }) => [id, label]));
  return content.series
    .filter(({ rev }) => labels.has(rev))
    .flatMap(({ rev, source, x, y }) => {
      const line = smoothed(y, look.smoothing);
      return x.flatMap((at, i) => {
        const [value, raw] = [line[i] ?? Number.NaN, y[i] ?? Number.NaN];
        if ((look.logX && at <= 0) || (look.logY && value <= 0)) return [];
        return [{ rev, label: labels.get(rev) ?? rev, source, x: at, y: value, raw }];
      });
    });
}

export const bandRows = (content: SeriesContent, revisions: readonly PlotRevision[], look: SeriesLook) => {
  const shown = new Set(revisions.map(({ id }) => id));
  const lines = content.series.filter(({ rev }) => shown.has(rev));
  return look.bands ? bandOf(lines.map(({ x, y }) => ({ x, y: smoothed(y, look.smoothing) }))) : [];
};

/**
 * A Vega-Lite specification of lines: one colour a revision, one dash a source, a rule under the mouse whose tooltip has every run's
 * value, zoom and pan, and, if asked for, mean and standard deviation over the runs instead of single lines.
 */
export function seriesSpec(
  content: SeriesContent,
  revisions: readonly PlotRevision[],
  look: SeriesLook,
  words: Pick<PlotsWords, 'mean'>,
): Record<string, unknown> {
  const sources = [...new Set(content.series.map(({ source }) => source))].sort();
  const domain = revisions.map(({ label }) => label);
  const color = {
    field: 'label',
    type: 'nominal',
    legend: null,
    scale: { domain, range: revisions.map((revision) => revision.color) },
  };
  const dash = {
    field: 'source',
    type: 'nominal',
    title: null,
    scale: { domain: sources, range: DASHES.slice(0, Math.max(1, Math.min(sources.length, DASHES.length))) },
    legend: sources.length > 1 ? { orient: 'bottom', symbolType: 'stroke' } : null,
  };
  const x = {
    field: 'x',
    type: 'quantitative',
    title: content.xLabel,
    scale: { type: look.logX ? 'log' : 'linear', zero: false, nice: false },
  };
  const y = {
    field: 'y',
    type: 'quantitative',
    title: content.yLabel,
    scale: { type: look.logY ? 'log' : 'linear', zero: false },
  };
  const lines = { data: { name: LINES } };
  const pivot = { pivot: 'label', value: 'y', groupby: ['x'], op: 'mean' };
  const tooltip = [
    { field: 'x', type: 'quantitative', title: content.xLabel },
    ...domain.map((label) => ({ field: escaped(label), type: 'quantitative', title: label, format: '.6~g' })),
  ];
  const faint = look.smoothing > 0 || look.bands;
  return {
    $schema: 'https://vega.github.io/schema/vega-lite/v6.json',
    width: 'container',
    height: 'container',
    autosize: { type: 'fit', contains: 'padding' },
    data: { name: LINES },
    layer: [
      ...(look.bands
        ? [
            {
              data: { name: BAND },
              mark: { type: 'area', opacity: 0.2, color: BAND_COLOR },
              encoding: { x: { ...x }, y: { ...y, field: 'low' }, y2: { field: 'high' } },
            },
            {
              data: { name: BAND },
              mark: { type: 'line', strokeWidth: 2.5, color: BAND_COLOR },
              encoding: {
                x: { ...x },
                y: { ...y, field: 'mean' },
                tooltip: [
                  { field: 'x', type: 'quantitative', title: content.xLabel },
                  { field: 'mean', type: 'quantitative', title: words.mean, format: '.6~g' },
                  { field: 'count', type: 'quantitative', title: 'n' },
                ],
              },
            },
          ]
        : []),
      ...(look.smoothing > 0 && !look.bands
        ? [
            {
              ...lines,
              mark: { type: 'line', opacity: 0.25, strokeWidth: 1 },
              encoding: { x, y: { ...y, field: 'raw' }, color, strokeDash: dash, detail: { field: 'rev' } },
            },
          ]
        : []),
      {
        ...lines,
        params: [{ name: ZOOM, select: 'interval', bind: 'scales' }],
        mark: { type: 'line', strokeWidth: look.bands ? 1 : 2, opacity: look.bands ? 0.35 : 1, clip: true },
        encoding: { x, y, color, strokeDash: dash, detail: { field: 'rev' } },
      },
      {
        ...lines,
        transform: [pivot],
        params: [
          {
            name: 'hover',
            select: { type: 'point', fields: ['x'], nearest: true, on: 'pointerover', clear: 'pointerout' },
          },
        ],
        mark: { type: 'rule', color: 'gray', strokeWidth: 1, clip: true },
        encoding: {
          x,
          tooltip,
          opacity: { condition: { param: 'hover', empty: false, value: 0.6 }, value: 0 },
        },
      },
      {
        ...lines,
        transform: [{ filter: { param: 'hover', empty: false } }],
        mark: { type: 'point', filled: true, size: faint ? 40 : 50, clip: true },
        encoding: { x, y, color },
      },
    ],
  };
}

const BAND_COLOR = '#8a8a8a';

/** Dots and brackets of a name are no way into a value. */
const escaped = (field: string): string => field.replace(/[\\.[\]'"]/g, '\\$&');
