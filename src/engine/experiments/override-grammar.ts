import { DvcError } from '../core/errors.ts';
import { type PyKey, pyFloat, pyInt } from '../core/python.ts';
import { callFunction, FUNCTIONS } from './override-functions.ts';
import { type Element, isSweep, Quoted, type Sweep } from './override-value.ts';

/** What `lr=0.1`, `+lr=0.1`, `++lr=0.1` and `~lr` do. */
export type OverrideKind = 'change' | 'add' | 'force-add' | 'delete';

export interface Override {
  readonly kind: OverrideKind;
  /** Dotted. */
  readonly key: string;
  /** What stands after an `@`, which only groups of Hydra configurations have. */
  readonly pkg: string | undefined;
  /** Undefined for a deletion that names no value. */
  readonly value: Element | undefined;
  readonly sweep: Sweep | undefined;
  /** As it was written. */
  readonly text: string;
}

type Kind =
  | 'EQUAL'
  | 'TILDE'
  | 'PLUS'
  | 'AT'
  | 'COLON'
  | 'SLASH'
  | 'ID'
  | 'KEY'
  | 'PATH'
  | 'POPEN'
  | 'PCLOSE'
  | 'COMMA'
  | 'LOPEN'
  | 'LCLOSE'
  | 'DOPEN'
  | 'DCLOSE'
  | 'FLOAT'
  | 'INT'
  | 'BOOL'
  | 'NULL'
  | 'CHAR'
  | 'ESC'
  | 'WS'
  | 'QUOTED'
  | 'INTERPOLATION'
  | 'END';

interface Token {
  readonly kind: Kind;
  readonly text: string;
  readonly at: number;
}

const UINT = '(?:0|[1-9](?:_?[0-9])*)';
const DIGITS = '[0-9](?:_?[0-9])*';
const POINT = `(?:${UINT}?\\.${DIGITS}|${UINT}\\.)`;
const SPECIAL = '[A-Za-z_$][\\w$-]*';

/** The longest match wins, the first of equals. Source: the override grammar of Hydra 1.3. */
const KEY_RULES: readonly (readonly [Kind, RegExp])[] = [
  ['EQUAL', /=[ \t]?/y],
  ['TILDE', /~/y],
  ['PLUS', /\+/y],
  ['AT', /@/y],
  ['COLON', /:/y],
  ['SLASH', /\//y],
  ['ID', /[A-Za-z_][\w-]*/y],
  ['KEY', new RegExp(SPECIAL, 'y')],
  ['PATH', new RegExp(`(?:${SPECIAL}|${UINT})(?:\\.(?:${SPECIAL}|${UINT}))+`, 'y')],
];
const VALUE_RULES: readonly (readonly [Kind, RegExp])[] = [
  ['POPEN', /[ \t]*\([ \t]*/y],
  ['COMMA', /[ \t]*,[ \t]*/y],
  ['PCLOSE', /[ \t]*\)/y],
  ['LOPEN', /\[[ \t]*/y],
  ['LCLOSE', /[ \t]*\]/y],
  ['DOPEN', /\{[ \t]*/y],
  ['DCLOSE', /[ \t]*\}/y],
  ['COLON', /[ \t]*:[ \t]*/y],
  ['EQUAL', /[ \t]*=[ \t]*/y],
  ['FLOAT', new RegExp(`[+-]?(?:(?:${POINT}|${UINT})[eE][+-]?${DIGITS}|${POINT}|[Ii][Nn][Ff]|[Nn][Aa][Nn])`, 'y')],
  ['INT', new RegExp(`[+-]?${UINT}`, 'y')],
  ['BOOL', /true|false/iy],
  ['NULL', /null/iy],
  ['CHAR', /[/\-\\+.$%*@?|]/y],
  ['ID', /[A-Za-z_][\w-]*/y],
  ['ESC', /(?:\\[\\()[\]{}:=, \t])+/y],
  ['WS', /[ \t]+/y],
  ['QUOTED', /"(?:(?:\\\\)*|[\s\S]*?[^\\](?:\\\\)*)"|'(?:(?:\\\\)*|[\s\S]*?[^\\](?:\\\\)*)'/y],
  ['INTERPOLATION', /\$\{[^}]+\}/y],
];
const PRIMITIVE: ReadonlySet<Kind> = new Set([
  'ID',
  'NULL',
  'INT',
  'FLOAT',
  'BOOL',
  'INTERPOLATION',
  'CHAR',
  'COLON',
  'ESC',
  'WS',
]);

/** Reads one override as Hydra's grammar has it. @throws `bad-override` */
export function parseOverride(text: string): Override {
  return new Parser(text).override();
}

