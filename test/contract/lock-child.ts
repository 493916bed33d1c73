import * as fs from 'node:fs';
import * as path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { createOpContext } from '../../src/engine/core/op-context.ts';
import { repoLock } from '../../src/engine/platform/lock.ts';

/** Another process for the lock tests: `count <folder> <hardlink> <times>`, or `hold <folder> <hardlink>`. */
const [mode, folder = '', hardlink, times] = process.argv.slice(2);
const options = { hardlink: hardlink === 'true', timeoutMs: Number.POSITIVE_INFINITY };

/** Adds one, `times` times, in a way that loses counts when two do it at once. */
async function count(): Promise<void> {
  const counter = path.join(folder, 'counter');
  for (let i = 0; i < Number(times); i++) {
    await using _lock = await repoLock(folder, options, createOpContext());
    const value = Number(fs.readFileSync(counter, 'utf8'));
    await sleep(1);
    fs.writeFileSync(counter, String(value + 1));
  }
}

async function hold(): Promise<void> {
  await repoLock(folder, options, createOpContext());
  console.log('held');
  setInterval(() => {}, 1000);
}

void (mode === 'count' ? count() : hold());
