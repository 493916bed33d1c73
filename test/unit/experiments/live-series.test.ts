import * as assert from 'node:assert/strict';
import * as fs from 'node:fs';
import { LiveSeries } from '../../../src/engine/experiments/live-series.ts';
import { useSandbox } from '../../support/sandbox.ts';

describe('a series that grows', () => {
  const sandbox = useSandbox('live-series');

  it('gives what is new at each look, whole lines only', () => {
    const file = sandbox().path('loss.tsv');
    const series = new LiveSeries(file);
    assert.equal(series.read(), undefined, 'not there yet');
    fs.writeFileSync(file, 'step\tloss\n0\t0.5\n1\t0.');
    assert.deepEqual(series.read(), { x: 'step', steps: [0], columns: { loss: [0.5] }, fresh: true });
    fs.appendFileSync(file, '25\n');
    assert.deepEqual(series.read(), { x: 'step', steps: [1], columns: { loss: [0.25] }, fresh: false });
    assert.equal(series.read(), undefined, 'nothing new');
  });

  it('reads a character whose bytes come in two writes', () => {
    const file = sandbox().path('loss.csv');
    const bytes = Buffer.from('step,Verlust über α\n0,0.5\n');
    const half = bytes.indexOf(Buffer.from('α')) + 1;
    const series = new LiveSeries(file);
    fs.writeFileSync(file, bytes.subarray(0, half));
    assert.equal(series.read(), undefined, 'no whole line yet');
    fs.appendFileSync(file, bytes.subarray(half));
    assert.deepEqual(series.read()?.columns, { 'Verlust über α': [0.5] });
  });

  it('forgets half a character of a file that was begun anew', () => {
    const file = sandbox().path('loss.csv');
    const series = new LiveSeries(file);
    fs.writeFileSync(file, Buffer.from('step,loss\n0,0.5\n1,α').subarray(0, -1));
    assert.deepEqual(series.read()?.steps, [0]);
    fs.writeFileSync(file, 'step,loss\n7,1\n');
    assert.deepEqual(series.read(), { x: 'step', steps: [7], columns: { loss: [1] }, fresh: true });
  });
});
