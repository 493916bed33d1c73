import { createHash } from 'node:crypto';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { DvcError, errnoOf, fromErrno } from '../core/errors.ts';
import type { Oid, RepoPath } from '../core/ids.ts';
import { type OpContext, warn } from '../core/op-context.ts';
import { fromCwd } from '../core/paths.ts';
import type { LockFileEntry } from '../files/lockfile.ts';
import { type Output, repoPathOf } from '../graph/output.ts';
import type { Repo } from '../repo.ts';
import { contentOf } from '../repo-data.ts';
import { makeOwn } from '../workspace/own-copies.ts';
import { removeFromWorkspace } from '../workspace/workspace-removal.ts';

/**
 * Takes a stage's outputs out of its command's way, as DVC does before a run: persistent ones are only made writable, all others go.
 *
 * What is neither as recorded nor in the cache exists nowhere else. It is not deleted, but moved to `.dvc/tmp/lode/trash`, which
 * keeps the last such state of each path.
 */
export async function clearOutputs(repo: Repo, outs: readonly Output[], ctx: OpContext): Promise<void> {
  for (const output of outs) {
    const target = repoPathOf(output);
    if (target === undefined) {
      if (output.place.kind === 'outside' && !output.persist) removeOutside(output.place.path);
      continue;
    }
    if (output.persist) {
      await makeOwn(repo, target, ctx);
      continue;
    }
    if (fs.lstatSync(repo.absolute(target), { throwIfNoEntry: false }) === undefined) continue;
    if (await isStored(repo, output, target, ctx)) await removeFromWorkspace(repo, target, ctx);
    else setAside(repo, target, ctx);
    repo.outputsMade.forget(target);
  }
}

/** True where deleting the output loses nothing: a command has made it, or the cache holds it. */
async function isStored(repo: Repo, output: Output, target: RepoPath, ctx: OpContext): Promise<boolean> {
  const { hash } = contentOf(output.hash);
  try {
    const state = await repo.data.workspace.read(target, hash, repo.ignore, ctx);
    if (state.kind === 'missing') return false; // There, but ignored: nobody has ever hashed it.
    if (state.oid === output.hash?.value) return true;
    if (state.kind === 'directory' && state.tree.length === 0) return true;
    const cache = repo.cache(hash);
    return cache.has(state.oid) && (await cache.lacking(state.oid, ctx)).size === 0;
  } catch (error) {
    if (DvcError.is(error, 'cancelled')) throw error;
    return false;
  }
}

function setAside(repo: Repo, target: RepoPath, ctx: OpContext): void {
  const from = repo.absolute(target);
  const name = encodeURIComponent(target);
  const trash = path.join(repo.privateDir, 'trash');
  const to = path.join(trash, name.length < 200 ? name : createHash('md5').update(target).digest('hex'));
  try {
    fs.mkdirSync(trash, { recursive: true });
    fs.rmSync(to, { recursive: true, force: true });
    try {
      fs.renameSync(from, to);
    } catch (error) {
      if (errnoOf(error) !== 'EXDEV') throw error;
      fs.cpSync(from, to, { recursive: true, verbatimSymlinks: true });
      fs.rmSync(from, { recursive: true, force: true });
    }
  } catch (error) {
    throw fromErrno(error, 'move', from);
  }
  const shown = fromCwd(ctx.cwd, from);
  warn(ctx, `'${shown}' was changed and not stored; it has been moved to '${fromCwd(ctx.cwd, to)}'.`);
}

function removeOutside(absolute: string): void {
  try {
    fs.rmSync(absolute, { recursive: true, force: true });
  } catch (error) {
    throw fromErrno(error, 'remove', absolute);
  }
}

/** What the cache lacks of recorded outputs. */
export async function lackingOutputs(repo: Repo, outs: readonly LockFileEntry[], ctx: OpContext): Promise<Oid[]> {
  const lacking: Oid[] = [];
  for (const out of outs) {
    const { oid, hash } = contentOf(out.hash);
    if (oid === undefined) continue;
    const cache = repo.cache(hash);
    try {
      lacking.push(...(await cache.lacking(oid, ctx)));
    } catch (error) {
      if (!DvcError.is(error) || error.code === 'cancelled') throw error;
      lacking.push(oid); // A damaged manifest restores nothing.
    }
  }
  return lacking;
}
