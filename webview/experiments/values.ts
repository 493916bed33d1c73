import type { CellValue, NumberFormat, SpecialValue } from '../../src/protocol/experiments-page.ts';

const isSpecial = (value: CellValue): value is SpecialValue => typeof value === 'object' && value !== null;

const WORDS: Readonly<Record<string, number>> = { nan: Number.NaN, inf: Infinity, '-inf': -Infinity };

/** The number a value is; undefined for all that is none. Booleans are none. */
export function numberOf(value: CellValue): number | undefined {
  if (typeof value === 'number') return value;
  if (!isSpecial(value)) return undefined;
  if (value.text in WORDS) return WORDS[value.text];
  return /^-?\d+$/.test(value.text) ? Number(value.text) : undefined;
}

/** The value to its last digit; '' where there is none. */
export function fullText(value: CellValue): string {
  if (value === null) return '';
  return isSpecial(value) ? value.text : String(value);
}

export const isSame = (a: CellValue, b: CellValue): boolean =>
  a === b || (a !== null && b !== null && typeof a === typeof b && fullText(a) === fullText(b));

const RANK = { number: 0, boolean: 1, string: 2, other: 3 } as const;

function rankOf(value: CellValue): number {
  if (numberOf(value) !== undefined) return RANK.number;
  return typeof value === 'boolean' ? RANK.boolean : typeof value === 'string' ? RANK.string : RANK.other;
}

const collator = new Intl.Collator(undefined, { numeric: true });

/** Numbers before booleans before texts, however a column mixes them; NaN is the last of the numbers. Nothing is left to its callers. */
export function compareValues(a: CellValue, b: CellValue): number {
  const [rankA, rankB] = [rankOf(a), rankOf(b)];
  if (rankA !== rankB) return rankA - rankB;
  if (rankA !== RANK.number) return collator.compare(fullText(a), fullText(b));
  const [x, y] = [numberOf(a)!, numberOf(b)!];
  if (Number.isNaN(x) || Number.isNaN(y)) return Number(Number.isNaN(x)) - Number(Number.isNaN(y));
  return x - y || 0; // Infinity minus itself is no number.
}

/** As short as a cell wants it; the full value is told on hovering. */
export function shortText(value: CellValue, format: NumberFormat = 'short'): string {
  if (typeof value !== 'number' || format === 'full') return fullText(value);
  switch (format) {
    case 'percent':
      return `${trimmed((value * 100).toFixed(2))} %`;
    case 'fixed2':
      return value.toFixed(2);
    case 'fixed4':
      return value.toFixed(4);
    default:
      return short(value);
  }
}

/** Five digits that say something; integers as they are. */
function short(value: number): string {
  const size = Math.abs(value);
  if (Number.isInteger(value) && size < 1e15) return String(value);
  if (size >= 1e9 || size < 1e-4) return trimmed(value.toExponential(3));
  const before = Math.max(0, Math.floor(Math.log10(size)) + 1);
  return trimmed(size < 1 ? value.toPrecision(5) : value.toFixed(Math.max(0, 5 - before)));
}

/** `0.50` as `0.5`, `1.200e-5` as `1.2e-5`. */
const trimmed = (text: string): string => (text.includes('.') ? text.replace(/\.?0+($|e)/, '$1') : text);
