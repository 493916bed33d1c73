import {
  asFloat,
  isPyList,
  isPyMap,
  type PyKey,
  type PyMap,
  type PyValue,
  pyFloatRepr,
  pyStr,
} from '../core/python.ts';
import { pyYamlKind } from './pyyaml-scalar.ts';
import { textShape } from './yaml-style.ts';

/** Lines are folded at the first blank past this column. */
const WIDTH = 80;
const STEP = 2;
/** From this many characters on, its tag counted, a key is written as `? key`. */
const LONG_KEY = 128;
const BREAK = /[\n\u0085\u2028\u2029]/;

/** A value as OmegaConf's `to_yaml` writes it: PyYAML's block style, keys in their order. */
export function dumpOmegaYaml(value: PyValue): string {
  const writer = new Writer();
  writer.node(value, { indent: 0, afterKey: false });
  return `${writer.text}\n`;
}

/** Texts that other readers would take for a number or a truth value are in single quotes. */
const needsQuotes = (text: string): boolean =>
  /^(?:y|Y|yes|Yes|YES|n|N|no|No|NO|true|True|TRUE|false|False|FALSE|on|On|ON|off|Off|OFF)$/.test(text) ||
  PYTHON_NUMBER.test(text);
/** What Python's `int()` and `float()` take. */
const PYTHON_NUMBER =
  /^\s*[-+]?(?:\d+(?:_\d+)*|(?:\d+(?:_\d+)*\.?(?:\d+(?:_\d+)*)?|\.\d+(?:_\d+)*)(?:[eE][-+]?\d+(?:_\d+)*)?|inf|infinity|nan)\s*$/i;

interface Place {
  /** Of the collection that the node is in. */
  readonly indent: number;
  /** A list under a key is not indented. */
  readonly afterKey: boolean;
}

class Writer {
  text = '';
  #column = 0;

  node(value: PyValue, place: Place): void {
    if (isPyMap(value)) this.#mapping(value, place);
    else if (isPyList(value)) this.#sequence(value, place);
    else this.scalar(value, place.indent + STEP, false);
  }

  #put(text: string): void {
    this.text += text;
    this.#column += /[\ud800-\udbff]/.test(text) ? [...text].length : text.length;
  }

  #newLine(indent: number): void {
    this.text += `\n${' '.repeat(indent)}`;
    this.#column = indent;
  }

  /** The entries of a collection: the first may stand behind the dash of an outer list. */
  #entries<T>(items: Iterable<T>, indent: number, afterKey: boolean, write: (item: T) => void): void {
    let first = true;
    for (const item of items) {
      if (!first || afterKey) this.#newLine(indent);
      first = false;
      write(item);
    }
  }

  #mapping(map: PyMap, { indent, afterKey }: Place): void {
    if (map.size === 0) {
      this.#put(afterKey ? ' {}' : '{}');
      return;
    }
    const own = this.text === '' ? 0 : indent + STEP;
    this.#entries(map, own, afterKey, ([key, value]) => {
      if (isSimpleKey(key)) this.scalar(key, own + STEP, true);
      else {
        this.#put('? ');
        this.scalar(key, own + STEP, false);
        this.#newLine(own);
      }
      this.#put(':');
      this.#value(value, own, isSimpleKey(key));
    });
  }

  #value(value: PyValue, own: number, underKey: boolean): void {
    const empty = (isPyMap(value) && value.size === 0) || (isPyList(value) && value.length === 0);
    const collection = isPyMap(value) || isPyList(value);
    // A collection behind `? key` begins on the line of the colon.
    const beside = collection && !empty && !underKey;
    if (!collection || beside) this.#put(' ');
    this.node(value, { indent: own, afterKey: collection && !beside });
  }

  #sequence(items: readonly PyValue[], { indent, afterKey }: Place): void {
    if (items.length === 0) {
      this.#put(afterKey ? ' []' : '[]');
      return;
    }
    const own = this.text === '' ? 0 : afterKey ? indent : indent + STEP;
    this.#entries(items, own, afterKey, (item) => {
      this.#put('- ');
      this.node(item, { indent: own, afterKey: false });
    });
  }

  scalar(value: PyKey, indent: number, isKey: boolean): void {
    if (typeof value !== 'string') {
      this.#plain(wordOf(value), indent, !isKey);
      return;
    }
    const shape = textShape(value);
    const unprintable = HIGHEST.test(value);
    const quoted = needsQuotes(value);
    const broken = isKey && (value === '' || shape.multiline);
    if (!quoted && !unprintable && pyYamlKind(value) === 'string' && !broken && shape.plainInBlock)
      this.#plain(value, indent, !isKey);
    else if (shape.single && !unprintable && !(isKey && shape.multiline)) this.#single(value, indent, !isKey);
    else this.#double([...value], indent, !isKey);
  }

  #plain(text: string, indent: number, fold: boolean): void {
    for (const run of text.match(/ +|[^ ]+/g) ?? []) {
      if (run === ' ' && fold && this.#column > WIDTH) this.#newLine(indent);
      else this.#put(run);
    }
  }

  #single(text: string, indent: number, fold: boolean): void {
    this.#put("'");
    const runs = text.match(/ +|[\n\u0085\u2028\u2029]+|[^ \n\u0085\u2028\u2029]+/g) ?? [];
    runs.forEach((run, i) => {
      if (run === ' ' && fold && this.#column > WIDTH && i > 0 && i < runs.length - 1) this.#newLine(indent);
      else if (BREAK.test(run)) {
        this.text += (run.startsWith('\n') ? '\n' : '') + run + ' '.repeat(indent);
        this.#column = indent;
      } else this.#put(run.replaceAll("'", "''"));
    });
    this.#put("'");
  }

  #double(chars: readonly string[], indent: number, fold: boolean): void {
    this.#put('"');
    let start = 0;
    for (let end = 0; end <= chars.length; end++) {
      const char = chars[end];
      if (char === undefined || ESCAPED.test(char)) {
        this.#put(chars.slice(start, end).join(''));
        start = end;
        if (char !== undefined) {
          this.#put(escapeOf(char));
          start = end + 1;
        }
      }
      const mayBreak = end > 0 && end < chars.length - 1 && (char === ' ' || start >= end);
      if (!fold || !mayBreak || this.#column + end - start <= WIDTH) continue;
      this.#put(`${chars.slice(start, end).join('')}\\`);
      start = Math.max(start, end);
      this.#newLine(indent);
      if (chars[start] === ' ') this.#put('\\');
    }
    this.#put('"');
  }
}

