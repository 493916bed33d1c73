import { PLAIN, type SeriesLook } from './series-spec.ts';

/** What a user has arranged and finds again after a reload of the window. The host reads `root`. */
export interface KeptState {
  readonly root: string | undefined;
  /** Ids in the order the user has given them; plots that are not in it come behind. */
  readonly order: readonly string[];
  /** Sections that are folded. */
  readonly collapsed: readonly string[];
  /** Width of a plot, in steps from 1 to 4 across the page. */
  readonly columns: number;
  /** Height of a plot in pixels. */
  readonly height: number;
  readonly looks: Readonly<Record<string, SeriesLook>>;
  /** The step shown of a plot of images. */
  readonly steps: Readonly<Record<string, number>>;
}

const NOTHING: KeptState = { root: undefined, order: [], collapsed: [], columns: 2, height: 260, looks: {}, steps: {} };

export const HEIGHTS = { least: 160, most: 800, step: 40 } as const;
export const COLUMNS = { least: 1, most: 4 } as const;

/** VS Code gives back what was kept, by whatever version of the page. */
export function readKept(value: unknown): KeptState {
  if (typeof value !== 'object' || value === null) return NOTHING;
  const kept = value as Record<keyof KeptState, unknown>;
  const texts = (list: unknown): string[] => (Array.isArray(list) ? list.filter((one) => typeof one === 'string') : []);
  return {
    root: typeof kept.root === 'string' ? kept.root : undefined,
    order: texts(kept.order),
    collapsed: texts(kept.collapsed),
    columns: within(kept.columns, COLUMNS.least, COLUMNS.most, NOTHING.columns),
    height: within(kept.height, HEIGHTS.least, HEIGHTS.most, NOTHING.height),
    looks: entries(kept.looks, (look) => readLook(look)),
    steps: entries(kept.steps, (step) => (typeof step === 'number' ? step : undefined)),
  };
}

function readLook(value: unknown): SeriesLook | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const look = value as Record<keyof SeriesLook, unknown>;
  return {
    smoothing: within(look.smoothing, 0, 0.99, PLAIN.smoothing),
    logX: look.logX === true,
    logY: look.logY === true,
    bands: look.bands === true,
  };
}

function entries<T>(value: unknown, read: (one: unknown) => T | undefined): Record<string, T> {
  if (typeof value !== 'object' || value === null) return {};
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, one]) => {
      const made = read(one);
      return made === undefined ? [] : [[key, made]];
    }),
  );
}

const within = (value: unknown, least: number, most: number, otherwise: number): number =>
  typeof value === 'number' && Number.isFinite(value) ? Math.min(most, Math.max(least, value)) : otherwise;

/** Plots as the user has ordered them, those he has not placed behind in the order of the page. */
export function inOrder<T extends { readonly id: string }>(plots: readonly T[], order: readonly string[]): T[] {
  const places = new Map(order.map((id, at) => [id, at]));
  const placeOf = ({ id }: T): number => places.get(id) ?? Number.POSITIVE_INFINITY;
  return plots
    .map((plot, at) => ({ plot, at }))
    .sort((a, b) => placeOf(a.plot) - placeOf(b.plot) || a.at - b.at)
    .map(({ plot }) => plot);
}

/** The order after moving one plot before another, or to the end. */
export function moved(ids: readonly string[], id: string, before: string | undefined): string[] {
  const rest = ids.filter((one) => one !== id);
  const at = before === undefined ? rest.length : rest.indexOf(before);
  return [...rest.slice(0, at < 0 ? rest.length : at), id, ...rest.slice(at < 0 ? rest.length : at)];
}
