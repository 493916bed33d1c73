import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import type { EngineEvent } from '../../../src/engine/core/events.ts';
import { asOid, asRepoPath } from '../../../src/engine/core/ids.ts';
import { createOpContext } from '../../../src/engine/core/op-context.ts';
import { HashState } from '../../../src/engine/hash/state.ts';
import { digestHex, md5, newDigests, writeDigest } from '../../../src/engine/platform/digest.ts';
import { FileList, type FileStat } from '../../../src/engine/platform/file-list.ts';
import { runSeed, seededRandom } from '../../support/random.ts';
import { useSandbox } from '../../support/sandbox.ts';

const DATA = asRepoPath('data');
const OLD = 1_700_000_000_000.5;
const LATER = OLD + 60_000;
const stat = (more: Partial<FileStat> = {}): FileStat => ({
  size: 1,
  mtime: OLD,
  ctime: OLD,
  ino: 7,
  mode: 0o644,
  ...more,
});
const files = (...entries: [string, Partial<FileStat>?][]): FileList =>
  FileList.of(entries.map(([path, more]) => [path, stat(more)]));
const digestsOf = (...contents: string[]): Uint8Array => {
  const digests = newDigests(contents.length);
  for (const [i, content] of contents.entries()) writeDigest(digests, i, md5(Buffer.from(content)));
  return digests;
};
const TREE = asOid('d751713988987e9331980363e24189ce.dir');

