import assert from 'node:assert/strict';
import { DvcError } from '../../../src/engine/core/errors.ts';
import type { RepoPath } from '../../../src/engine/core/ids.ts';
import { createOpContext } from '../../../src/engine/core/op-context.ts';
import { ConcurrencyLimit } from '../../../src/engine/odb/concurrency.ts';
import { TransferControl } from '../../../src/engine/odb/transfer-control.ts';
import { Lanes, type LanesOptions } from '../../../src/engine/odb/transfer-lanes.ts';

const turn = () => new Promise<void>((resolve) => setImmediate(resolve));

/** Lanes whose work ends when it is told to; what was begun, in order. */
function lanes(most: number, more: Partial<LanesOptions<string>> = {}) {
  const begun: string[] = [];
  const waiting = new Map<string, { end(): void; fail(error: Error): void }>();
  const options: LanesOptions<string> = {
    limit: new ConcurrencyLimit(most, most),
    ctx: createOpContext(),
    work: (item, lane) => {
      begun.push(item);
      if (item.startsWith('large')) lane.mayPause();
      return new Promise((end, fail) => {
        waiting.set(item, { end, fail });
        lane.signal.addEventListener('abort', () => fail(new Error('put down')));
      });
    },
    ...more,
  };
  const all = new Lanes(options);
  const end = async (item: string) => {
    waiting.get(item)?.end();
    await turn();
  };
  return { all, begun, end, waiting };
}

describe('lanes of transfers', () => {
  it('run so many at once, in order, and end when all are done', async () => {
    const { all, begun, end } = lanes(2);
    for (const item of ['a', 'b', 'c']) all.add(item);
    assert.deepEqual(begun, ['a', 'b']);
    await end('b');
    assert.deepEqual(begun, ['a', 'b', 'c']);
    const finished = all.finish();
    await end('a');
    await end('c');
    await finished;
  });

  it('end at once when there is nothing to do', () => lanes(2).all.finish());

  it('begin nothing while they are paused, and put large ones down to begin them again', async () => {
    const control = new TransferControl();
    const told: boolean[] = [];
    const { all, begun, end } = lanes(2, { control, onPause: (paused) => told.push(paused) });
    for (const item of ['large', 'small', 'next']) all.add(item);
    const finished = all.finish();
    control.pause();
    await turn();
    await end('small');
    assert.deepEqual(begun, ['large', 'small']);
    control.resume();
    assert.deepEqual(begun, ['large', 'small', 'next', 'large']);
    await end('next');
    await end('large');
    await finished;
    assert.deepEqual(told, [true, false]);
  });

  it('take first what is wanted first, each once', async () => {
    const control = new TransferControl();
    const { all, begun, end } = lanes(1, { control, itemsAt: (path) => path.split('+') });
    for (const item of ['a', 'b', 'c', 'd']) all.add(item);
    void control.first('d+x+a' as RepoPath);
    void control.first('c' as RepoPath);
    const finished = all.finish();
    for (const item of ['a', 'c', 'd', 'b']) await end(item);
    await finished;
    assert.deepEqual(begun, ['a', 'c', 'd', 'b']);
  });

  it('tell when all that was wanted first is here, also what was there or told of before', async () => {
    const control = new TransferControl();
    const arrived: string[] = [];
    void control.first('c' as RepoPath);
    const { all, begun, end } = lanes(1, {
      control,
      itemsAt: (path) => (path === 'none' ? [] : path.split('+')),
      onArrived: (path) => arrived.push(path),
    });
    all.addAll(['a', 'b', 'c', 'd']);
    assert.deepEqual(begun, ['c']);
    void control.first('c+d' as RepoPath);
    void control.first('there' as RepoPath);
    void control.first('none' as RepoPath);
    assert.deepEqual(arrived, ['there']);
    await end('c');
    assert.deepEqual(arrived, ['there', 'c']);
    const finished = all.finish();
    for (const item of ['d', 'a', 'b']) await end(item);
    await finished;
    assert.deepEqual(
      [begun, arrived],
      [
        ['c', 'd', 'a', 'b'],
        ['there', 'c', 'c+d'],
      ],
    );
  });

  it('end with the first failure, when nothing of them runs any more', async () => {
    const { all, begun, waiting } = lanes(2);
    for (const item of ['a', 'b', 'c']) all.add(item);
    waiting.get('a')?.fail(new Error('broken'));
    await assert.rejects(all.finish(), /broken/);
    assert.deepEqual(begun, ['a', 'b']);
  });

  it('are cancelled', async () => {
    const abort = new AbortController();
    const { all } = lanes(2, { ctx: createOpContext({ signal: abort.signal }) });
    for (const item of ['a', 'b', 'c']) all.add(item);
    setImmediate(() => abort.abort());
    await assert.rejects(all.finish(), (error) => DvcError.is(error, 'cancelled'));
  });
});
