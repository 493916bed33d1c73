// evaluate: models/iris.json, data/prepared/test.csv, data/holdout.csv → metrics.json, plots/confusion.csv
import fs from 'node:fs';
import { predict, readCsv, writeCsv } from './table.mjs';

const { species, weights } = JSON.parse(fs.readFileSync('models/iris.json', 'utf8'));

/** Each flower's species beside the one the model takes it for. */
const judge = (file) =>
  readCsv(file).map((row) => {
    const likely = predict(weights, row);
    return { actual: row.species, predicted: species[likely.indexOf(Math.max(...likely))] };
  });
const accuracy = (rows) => Number((rows.filter((row) => row.actual === row.predicted).length / rows.length).toFixed(4));

const tests = judge('data/prepared/test.csv');
const holdout = judge('data/holdout.csv');
const metrics = {
  test: { accuracy: accuracy(tests), flowers: tests.length },
  holdout: { accuracy: accuracy(holdout), flowers: holdout.length },
};
fs.writeFileSync('metrics.json', `${JSON.stringify(metrics, null, 2)}\n`);
writeCsv('plots/confusion.csv', [...tests, ...holdout]);
console.log(`accuracy ${metrics.test.accuracy} on the test data, ${metrics.holdout.accuracy} on the holdout`);
