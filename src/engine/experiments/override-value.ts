import { type PyKey, type PyValue, pyFloatRepr } from '../core/python.ts';

/** A text in quotes: it keeps them where it is printed again. */
export class Quoted {
  readonly text: string;
  readonly quote: string;
  constructor(text: string, quote: string) {
    this.text = text;
    this.quote = quote;
  }
}

/** A value as written: as {@link PyValue}, with texts that were in quotes told apart. */
export type Element = PyKey | Quoted | readonly Element[] | ReadonlyMap<PyKey, Element>;

/** Several values of which each experiment gets one. */
export type Sweep =
  | { readonly kind: 'choice'; readonly list: readonly Element[]; readonly simple: boolean; readonly shuffle: boolean }
  | {
      readonly kind: 'range';
      readonly start: PyKey;
      readonly stop: PyKey;
      readonly step: PyKey;
      readonly shuffle: boolean;
    }
  | { readonly kind: 'interval' }
  | { readonly kind: 'glob' };

export const isSweep = (value: Element | Sweep): value is Sweep =>
  typeof value === 'object' && value !== null && 'kind' in value;

/** The value without quotes. */
export function plainValue(value: Element): PyValue {
  if (value instanceof Quoted) return value.text;
  if (Array.isArray(value)) return value.map((item: Element) => plainValue(item));
  if (value instanceof Map)
    return new Map([...(value as ReadonlyMap<PyKey, Element>)].map(([key, item]) => [key, plainValue(item)]));
  return value as PyKey;
}

/** The value as it would be written in an override. */
export function elementText(value: Element): string {
  if (value === null) return 'null';
  if (value instanceof Quoted) {
    const { text, quote } = value;
    const escaped = text
      .replace(quote === '"' ? /(\\*)"/g : /(\\*)'/g, (_, run: string) => `${run}${run}\\${quote}`)
      .replace(/\\+$/, (run) => run + run);
    return `${quote}${escaped}${quote}`;
  }
  if (Array.isArray(value)) return `[${value.map((item: Element) => elementText(item)).join(',')}]`;
  if (value instanceof Map)
    return `{${[...(value as ReadonlyMap<PyKey, Element>)].map(([key, item]) => `${elementText(key)}:${elementText(item)}`).join(',')}}`;
  if (typeof value === 'string') return value.replace(/[\\()[\]{}:=, \t]/g, '\\$&');
  if (typeof value === 'boolean') return value ? 'True' : 'False';
  if (typeof value === 'bigint') return String(value);
  if (typeof value === 'number') return Number.isInteger(value) ? String(value) : pyFloatRepr(value);
  return 'value' in (value as object) ? pyFloatRepr((value as { value: number }).value) : String(value);
}
