type Value = number | string | undefined;

export interface Range {
  readonly from: number;
  readonly to: number;
}

/** One axis of parallel coordinates: numbers between their least and greatest, or words in order, both from 0 to 1. */
export interface Axis {
  readonly column: string;
  readonly kind: 'numbers' | 'words';
  readonly least: number;
  readonly most: number;
  readonly words: readonly string[];
  readonly ticks: readonly { readonly unit: number; readonly text: string }[];
  /** What stands at a place of it. */
  readonly textAt: (unit: number) => string;
}

const MOST_WORDS = 12;

export function axisOf(column: string, values: readonly Value[]): Axis {
  const given = values.filter((value) => value !== undefined);
  if (given.every((value) => typeof value === 'number')) {
    const numbers = given.filter((value) => Number.isFinite(value));
    const [least, most] = numbers.length === 0 ? [0, 1] : [Math.min(...numbers), Math.max(...numbers)];
    const textAt = (unit: number): string => shortNumber(least + unit * (most - least));
    const ticks =
      least === most
        ? [{ unit: 0.5, text: shortNumber(least) }]
        : [0, 0.25, 0.5, 0.75, 1].map((unit) => ({ unit, text: textAt(unit) }));
    return { column, kind: 'numbers', least, most, words: [], ticks, textAt };
  }
  const words = [...new Set(given.map(String))].sort();
  const unitOf = (at: number): number => (words.length < 2 ? 0.5 : at / (words.length - 1));
  const every = Math.ceil(words.length / MOST_WORDS);
  return {
    column,
    kind: 'words',
    least: 0,
    most: 0,
    words,
    ticks: words.flatMap((text, at) => (at % every === 0 ? [{ unit: unitOf(at), text }] : [])),
    textAt: (unit) => words[Math.round(unit * (words.length - 1))] ?? '',
  };
}

/** Where a value lies on its axis, 0 at the bottom; undefined for one that is not there. */
export function toUnit({ kind, least, most, words }: Axis, value: Value): number | undefined {
  if (value === undefined) return undefined;
  if (kind === 'words') return words.length < 2 ? 0.5 : words.indexOf(String(value)) / (words.length - 1);
  if (typeof value !== 'number' || !Number.isFinite(value)) return undefined;
  return least === most ? 0.5 : (value - least) / (most - least);
}

/** Whether an experiment lies in every range that was brushed. */
export const withinAll = (
  axes: readonly Axis[],
  values: readonly Value[],
  ranges: ReadonlyMap<string, Range>,
): boolean =>
  axes.every((axis, at) => {
    const range = ranges.get(axis.column);
    if (!range) return true;
    const unit = toUnit(axis, values[at]);
    return unit !== undefined && unit >= range.from - 1e-9 && unit <= range.to + 1e-9;
  });

const shortNumber = (value: number): string => String(Number(value.toPrecision(3)));