function tokenize(text: string): Token[] {
  const tokens: Token[] = [];
  let rules = KEY_RULES;
  for (let at = 0; at < text.length; ) {
    let found: Token | undefined;
    for (const [kind, pattern] of rules) {
      pattern.lastIndex = at;
      const match = pattern.exec(text)?.[0];
      if (match !== undefined && match.length > (found?.text.length ?? 0)) found = { kind, text: match, at };
    }
    if (!found)
      throw badOverride(text, `the character '${[...text.slice(at)][0]}' needs quotes or a backslash there`, at);
    tokens.push(found);
    at += found.text.length;
    if (found.kind === 'EQUAL') rules = VALUE_RULES;
  }
  return [...tokens, { kind: 'END', text: '', at: text.length }];
}

class Parser {
  readonly #text: string;
  readonly #tokens: readonly Token[];
  #next = 0;

  constructor(text: string) {
    this.#text = text;
    this.#tokens = tokenize(text);
  }

  override(): Override {
    const kind: OverrideKind = this.#take('TILDE')
      ? 'delete'
      : this.#take('PLUS')
        ? this.#take('PLUS')
          ? 'force-add'
          : 'add'
        : 'change';
    const key = this.#key();
    const pkg = this.#take('AT')
      ? ((this.#take('PATH') ?? this.#take('ID') ?? this.#take('KEY'))?.text ?? '')
      : undefined;
    const base = { kind, key, pkg, text: this.#text };
    if (kind === 'delete' && this.#peek().kind === 'END') return { ...base, value: undefined, sweep: undefined };
    if (!this.#take('EQUAL')) {
      const where = this.#peek().kind === 'END' ? "'<EOF>'" : `'${this.#peek().text}'`;
      throw this.#error(`missing EQUAL at ${where}`, this.#peek().at);
    }
    if (this.#peek().kind === 'END') return { ...base, value: '', sweep: undefined };
    const first = this.#element();
    const list = [first];
    while (this.#take('COMMA')) list.push(this.#element());
    if (this.#peek().kind !== 'END') throw this.#unexpected();
    if (list.length > 1) {
      const values = list.map((one) => this.#plain(one));
      return { ...base, value: undefined, sweep: { kind: 'choice', list: values, simple: true, shuffle: false } };
    }
    return isSweep(first) ? { ...base, value: undefined, sweep: first } : { ...base, value: first, sweep: undefined };
  }

  #key(): string {
    const path = this.#take('PATH') ?? this.#take('KEY');
    if (path) return path.text;
    let key = this.#take('ID')?.text ?? '';
    while (key !== '' && this.#peek().kind === 'SLASH' && this.#tokens[this.#next + 1]?.kind === 'ID') {
      this.#next++;
      key += `/${this.#take('ID')?.text}`;
    }
    if (key === '' && this.#peek().kind !== 'EQUAL' && this.#peek().kind !== 'AT') throw this.#unexpected();
    return key;
  }

  #element(): Element | Sweep {
    const token = this.#peek();
    if (token.kind === 'LOPEN') return this.#list();
    if (token.kind === 'DOPEN') return this.#dict();
    if (token.kind === 'ID' && this.#tokens[this.#next + 1]?.kind === 'POPEN') return this.#function();
    const quoted = this.#take('QUOTED');
    return quoted ? unquote(quoted.text) : this.#primitive(PRIMITIVE);
  }

  #list(): Element {
    this.#next++;
    const items: Element[] = [];
    if (this.#take('LCLOSE')) return items;
    do items.push(this.#plain(this.#element()));
    while (this.#take('COMMA'));
    this.#require('LCLOSE', ']');
    return items;
  }

  #dict(): Element {
    this.#next++;
    const map = new Map<PyKey, Element>();
    if (this.#take('DCLOSE')) return map;
    do {
      const key = this.#primitive(
        new Set([...PRIMITIVE].filter((kind) => kind !== 'COLON' && kind !== 'INTERPOLATION')),
      );
      this.#require('COLON', ':');
      map.set(key, this.#plain(this.#element()));
    } while (this.#take('COMMA'));
    this.#require('DCLOSE', '}');
    return map;
  }

  #function(): Element | Sweep {
    const name = this.#tokens[this.#next]!;
    this.#next += 2;
    const args: (Element | Sweep)[] = [];
    const named = new Map<string, Element | Sweep>();
    if (!this.#take('PCLOSE')) {
      do {
        if (this.#peek().kind === 'ID' && this.#tokens[this.#next + 1]?.kind === 'EQUAL') {
          const key = this.#peek().text;
          this.#next += 2;
          named.set(key, this.#element());
        } else if (named.size > 0) throw this.#error('positional argument follows keyword argument', this.#peek().at);
        else args.push(this.#element());
      } while (this.#take('COMMA'));
      this.#require('PCLOSE', ')');
    }
    if (!(name.text in FUNCTIONS))
      throw this.#error(`Unknown function '${name.text}'`, name.at, `Available: ${Object.keys(FUNCTIONS).join(', ')}.`);
    try {
      return callFunction(name.text, args, named);
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      throw this.#error(`${name.text}(): ${error.message}`, name.at);
    }
  }

  /** The tokens of a value without quotes as what they mean alone, or as one text. */
  #primitive(kinds: ReadonlySet<Kind>): PyKey {
    const tokens: Token[] = [];
    while (kinds.has(this.#peek().kind)) tokens.push(this.#tokens[this.#next++]!);
    const from = tokens[0]?.kind === 'WS' ? 1 : 0;
    const own = tokens.slice(from, tokens.at(-1)?.kind === 'WS' && tokens.length > from ? -1 : undefined);
    const [first, second] = own;
    if (!first) throw this.#unexpected();
    const plain = (token: Token): string =>
      token.kind === 'ESC' ? token.text.replace(/\\([\s\S])/g, '$1') : token.text;
    if (second) return own.map(plain).join('');
    switch (first.kind) {
      case 'INT':
        return pyInt(BigInt(first.text.replace(/[+_]/g, '')));
      case 'FLOAT':
        return readFloat(first.text);
      case 'BOOL':
        return first.text.toLowerCase() === 'true';
      case 'NULL':
        return null;
      default:
        return plain(first);
    }
  }

  #plain(value: Element | Sweep): Element {
    if (isSweep(value)) throw this.#error('a sweep cannot be part of another value', this.#peek().at);
    return value;
  }

  #peek(): Token {
    return this.#tokens[this.#next]!; // The last token is the end, and nothing takes it.
  }

  #take(kind: Kind): Token | undefined {
    const token = this.#peek();
    if (token.kind !== kind) return undefined;
    this.#next++;
    return token;
  }

  #require(kind: Kind, shown: string): void {
    if (!this.#take(kind))
      throw this.#error(`missing '${shown}' at '${this.#peek().text || '<EOF>'}'`, this.#peek().at);
  }

  #unexpected(): DvcError {
    const { kind, text, at } = this.#peek();
    return this.#error(kind === 'END' ? 'the value is missing' : `unexpected '${text.trim()}'`, at);
  }

  #error(problem: string, at: number, hint?: string): DvcError {
    return badOverride(this.#text, problem, at, hint);
  }
}

function unquote(text: string): Quoted {
  const quote = text[0] ?? '';
  // Backslashes count only before a quote, the closing one among them.
  const body = text.slice(1).replace(quote === '"' ? /\\+"/g : /\\+'/g, (run) => run.replace(/\\([\\'"])/g, '$1'));
  return new Quoted(body.slice(0, -1), quote);
}

function readFloat(text: string): PyKey {
  const word = /^([+-]?)(inf|nan)$/i.exec(text);
  if (!word) return pyFloat(Number(text.replace(/_/g, '')));
  if (word[2]?.toLowerCase() === 'nan') return Number.NaN;
  return word[1] === '-' ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
}

export function badOverride(text: string, problem: string, at?: number, hint?: string): DvcError {
  const pointer = at === undefined ? '' : `\n  ${text}\n  ${' '.repeat(at)}^`;
  return new DvcError('bad-override', `Error parsing override '${text}'\n${problem}${pointer}`, {
    hint: hint ?? hintFor(text),
    data: { override: text },
  });
}

/** What was most likely meant. */
function hintFor(text: string): string {
  const colon = /^([\w.-]+)\s*:\s*([^=]+)$/.exec(text);
  if (colon) return `Did you mean \`-S '${colon[1]}=${colon[2]}'\`?`;
  const spaced = /^([+~]{0,2}[\w.-]+)\s+=\s*(.*)$/.exec(text);
  if (spaced) return `Did you mean \`-S '${spaced[1]}=${spaced[2]}'\`?`;
  const index = /^([\w.-]+)\[(\d+)\](.*)$/.exec(text);
  if (index)
    return `Did you mean \`-S '${index[1]}.${index[2]}${index[3]}'\`? Items of lists are named by their number.`;
  const bare = /^[\w.-]+$/.exec(text);
  if (bare) return `Did you mean \`-S '${text}=VALUE'\`, or \`-S '~${text}'\` to take it out?`;
  const value = /^([+~]{0,2}[\w.-]+)=(.*)$/s.exec(text);
  if (value && !/^['"]/.test(value[2] ?? ''))
    return `Did you mean \`-S '${value[1]}="${(value[2] ?? '').replace(/["\\]/g, '\\$&')}"'\`? Quotes keep a text as it is.`;
  return 'Write `-S key=value`, `-S +key=value` to add one, `-S ~key` to take one out, `-S file.json:key=value` for another file.';
}
