import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import {
  checkDone,
  checkInterrupted,
  checkLeftovers,
  checkPointers,
  checkSecret,
  checkStore,
  checkUntouched,
  look,
  md5,
  readPointer,
} from '../../support/checker.ts';
import { makeRepo, type RepoBuilder } from '../../support/repo-builder.ts';
import { useSandbox } from '../../support/sandbox.ts';

/** The checker must see each kind of damage: what it overlooks, no fault test can find. */
describe('checker', () => {
  const sandbox = useSandbox('checker');
  const alpha = md5('alpha');
  const tree = `[{"md5": "${alpha}", "relpath": "a"}]`;
  const oid = `${md5(tree)}.dir`;
  const objectPath = (id: string): string => `.dvc/cache/files/md5/${id.slice(0, 2)}/${id.slice(2)}`;

  /** One tracked folder with one file, made by hand. */
  function tracked(): RepoBuilder {
    return makeRepo(sandbox(), 'repo', { git: false })
      .write('.dvc/config', '')
      .write(objectPath(alpha), 'alpha', 0o444)
      .write(objectPath(oid), tree, 0o444)
      .write('data/a', 'alpha')
      .write('data.dvc', `outs:\n- md5: ${oid}\n  size: 5\n  nfiles: 1\n  hash: md5\n  path: data\n`);
  }
  const cacheOf = (repo: RepoBuilder): string => repo.path('.dvc/cache');
  const kinds = (found: readonly { invariant: string }[]): string[] => found.map((violation) => violation.invariant);

  it('finds nothing wrong with a sound repository', () => {
    const repo = tracked();
    const world = look([repo.root]);
    const states = { before: world, after: world, now: world, between: new Map() };
    assert.deepEqual(checkStore(cacheOf(repo), 'I1'), []);
    assert.deepEqual(checkPointers(repo.root, cacheOf(repo)), []);
    assert.deepEqual(checkInterrupted(repo.root, states), []);
    assert.deepEqual(checkDone(repo.root, world, world), []);
    assert.deepEqual(checkLeftovers(world), []);
  });

  const damages: readonly [name: string, damage: (repo: RepoBuilder) => void, invariant: string][] = [
    ['a flipped byte in an object', (repo) => repo.write(objectPath(alpha), 'alphb', 0o444), 'I1'],
    ['an object cut short', (repo) => repo.write(objectPath(alpha), 'alp', 0o444), 'I1'],
    ['an object that is not read-only', (repo) => fs.chmodSync(repo.path(objectPath(alpha)), 0o644), 'I1'],
    ['a missing object', (repo) => repo.remove(objectPath(oid)), 'I2'],
    ['a missing member of a folder', (repo) => repo.remove(objectPath(alpha)), 'I2'],
    ['an empty pointer', (repo) => repo.write('data.dvc', ''), 'I5'],
    ['a torn pointer', (repo) => repo.write('data.dvc', 'outs:\n- md5: 123'), 'I5'],
  ];
  for (const [name, damage, invariant] of damages)
    it(`sees ${name}`, () => {
      const repo = tracked();
      damage(repo);
      const found = [...checkStore(cacheOf(repo), 'I1'), ...checkPointers(repo.root, cacheOf(repo))];
      assert.ok(kinds(found).includes(invariant), JSON.stringify(found));
    });

  const changes: readonly [name: string, change: (repo: RepoBuilder) => void, invariant: string][] = [
    ['a workspace file that is gone', (repo) => repo.remove('data/a'), 'I3'],
    ['a workspace file that is half written', (repo) => repo.write('data/a', 'alp'), 'I3'],
    ['bytes that are nowhere any more', (repo) => repo.remove('data/a').remove(objectPath(alpha)), 'I4'],
    ['a pointer that is neither old nor new', (repo) => repo.write('data.dvc', 'outs: []\n'), 'I5'],
    ['a config that is gone', (repo) => repo.remove('.dvc/config'), 'I5'],
  ];
  for (const [name, change, invariant] of changes)
    it(`sees ${name}`, () => {
      const repo = tracked();
      const before = look([repo.root]);
      change(repo);
      const states = { before, after: before, now: look([repo.root]), between: new Map() };
      assert.ok(kinds(checkInterrupted(repo.root, states)).includes(invariant));
      assert.notDeepEqual(checkDone(repo.root, before, states.now), []);
    });

  it('sees what happened in folders that are none of the command’s business', () => {
    const repo = tracked();
    const before = look([repo.root]);
    fs.chmodSync(repo.path('data/a'), 0o600);
    assert.deepEqual(kinds(checkUntouched(before, look([repo.root]))), ['I7']);
  });

  it('sees an unfinished file that was left', () => {
    const repo = tracked().write('data/.abcdefghijklmnopqrstuv.tmp', '');
    assert.deepEqual(kinds(checkLeftovers(look([repo.root]))), ['I11']);
  });

  it('sees a secret in a file and in the output', () => {
    const repo = tracked().write('.dvc/tmp/log', 'password=hunter2').write('.dvc/config.local', 'hunter2');
    const found = checkSecret('hunter2', ['ok', 'url http://u:hunter2@h'], [repo.root], (path) =>
      path.endsWith('.local'),
    );
    assert.deepEqual(kinds(found), ['I13', 'I13']);
  });

  it('reads pointers as DVC writes them', () => {
    const text = [
      '# head',
      'outs:',
      '- md5: 60bc6f53f2beb29f223484da9017e52d.dir',
      '  size: 28',
      '  hash: md5',
      "  path: '#hash: it''s'",
      '- md5: 8fa14cdd754f91cc6554c9e71929cce7',
      '  path: "n\\xEBw\\nline"',
      '  labels:',
      '  - a',
      'meta: hello',
      '',
    ].join('\n');
    assert.deepEqual(readPointer(text), [
      { path: "#hash: it's", oid: '60bc6f53f2beb29f223484da9017e52d.dir', legacy: false },
      { path: 'nëw\nline', oid: '8fa14cdd754f91cc6554c9e71929cce7', legacy: true },
    ]);
    assert.throws(() => readPointer(''));
    assert.throws(() => readPointer('outs:\n- md5: 1\n  pa'));
  });
});
