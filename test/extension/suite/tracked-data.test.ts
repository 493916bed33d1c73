import * as assert from 'node:assert/strict';
import * as fs from 'node:fs';
import * as path from 'node:path';
import * as vscode from 'vscode';
import { TrackedDrop } from '../../../src/extension/views/tracked-drop.ts';
import type { TrackedNode } from '../../../src/extension/views/tracked-nodes.ts';
import {
  git,
  inWorkspace,
  lodeApi,
  lodeIn,
  read,
  remove,
  run,
  snapshotOf,
  startOver,
  until,
  untilState,
  uriOf,
  workspaceRoot,
  write,
} from './support/host.ts';

describe('tracked data', () => {
  before(async () => {
    git('tag', '-f', 'start');
    lodeIn('.', 'push', '-q');
    await lodeApi();
  });
  beforeEach(startOver);
  after(startOver);

  it('is known with its sizes, and unchanged after a fresh start', async () => {
    const { outputs, changes, phase } = await snapshotOf();
    assert.equal(phase, 'ready');
    assert.deepEqual(outputs.map(({ path: at, isFolder, files }) => [at, isFolder, files]).sort(), [
      ['data.csv', false, undefined],
      ['images', true, 3],
    ]);
    assert.deepEqual([changes.uncommitted, changes.committed, changes.notInCache], [[], [], []]);
  });

  it('is shown as modified when a file is edited, and as it was when the edit is undone', async () => {
    const before = read('images/a.txt');
    write('images/a.txt', 'something else');
    await untilState('images/a.txt', 'modified');
    assert.equal((await snapshotOf()).states.get('images')?.state, 'modified');
    write('images/a.txt', before);
    await untilState('images/a.txt', undefined);
  });

  it('follows new, deleted and renamed files in a tracked folder', async () => {
    write('images/new.txt', 'new');
    await untilState('images/new.txt', 'added');
    remove('images/deep/c.txt');
    await untilState('images/deep/c.txt', 'deleted');
    fs.renameSync(inWorkspace('images/b.txt'), inWorkspace('images/b2.txt'));
    await untilState('images/b2.txt', 'renamed');
  });

  it('is committed to the cache and its pointer staged in Git', async () => {
    write('data.csv', 'id,value\n1,changed\n');
    await untilState('data.csv', 'modified');
    assert.equal(await run('lode.commit', uriOf('data.csv')), true);
    await untilState('data.csv', 'stored-modified');
    await until('the pointer to be staged', () => git('diff', '--cached', '--name-only').includes('data.csv.dvc'));
  });

  it('comes back from the cache when it was deleted', async () => {
    const text = read('data.csv');
    remove('data.csv');
    await untilState('data.csv', 'deleted');
    assert.equal(await run('lode.checkout', uriOf('data.csv')), true);
    await untilState('data.csv', undefined);
    assert.equal(read('data.csv'), text);
  });

  it('is added by a command on a file, which Git then ignores', async () => {
    write('models/model.bin', 'weights');
    assert.equal(await run('lode.add', uriOf('models/model.bin')), true);
    await untilState('models/model.bin', 'stored-added');
    assert.ok(read('models/model.bin.dvc').includes('path: model.bin'));
    assert.equal(read('models/.gitignore'), '/model.bin\n');
    await until('both to be staged', () => {
      const staged = git('diff', '--cached', '--name-only').split('\n');
      return staged.includes('models/.gitignore') && staged.includes('models/model.bin.dvc');
    });
  });

  it('is pushed, and pulled again when neither disk nor cache has it', async () => {
    const text = read('data.csv');
    assert.equal(await run('lode.push'), true);
    await until('nothing to push', async () => (await snapshotOf()).changes.unpushed.length === 0);
    const [oid] = (await snapshotOf()).outputs.filter(({ path: at }) => at === 'data.csv').map((output) => output.oid);
    assert.ok(oid);
    fs.rmSync(inWorkspace('.dvc/cache/files/md5', oid.slice(0, 2), oid.slice(2)));
    remove('data.csv');
    await run('lode.refresh');
    await untilState('data.csv', 'missing');
    assert.equal(await run('lode.pull', uriOf('data.csv')), true);
    await untilState('data.csv', undefined);
    assert.equal(read('data.csv'), text);
  });

  it('is lost when disk, cache and remote have it no more, until somebody pushes it again', async () => {
    assert.equal(await run('lode.push'), true);
    const [oid = ''] = (await snapshotOf()).outputs.filter(({ path: at }) => at === 'data.csv').map((it) => it.oid);
    const object = path.join(oid.slice(0, 2), oid.slice(2));
    const here = inWorkspace('.dvc/cache/files/md5', object);
    const there = path.join(`${workspaceRoot()}-remote`, 'files/md5', object);
    const bytes = fs.readFileSync(here);
    for (const gone of [here, there, inWorkspace('data.csv')]) fs.rmSync(gone);
    await run('lode.refresh');
    await untilState('data.csv', 'lost');
    assert.equal((await snapshotOf()).changes.unpushed.length, 0);
    fs.writeFileSync(there, bytes);
    await run('lode.refresh');
    await untilState('data.csv', 'missing');
    assert.equal(await run('lode.pull', uriOf('data.csv')), true);
    await untilState('data.csv', undefined);
  });

  it('takes in files that are dropped on its folder', async () => {
    write('downloads/late.txt', 'late');
    const api = await lodeApi();
    const [model] = api.repositories();
    const entry = { kind: 'directory', path: 'images', name: 'images', onDisk: true, isOutput: true };
    const target = {
      kind: 'entry',
      id: 'images',
      model,
      entry,
      resourceUri: uriOf('images'),
    } as unknown as TrackedNode;
    const dropped = new vscode.DataTransfer();
    dropped.set('text/uri-list', new vscode.DataTransferItem(uriOf('downloads/late.txt').toString()));
    await new TrackedDrop().handleDrop(target, dropped);
    assert.equal(read('images/late.txt'), 'late');
    await untilState('images/late.txt', 'stored-added');
  });

  it('is shown at HEAD by a read-only file system', async () => {
    const text = read('images/a.txt');
    write('images/a.txt', 'something else');
    const uri = uriOf('images/a.txt').with({ scheme: 'lode-rev', query: 'HEAD' });
    assert.equal(new TextDecoder().decode(await vscode.workspace.fs.readFile(uri)), text);
    assert.equal(vscode.workspace.fs.isWritableFileSystem('lode-rev'), false);
    await assert.rejects(
      async () => vscode.workspace.fs.readFile(uri.with({ path: `${uri.path}.none` })),
      /not ?found|no such|Unable/i,
    );
  });

  it('of a repository in a sub-folder is a repository of its own', async () => {
    const root = workspaceRoot();
    fs.mkdirSync(path.join(root, 'nested/project'), { recursive: true });
    lodeIn('nested/project', 'init', '-q', '--subdir');
    write('nested/project/values.csv', '1\n');
    lodeIn('nested/project', 'add', '-q', 'values.csv');
    const api = await lodeApi();
    await until('the inner repository', () => api.repositories().find(({ root: at }) => at.endsWith('project')));
    await until('its data', async () => (await snapshotOf('nested/project')).outputs.length === 1);
    assert.deepEqual((await snapshotOf()).outputs.length, 2);
    remove('nested');
    await run('lode.refresh');
    await until('it to be gone', () => api.repositories().length === 1);
  });

  it('that cannot be read says why, and recovers', async () => {
    const pointer = read('data.csv.dvc');
    fs.writeFileSync(inWorkspace('data.csv.dvc'), 'outs: [');
    await until('the failure', async () => (await snapshotOf()).phase === 'failed', snapshotOf);
    assert.match((await snapshotOf()).problem ?? '', /data\.csv\.dvc/);
    fs.writeFileSync(inWorkspace('data.csv.dvc'), pointer);
    await until('the recovery', async () => (await snapshotOf()).phase === 'ready', snapshotOf);
  });

  it('is no longer tracked after a confirmed removal of its pointer by the command line', async () => {
    lodeIn('.', 'remove', '-q', 'data.csv.dvc');
    await until('one output less', async () => (await snapshotOf()).outputs.length === 1, snapshotOf);
  });
});
