// train: data/prepared/train.csv → models/iris.json, plots/loss.csv
import fs from 'node:fs';
import { features, predict, readCsv, readParams, SPECIES, writeCsv } from './table.mjs';

const { epochs, learning_rate, l2 } = readParams('train');
const rows = readCsv('data/prepared/train.csv');
const weights = SPECIES.map(() => [0, 0, 0, 0, 0]);
const history = [];

for (let epoch = 1; epoch <= epochs; epoch++) {
  const slope = weights.map((line) => line.map((weight) => weight * l2));
  let loss = 0;
  for (const row of rows) {
    const likely = predict(weights, row);
    loss -= Math.log(likely[SPECIES.indexOf(row.species)]) / rows.length;
    for (const [k, species] of SPECIES.entries())
      for (const [i, value] of features(row).entries())
        slope[k][i] += ((likely[k] - (row.species === species ? 1 : 0)) * value) / rows.length;
  }
  for (const [k, line] of weights.entries()) for (const i of line.keys()) line[i] -= learning_rate * slope[k][i];
  history.push({ epoch, loss: loss.toFixed(6) });
}

fs.mkdirSync('models', { recursive: true });
const rounded = weights.map((line) => line.map((weight) => Number(weight.toFixed(6))));
fs.writeFileSync('models/iris.json', `${JSON.stringify({ species: SPECIES, weights: rounded }, null, 2)}\n`);
writeCsv('plots/loss.csv', history);
console.log(`loss ${history.at(-1).loss} after ${epochs} epochs`);
