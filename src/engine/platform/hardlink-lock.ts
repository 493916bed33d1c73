import { randomBytes } from 'node:crypto';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { errnoOf, fromErrno } from '../core/errors.ts';
import type { LockAttempt } from './flock.ts';
import { livenessOf, thisOwner } from './owner.ts';

const LIFETIME = 365 * 24 * 3600; // Seconds, as DVC sets it.
const SLOP = 10; // Seconds of clock difference that are forgiven.

/**
 * DVC's lock with `core.hardlink_lock`: a claim file of our own, hard-linked to the lock's name.
 *
 * The lock's time stamp lies in the future and says until when it holds; its text is the path of the claim. DVC's claims
 * tell nothing about their owner, ours carry it in their name, so that a dead one of ours is taken over at once.
 */
export function tryHardlinkLock(file: string): LockAttempt {
  const claim = path.join(path.dirname(file), claimName());
  try {
    fs.writeFileSync(claim, claim, { flag: 'wx' });
    touch(claim);
    if (!link(claim, file)) {
      breakIfDead(file);
      if (!link(claim, file)) {
        fs.rmSync(claim, { force: true });
        return 'held';
      }
    }
  } catch (error) {
    fs.rmSync(claim, { force: true });
    throw fromErrno(error, 'lock', file);
  }
  let held = true;
  return {
    got: () => {
      if (!held) return;
      held = false;
      if (read(file) === claim) fs.rmSync(file, { force: true });
      fs.rmSync(claim, { force: true });
    },
  };
}

const CLAIM = /^lode-(\d+)-(\w+)-([0-9a-f-]*)-(.*)-[0-9a-f]{8}\.lock$/;

function claimName(): string {
  const { pid, started, boot, host } = thisOwner();
  const safeHost = host.replace(/[^\w.-]/g, '_');
  return `lode-${pid}-${started?.replace(/\W/g, '') ?? 'x'}-${boot ?? ''}-${safeHost}-${randomBytes(4).toString('hex')}.lock`;
}

function breakIfDead(file: string): void {
  const claim = read(file);
  const stat = fs.statSync(file, { throwIfNoEntry: false });
  if (stat === undefined || claim === undefined) return;
  const expired = Date.now() / 1000 > stat.mtimeMs / 1000 + SLOP;
  if (!expired && !ownerIsDead(path.basename(claim))) return;
  // Aside first: the lock may have changed hands since it was read.
  const aside = `${file}.${randomBytes(4).toString('hex')}.stale`;
  try {
    fs.renameSync(file, aside);
  } catch {
    return; // Somebody else broke it.
  }
  if (read(aside) !== claim) link(aside, file);
  else if (path.dirname(claim) === path.dirname(file)) fs.rmSync(claim, { force: true });
  fs.rmSync(aside, { force: true });
}

function ownerIsDead(name: string): boolean {
  const [, pid, started, boot, host] = CLAIM.exec(name) ?? [];
  if (pid === undefined || host !== os.hostname().replace(/[^\w.-]/g, '_')) return false;
  const owner = {
    host: os.hostname(),
    pid: Number(pid),
    boot: boot === '' ? undefined : boot,
    started: started === 'x' || process.platform !== 'linux' ? undefined : started,
  };
  return livenessOf(owner) === 'dead';
}

function touch(file: string): void {
  const until = Math.floor(Date.now() / 1000) + LIFETIME;
  fs.utimesSync(file, until, until);
}

function link(claim: string, file: string): boolean {
  try {
    fs.linkSync(claim, file);
    return true;
  } catch (error) {
    if (errnoOf(error) === 'EEXIST') return false;
    throw error;
  }
}

function read(file: string): string | undefined {
  try {
    return fs.readFileSync(file, 'utf8').trim();
  } catch {
    return undefined;
  }
}
