import { isDirOid, type Oid } from '../core/ids.ts';
import { type OpContext, startProgress, withJobs } from '../core/op-context.ts';
import { below } from '../core/paths.ts';
import { type UsedOutput, usedOutputs } from '../objects/used-objects.ts';
import { refuseVersioned } from '../objects/versioned-remote.ts';
import { transferObjects } from '../odb/transfer.ts';
import type { ContentHash } from '../platform/digest.ts';
import { OidSet } from '../platform/oid-set.ts';
import type { Repo } from '../repo.ts';
import type { Remote } from '../repo-remotes.ts';
import { showPlace } from '../stages/stage-checks.ts';
import { byRemote } from './push.ts';
import type { ScopeOptions } from './transfer-options.ts';

export interface CloudStatusOptions {
  readonly targets?: readonly string[];
  readonly withDeps?: boolean;
  readonly recursive?: boolean;
  readonly scope?: ScopeOptions;
  readonly remote?: string;
  readonly jobs?: number;
}

/** `new`: only in the cache; `deleted`: only on the remote; `missing`: in neither. */
export type CloudWord = 'new' | 'deleted' | 'missing';

/**
 * Objects that are not in both the cache and the remote, by the path of the output or file they belong to. Each remote is asked once, for all of
 * them. Source: dvc-format 9.2.
 */
export async function cloudStatus(
  repo: Repo,
  options: CloudStatusOptions,
  given: OpContext,
): Promise<Map<string, CloudWord>> {
  const ctx = withJobs(given, options.jobs);
  const used = (await usedOutputs(repo, options, ctx)).filter(({ output }) => output.push && !output.imported);
  const progress = startProgress(ctx, 'status', used.length);
  const found = new Map<string, CloudWord>();
  if (used.length === 0) await repo.remote(options.remote, 'status', ctx);
  for (const [name, outputs] of byRemote(used, options.remote)) {
    const remote = await repo.remote(name, 'status', ctx);
    refuseVersioned(remote, 'status');
    const md5 = await compare(repo, remote, 'md5', outputs, ctx);
    const legacy = await compare(repo, remote, 'md5-dos2unix', outputs, ctx);
    for (const one of outputs) {
      const { notHere, notThere, names } = one.hash === 'md5' ? md5 : legacy;
      for (const [oid, paths] of names.get(one) ?? []) {
        const [lost, absent] = [notHere.has(oid), notThere.has(oid)];
        if (!lost && !absent) continue;
        for (const file of paths) found.set(file, lost && absent ? 'missing' : lost ? 'deleted' : 'new');
      }
      progress.advance(1, 0, one.path);
    }
  }
  progress.done();
  return found;
}

/** Where an output's objects belong, as it is shown. */
type Names = ReadonlyMap<Oid, readonly string[]>;

interface Compared {
  readonly names: ReadonlyMap<UsedOutput, Names>;
  readonly notHere: OidSet;
  readonly notThere: OidSet;
}

async function compare(
  repo: Repo,
  remote: Remote,
  hash: ContentHash,
  outputs: readonly UsedOutput[],
  ctx: OpContext,
): Promise<Compared> {
  const ours = outputs.filter((one) => one.hash === hash);
  const [cache, names, wanted] = [repo.cache(hash), new Map<UsedOutput, Names>(), new OidSet()];
  if (ours.length === 0) return { names, notHere: new OidSet(), notThere: new OidSet() };
  // Like DVC, it fetches the manifests, which say what there is to compare.
  const manifests = [...new Set(ours.map(({ oid }) => oid).filter((oid) => isDirOid(oid) && !cache.has(oid)))];
  if (manifests.length > 0) {
    const roots = manifests.map((oid) => ({ oid, only: () => false }));
    await transferObjects(remote.odb(hash), cache, roots, ctx, {});
  }
  for (const one of ours) {
    const known = await namesOf(repo, one, ctx);
    names.set(one, known);
    for (const oid of known.keys()) wanted.add(oid);
  }
  return { names, notHere: await cache.missing(wanted, ctx), notThere: await remote.odb(hash).missing(wanted, ctx) };
}

async function namesOf(repo: Repo, { output, oid, hash, path }: UsedOutput, ctx: OpContext): Promise<Names> {
  const cache = repo.cache(hash);
  const shown = showPlace(repo, output, ctx.cwd);
  const names = new Map([[oid, [shown]]]);
  if (!isDirOid(oid) || !cache.has(oid)) return names;
  const tree = await cache.readTree(oid, ctx);
  const { from, to } = tree.within(below(path, output.place.path));
  for (let i = from; i < to; i++) {
    const [file, digest] = [`${shown}/${tree.relpath(i)}`, tree.oid(i)];
    const known = names.get(digest);
    if (known) known.push(file);
    else names.set(digest, [file]);
  }
  return names;
}
