import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import { livePrefix, retirePrefix, sweepTemps, tempName } from '../../../src/engine/platform/temp-name.ts';
import { useSandbox } from '../../support/sandbox.ts';

describe('temporary names', () => {
  const sandbox = useSandbox('temp-name');
  /** A name as the process `pid` would have made it. */
  function nameOf(pid: number): string {
    const own = Object.getOwnPropertyDescriptor(process, 'pid');
    Object.defineProperty(process, 'pid', { value: pid, configurable: true });
    try {
      return tempName();
    } finally {
      if (own) Object.defineProperty(process, 'pid', own);
    }
  }
  const deadPid = (): number => spawnSync(process.execPath, ['-e', '']).pid;

  it('have the shape that DVC skips', () => assert.match(tempName(), /^\.[\w-]{22}\.tmp$/));

  it('are all different', () => assert.equal(new Set(Array.from({ length: 1000 }, tempName)).size, 1000));

  it('tell what a dead process left from what a live one is writing, and from what is not ours', () => {
    const left = [nameOf(deadPid()), nameOf(process.pid)]; // Our own number, before we wrote anything: an earlier life's.
    const kept = [nameOf(process.ppid), '.0123456789abcdefghijkl.tmp', '.short.tmp', 'data.tmp'];
    for (const name of [...left, ...kept]) fs.writeFileSync(sandbox().path('tmp', name), '');
    sweepTemps(sandbox().path('tmp'));
    assert.deepEqual(fs.readdirSync(sandbox().path('tmp')).sort(), kept.sort());
  });

  it('of a prefix that is in use stay, and go once it is retired', () => {
    const prefix = livePrefix();
    const name = `.${prefix}000000.tmp`;
    fs.writeFileSync(sandbox().path('tmp', name), '');
    sweepTemps(sandbox().path('tmp'));
    assert.ok(fs.existsSync(sandbox().path('tmp', name)));
    retirePrefix(prefix);
    sweepTemps(sandbox().path('tmp'));
    assert.equal(fs.existsSync(sandbox().path('tmp', name)), false);
  });

  it('of a folder that is not there are none', () => sweepTemps(sandbox().path('nowhere')));
});
