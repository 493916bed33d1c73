import { type PyKey, type PyValue, pyFloat, pyInt } from './python.ts';

/** Parses a JSON text keeping `1` and `1.0` apart, with `NaN` and the infinities, as `json.loads` does. @throws SyntaxError */
export function parsePyJson(text: string): PyValue {
  const reader = new JsonReader(text);
  const value = reader.value(0);
  reader.end();
  return value;
}

const PLAIN_INT = /^-?\d+$/;
const JSON_TOKEN =
  /[ \t\n\r]*(?:([[\]{}:,])|("(?:[^"\\\u0000-\u001f]|\\["\\/bfnrt]|\\u[0-9a-fA-F]{4})*")|(-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][-+]?\d+)?)|(true|false|null|NaN|-?Infinity))/y;
const JSON_NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][-+]?\d+)?/y;
const SAFE_DIGITS = 15;
const [SPACE, QUOTE, COMMA, COLON, OPEN_BRACKET, BACKSLASH, CLOSE_BRACKET, OPEN_BRACE, CLOSE_BRACE] = [
  32, 34, 44, 58, 91, 92, 93, 123, 125,
];
const isBlank = (code: number): boolean => code === 32 || code === 10 || code === 13 || code === 9;
const JSON_WORDS: Readonly<Record<string, PyValue>> = {
  true: true,
  false: false,
  null: null,
  NaN: Number.NaN,
  Infinity: Number.POSITIVE_INFINITY,
  '-Infinity': Number.NEGATIVE_INFINITY,
};
/** Python's own recursion gives up near 1,000; more is never data. */
const JSON_DEPTH = 900;

class JsonReader {
  readonly #text: string;
  #at = 0;
  constructor(text: string) {
    this.#text = text;
  }

  value(depth: number): PyValue {
    if (depth > JSON_DEPTH) throw this.#error('nested too deeply');
    const start = this.#next();
    const code = this.#text.charCodeAt(start);
    if (code === QUOTE) return this.#string(start) ?? this.#odd();
    if (code === OPEN_BRACE || code === OPEN_BRACKET) {
      this.#at = start + 1;
      return code === OPEN_BRACE ? this.#map(depth) : this.#list(depth);
    }
    return this.#number(start) ?? this.#odd();
  }

  /** A word, or a mark or a mistake where a value is wanted. */
  #odd(): PyValue {
    const [, , string, number, word] = this.#match() ?? [];
    // The token matched, so JSON.parse accepts it.
    if (string !== undefined) return JSON.parse(string) as string;
    if (number !== undefined) return PLAIN_INT.test(number) ? pyInt(BigInt(number)) : pyFloat(Number(number));
    if (word !== undefined) return JSON_WORDS[word] ?? null;
    throw this.#error('Expecting value');
  }

  end(): void {
    if (/[^ \t\n\r]/.test(this.#text.slice(this.#at))) throw this.#error('Extra data');
  }

  #list(depth: number): PyValue {
    const items: PyValue[] = [];
    if (this.#skip(CLOSE_BRACKET)) return items;
    for (;;) {
      items.push(this.value(depth + 1));
      if (this.#skip(CLOSE_BRACKET)) return items;
      if (!this.#skip(COMMA)) throw this.#error("Expecting ',' delimiter");
    }
  }

  #map(depth: number): PyValue {
    const map = new Map<PyKey, PyValue>();
    if (this.#skip(CLOSE_BRACE)) return map;
    for (;;) {
      const key = this.#key();
      if (!this.#skip(COLON)) throw this.#error("Expecting ':' delimiter");
      map.set(key, this.value(depth + 1));
      if (this.#skip(CLOSE_BRACE)) return map;
      if (!this.#skip(COMMA)) throw this.#error("Expecting ',' delimiter");
    }
  }

  #key(): string {
    const plain = this.#string(this.#next());
    if (plain !== undefined) return plain;
    const key = this.#match()?.[2];
    if (key === undefined) throw this.#error('Expecting property name enclosed in double quotes');
    return JSON.parse(key) as string;
  }

  /** A text without escapes, from its quote; undefined for any other. */
  #string(start: number): string | undefined {
    const text = this.#text;
    if (text.charCodeAt(start) !== QUOTE) return undefined;
    for (let at = start + 1; at < text.length; at++) {
      const code = text.charCodeAt(at);
      if (code === QUOTE) {
        this.#at = at + 1;
        return text.slice(start + 1, at);
      }
      if (code === BACKSLASH || code < SPACE) return undefined;
    }
    return undefined;
  }

  /** A number that a double holds without doubt; undefined for any other. */
  #number(start: number): PyValue | undefined {
    JSON_NUMBER.lastIndex = start;
    if (!JSON_NUMBER.test(this.#text)) return undefined;
    const word = this.#text.slice(start, JSON_NUMBER.lastIndex);
    const isInt = PLAIN_INT.test(word);
    if (isInt && word.length > SAFE_DIGITS) return undefined;
    this.#at = JSON_NUMBER.lastIndex;
    // Python has no integer -0.
    return isInt ? Number(word) + 0 : pyFloat(Number(word));
  }

  /** Where the next token begins. */
  #next(): number {
    let at = this.#at;
    for (let code = this.#text.charCodeAt(at); isBlank(code); code = this.#text.charCodeAt(at)) at++;
    return at;
  }

  /** Any token, with what it is. */
  #match(): RegExpExecArray | null {
    JSON_TOKEN.lastIndex = this.#at;
    const match = JSON_TOKEN.exec(this.#text);
    if (match) this.#at = JSON_TOKEN.lastIndex;
    return match;
  }

  #skip(mark: number): boolean {
    const at = this.#next();
    if (this.#text.charCodeAt(at) !== mark) return false;
    this.#at = at + 1;
    return true;
  }

  #error(problem: string): SyntaxError {
    const before = this.#text.slice(0, this.#at);
    const line = before.split('\n').length;
    return new SyntaxError(`${problem}: line ${line} column ${this.#at - before.lastIndexOf('\n')} (char ${this.#at})`);
  }
}
