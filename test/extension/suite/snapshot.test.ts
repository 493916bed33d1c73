import * as assert from 'node:assert/strict';
import type { DataStatus, RepoPath } from '../../../src/engine/index.ts';
import { OutputLookup } from '../../../src/extension/output-lookup.ts';
import { scmRows } from '../../../src/extension/scm-rows.ts';
import {
  changedPaths,
  changesOf,
  countChanges,
  type DataChange,
  EMPTY_SNAPSHOT,
  mergeChanges,
  NO_CHANGES,
  type OutputView,
  statesOf,
  withRemote,
} from '../../../src/extension/snapshot.ts';

const NO_SIDE = { modified: [], added: [], deleted: [], renamed: [], unknown: [] };
const status = (given: Partial<DataStatus>): DataStatus => ({
  notInCache: [],
  notInRemote: [],
  committed: NO_SIDE,
  uncommitted: NO_SIDE,
  untracked: [],
  unchanged: [],
  git: undefined,
  ...given,
});
const at = (path: string): RepoPath => path as RepoPath; // Test data.
const shown = (changes: readonly DataChange[]): string[] =>
  changes.map(({ path, isFolder, state }) => `${path}${isFolder ? '/' : ''} ${state}`);
const file = (path: string, state: DataChange['state'] = 'modified'): DataChange => ({
  path: at(path),
  isFolder: false,
  state,
});
const folder = (path: string): OutputView => ({
  path: at(path),
  isFolder: true,
  pointer: at(`${path}.dvc`),
  size: undefined,
  files: undefined,
  oid: undefined,
});

describe('the snapshot', () => {
  it('calls what is neither on disk nor in the cache missing, and its folder too', () => {
    const changes = changesOf(
      status({
        notInCache: ['data/a.txt', 'kept.csv'],
        uncommitted: { ...NO_SIDE, deleted: ['data/', 'data/a.txt', 'data/b.txt'] },
      }),
    );
    assert.deepEqual(shown(changes.uncommitted), ['data/b.txt deleted']);
    assert.deepEqual(shown(changes.notInCache), ['data/ missing', 'data/a.txt missing', 'kept.csv not-in-cache']);
  });

  it('shows a change of the workspace before one that is not in Git yet, and that before what is to be pushed', () => {
    const side = { ...NO_SIDE, modified: ['a', 'b', 'c'] };
    const changes = changesOf(status({ committed: side, uncommitted: { ...NO_SIDE, modified: ['a'] } }), [
      'a',
      'b',
      'c',
      'd',
    ]);
    assert.deepEqual([...statesOf(changes).values()].map(({ path, state }) => `${path} ${state}`).sort(), [
      'a modified',
      'b stored-modified',
      'c stored-modified',
      'd unpushed',
    ]);
  });

  it('calls lost what the remote has not got either, and offers to push only what the cache has', () => {
    const notInCache = [file('gone', 'missing'), file('lost', 'missing'), file('here', 'not-in-cache')];
    const lacked = [file('lost', 'unpushed'), file('here', 'unpushed'), file('new', 'unpushed')];
    const changes = withRemote({ ...NO_CHANGES, notInCache }, lacked);
    assert.deepEqual(shown(changes.notInCache), ['gone missing', 'lost lost', 'here not-in-cache']);
    assert.deepEqual(shown(changes.unpushed), ['new unpushed']);
    assert.deepEqual(shown(withRemote(changes, []).notInCache), ['gone missing', 'lost missing', 'here not-in-cache']);
  });

  it('knows where renamed data was', () => {
    const changes = changesOf(status({ uncommitted: { ...NO_SIDE, renamed: [{ old: 'x/', new: 'y/' }] } }));
    assert.deepEqual(changes.uncommitted, [{ path: 'y', isFolder: true, state: 'renamed', from: 'x' }]);
  });

  it('replaces what it knew of the outputs that were read again, and keeps the rest', () => {
    const older = { ...NO_CHANGES, uncommitted: [file('images/a'), file('images2/a'), file('labels.csv')] };
    const fresh = { ...NO_CHANGES, uncommitted: [file('images/b')] };
    assert.deepEqual(shown(mergeChanges(older, fresh, [at('images')]).uncommitted), [
      'images/b modified',
      'images2/a modified',
      'labels.csv modified',
    ]);
  });

  it('tells which paths look different', () => {
    const before = {
      ...EMPTY_SNAPSHOT,
      states: new Map([
        ['a', file('a')],
        ['b', file('b')],
      ]),
    };
    const after = {
      ...EMPTY_SNAPSHOT,
      states: new Map([
        ['b', file('b', 'deleted')],
        ['c', file('c')],
      ]),
    };
    assert.deepEqual(changedPaths(before, after).sort(), ['a', 'b', 'c']);
    assert.deepEqual(changedPaths(after, after), []);
  });

  it('counts each file once, and no folder', () => {
    const both = [{ path: at('d'), isFolder: true, state: 'modified' as const }, file('d/a')];
    assert.equal(countChanges({ ...NO_CHANGES, uncommitted: both, committed: [file('d/a', 'stored-added')] }), 1);
  });
});

describe('the lookup of outputs', () => {
  const lookup = new OutputLookup([folder('data/images'), folder('data/raw'), folder('labels.csv')]);
  const touched = (path: string): string[] => lookup.touchedBy(path).map((output) => output.path);

  it('finds the output a path is or lies in', () => {
    assert.equal(lookup.around('data/images/deep/a.png')?.path, 'data/images');
    assert.equal(lookup.around('labels.csv')?.path, 'labels.csv');
    assert.equal(lookup.around('data/images2'), undefined);
  });

  it('finds what a changed path concerns', () => {
    assert.deepEqual(touched('data/raw/x'), ['data/raw']);
    assert.deepEqual(touched('data'), ['data/images', 'data/raw']);
    assert.deepEqual(touched('src/main.py'), []);
  });
});

describe('rows of source control', () => {
  const options = { foldAbove: 2, unfolded: new Set<string>() };
  const text = (changes: DataChange[], given = options): string[] =>
    scmRows(changes, [folder('images')], given).map((row) =>
      row.kind === 'folded' ? `${row.folder} ×${row.count}` : row.change.path,
    );

  it('leave out a folder whose files are listed, and keep one that stands for itself', () => {
    const images: DataChange = { path: at('images'), isFolder: true, state: 'deleted' };
    assert.deepEqual(text([images, file('images/a')]), ['images/a']);
    assert.deepEqual(text([images]), ['images']);
  });

  it('become one for a folder with many changes, until it is unfolded', () => {
    const many = [file('images/a'), file('images/b'), file('images/deep/c'), file('labels.csv')];
    assert.deepEqual(text(many), ['images ×3', 'labels.csv']);
    const [row] = scmRows(many, [folder('images')], options);
    assert.deepEqual(row?.kind === 'folded' && [...row.states], [['modified', 3]]);
    assert.deepEqual(text(many, { ...options, unfolded: new Set(['images']) }).length, 4);
  });
});
