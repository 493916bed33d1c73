import * as assert from 'node:assert/strict';
import type { CellValue, ExperimentsTable, TableView } from '../../../src/protocol/experiments-page.ts';
import { csvOf, markdownOf, tabsOf } from '../../../webview/experiments/export-text.ts';
import { completeQuery } from '../../../webview/experiments/query-complete.ts';
import { fieldsOf, quoted, spell } from '../../../webview/experiments/query-fields.ts';
import { compileQuery } from '../../../webview/experiments/query-match.ts';
import { parseQuery } from '../../../webview/experiments/query-parse.ts';
import { patched, unchangedColumns } from '../../../webview/experiments/table-data.ts';
import { NAME, TableModel } from '../../../webview/experiments/table-model.ts';
import { emptyView } from '../../../webview/experiments/table-view.ts';
import { compareValues, shortText } from '../../../webview/experiments/values.ts';
import { experimentsTable } from '../../support/experiments-data.ts';

const NOW = Date.UTC(2026, 10, 1, 12);
const WORDS = { experiment: 'Experiment', created: 'Created', state: 'State', branch: 'Branch', dependencies: 'Data' };

/** A table of four experiments below one commit; columns: acc, val.acc, lr, optimizer, data/train. */
function small(): ExperimentsTable {
  const table = experimentsTable({ rows: 40, columns: 14 });
  const [workspace, branch, commit, ...experiments] = table.rows;
  const columns = [0, 2, 6, 8, 12].map((at) => table.columns[at]!);
  const values: CellValue[][] = [
    [0.95, 0.9, 0.0005, 'adam', 'a1'],
    [0.92, null, 0.01, 'sgd', 'a1'],
    [0.5, 0.4, { text: 'nan' }, 'adam', 'b2'],
    [null, 0.1, 'auto', 'Rms Prop', 'b2'],
  ];
  const names = ['first', 'second', 'third', "it's-fourth"];
  const rows = experiments.slice(0, 4).map((row, at) => ({
    ...row,
    id: `e${at}`,
    name: names[at]!,
    state: 'success' as const,
    problem: undefined,
    errors: {},
    starred: at === 1,
    created: NOW - at * 86_400_000,
    changed: at < 2 ? [2] : [4],
    values: values[at]!,
  }));
  const none = columns.map(() => null);
  const fixed = [workspace!, branch!, { ...commit!, id: 'c0', created: NOW - 9 * 86_400_000, changed: [] }].map(
    (row) => ({
      ...row,
      values: none,
      changed: [],
    }),
  );
  return { ...table, columns, rows: [...fixed, ...rows.map((row) => ({ ...row, parent: 'c0' }))] };
}

const { columns, rows } = small();
const fields = fieldsOf(columns, rows);
const context = { fields, now: NOW, isSelected: ({ id }: { id: string }) => id === 'e3' };

/** Names of the experiments a query leaves, or what is wrong with it: `unknownField 0-3`. */
function found(text: string): string {
  const parsed = parseQuery(text);
  const compiled = parsed.error ? parsed : compileQuery(parsed.query, context);
  if (compiled.error) return `${compiled.error.code} ${compiled.error.start}-${compiled.error.end}`;
  const { matches } = compiled as { matches: (row: (typeof rows)[number]) => boolean };
  return rows
    .filter((row) => row.kind === 'experiment' && matches(row))
    .map(({ id }) => id)
    .join(' ');
}

