import { asFloat, type PyValue, pyFloatRepr, pyStr } from '../engine/core/python.ts';

/** Digits after the point in tables, unless told. */
export const DEFAULT_PRECISION = 5;

/** A value in a table: floats rounded to `digits` after the point where that is given, null as a dash. */
export function valueText(value: PyValue, digits?: number): string {
  if (value === null) return '-';
  const float = digits === undefined ? undefined : asFloat(value);
  return float === undefined || digits === undefined ? pyStr(value) : pyFloatRepr(roundAsPython(float, digits));
}

/** `round(value, digits)`: to the nearest, and where two are as near to the even one. Below zero digits of the whole part go. */
export function roundAsPython(value: number, digits: number): number {
  if (!Number.isFinite(value) || value === 0 || digits > MOST_DIGITS) return value; // Zero has a sign.
  if (digits < 0) {
    const unit = 10 ** -digits;
    const down = Math.floor(value / unit);
    const rest = value - down * unit;
    const up = rest > unit / 2 || (rest === unit / 2 && down % 2 !== 0);
    return (down + (up ? 1 : 0)) * unit;
  }
  if (Math.abs(value) >= 1e21) return value;
  const nearest = Number(value.toFixed(digits));
  // toFixed knows the exact value, but where it lies in the middle it goes away from zero.
  const exact = value.toFixed(MOST_DIGITS);
  const tail = exact.slice(exact.indexOf('.') + 1 + digits);
  if (!/^50*$/.test(tail)) return nearest;
  const lower = exact.slice(0, exact.length - tail.length).replace(/\.$/, '');
  return /[02468]$/.test(lower) ? Number(lower) : nearest;
}

/** What toFixed can do; a double has no more digits after the point that matter in a table. */
const MOST_DIGITS = 100;

/** Python's `format(value, '.<digits>g')`: so many significant digits, without zeros at the end. */
export function generalFormat(value: number, digits: number): string {
  if (!Number.isFinite(value)) return pyFloatRepr(value);
  const [mantissa = '', exponentText = '0'] = value.toExponential(Math.max(0, digits - 1)).split('e');
  const exponent = Number(exponentText);
  const trimmed = (text: string): string => (text.includes('.') ? text.replace(/\.?0+$/, '') : text);
  const sign = Object.is(value, -0) ? '-' : '';
  if (exponent >= -4 && exponent < digits) return sign + trimmed(value.toFixed(Math.max(0, digits - 1 - exponent)));
  return `${trimmed(mantissa)}e${exponent < 0 ? '-' : '+'}${String(Math.abs(exponent)).padStart(2, '0')}`;
}
