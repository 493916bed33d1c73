import * as assert from 'node:assert/strict';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { Watcher, type WatchPlan } from '../../../src/extension/watcher.ts';
import { until } from './support/host.ts';

const NOTHING: WatchPlan = { folders: [], trees: [], bigTrees: [] };

describe('the watcher of folders', () => {
  let top: string;
  let watcher: Watcher;
  const changed = new Set<string>();
  const degraded: string[] = [];

  beforeEach(() => {
    top = fs.realpathSync(fs.mkdtempSync(path.join(os.tmpdir(), 'lode-watcher-')));
    changed.clear();
    degraded.length = 0;
    watcher = new Watcher({ usesEditor: false, onDegraded: (reason) => degraded.push(reason) });
    watcher.onDidChange((file) => changed.add(file));
  });
  afterEach(() => {
    watcher.dispose();
    fs.rmSync(top, { recursive: true, force: true });
    assert.deepEqual(degraded, []);
  });

  const make = (...names: string[]): string[] =>
    names.map((name) => {
      const folder = path.join(top, name);
      fs.mkdirSync(folder, { recursive: true });
      return folder;
    });
  const write = (...parts: string[]): string => {
    const file = path.join(top, ...parts);
    fs.writeFileSync(file, 'x');
    return file;
  };
  const seen = (files: readonly string[]): Promise<unknown> =>
    until(
      'the changes',
      () => files.every((file) => changed.has(file)),
      () => files.filter((file) => !changed.has(file)),
    );

  it('misses nothing once it has said that it follows, folders that are not there beside them', async () => {
    const folders = make(...Array.from({ length: 200 }, (_, at) => `folder${at}`));
    const missing = Array.from({ length: 50 }, (_, at) => path.join(top, `missing${at}`));
    const fresh = await watcher.follow({ ...NOTHING, folders: [top, ...missing, ...folders] });
    const files = folders.map((folder) => write(path.basename(folder), 'file.txt'));
    assert.deepEqual(new Set(fresh), new Set([top, ...missing, ...folders]));
    await seen(files);
  });

  it('names only folders that it did not follow before', async () => {
    const [first = '', second = ''] = make('first', 'second');
    assert.deepEqual(await watcher.follow({ ...NOTHING, folders: [first] }), [first]);
    assert.deepEqual(await watcher.follow({ ...NOTHING, folders: [first], trees: [second] }), [second]);
    assert.deepEqual(await watcher.follow({ ...NOTHING, folders: [first], trees: [second] }), []);
    await seen([write('first/a.txt'), write('second/b.txt')]);
  });

  it('sees what is below a folder once that is tracked as a whole', async () => {
    const [data = ''] = make('data');
    make('data/deep');
    await watcher.follow({ ...NOTHING, folders: [data] });
    assert.deepEqual(await watcher.follow({ ...NOTHING, trees: [data] }), [data]);
    await seen([write('data/deep/file.txt')]);
  });

  it('follows a folder of its plan that is made later', async () => {
    const later = path.join(top, 'later');
    await watcher.follow({ ...NOTHING, folders: [top], trees: [later] });
    make('later');
    await until('the folder to be seen', () => changed.has(later));
    await until('a change in it', () => {
      write('later/file.txt');
      return changed.has(path.join(later, 'file.txt'));
    });
  });

  it('no longer tells of what it has left', async () => {
    const [kept = '', left = ''] = make('kept', 'left');
    await watcher.follow({ ...NOTHING, folders: [kept, left] });
    await watcher.follow({ ...NOTHING, folders: [kept] });
    const unseen = write('left/file.txt');
    await seen([write('kept/file.txt')]);
    assert.equal(changed.has(unseen), false);
  });
});