describe('the query of the experiments table', () => {
  const cases: readonly [query: string, expected: string][] = [
    ['', 'e0 e1 e2 e3'],
    ['acc > 0.9', 'e0 e1'],
    ['metrics.acc > 0.9', 'e0 e1'],
    ['val.acc >= 0.9', 'e0'],
    ['metrics.json:acc > 0.9 and lr < 1e-3 and changed:params', 'e0'],
    ['metrics.acc > 90% lr<.001', 'e0'],
    ['optimizer = adam or optimizer = sgd', 'e0 e1 e2'],
    ['not optimizer = adam', 'e1 e3'],
    ['!(optimizer = adam) && name ~ SEC', 'e1'],
    ['optimizer in (adam, "Rms Prop")', 'e0 e2 e3'],
    ['optimizer = "Rms Prop"', 'e3'],
    ['optimizer = rms*', ''],
    ['optimizer = Rms*', 'e3'],
    ['lr = nan', 'e2'],
    ['lr = auto', 'e3'],
    ['lr != 0.01', 'e0 e2 e3'],
    ['missing:val.acc', 'e1'],
    ['has:val.acc', 'e0 e2 e3'],
    ['changed:data', 'e2 e3'],
    ['changed:data/train', 'e2 e3'],
    ['changed:"data/train"', 'e2 e3'],
    ['is:starred', 'e1'],
    ['is:selected or is:starred', 'e1 e3'],
    ['age < 2d', 'e0 e1'],
    ['created >= 2026-10-31', 'e0 e1'],
    ['created = 2026-10-30', 'e2'],
    ['created < 2026-10-30', 'e3'],
    ['third', 'e2'],
    ["it's", 'e3'],
    ['second or third and nothing', 'e1'],
    ['(', 'fieldMissing 0-1'],
    ['(third', 'unclosedBracket 0-1'],
    ['val.acc >', 'valueMissing 8-9'],
    ['val.acc > and lr = 1', 'valueMissing 10-13'],
    ['val.acc > "0.9', 'unclosedQuote 10-14'],
    ['> 3', 'unexpected 0-1'],
    ['name = a )', 'unexpected 9-10'],
    ['vall.acc > 1', 'unknownField 0-8'],
    ['val.acc > high', 'notANumber 10-14'],
    ['is:nice', 'unknownQuality 3-7'],
    ['changed:', 'valueMissing 0-8'],
    ['created > soon', 'notADate 10-14'],
    ['optimizer in (adam', 'unclosedBracket 13-14'],
  ];
  for (const [query, expected] of cases)
    it(query === '' ? '(nothing)' : query, () => assert.equal(found(query), expected));

  it('suggests the name that was meant', () => {
    const parsed = parseQuery('optimiser = adam');
    assert.ok(parsed.query);
    assert.deepEqual(compileQuery(parsed.query, context).error?.about, ['optimiser', 'train.optimizer']);
  });

  it('asks which of several is meant', () => {
    const twice = fieldsOf([columns[1]!, { ...columns[1]!, id: 'x', keys: ['test', 'acc'] }], rows);
    const parsed = parseQuery('acc > 1');
    assert.ok(parsed.query);
    const { error } = compileQuery(parsed.query, { ...context, fields: twice });
    assert.deepEqual(error, {
      code: 'severalFields',
      start: 0,
      end: 3,
      about: ['acc', 'metrics.json:val.acc', 'metrics.json:test.acc'],
    });
  });

  it('never throws, whatever is typed', () => {
    const pieces = [
      'acc',
      '>',
      '"',
      '(',
      ')',
      ' and ',
      ' not ',
      'is:',
      ',',
      '!',
      "'",
      ' in ',
      '0',
      '~',
      '`',
      '\\',
      '<b>',
    ];
    for (let i = 0; i < 4000; i++) {
      const text = [i % 17, (i * 7) % 17, Math.floor(i / 17) % 17, (i * 5) % 13].map((at) => pieces[at]).join('');
      found(text);
      completeQuery(text, text.length, fields, rows);
    }
  });

  it('spells each field so that it is found again', () => {
    for (const field of fields) {
      const word = spell(fields, field);
      assert.doesNotMatch(found(`has:${word}`), /Field/, word);
    }
    assert.equal(spell(fields, fields.find(({ name }) => name === 'train.lr')!), 'lr');
    assert.equal(quoted('and'), '"and"');
  });
});

