import * as fs from 'node:fs';
import * as path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { cancelled, errnoOf, fromErrno, lockHeld } from '../core/errors.ts';
import { monotonicMs } from '../core/monotonic.ts';
import { checkAborted, type OpContext } from '../core/op-context.ts';
import { type LockAttempt, type Release, tryFlock } from './flock.ts';
import { tryHardlinkLock } from './hardlink-lock.ts';
import { describeHolder } from './lock-holder.ts';
import { tryOwnLock } from './own-lock.ts';
import { TempJournal } from './temp-journal.ts';
import { sweepOnce } from './temp-name.ts';

/** How long DVC tries before it gives up: ms. */
export const DVC_LOCK_TIMEOUT = 3000;
/** How long the editor waits, where a person can cancel: ms. */
export const EDITOR_LOCK_TIMEOUT = 30_000;

export interface LockOptions {
  /** Give up after so many ms; `Infinity` for `--wait-for-lock`. Default {@link DVC_LOCK_TIMEOUT}. */
  readonly timeoutMs?: number;
  /** `core.hardlink_lock`. */
  readonly hardlink?: boolean;
  /** What is waited for, in messages. */
  readonly what?: string;
}

export interface HeldLock extends AsyncDisposable {
  /** Gives the lock back early; disposing does so at the end. */
  release(): void;
}

/**
 * The lock that keeps DVC and Lode out of each other's way in one repository: `.dvc/tmp/lock`.
 *
 * Waits as long as the options say, telling who holds it. A killed holder needs no cleaning up.
 *
 * @param tmpDir `.dvc/tmp`, absolute; made where it is missing.
 * @throws `lock-held`, `cancelled`, `permission`, `read-only`
 */
export async function repoLock(tmpDir: string, options: LockOptions, ctx: OpContext): Promise<HeldLock> {
  const held = await fileLock(path.join(tmpDir, 'lock'), { what: 'the repository lock', ...options }, ctx);
  // Whoever writes next takes away what a killed one left, also where it has nothing to write itself.
  for (const folder of ['', '/lode', '/lode/state', '/lode/odb', '/lode/scratch']) sweepOnce(tmpDir + folder);
  new TempJournal(`${tmpDir}/lode/temps`, '').sweep();
  return held;
}

/** Like {@link repoLock}, for any lock file. */
export async function fileLock(file: string, options: LockOptions, ctx: OpContext): Promise<HeldLock> {
  const deadline = monotonicMs() + (options.timeoutMs ?? DVC_LOCK_TIMEOUT);
  makeFolder(path.dirname(file));
  const leave = await queueFor(file, deadline, ctx.signal);
  try {
    const unlock = await acquire(file, options, deadline, ctx);
    const release = (): void => {
      unlock();
      leave();
    };
    return { release, [Symbol.asyncDispose]: async () => release() };
  } catch (error) {
    leave();
    throw error;
  }
}

const FIRST_PAUSE = 20; // ms; doubled up to DVC's own half second.
const LONGEST_PAUSE = 500;
const ANNOUNCE_AFTER = 400; // ms: short waits are nobody's business.

async function acquire(file: string, options: LockOptions, deadline: number, ctx: OpContext): Promise<Release> {
  const began = monotonicMs();
  let announced = false;
  for (let pause = FIRST_PAUSE; ; pause = Math.min(pause * 2, LONGEST_PAUSE)) {
    checkAborted(ctx.signal);
    const attempt = await tryOnce(file, options, ctx);
    if (typeof attempt === 'object') {
      if (!ctx.signal.aborted) return attempt.got;
      attempt.got();
      throw cancelled();
    }
    const left = deadline - monotonicMs();
    if (left <= 0) throw lockHeld(file, describeHolder(file));
    if (!announced && monotonicMs() - began >= ANNOUNCE_AFTER) {
      announced = true;
      const holder = describeHolder(file) ?? 'another process';
      ctx.emit({ type: 'waited', text: `waiting for ${options.what ?? file} held by ${holder}` });
    }
    await sleep(Math.min(pause, left), undefined, { signal: ctx.signal }).catch(() => {}); // The loop sees the abort.
  }
}

async function tryOnce(file: string, options: LockOptions, ctx: OpContext): Promise<LockAttempt> {
  if (options.hardlink) return tryHardlinkLock(file);
  const attempt = await tryFlock(file, !ctx.interactive);
  return attempt === 'unsupported' ? tryOwnLock(`${file}.lode`) : attempt;
}

/** Last in line for each file, within this process: two verbs of one extension host take turns in order. */
const lines = new Map<string, Promise<void>>();

async function queueFor(file: string, deadline: number, signal: AbortSignal): Promise<Release> {
  const before = lines.get(file);
  let leave: Release = () => {};
  const mine = new Promise<void>((resolve) => (leave = resolve));
  const last = (before ?? Promise.resolve()).then(() => mine);
  lines.set(file, last);
  void last.then(() => lines.get(file) === last && lines.delete(file));
  if (before && !(await settledBefore(before, deadline, signal))) {
    leave();
    checkAborted(signal);
    throw lockHeld(file, `PID ${process.pid} (this process)`);
  }
  return leave;
}

/** False when time or the caller's patience ran out first. */
async function settledBefore(turn: Promise<void>, deadline: number, signal: AbortSignal): Promise<boolean> {
  const done = new AbortController();
  const wait = Math.max(0, Math.min(deadline - monotonicMs(), 2 ** 31 - 1)); // Timers take no more.
  const late = sleep(wait, false, { signal: AbortSignal.any([done.signal, signal]) }).catch(() => false);
  try {
    return await Promise.race([turn.then(() => true), late]);
  } finally {
    done.abort();
  }
}

function makeFolder(folder: string): void {
  try {
    fs.mkdirSync(folder);
  } catch (error) {
    if (errnoOf(error) !== 'EEXIST') throw fromErrno(error, 'create', folder);
  }
}
