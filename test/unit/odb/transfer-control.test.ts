import assert from 'node:assert/strict';
import { DvcError } from '../../../src/engine/core/errors.ts';
import type { RepoPath } from '../../../src/engine/core/ids.ts';
import { TransferControl } from '../../../src/engine/odb/transfer-control.ts';

describe('control of a transfer', () => {
  const path = 'data/a' as RepoPath;

  it('tells who waits for a file that it is here, and the others at the end that it is not', async () => {
    const control = new TransferControl();
    const [here, other] = [control.first(path), control.first('data/b' as RepoPath)];
    control.placed(path);
    assert.equal(await here, true);
    control.end();
    assert.equal(await other, false);
    assert.equal(await control.first(path), false);
  });

  it('holds who asks until it goes on, or is cancelled', async () => {
    const control = new TransferControl();
    const abort = new AbortController();
    await control.untilResumed(abort.signal);
    control.pause();
    const told: string[] = [];
    const held = control.untilResumed(abort.signal).then(() => told.push('goes on'));
    control.pause();
    await new Promise(setImmediate);
    assert.deepEqual(told, []);
    control.resume();
    await held;
    control.pause();
    const cancelled = control.untilResumed(abort.signal);
    abort.abort();
    await assert.rejects(cancelled, (error) => DvcError.is(error, 'cancelled'));
  });
});
