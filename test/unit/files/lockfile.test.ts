import * as assert from 'node:assert/strict';
import { DvcError, type ErrorCode } from '../../../src/engine/core/errors.ts';
import { PyFloat, type PyValue, pyMap } from '../../../src/engine/core/python.ts';
import {
  dumpLockEntry,
  type LockEntry,
  type LockFileEntry,
  parseLockEntry,
  parseLockfile,
  removeFromLockfile,
  sameLockEntry,
  updateLockEntries,
  updateLockfile,
} from '../../../src/engine/files/lockfile.ts';
import { runCacheKey, runCacheValue } from '../../../src/engine/pipeline/run-cache-key.ts';

const isError =
  (code: ErrorCode, text: RegExp) =>
  (error: unknown): boolean => {
    assert.ok(DvcError.is(error, code), String(error));
    assert.match(error.message, text);
    return true;
  };

const MD5 = '2306b4377429730ee03a806cff76e92b';
const ENTRY = `cmd: cp raw.csv out.csv
deps:
- path: raw.csv
  hash: md5
  md5: ${MD5}
  size: 4
params:
  params.yaml:
    lr: 0.1
    n.b:
    - 1
    - 2
outs:
- path: out.csv
  hash: md5
  md5: ${MD5}
  size: 4
`;
const nested = (text: string, name: string): string => `  ${name}:\n${text.replace(/^/gm, '    ').trimEnd()}\n`;
const LOCK = `schema: '2.0'\nstages:\n${nested(ENTRY, 'prep')}`;

const file = (path: string): LockFileEntry => ({
  path,
  legacy: false,
  hash: { name: 'md5', value: MD5 },
  meta: { size: 4 },
  files: undefined,
});

describe('dvc.lock: reading', () => {
  it('reads an entry', () => {
    const entry = parseLockfile(LOCK, 'dvc.lock').stages.get('prep');
    assert.ok(entry);
    assert.equal(entry.cmd, 'cp raw.csv out.csv');
    assert.deepEqual(entry.deps, [file('raw.csv')]);
    assert.deepEqual(entry.outs, [file('out.csv')]);
    assert.deepEqual(
      entry.params.get('params.yaml'),
      pyMap([
        ['lr', 0.1],
        ['n.b', [1, 2]],
      ]),
    );
  });

  it('reads lists of commands, datasets, and records of DVC 2.x', () => {
    const text = `schema: '2.0'
datasets:
- name: myds
stages:
  a:
    cmd: [x, y]
    deps:
    - path: ds://myds
      dataset: {name: myds}
    outs:
    - path: o
      md5: ${MD5}
`;
    const lock = parseLockfile(text, 'dvc.lock');
    const entry = lock.stages.get('a');
    assert.deepEqual(entry?.cmd, ['x', 'y']);
    assert.deepEqual(entry?.deps[0]?.dataset, pyMap([['name', 'myds']]));
    assert.deepEqual(entry?.outs[0]?.hash, { name: 'md5-dos2unix', value: MD5 });
    assert.deepEqual(lock.datasets, [pyMap([['name', 'myds']])]);
  });

  it('reads a lock file of DVC 1.x, which has no schema', () => {
    const lock = parseLockfile(`prep:\n  cmd: x\n  outs:\n  - path: o\n    md5: ${MD5}\n`, 'dvc.lock');
    assert.equal(lock.stages.get('prep')?.outs[0]?.hash?.name, 'md5-dos2unix');
  });

  const schema: readonly [name: string, text: string, message: RegExp][] = [
    ['another version', LOCK.replace("'2.0'", "'3.0'"), /invalid schema version, in schema, line 1, column 1/],
    ['a version that is a number', LOCK.replace("'2.0'", '2.0'), /invalid schema version/],
    ['no version', 'stages: {}\n', /extra keys|required key not provided, in schema/],
    ['stages that are a list', "schema: '2.0'\nstages: []\n", /expected a dictionary, in stages, line 2/],
    [
      'a stage without command',
      LOCK.replace('cmd', 'cmds'),
      /extra keys not allowed, in stages -> prep -> cmds, line 4, column 5/,
    ],
    [
      'an entry without path',
      LOCK.replace('- path: raw.csv\n      hash', '- hash'),
      /required key not provided, in stages -> prep -> deps -> 0 -> path/,
    ],
    [
      'an unknown key',
      LOCK.replace('size', 'sise'),
      /extra keys not allowed, in stages -> prep -> deps -> 0 -> sise, line 9, column 7/,
    ],
  ];
  for (const [name, text, message] of schema)
    it(`refuses ${name}`, () =>
      assert.throws(() => parseLockfile(text, 'dvc.lock'), isError('invalid-schema', message)));

  it('refuses damage and digests that are none', () => {
    for (const text of ['', '\n', '\0\0\0', 'null\n', '[]\n', 'schema'])
      assert.throws(
        () => parseLockfile(text, 'dvc.lock'),
        isError('torn-file', /^'dvc.lock' is damaged/),
        JSON.stringify(text),
      );
    assert.throws(
      () => parseLockfile(LOCK.replace(MD5, '../../x'), 'dvc.lock'),
      isError('invalid-file', /line 8, column 12\): .*not an md5/),
    );
  });

  it('names the first line of a merge conflict', () => {
    const text = LOCK.replace(
      '    cmd: cp raw.csv out.csv\n',
      '<<<<<<< HEAD\n    cmd: a\n=======\n    cmd: b\n>>>>>>> b\n',
    );
    assert.throws(
      () => parseLockfile(text, 'dvc.lock'),
      isError('invalid-file', /line 4, column 1\): .*merge conflict/),
    );
  });
});

