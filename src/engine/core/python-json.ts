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
    const match = this.#match();
    if (!match) throw this.#error('Expecting value');
    const [, mark, string, number, word] = match;
    // The token matched, so JSON.parse accepts it.
    if (string !== undefined) return JSON.parse(string) as string;
    if (number !== undefined) return PLAIN_INT.test(number) ? pyInt(BigInt(number)) : pyFloat(Number(number));
    if (word !== undefined) return JSON_WORDS[word] ?? null;
    if (mark === '[') return this.#list(depth);
    if (mark === '{') return this.#map(depth);
    throw this.#error('Expecting value');
  }

  end(): void {
    if (/[^ \t\n\r]/.test(this.#text.slice(this.#at))) throw this.#error('Extra data');
  }

  #list(depth: number): PyValue {
    const items: PyValue[] = [];
    if (this.#skip(']')) return items;
    for (;;) {
      items.push(this.value(depth + 1));
      if (this.#skip(']')) return items;
      if (!this.#skip(',')) throw this.#error("Expecting ',' delimiter");
    }
  }

  #map(depth: number): PyValue {
    const map = new Map<PyKey, PyValue>();
    if (this.#skip('}')) return map;
    for (;;) {
      const key = this.#match()?.[2];
      if (key === undefined) throw this.#error('Expecting property name enclosed in double quotes');
      if (!this.#skip(':')) throw this.#error("Expecting ':' delimiter");
      map.set(JSON.parse(key) as string, this.value(depth + 1));
      if (this.#skip('}')) return map;
      if (!this.#skip(',')) throw this.#error("Expecting ',' delimiter");
    }
  }

  #match(): RegExpExecArray | null {
    JSON_TOKEN.lastIndex = this.#at;
    const match = JSON_TOKEN.exec(this.#text);
    if (match) this.#at = JSON_TOKEN.lastIndex;
    return match;
  }

  #skip(mark: string): boolean {
    const before = this.#at;
    if (this.#match()?.[1] === mark) return true;
    this.#at = before;
    return false;
  }

  #error(problem: string): SyntaxError {
    const before = this.#text.slice(0, this.#at);
    const line = before.split('\n').length;
    return new SyntaxError(`${problem}: line ${line} column ${this.#at - before.lastIndexOf('\n')} (char ${this.#at})`);
  }
}
