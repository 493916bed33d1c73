import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import { asRepoPath } from '../../../src/engine/core/ids.ts';
import { readObject } from '../../../src/engine/verbs/read-object.ts';
import { type TrackedEntry, trackedChildren } from '../../../src/engine/verbs/tracked-children.ts';
import { type EngineRepo, makeEngineRepo, useEngineSandbox } from '../../support/engine-repo.ts';

describe('tracked data by levels', () => {
  const sandbox = useEngineSandbox('children');
  let repo: EngineRepo;
  const children = (folder: string): Promise<TrackedEntry[]> =>
    repo.open((open, ctx) => trackedChildren(open, asRepoPath(folder), ctx));
  const named = async (folder: string) => new Map((await children(folder)).map((entry) => [entry.name, entry]));

  beforeEach(async () => {
    repo = await makeEngineRepo(sandbox());
    repo.writeAll([
      ['data/a', 'a'],
      ['data/s/b', 'bb'],
      ['data/s0', '0'],
      ['data/s-x', 'x'],
      ['far/away/m', 'mmm'],
      ['plain.txt', 'not tracked'],
    ]);
    await repo.add('data', 'far/away/m');
    repo.commitAll('one');
  });

  it('shows outputs, and folders on the way to them, and nothing else', async () => {
    const top = await named('');
    assert.deepEqual([...top.keys()].sort(), ['data', 'far']);
    const { kind, isOutput, files, size, pointer, onDisk } = top.get('data')!;
    assert.deepEqual([kind, isOutput, files, size, pointer, onDisk], ['directory', true, 4, 5, 'data.dvc', true]);
    assert.equal(top.get('far')?.isOutput, false);
    assert.deepEqual([...(await named('far')).keys()], ['away']);
    assert.equal((await named('far/away')).get('m')?.pointer, 'far/away/m.dvc');
  });

  it('joins what is recorded with what is on disk', async () => {
    repo.remove('data/a').write('data/new', 'new');
    const inside = await named('data');
    assert.deepEqual([...inside.keys()].sort(), ['a', 'new', 's', 's-x', 's0']);
    assert.deepEqual([inside.get('a')?.onDisk, inside.get('a')?.oid !== undefined], [false, true]);
    assert.deepEqual([inside.get('new')?.onDisk, inside.get('new')?.oid], [true, undefined]);
    assert.deepEqual([inside.get('s')?.kind, inside.get('s')?.files], ['directory', 1]);
    assert.deepEqual([...(await named('data/s')).keys()], ['b']);
  });

  it('shows recorded data when nothing is on disk', async () => {
    repo.remove('data');
    assert.equal((await named('')).get('data')?.onDisk, false);
    assert.deepEqual([...(await named('data')).keys()].sort(), ['a', 's', 's-x', 's0']);
  });

  it('reads a file as it was recorded at a revision, or is now', async () => {
    const read = (path: string, rev?: string) =>
      repo.open(async (open, ctx) => (await readObject(open, asRepoPath(path), rev, ctx))?.toString());
    repo.write('data/s/b', 'new').write('far/away/m', 'changed, not added');
    await repo.add('data');
    assert.equal(await read('data/s/b', 'HEAD'), 'bb');
    assert.equal(await read('data/s/b'), 'new');
    assert.equal(await read('far/away/m'), 'mmm');
    for (const none of ['plain.txt', 'data', 'data/nosuch', 'far/away/m/x']) assert.equal(await read(none), undefined);
  });

  it('never gives damaged content', async () => {
    const oid = (await named('data')).get('a')?.oid ?? '';
    const file = repo.path('.dvc/cache/files/md5', oid.slice(0, 2), oid.slice(2));
    fs.chmodSync(file, 0o644);
    fs.writeFileSync(file, 'A');
    const read = () => repo.open((open, ctx) => readObject(open, asRepoPath('data/a'), undefined, ctx));
    await assert.rejects(read, { code: 'object-corrupt' });
    fs.rmSync(file);
    await assert.rejects(read, { code: 'object-missing' });
  });
});