describe('dvc.lock: writing', () => {
  const entry = parseLockEntry(ENTRY, 'run');

  it('gives back an entry byte for byte', () => assert.equal(dumpLockEntry(entry), ENTRY));

  it('sorts paths and parameters by code point, params.yaml first, and leaves out empty sections', () => {
    const mixed: LockEntry = {
      cmd: ['a', 'b'],
      deps: [file('z'), file('a'), file('B')],
      params: new Map([
        [
          'a.json',
          new Map<string, PyValue>([
            ['y', 1],
            ['x', new PyFloat(1)],
          ]),
        ],
        ['params.yaml', new Map<string, PyValue>([['k', null]])],
      ]),
      outs: [],
    };
    assert.equal(
      dumpLockEntry(mixed).replace(/\n {2}(hash|md5|size).*/g, ''),
      'cmd:\n- a\n- b\ndeps:\n- path: B\n- path: a\n- path: z\nparams:\n  params.yaml:\n    k:\n  a.json:\n    x: 1.0\n    y: 1\n',
    );
  });

  it('writes what the params of a stage hold twice once, as DVC does, and names go on from stage to stage', () => {
    const layers = [1, 2];
    const train = new Map<string, PyValue>([['layers', layers]]);
    const sharing = {
      cmd: 'x',
      deps: [],
      outs: [],
      params: new Map([
        [
          'params.yaml',
          new Map<string, PyValue>([
            ['train', train],
            ['train.layers', layers],
            ['b', train],
          ]),
        ],
      ]),
    };
    const text = updateLockEntries(
      undefined,
      new Map([
        ['one', sharing],
        ['two', sharing],
      ]),
    );
    assert.equal(
      text,
      `schema: '2.0'
stages:
  one:
    cmd: x
    params:
      params.yaml:
        b: &id001
          layers: &id002
          - 1
          - 2
        train: *id001
        train.layers: *id002
  two:
    cmd: x
    params:
      params.yaml:
        b: &id003
          layers: &id004
          - 1
          - 2
        train: *id003
        train.layers: *id004
`,
    );
    const many = new Map(Array.from({ length: 600 }, (_, i) => [`s${i}`, sharing]));
    assert.equal(parseLockfile(updateLockEntries(undefined, many), 'dvc.lock').stages.size, 600);
  });

  it('starts a file', () => {
    assert.equal(updateLockfile(undefined, 'prep', entry), LOCK);
    assert.equal(updateLockfile('', 'prep', entry), LOCK);
  });

  it('appends a stage, and replaces one as a whole where it stands, comments of others kept', () => {
    const other: LockEntry = { ...entry, cmd: 'if true; then\n  echo a\nfi\n' };
    const two = updateLockfile(LOCK, 'train', other);
    assert.equal(two, LOCK + nested(ENTRY.replace(/^cmd: .*/, 'cmd: "if true; then\\n  echo a\\nfi\\n"'), 'train'));
    const commented = `# mine\n${two.replace('  train:', '  train: # second')}`;
    assert.equal(
      updateLockfile(commented, 'prep', { ...entry, deps: [], params: new Map() }),
      commented.replace(/ {4}deps:\n[\s\S]*?( {4}outs)/, '$1'),
    );
  });

  it('brings a lock file of DVC 1.x to the present form', () => {
    const text = updateLockfile('old:\n  cmd: x\n', 'prep', entry);
    assert.equal(text, LOCK.replace('  prep', '  old:\n    cmd: x\n  prep'));
  });

  it('removes a stage, and says when nothing remains', () => {
    const two = updateLockfile(LOCK, 'train', entry);
    assert.equal(removeFromLockfile(two, 'train'), LOCK);
    assert.equal(removeFromLockfile(LOCK, 'nope'), LOCK);
    assert.equal(removeFromLockfile(LOCK, 'prep'), undefined);
  });

  it('compares entries as Python does', () => {
    const params = new Map([
      [
        'params.yaml',
        new Map<string, PyValue>([
          ['lr', 0.1],
          ['n.b', [new PyFloat(1), 2]],
        ]),
      ],
    ]);
    assert.ok(sameLockEntry(entry, { ...entry, params }));
    assert.ok(!sameLockEntry(entry, { ...entry, cmd: ['cp raw.csv out.csv'] }));
  });
});

describe('run cache: keys', () => {
  const entry = parseLockEntry(ENTRY, 'run');

  it('names folder and file as DVC does', () => {
    assert.equal(runCacheKey(entry), '0d81ded93f62b94e893a2093742d65eb397a37e9ce3007f6026b51074c02ffaf');
    assert.equal(runCacheValue(entry), '8c72b890be8c76f56bacbd34f9b7bd16a3806624b9327218c4f7920a9e997fa5');
  });

  it('does not count sizes, but the text of numbers', () => {
    const unsized = { ...entry, outs: entry.outs.map((out) => ({ ...out, meta: {} })) };
    assert.equal(runCacheValue(unsized), runCacheValue(entry));
    const params = new Map([
      [
        'params.yaml',
        new Map<string, PyValue>([
          ['lr', 0.1],
          ['n.b', [new PyFloat(1), 2]],
        ]),
      ],
    ]);
    assert.notEqual(runCacheKey({ ...entry, params }), runCacheKey(entry));
  });
});
