/** Seeded random values and YAML documents of the kinds people write. */
export class Random {
  #state: number;
  constructor(seed: number) {
    this.#state = seed >>> 0;
  }
  next(): number {
    // mulberry32: small, and the same on every machine.
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let t = this.#state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  }
  below(limit: number): number {
    return Math.floor(this.next() * limit);
  }
  chance(probability: number): boolean {
    return this.next() < probability;
  }
  pick<T>(items: readonly T[]): T {
    return items[this.below(items.length)] as T;
  }
}

const WORDS =
  'python train.py --lr 0.1 data/raw.csv model.pkl && echo > out a b {x} [y] $HOME "q" \'s\' é 日本 😀 # : - key: v'.split(
    ' ',
  );
const NASTY = [
  '',
  ' ',
  'true',
  'yes',
  'null',
  '~',
  '017',
  '0o17',
  '1_000',
  '1e3',
  '.5',
  '5.',
  '2020-01-01',
  '2020-01-01 02:03:04',
  '1:30',
  '<<',
  '=',
  '!',
  '&',
  '*',
  '-',
  '?',
  ':',
  '- a',
  '? a',
  'a: b',
  'a #b',
  'a# b',
  '#c',
  '"q"',
  "it's",
  'tab\there',
  'line\nbreak',
  'line\n',
  '\nline',
  'a\n\nb\n',
  ' lead',
  'trail ',
  'nbsp\u00a0x',
  '\u2028',
  '\u0085',
  '\x07',
  '\ufeff',
  '---',
  '--- a',
  '...',
  '%a',
  '@a',
  '`a',
  '[a',
  'a]',
  '{a}',
  'a, b',
  'x,y',
  'a\'b"c',
  '\\',
  'a\\nb',
  '0x1F',
  '08',
  '1.',
  '+1',
  '-0',
  '.inf',
  '.nan',
  'NaN',
  'on',
  '1,000',
  '12e03',
  '1__0',
  '_1',
  '-_',
  '0b11',
  'a:b',
  ':a',
  'a:',
  '?a',
  '-a',
  '|',
  '>',
  '|-',
  'é: à',
];

export const randomText = (random: Random): string => {
  if (random.chance(0.35)) return random.pick(NASTY);
  const count = 1 + random.below(random.chance(0.15) ? 40 : 4);
  let text = '';
  for (let i = 0; i < count; i++) {
    if (i > 0) text += random.chance(0.93) ? ' ' : random.pick(['  ', '\n', ' \n', '\t', '   ', "'", '"', '\\']);
    text += random.chance(0.05) ? 'x'.repeat(random.below(120)) : random.pick(WORDS);
  }
  return text;
};

/** JSON as Python reads it: numbers keep their spelling, so that `1` and `1.0` stay apart. */
export function randomJson(random: Random, depth: number): string {
  const roll = random.next();
  if (depth <= 0 || roll < 0.55) return randomScalar(random);
  const count = random.below(5);
  if (roll < 0.75) return `[${Array.from({ length: count }, () => randomJson(random, depth - 1)).join(', ')}]`;
  return randomMap(random, depth, count);
}

export function randomMap(random: Random, depth: number, count: number): string {
  const keys = new Set(
    Array.from({ length: count }, () => (random.chance(0.6) ? random.pick(WORDS) : randomText(random))),
  );
  return `{${[...keys].map((key) => `${JSON.stringify(key)}: ${randomJson(random, depth - 1)}`).join(', ')}}`;
}

function randomScalar(random: Random): string {
  const roll = random.next();
  if (roll < 0.65) return JSON.stringify(randomText(random));
  if (roll < 0.72) return random.pick(['true', 'false', 'null']);
  if (roll < 0.85) return String(random.below(1e6) - 1000);
  const digits = random
    .next()
    .toString()
    .slice(2, 4 + random.below(15));
  return random.pick([
    `${random.below(100)}.${digits}`,
    `${random.below(10)}.0`,
    `-${random.below(100)}.5`,
    `${random.below(9) + 1}.${digits}e${random.below(40) - 20}`,
    `${random.below(9) + 1}e${random.below(300)}`,
    '1e16',
    '1e-05',
    '0.0001',
    '-0.0',
    '123456789012345678901234567890',
    'NaN',
    'Infinity',
    '-Infinity',
  ]);
}
