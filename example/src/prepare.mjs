// prepare: data/raw/*.csv → data/prepared/{train,test}.csv
import fs from 'node:fs';
import { readCsv, readParams, writeCsv } from './table.mjs';

const { test_share, seed } = readParams('prepare');
const rows = fs
  .readdirSync('data/raw')
  .sort()
  .flatMap((file) => readCsv(`data/raw/${file}`));

// A fixed generator (mulberry32): the same seed gives the same split on every machine.
let state = seed;
function random() {
  state = (state + 0x6d2b79f5) | 0;
  let t = Math.imul(state ^ (state >>> 15), 1 | state);
  t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
  return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
}
for (let i = rows.length - 1; i > 0; i--) {
  const j = Math.floor(random() * (i + 1));
  [rows[i], rows[j]] = [rows[j], rows[i]];
}

const tests = Math.round(rows.length * test_share);
writeCsv('data/prepared/test.csv', rows.slice(0, tests));
writeCsv('data/prepared/train.csv', rows.slice(tests));
console.log(`${rows.length - tests} flowers to learn from, ${tests} to test with`);
