import { isPyList, isPyMap, type PyKey, type PyValue } from '../../../src/engine/core/python.ts';
import type { Random } from '../../support/random.ts';
import { chance } from './random-yaml.ts';

const KEYS =
  'outs deps md5 path size stages train prep cmd params metrics plots desc meta lr epochs model cache hash frozen wdir a b'.split(
    ' ',
  );
const PLAIN = [
  'file.csv',
  'data/raw',
  'python train.py --lr 0.1',
  '1',
  '0.1',
  '1e-05',
  'true',
  'null',
  '~',
  '',
  '0x1F',
  '1_000',
  '007',
  '.5',
  '2020-01-01',
  'hello world',
  '3.14',
  'a b  c',
  '1.0',
  'False',
  '1E5',
  '-3',
  '+4',
  '0.10',
  // biome-ignore lint/suspicious/noTemplateCurlyInString: what YAML may hold.
  '${item}',
  '1e3',
  'models/model.pkl',
];
const QUOTED = [
  "'sq'",
  '"dq"',
  "'it''s'",
  '"a\\nb"',
  "'yes'",
  '"true"',
  "'1'",
  '""',
  "''",
  "'a: b'",
  '"tab\\t"',
  "'#x'",
];
const LONG = `python train.py ${'--option value '.repeat(9)}end`;

interface Shape {
  /** Chances of each kind of decoration. */
  readonly comments: number;
  readonly blanks: number;
  readonly flow: number;
  readonly blocks: number;
  readonly anchors: number;
}

/** A document of the kind people write: mappings and lists, comments, blank lines, flow collections, block scalars. */
export function randomDocument(random: Random, shape: Shape = randomShape(random)): string {
  const writer = new DocumentWriter(random, shape);
  return writer.document();
}

const randomShape = (random: Random): Shape => ({
  comments: random.pick([0, 0.1, 0.3]),
  blanks: random.pick([0, 0.1, 0.3]),
  flow: random.pick([0, 0.1, 0.3]),
  blocks: random.pick([0, 0.05, 0.15]),
  anchors: random.pick([0, 0, 0, 0.1]),
});

class DocumentWriter {
  readonly #random: Random;
  readonly #shape: Shape;
  #text = '';
  readonly #anchors: { name: string; isMap: boolean }[] = [];
  #named = 0;

  constructor(random: Random, shape: Shape) {
    this.#random = random;
    this.#shape = shape;
  }