/** PyYAML ends its range of printable characters one short. */
const HIGHEST = /\u{10ffff}/u;
const ESCAPED = /["\\\u0085\u2028\u2029\ufeff]|[^\x20-\x7e\u00a0-\ud7ff\ue000-\ufffd]/u;
const SHORT: Readonly<Record<string, string>> = {
  '\0': '0',
  '\x07': 'a',
  '\b': 'b',
  '\t': 't',
  '\n': 'n',
  '\v': 'v',
  '\f': 'f',
  '\r': 'r',
  '\x1b': 'e',
  '"': '"',
  '\\': '\\',
  '\u0085': 'N',
  '\u00a0': '_',
  '\u2028': 'L',
  '\u2029': 'P',
};

function escapeOf(char: string): string {
  const short = SHORT[char];
  if (short !== undefined) return `\\${short}`;
  const code = char.codePointAt(0) ?? 0;
  const hex = code.toString(16).toUpperCase();
  if (code <= 0xff) return `\\x${hex.padStart(2, '0')}`;
  return code <= 0xffff ? `\\u${hex.padStart(4, '0')}` : `\\U${hex.padStart(8, '0')}`;
}

function wordOf(value: Exclude<PyKey, string>): string {
  if (value === null) return 'null';
  if (typeof value === 'boolean') return value ? 'true' : 'false';
  const float = asFloat(value);
  if (float === undefined) return pyStr(value);
  if (Number.isNaN(float)) return '.nan';
  if (!Number.isFinite(float)) return float < 0 ? '-.inf' : '.inf';
  const text = pyFloatRepr(float);
  return text.includes('.') ? text : text.replace('e', '.0e');
}

function isSimpleKey(key: PyKey): boolean {
  const text = typeof key === 'string' ? key : wordOf(key);
  if (text === '' || BREAK.test(text)) return false;
  const tag =
    typeof key === 'string'
      ? '!!str'
      : key === null
        ? '!!null'
        : typeof key === 'boolean'
          ? '!!bool'
          : asFloat(key) === undefined
            ? '!!int'
            : '!!float';
  return [...text].length + tag.length < LONG_KEY;
}
