import * as assert from 'node:assert/strict';
import { csvText } from '../../../src/cli/csv.ts';
import { chooseColumns, columnRows, experimentColumns } from '../../../src/cli/experiment-columns.ts';
import { experimentsPage } from '../../../src/cli/experiments-page.ts';
import { generalFormat } from '../../../src/cli/value-text.ts';
import type { ShownCommit } from '../../../src/engine/verbs/exp-show.ts';

const facts = (params: string, metrics: string): string =>
  `"params": {"params.yaml": ${params}}, "metrics": {"m.json": ${metrics}}, "deps": {}, "outs": {}, "meta": {}`;
const rev = (name: string, text: string) => ({ rev: name, name, time: 0, facts: text, reason: undefined });
const experiment = (name: string, text: string) => ({ name, revs: [rev(name, text)], executor: undefined });
const LOOK = { fill: '-', precision: 5, iso: true, sortBy: undefined, descending: false, now: new Date(0) };
const CHOICE = { fill: '-', drop: [], keep: [], onlyChanged: false, tree: true };

const TABLE: ShownCommit[] = [
  {
    ...rev('main', facts('{"data": {"lr": 0.1, "name": "x"}}', '{"data": {"acc": 0.123456789}}')),
    experiments: [
      experiment('a', facts('{"data": {"lr": 0.2, "name": "x"}}', '{"error": {"type": "E", "msg": "broken"}}')),
      experiment('b', facts('{"data": {"lr": NaN, "name": "<i>"}}', '{"data": {"acc": 2}}')),
    ],
  },
];

describe('the table of experiments', () => {
  it('rounds as DVC does, and marks what cannot be read', () => {
    const columns = chooseColumns(experimentColumns(TABLE, LOOK), { ...CHOICE, drop: ['Created'] });
    assert.deepEqual(columns.names, ['Experiment', 'acc', 'lr', 'name']);
    assert.deepEqual(columnRows(columns), [
      ['main', '0.12346', '0.1', 'x'],
      ['├── a [a]', '!', '0.2', 'x'],
      ['└── b [b]', '2', 'nan', '<i>'],
    ]);
  });

  it('sorts the experiments of a commit; nothing comes last', () => {
    const order = (descending: boolean) =>
      columnRows(experimentColumns(TABLE, { ...LOOK, sortBy: 'acc', descending })).map(([name]) => name);
    assert.deepEqual(order(false), ['', 'b', 'a']);
    assert.deepEqual(order(true), ['', 'a', 'b']);
    assert.throws(() => experimentColumns(TABLE, { ...LOOK, sortBy: 'nope' }), /Unknown sort column 'nope'/);
  });

  it('leaves out columns that are all the same, but for kept ones', () => {
    const choice = { ...CHOICE, onlyChanged: true, keep: ['Created'], drop: ['name'] };
    assert.deepEqual(chooseColumns(experimentColumns(TABLE, LOOK), choice).names, [
      'Experiment',
      'Created',
      'acc',
      'lr',
    ]);
    assert.throws(
      () => chooseColumns(experimentColumns(TABLE, LOOK), { ...CHOICE, drop: ['('] }),
      /not a regular expression/,
    );
  });

  it('is CSV as Python writes it', () =>
    assert.equal(csvText([['a', 'b"c', 'd,e', 'f\ng']]), 'a,"b""c","d,e","f\ng"\r\n'));

  it('is a page in which nothing of the user becomes markup', () => {
    const page = experimentsPage(experimentColumns(TABLE, LOOK));
    assert.ok(!page.includes('<i>') && page.includes('&lt;i&gt;') && page.includes("default-src 'none'"));
  });

  for (const [value, digits, text] of [
    [0.123456789, 5, '0.12346'],
    [123456.7, 5, '1.2346e+05'],
    [0.00001234, 5, '1.234e-05'],
    [100, 5, '100'],
    [1e22, 5, '1e+22'],
    [-0.65, 5, '-0.65'],
    [99999.9, 5, '1e+05'],
  ] as const)
    it(`prints ${value} as ${text}`, () => assert.equal(generalFormat(value, digits), text));
});