  document(): string {
    if (chance(this.#random, 0.04)) this.#text += '---\n';
    if (chance(this.#random, this.#shape.comments)) this.#text += '# head\n';
    if (chance(this.#random, this.#shape.blanks)) this.#text += '\n';
    if (chance(this.#random, 0.9)) this.#mapping(0, 3, '');
    else this.#list(0, 3, '');
    if (chance(this.#random, 0.05)) this.#text = this.#text.replace(/\n$/, '');
    return this.#text;
  }

  #between(indent: number): void {
    const random = this.#random;
    while (chance(random, this.#shape.blanks)) this.#text += random.pick(['\n', '\n', '  \n']);
    while (chance(random, this.#shape.comments)) {
      const at = chance(random, 0.7) ? indent : random.pick([0, 2, indent + 2]);
      this.#text += `${' '.repeat(at)}# ${random.pick(['note', 'about this', 'x: 1', '- old'])}\n`;
      if (chance(random, this.#shape.blanks)) this.#text += '\n';
    }
  }

  #lineEnd(): void {
    const random = this.#random;
    if (chance(random, this.#shape.comments))
      this.#text += `${' '.repeat(1 + random.int(4))}# ${random.pick(['eol', 'see #12', 'unit: s'])}`;
    else if (chance(random, 0.03)) this.#text += '  ';
    this.#text += '\n';
  }

  #mapping(indent: number, depth: number, first: string): void {
    const keys = new Set(Array.from({ length: 1 + this.#random.int(4) }, () => this.#random.pick(KEYS)));
    const merged = this.#anchors.findLast(({ isMap }) => isMap);
    let lead = first;
    for (const key of keys) {
      if (lead === '') this.#between(indent);
      this.#text += `${lead || ' '.repeat(indent)}${chance(this.#random, 0.03) ? `'${key}'` : key}:`;
      lead = '';
      this.#value(indent, depth, true);
    }
    if (merged && chance(this.#random, 0.4)) {
      this.#text += `${' '.repeat(indent)}<<: *${merged.name}`;
      this.#lineEnd();
    }
  }

  #list(indent: number, depth: number, first: string): void {
    const count = 1 + this.#random.int(3);
    let lead = first;
    for (let i = 0; i < count; i++) {
      if (lead === '') this.#between(indent);
      this.#text += `${lead || ' '.repeat(indent)}-`;
      lead = '';
      this.#value(indent, depth, false);
    }
  }

  /** What follows a key's colon or a dash, to the end of its last line. */
  #value(indent: number, depth: number, ofKey: boolean): void {
    const random = this.#random;
    const known = this.#anchors[random.int(this.#anchors.length || 1)];
    if (known && chance(random, 2 * this.#shape.anchors)) {
      this.#text += ` *${known.name}`;
      this.#lineEnd();
      return;
    }
    const named = ofKey && chance(random, this.#shape.anchors) ? `x${this.#named++}` : undefined;
    if (named !== undefined) this.#text += ` &${named}`;
    const isMap = this.#content(indent, depth, ofKey);
    if (named !== undefined) this.#anchors.push({ name: named, isMap });
  }

  /** Answers whether it is a mapping. */
  #content(indent: number, depth: number, ofKey: boolean): boolean {
    const random = this.#random;
    const roll = random.next();
    if (depth <= 0 || roll < 0.5) this.#scalar(indent);
    else if (chance(random, this.#shape.flow)) {
      this.#text += ` ${this.#flow(2, indent)}`;
      this.#lineEnd();
    } else if (roll < 0.75) {
      if (ofKey) this.#lineEnd();
      if (ofKey) this.#list(indent + random.pick([0, 0, 2]), depth - 1, '');
      else this.#list(indent + 2, depth - 1, ' ');
    } else {
      if (ofKey) this.#lineEnd();
      if (ofKey) this.#mapping(indent + random.pick([2, 2, 2, 4]), depth - 1, '');
      else this.#mapping(indent + 2, depth - 1, ' ');
      return true;
    }
    return false;
  }

  #scalar(indent: number): void {
    const random = this.#random;
    if (chance(random, this.#shape.blocks)) {
      this.#block(indent);
      return;
    }
    const text = chance(random, 0.05) ? LONG : chance(random, 0.2) ? random.pick(QUOTED) : random.pick(PLAIN);
    this.#text += text === '' ? '' : ` ${text}`;
    this.#lineEnd();
  }

  #block(indent: number): void {
    const random = this.#random;
    const pad = ' '.repeat(indent + 2);
    const comment = chance(random, this.#shape.comments) ? ' # block' : '';
    this.#text += ` ${random.pick(['|', '>', '|-', '>-', '|+', '>+'])}${comment}\n`;
    for (let i = 1 + random.int(4); i > 0; i--) {
      if (chance(random, 0.2)) this.#text += '\n';
      this.#text += `${pad}${chance(random, 0.1) ? '  ' : ''}${random.pick(['echo one', 'python train.py', LONG, 'x'])}\n`;
    }
    if (chance(random, this.#shape.blanks)) this.#text += '\n';
  }

  #flow(depth: number, indent: number): string {
    const random = this.#random;
    const gap = random.pick([' ', ' ', '', '  ', `\n${' '.repeat(indent + 2)}`]);
    const items = Array.from({ length: random.int(4) }, () => {
      if (depth > 0 && chance(random, 0.2)) return this.#flow(depth - 1, indent);
      return chance(random, 0.3)
        ? random.pick(QUOTED)
        : random.pick(PLAIN.filter((text) => text !== '' && !/[{}]/.test(text)));
    });
    if (chance(random, 0.5)) return `[${items.join(`,${gap}`)}]`;
    const keys = [...new Set(items.map(() => random.pick(KEYS)))];
    return `{${keys.map((key, i) => `${key}: ${items[i]}`).join(`,${gap}`)}}`;
  }
}

const NEW_VALUES: readonly PyValue[] = [
  'new',
  'a: b',
  '',
  null,
  true,
  7,
  0.25,
  'two\nlines',
  LONG,
  [],
  new Map(),
  ['x', 'y'],
  new Map<PyKey, PyValue>([['k', 1]]),
  [
    new Map<PyKey, PyValue>([
      ['path', 'p'],
      ['size', 3],
    ]),
  ],
];

/** The value with some entries changed, removed, added or replaced. */
export function randomEdit(random: Random, value: PyValue, rate = 0.15): PyValue {
  if (chance(random, rate / 2)) return random.pick(NEW_VALUES);
  if (isPyList(value)) {
    const items = value.filter(() => !chance(random, rate / 3)).map((item) => randomEdit(random, item, rate));
    return chance(random, rate / 2) ? [...items, random.pick(NEW_VALUES)] : items;
  }
  if (!isPyMap(value)) return chance(random, rate) ? random.pick(NEW_VALUES) : value;
  const map = new Map<PyKey, PyValue>();
  for (const [key, item] of value) if (!chance(random, rate / 2)) map.set(key, randomEdit(random, item, rate));
  if (chance(random, rate)) map.set(random.pick(KEYS), random.pick(NEW_VALUES));
  return map;
}
