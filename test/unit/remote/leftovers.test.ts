import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import { createOpContext } from '../../../src/engine/core/op-context.ts';
import type { BackendOptions } from '../../../src/engine/remote/backend.ts';
import { Leftovers } from '../../../src/engine/remote/leftovers.ts';
import { memoryBackend } from '../../../src/engine/remote/memory.ts';
import { useSandbox } from '../../support/sandbox.ts';

const DAY = 24 * 3600 * 1000;

describe('leftovers of interrupted writes', () => {
  const sandbox = useSandbox('leftovers');
  const warned: string[] = [];
  const log = { debug() {}, info() {}, error() {}, warn: (text: string) => void warned.push(text) };
  const ctx = createOpContext({ log });
  const note = (): string => sandbox().path('private/remotes/x.swept');
  const open = (sweep: (before: number, options: BackendOptions) => Promise<void>): Leftovers =>
    new Leftovers({ ...memoryBackend(), sweep }, note());
  beforeEach(() => void warned.splice(0));

  it('are looked for once a day, those of a day ago', async () => {
    const asked: number[] = [];
    const daily = async (): Promise<void> => {
      await using leftovers = open(async (before) => void asked.push(before));
      leftovers.sweepDaily(ctx);
      leftovers.sweepDaily(ctx);
    };
    await daily();
    await daily();
    assert.equal(asked.length, 1);
    assert.ok(Math.abs(Date.now() - DAY - (asked[0] ?? 0)) < 60_000);
    const yesterday = new Date(Date.now() - DAY - 1000);
    fs.utimesSync(note(), yesterday, yesterday);
    await daily();
    assert.equal(asked.length, 2);
    await open(async (before) => void asked.push(before)).sweep(ctx);
    assert.equal(asked.length, 3, 'whoever asks for it gets it');
  });

  it('hold up no command: what takes long is ended, and what fails is a word in the log', async () => {
    let ended = false;
    const begun = performance.now();
    {
      await using leftovers = open(
        (_, { signal }) =>
          new Promise((_resolve, reject) => {
            signal.addEventListener('abort', () => {
              ended = true;
              reject(new Error('ended'));
            });
          }),
      );
      leftovers.sweepDaily(ctx);
      assert.ok(performance.now() - begun < 500, 'it is not waited for');
    }
    assert.ok(ended);
    assert.ok(performance.now() - begun < 5000);
    fs.rmSync(note());
    {
      await using leftovers = open(async () => {
        throw new Error('forbidden');
      });
      leftovers.sweepDaily(ctx);
    }
    assert.match(warned.at(-1) ?? '', /forbidden/);
    await using again = open(() => assert.fail('a store that forbids it is not asked again on the same day'));
    again.sweepDaily(ctx);
    assert.equal(warned.length, 2);
  });

  it('are none where a store has no such thing', async () => {
    await using leftovers = new Leftovers(memoryBackend(), note());
    leftovers.sweepDaily(ctx);
    await leftovers.sweep(ctx);
    assert.ok(!fs.existsSync(note()));
  });
});