describe('completion of the query', () => {
  const proposals = (text: string): string[] => {
    const at = text.indexOf('|');
    const caret = at < 0 ? text.length : at;
    return completeQuery(text.replace('|', ''), caret, fields, rows).proposals.map((one) => one.text);
  };
  const cases: readonly [query: string, expected: readonly string[]][] = [
    ['opt', ['optimizer']],
    ['optimizer ', ['=', '!=', '~', '!~', 'and', 'or']],
    ['val.acc ', ['>', '>=', '<', '<=', '=', '!=', 'and', 'or']],
    ['optimizer = ', ['adam', 'sgd', '"Rms Prop"']],
    ['optimizer = s', ['sgd', '"Rms Prop"']],
    ['is:st', ['is:starred']],
    ['val.acc > 0.9 ', ['and', 'or']],
    ['changed:data', ['changed:data/train']],
    ['lr < 1 and val|', ['val.acc']],
  ];
  for (const [query, expected] of cases) it(query, () => assert.deepEqual(proposals(query), expected));

  it('takes the place of the whole word', () =>
    assert.deepEqual(
      (({ start, end }) => [start, end])(completeQuery('lr < 1 and valu = 3', 14, fields, rows)),
      [11, 15],
    ));
});

describe('values of the experiments table', () => {
  const cases: readonly [value: CellValue, short: string][] = [
    [0.1, '0.1'],
    [0.123456789, '0.12346'],
    [1234.56789, '1234.6'],
    [123_456_789.5, '123456790'],
    [0.00001234, '1.234e-5'],
    [1e21, '1e+21'],
    [42, '42'],
    [-0.5, '-0.5'],
    [true, 'true'],
    ['text', 'text'],
    [{ text: 'nan' }, 'nan'],
    [{ text: '123456789012345678901' }, '123456789012345678901'],
    [null, ''],
  ];
  for (const [value, short] of cases)
    it(`shows ${JSON.stringify(value)} as ${short}`, () => assert.equal(shortText(value), short));

  it('shows percents and a fixed number of digits', () => {
    assert.equal(shortText(0.5, 'percent'), '50 %');
    assert.equal(shortText(0.5, 'fixed4'), '0.5000');
    assert.equal(shortText(0.123456789, 'full'), '0.123456789');
  });

  it('orders what a column mixes', () => {
    const mixed: CellValue[] = ['b', { text: 'nan' }, 3, true, { text: 'inf' }, 'a10', 'a9', -1, { text: '-inf' }];
    assert.deepEqual(mixed.sort(compareValues), [
      { text: '-inf' },
      -1,
      3,
      { text: 'inf' },
      { text: 'nan' },
      true,
      'a9',
      'a10',
      'b',
    ]);
  });

  it('copies as CSV, tabs and Markdown', () => {
    const cells = [
      ['name', 'a,b'],
      ['x "y"', 'l1\nl2'],
    ];
    assert.equal(csvOf(cells), 'name,"a,b"\n"x ""y""","l1\nl2"\n');
    assert.equal(tabsOf(cells), 'name\ta,b\nx "y"\tl1 l2');
    assert.equal(markdownOf([['a'], ['<b>|*']]), '| a         |\n|-----------|\n| \\<b\\>\\|\\* |\n');
  });
});