describe('HashState', () => {
  const sandbox = useSandbox('state');
  let warnings: string[];
  const open = (options = {}): HashState =>
    HashState.open(
      sandbox().path('private'),
      createOpContext({ emit: (event: EngineEvent) => event.type === 'said' && warnings.push(event.text) }),
      options,
    );
  const recorded = (list: FileList, digests: Uint8Array, asOf = LATER): HashState => {
    const state = open();
    state.record(DATA, 'md5', list, digests, { asOf, tree: TREE });
    state.save();
    return open();
  };
  const shards = (): string[] =>
    fs.readdirSync(sandbox().path('private/state')).filter((name) => name.endsWith('.idx'));
  const unknown = (state: HashState, list: FileList) => [...state.lookup(DATA, 'md5', list).unknown];
  beforeEach(() => {
    warnings = [];
  });

  it('knows nothing at first', () => assert.deepEqual(unknown(open(), files(['a'], ['b'])), [0, 1]));

  it('knows an unchanged folder, and its directory object', () => {
    const [list, digests] = [files(['a'], ['b/é']), digestsOf('x', 'y')];
    const state = recorded(list, digests);
    const known = state.lookup(DATA, 'md5', files(['a'], ['b/é']));
    assert.deepEqual([[...known.unknown], Buffer.compare(known.digests, digests)], [[], 0]);
    assert.equal(state.knownTree(DATA, 'md5', list.paths, digests), TREE);
    assert.equal(state.knownTree(DATA, 'md5', list.paths, digestsOf('x', 'z')), undefined);
    assert.deepEqual([...state.lookup(asRepoPath('other'), 'md5', list).unknown], [0, 1]);
    assert.deepEqual([...state.lookup(DATA, 'md5-dos2unix', list).unknown], [0, 1]);
  });

  const changes: readonly [string, Partial<FileStat>][] = [
    ['size', { size: 2 }],
    ['modification time', { mtime: OLD + 1 }],
    ['change time, the others restored', { ctime: OLD + 1 }],
    ['inode', { ino: 8 }],
  ];
  for (const [what, change] of changes)
    it(`sees another ${what}`, () =>
      assert.deepEqual(unknown(recorded(files(['a'], ['b']), digestsOf('x', 'y')), files(['a'], ['b', change])), [1]));

  it('follows files through additions and removals, as a map would', () => {
    const random = seededRandom(runSeed());
    for (let round = 0; round < 30; round++) {
      const names = ['a', 'a!', 'a/b', 'b', 'é', '😀', '\uffee', 'z'].map((name) => `${name}`);
      const some = () => names.filter(() => random.next() < 0.6);
      const sorted = (list: string[]) => list.sort((x, y) => Buffer.compare(Buffer.from(x), Buffer.from(y)));
      const [before, after] = [sorted(some()), sorted(some())];
      const state = open();
      state.record(DATA, 'md5', files(...before.map((name): [string] => [name])), digestsOf(...before), {
        asOf: LATER,
      });
      const known = state.lookup(DATA, 'md5', files(...after.map((name): [string] => [name])));
      const expected = after.flatMap((name, i) => (before.includes(name) ? [] : [i]));
      assert.deepEqual([...known.unknown], expected, `seed ${random.seed}`);
      for (const [i, name] of after.entries())
        if (before.includes(name)) assert.equal(digestHex(known.digests, i), md5(Buffer.from(name)));
    }
  });

  const young: readonly [string, number, number, boolean][] = [
    ['20 ms old, by a fine clock', OLD, OLD + 20, true],
    ['19 ms old, by a fine clock', OLD, OLD + 19, false],
    ['of the same instant', OLD, OLD, false],
    ['4 s old, in whole seconds', 1_700_000_000_000, 1_700_000_004_000, true],
    ['3 s old, in whole seconds', 1_700_000_000_000, 1_700_000_003_000, false],
    ['made after its digest was taken', OLD + 3_600_000, OLD, false],
    ['from a far future, the clock having been set back', OLD + 30 * 86_400_000, OLD, true],
    ['just ahead of the clock', OLD + 15, OLD, false],
  ];
  for (const [what, ctime, asOf, trusted] of young)
    it(`${trusted ? 'trusts' : 'does not trust'} a change ${what}`, () => {
      const list = files(['a', { ctime }]);
      const state = recorded(list, digestsOf('x'), asOf);
      assert.deepEqual(unknown(state, list), trusted ? [] : [0]);
      const single = open();
      single.recordFile(asRepoPath('f'), 'md5', list.statAt(0), asOid(md5(Buffer.from('x'))), asOf);
      const now = single.lookupFile(asRepoPath('f'), 'md5', list.statAt(0));
      single.save();
      const then = open().lookupFile(asRepoPath('f'), 'md5', list.statAt(0));
      assert.deepEqual([now !== undefined, then !== undefined], [trusted, trusted]);
    });

  it('remembers single files, also within folders, until they are forgotten', () => {
    const state = recorded(files(['sub/a']), digestsOf('x'));
    state.recordFile(asRepoPath('f'), 'md5', stat(), asOid(md5(Buffer.from('y'))), LATER);
    state.save();
    const again = open();
    assert.equal(again.lookupFile(asRepoPath('f'), 'md5', stat()), md5(Buffer.from('y')));
    assert.equal(again.lookupFile(asRepoPath('data/sub/a'), 'md5', stat()), md5(Buffer.from('x')));
    assert.equal(again.lookupFile(asRepoPath('data/sub/a'), 'md5', stat({ ino: 1 })), undefined);
    assert.equal(again.lookupFile(asRepoPath('data/sub'), 'md5', stat()), undefined);
    again.forget(asRepoPath('f'));
    again.forget(DATA);
    again.save();
    const gone = open();
    assert.equal(gone.lookupFile(asRepoPath('f'), 'md5', stat()), undefined);
    assert.equal(gone.lookupFile(asRepoPath('data/sub/a'), 'md5', stat()), undefined);
  });

  it('does not write what it knew already', () => {
    const [list, digests] = [files(['a']), digestsOf('x')];
    recorded(list, digests);
    const shard = sandbox().path('private/state', shards()[0]!);
    const before = fs.statSync(shard).ino;
    const state = open();
    state.lookup(DATA, 'md5', list);
    state.record(DATA, 'md5', list, digests, { asOf: LATER + 5, tree: TREE });
    state.save();
    assert.equal(fs.statSync(shard).ino, before);
  });

  it('is rebuilt, with one warning, whichever byte is damaged', () => {
    const [list, digests] = [files(['a'], ['b']), digestsOf('x', 'y')];
    recorded(list, digests);
    const shard = sandbox().path('private/state', shards()[0]!);
    const whole = fs.readFileSync(shard);
    for (let at = 0; at < whole.length; at++) {
      if (at >= 56 && at < 64) continue; // Not used.
      const torn = Buffer.from(whole);
      torn[at]! ^= 1 << (at % 8);
      fs.writeFileSync(shard, torn);
      warnings = [];
      const state = open();
      assert.deepEqual(unknown(state, list), [0, 1], `byte ${at}`);
      assert.deepEqual([warnings.length, fs.existsSync(shard)], [1, false]);
    }
    for (const length of [0, 10, 63, 64, whole.length - 1]) {
      fs.writeFileSync(shard, whole.subarray(0, length));
      assert.deepEqual(unknown(open(), list), [0, 1], `${length} bytes`);
    }
  });

  it('gives the same results, slower, where it cannot be read or written', () => {
    fs.writeFileSync(sandbox().path('private'), 'a file where the folder should be');
    const state = recorded(files(['a']), digestsOf('x'));
    assert.deepEqual(unknown(state, files(['a'])), [0]);
    assert.ok(Math.abs(state.clock() - Date.now()) < 1000);
  });

  it('writes nothing for a view', () => {
    const state = open({ readOnly: true });
    state.clock();
    state.record(DATA, 'md5', files(['a']), digestsOf('x'), { asOf: LATER });
    state.recordFile(asRepoPath('f'), 'md5', stat(), asOid(md5(Buffer.from('y'))), LATER);
    state.save();
    assert.equal(fs.existsSync(sandbox().path('private')), false);
    assert.deepEqual(unknown(state, files(['a'])), []);
  });

  it('waits until large files that were just placed are settled, and for no others', async () => {
    const state = open();
    const now = state.clock();
    const small = files(['a', { ctime: now + 0.5 }]);
    const large = files(['a', { ctime: now + 0.5, size: 1 << 30 }]);
    const before = performance.now();
    await state.clockAfter(small);
    assert.ok(performance.now() - before < 15);
    assert.ok((await state.clockAfter(large)) - now >= 20);
  });

  it('reads the clock that stamps files', () => {
    const state = open();
    const before = state.clock();
    fs.writeFileSync(sandbox().path('file'), '');
    const { ctimeMs } = fs.statSync(sandbox().path('file'));
    assert.ok(before <= ctimeMs && ctimeMs - before < 5000, `${before} ${ctimeMs}`);
  });
});
