import { isPyList, isPyMap, type PyKey, type PyMap, type PyValue, pyStr } from '../core/python.ts';
import { type Context, type ContextNode, nodeValue, type Origin, select } from './context.ts';
import { TemplateError } from './template-error.ts';
import { findMarkers, type Marker, parseExpression } from './template-expression.ts';

/** How a dict becomes command line options: `parsing.bool` and `parsing.list` of the config, and whose quotes to use. */
export interface OptionStyle {
  readonly bool: 'store_true' | 'boolean_optional';
  readonly list: 'nargs' | 'append';
  readonly quotes: 'posix' | 'windows';
}

export const DEFAULT_STYLE: OptionStyle = {
  bool: 'store_true',
  list: 'nargs',
  quotes: process.platform === 'win32' ? 'windows' : 'posix',
};

/** What one `${…}` stood for. */
export interface Use {
  /** The expression as written, without its braces. */
  readonly expression: string;
  readonly origin: Origin;
  readonly value: PyValue;
}

export interface InterpolateOptions {
  /** The stage key that the text belongs to (`cmd`, `deps`, …). Lists and dicts may stand anywhere where it is absent. */
  readonly field?: string;
  readonly style?: OptionStyle;
  /** True where {@link parseExpression} has passed already: then errors name the expression as it was written. */
  readonly checked?: boolean;
}

/**
 * `text` with its `${…}` replaced. A text that is one expression and nothing else becomes the value itself, of any type.
 *
 * Otherwise values are printed as Python's `str` prints them, but `true` and `false` in lower case, and a dict in `cmd` as
 * command line options. `\${` stays, without its backslash.
 *
 * @throws TemplateError `syntax` or `missing-key`.
 */
export function interpolate(
  text: string,
  context: Context,
  options: InterpolateOptions = {},
): { readonly value: PyValue; readonly uses: readonly Use[] } {
  const markers = findMarkers(text);
  const uses = markers.map((marker) => use(marker, context, options));
  const [only] = uses;
  if (only !== undefined && isWhole(text, markers)) return { value: only.value, uses };
  let out = '';
  let from = 0;
  markers.forEach(({ start, end }, i) => {
    out += text.slice(from, start) + stringify(uses[i]?.value ?? null, options.style);
    from = end;
  });
  return { value: (out + text.slice(from)).replaceAll('\\${', '${'), uses };
}

const isWhole = (text: string, markers: readonly Marker[]): boolean =>
  markers.length === 1 && markers[0]?.start === 0 && markers[0].end === text.length;

/** The node that a text of exactly one expression names; undefined for any other text. */
export function wholeNode(text: string, context: Context): ContextNode | undefined {
  const [marker, ...more] = findMarkers(text);
  if (marker === undefined || more.length > 0 || !isWhole(text, [marker])) return undefined;
  return select(context, parseExpression(marker.inner));
}

function use({ inner }: Marker, context: Context, { field, checked }: InterpolateOptions): Use {
  const node = select(context, checked ? inner : parseExpression(inner));
  if (field !== undefined && node.kind === 'list') throw wrongType('list');
  if (field !== undefined && field !== 'cmd' && node.kind === 'dict') throw wrongType('dict');
  return { expression: inner, origin: node.origin, value: nodeValue(node) };
}

/** A value of a type that its place cannot take. */
export const wrongType = (type: string): TemplateError =>
  new TemplateError('syntax', `Cannot interpolate data of type '${type}'`, 'Name one of its values instead.');

/** How a value reads inside a longer text. @throws TemplateError for a list inside a list of options. */
export function stringify(value: PyValue, style: OptionStyle = DEFAULT_STYLE): string {
  if (typeof value === 'boolean') return String(value);
  return isPyMap(value) ? toOptions(value, style) : pyStr(value);
}

/** `--key value …`, nested dicts as `--outer.inner`; empty lists and dicts give nothing. */
function toOptions(dict: PyMap, style: OptionStyle): string {
  const words: string[] = [];
  for (const [key, value] of flatten(dict, '')) {
    if (typeof value === 'boolean') {
      if (value) words.push(`--${key}`);
      else if (style.bool === 'boolean_optional') words.push(`--no-${key}`);
    } else if (isPyList(value)) {
      const items = value.map((item) => optionItem(key, item, style));
      if (style.list === 'append') words.push(...items.map((item) => `--${key} ${item}`));
      else if (items.length > 0) words.push(`--${key} ${items.join(' ')}`);
    } else {
      words.push(`--${key} ${optionItem(key, value, style)}`);
    }
  }
  return words.join(' ').trimEnd();
}

function* flatten(dict: PyMap, prefix: string): Iterable<[string, PyValue]> {
  for (const [key, value] of dict) {
    if (isPyMap(value)) yield* flatten(value, `${prefix}${pyStr(key)}.`);
    else yield [prefix + pyStr(key), value];
  }
}

function optionItem(key: string, value: PyValue, { quotes }: OptionStyle): string {
  if (isPyList(value) || isPyMap(value)) {
    throw new TemplateError(
      'syntax',
      `Cannot interpolate nested iterable in '${key}'`,
      'Options take flat lists only.',
    );
  }
  if (typeof value !== 'string') return pyStr(value);
  return quotes === 'posix' ? quotePosix(value) : quoteWindows(value);
}

/** As Python's `shlex.quote`. */
const quotePosix = (text: string): string =>
  /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'"'"'`)}'`;

/** As Microsoft's C runtime splits arguments: backslashes count only before a quote. */
function quoteWindows(text: string): string {
  const escaped = text.replace(/(\\*)"/g, '$1$1\\"');
  return text === '' || /[ \t]/.test(text) ? `"${escaped.replace(/(\\+)$/, '$1$1')}"` : escaped;
}

/** Where in a value a text stands: mapping keys and list indices from its top. */
export type TreePath = readonly (PyKey | number)[];

/** A copy of `value` with every text in it, keys too, replaced by what `replace` gives. */
export function mapStrings(
  value: PyValue,
  replace: (text: string, at: TreePath) => PyValue,
  at: TreePath = [],
): PyValue {
  if (typeof value === 'string') return replace(value, at);
  if (isPyList(value)) return value.map((item, i) => mapStrings(item, replace, [...at, i]));
  if (!isPyMap(value)) return value;
  const copy = new Map<PyKey, PyValue>();
  for (const [key, item] of value) {
    const inner = [...at, key];
    const newKey = typeof key === 'string' ? replace(key, inner) : key;
    // A list cannot be a key; its text can.
    copy.set(isPyList(newKey) || isPyMap(newKey) ? pyStr(newKey) : newKey, mapStrings(item, replace, inner));
  }
  return copy;
}