describe('the model of the experiments table', () => {
  const modelOf = (table: ExperimentsTable, view: Partial<TableView> = {}): TableModel => {
    const model = new TableModel(WORDS);
    model.setTable(table);
    model.setView({ ...emptyView(), ...view }, new Set(view.hidden ?? emptyView().hidden));
    return model;
  };
  const ids = (model: TableModel): string =>
    model
      .rows()
      .map(({ id }) => id)
      .join(' ');
  const table = small();
  const lr = table.columns[2]!.id;
  const optimizer = table.columns[3]!.id;

  it('shows branches, commits and experiments as a tree, without the workspace', () => {
    const model = modelOf(table);
    assert.equal(ids(model), 'branch:main c0 e0 e1 e2 e3');
    assert.deepEqual(
      model.rows().map(({ level }) => level),
      [1, 2, 3, 3, 3, 3],
    );
  });

  it('folds rows', () => assert.equal(ids(modelOf(table, { collapsed: ['c0'] })), 'branch:main c0'));

  it('sorts experiments below their commit; what has no value is last either way', () => {
    const acc = table.columns[0]!.id;
    assert.equal(ids(modelOf(table, { sorts: [{ column: acc, descending: false }] })), 'branch:main c0 e2 e1 e0 e3');
    assert.equal(ids(modelOf(table, { sorts: [{ column: acc, descending: true }] })), 'branch:main c0 e0 e1 e2 e3');
    const both = [optimizer, acc].map((column) => ({ column, descending: false }));
    assert.equal(ids(modelOf(table, { sorts: both })), 'branch:main c0 e2 e0 e3 e1');
  });

  it('keeps the rows above one that a filter leaves', () => {
    const model = modelOf(table);
    model.setFilter(({ id }) => id === 'e2');
    assert.equal(ids(model), 'branch:main c0 e2');
    model.setFilter(undefined);
    assert.equal(model.rows().length, 6);
  });

  it('makes one list of it, sorted across commits', () => {
    const model = modelOf(table, { mode: 'flat', sorts: [{ column: 'created', descending: false }] });
    assert.equal(ids(model), 'c0 e3 e2 e1 e0');
  });

  it('groups by the value of a column', () => {
    const model = modelOf(table, { mode: 'grouped', groups: [optimizer] });
    const groups = model.rows().flatMap(({ group }) => (group ? [`${group.value} ${group.count}`] : []));
    assert.deepEqual(groups, [' 1', 'adam 2', 'sgd 1', 'Rms Prop 1']);
    const folded = modelOf(table, { mode: 'grouped', groups: [optimizer], collapsed: [`${optimizer}:adam`] });
    assert.equal(folded.rows().length, model.rows().length - 2);
  });

  it('hides, pins, moves and sizes columns, and draws headers above those that stand together', () => {
    const model = modelOf(table, {
      hidden: ['state', 'branch', 'created'],
      pinned: [lr],
      order: [optimizer],
      widths: { [optimizer]: 200 },
    });
    const shown = model.columns();
    assert.deepEqual(
      shown.map(({ id, left, pinned }) => [id, left, pinned]),
      [
        [NAME, 0, true],
        [lr, 300, true],
        [optimizer, 0, false],
        [table.columns[0]!.id, 200, false],
        [table.columns[1]!.id, 304, false],
        [table.columns[4]!.id, 408, false],
      ],
    );
    const [files, prefixes] = model.headers();
    assert.deepEqual(
      files?.map(({ label, left, width, pinned }) => [label, left, width, pinned]),
      [
        ['params.yaml', 300, 104, true],
        ['params.yaml', 0, 200, false],
        ['metrics.json', 200, 208, false],
        ['Data', 408, 104, false],
      ],
    );
    assert.deepEqual(
      prefixes?.map(({ label, span }) => [label, span]),
      [
        ['train', 1],
        ['train', 1],
        ['val', 1],
      ],
    );
  });

  it('finds the columns in which all rows are alike', () => {
    const alike = { ...table, rows: table.rows.map((row) => ({ ...row, values: row.values.with(3, 'adam') })) };
    assert.deepEqual([...unchangedColumns(alike)], [optimizer]);
  });

  it('takes a patch of its own version, and no other', () => {
    const row = { ...table.rows[3]!, name: 'renamed' };
    const patch = {
      base: 1,
      version: 2,
      rows: [row, { ...row, id: 'e9' }],
      removed: ['e1'],
      order: undefined,
      queue: undefined,
    };
    const next = patched(table, patch);
    assert.deepEqual(next?.rows.map(({ id }) => id).join(' '), 'workspace branch:main c0 e0 e2 e3 e9');
    assert.equal(next?.rows[3]?.name, 'renamed');
    assert.equal(patched(next!, patch), undefined);
  });
});
