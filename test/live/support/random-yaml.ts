import type { Random } from '../../support/random.ts';

/** True as often as `probability` says. */
export const chance = (random: Random, probability: number): boolean => random.next() < probability;

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
  if (chance(random, 0.35)) return random.pick(NASTY);
  const count = 1 + random.int(chance(random, 0.15) ? 40 : 4);
  let text = '';
  for (let i = 0; i < count; i++) {
    if (i > 0) text += chance(random, 0.93) ? ' ' : random.pick(['  ', '\n', ' \n', '\t', '   ', "'", '"', '\\']);
    text += chance(random, 0.05) ? 'x'.repeat(random.int(120)) : random.pick(WORDS);
  }
  return text;
};

/** JSON as Python reads it: numbers keep their spelling, so that `1` and `1.0` stay apart. */
export function randomJson(random: Random, depth: number): string {
  const roll = random.next();
  if (depth <= 0 || roll < 0.55) return randomScalar(random);
  const count = random.int(5);
  if (roll < 0.75) return `[${Array.from({ length: count }, () => randomJson(random, depth - 1)).join(', ')}]`;
  return randomMap(random, depth, count);
}

export function randomMap(random: Random, depth: number, count: number): string {
  const keys = new Set(
    Array.from({ length: count }, () => (chance(random, 0.6) ? random.pick(WORDS) : randomText(random))),
  );
  return `{${[...keys].map((key) => `${JSON.stringify(key)}: ${randomJson(random, depth - 1)}`).join(', ')}}`;
}

function randomScalar(random: Random): string {
  const roll = random.next();
  if (roll < 0.65) return JSON.stringify(randomText(random));
  if (roll < 0.72) return random.pick(['true', 'false', 'null']);
  if (roll < 0.85) return String(random.int(1e6) - 1000);
  const digits = random
    .next()
    .toString()
    .slice(2, 4 + random.int(15));
  return random.pick([
    `${random.int(100)}.${digits}`,
    `${random.int(10)}.0`,
    `-${random.int(100)}.5`,
    `${random.int(9) + 1}.${digits}e${random.int(40) - 20}`,
    `${random.int(9) + 1}e${random.int(300)}`,
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
