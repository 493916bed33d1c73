import { randomUUID } from 'node:crypto';
import * as fs from 'node:fs';
import { dirname } from 'node:path';
import { errnoOf, fromErrno } from '../core/errors.ts';
import type { LockAttempt } from './flock.ts';
import { livenessOf, type Owner, thisOwner } from './owner.ts';
import { sweepOnce, tempName } from './temp-name.ts';

/** A holder on another machine is given up this long after its last sign of life: ms. */
const SILENT_AFTER = 10 * 60_000;
const HEARTBEAT = 60_000;

/**
 * A lock by exclusive creation, for where there is no `flock`: Windows, and machines without a program to ask for one.
 *
 * It keeps Lode processes apart; stock DVC does not see it.
 */
export function tryOwnLock(file: string): LockAttempt {
  const text = JSON.stringify(thisOwner());
  if (!create(file, text)) {
    if (!isStale(file) || !removeStale(file) || !create(file, text)) return 'held';
  }
  const beat = setInterval(() => {
    const now = new Date();
    try {
      fs.utimesSync(file, now, now);
    } catch {
      // Removed by hand: the next beat finds nothing either.
    }
  }, HEARTBEAT);
  beat.unref();
  let held = true;
  return {
    got: () => {
      if (!held) return;
      held = false;
      clearInterval(beat);
      if (read(file) === text) fs.rmSync(file, { force: true });
    },
  };
}

/** Undefined for a file that does not say. */
export function ownerIn(text: string | undefined): Owner | undefined {
  try {
    const found = JSON.parse(text ?? '') as Partial<Owner> | null;
    if (typeof found?.host !== 'string' || typeof found.pid !== 'number') return undefined;
    return { host: found.host, pid: found.pid, boot: found.boot, started: found.started };
  } catch {
    return undefined;
  }
}

/** The content is linked into place whole, so nobody ever reads half of it. */
function create(file: string, text: string): boolean {
  const folder = dirname(file);
  sweepOnce(folder);
  const temp = `${folder}/${tempName()}`;
  try {
    fs.writeFileSync(temp, text, { flag: 'wx' });
    fs.linkSync(temp, file);
    return true;
  } catch (error) {
    if (errnoOf(error) === 'EEXIST') return false;
    throw fromErrno(error, 'create', file);
  } finally {
    fs.rmSync(temp, { force: true });
  }
}

function isStale(file: string): boolean {
  const owner = ownerIn(read(file));
  const state = owner === undefined ? 'elsewhere' : livenessOf(owner);
  if (state !== 'elsewhere') return state === 'dead';
  const stat = fs.statSync(file, { throwIfNoEntry: false });
  return stat !== undefined && Date.now() - stat.mtimeMs > (owner === undefined ? 1000 : SILENT_AFTER);
}

/** Takes the file away under a name of our own; if a live owner slipped in between, it gets its place back. */
function removeStale(file: string): boolean {
  const aside = `${file}.${randomUUID()}.stale`;
  try {
    fs.renameSync(file, aside);
  } catch {
    return true; // Somebody else removed it.
  }
  const fresh = !isStale(aside);
  if (fresh) {
    try {
      fs.linkSync(aside, file);
    } catch {
      // A third process has the lock by now.
    }
  }
  fs.rmSync(aside, { force: true });
  return !fresh;
}

function read(file: string): string | undefined {
  try {
    return fs.readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}
