// Tables of flowers, parameters, and the model's arithmetic: what the stages share.
import fs from 'node:fs';
import path from 'node:path';

export const SPECIES = ['setosa', 'versicolor', 'virginica'];

/** Rows of a CSV file as objects; numbers are numbers. */
export function readCsv(file) {
  const [head, ...lines] = fs.readFileSync(file, 'utf8').trim().split('\n');
  const names = head.split(',');
  return lines.map((line) =>
    Object.fromEntries(
      line.split(',').map((cell, i) => [names[i], cell !== '' && Number.isFinite(Number(cell)) ? Number(cell) : cell]),
    ),
  );
}

/** Writes rows as CSV, making the folder. */
export function writeCsv(file, rows) {
  const names = Object.keys(rows[0]);
  const text = [names, ...rows.map((row) => names.map((name) => row[name]))].map((cells) => cells.join(',')).join('\n');
  fs.mkdirSync(path.dirname(file), { recursive: true });
  fs.writeFileSync(file, `${text}\n`);
}

/** One section of params.yaml, which is two levels of `name: number`. */
export function readParams(section) {
  const values = {};
  let at = '';
  for (const line of fs.readFileSync('params.yaml', 'utf8').split('\n')) {
    const [, indent, name, value] = /^(\s*)([\w-]+):\s*(.*)$/.exec(line) ?? [];
    if (name === undefined) continue;
    if (indent === '') at = name;
    else if (at === section) values[name] = Number(value);
  }
  return values;
}

/** The measurements of a flower, with a constant in front. */
export const features = (row) => [1, row.sepal_length, row.sepal_width, row.petal_length, row.petal_width];

/** How likely each species is, by the model's weights (softmax). */
export function predict(weights, row) {
  const scores = weights.map((line) => features(row).reduce((sum, value, i) => sum + value * line[i], 0));
  const highest = Math.max(...scores);
  const powers = scores.map((score) => Math.exp(score - highest));
  const total = powers.reduce((sum, power) => sum + power, 0);
  return powers.map((power) => power / total);
}
