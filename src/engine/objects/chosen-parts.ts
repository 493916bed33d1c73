import * as path from 'node:path';
import { asRepoPath, isDirOid, type RepoPath } from '../core/ids.ts';
import type { OpContext } from '../core/op-context.ts';
import { below, fromCwd, isWithin, toRepoPath } from '../core/paths.ts';
import { isTracked, repoPathOf, type TrackedOutput } from '../graph/output.ts';
import { selectTargets } from '../graph/targets.ts';
import type { Tree } from '../hash/tree.ts';
import { transferObjects } from '../odb/transfer.ts';
import { expandGlob, fixedPart, globMatcher } from '../platform/glob.ts';
import type { Repo } from '../repo.ts';
import { contentOf } from '../repo-data.ts';
import type { UsedOutput } from './used-objects.ts';

/**
 * Targets that patterns stand for: paths on the disk, and tracked ones that are not there, in folders too. The list of a folder's files is
 * fetched where the cache lacks it.
 */
export async function expandTracked(
  repo: Repo,
  patterns: readonly string[],
  remote: string | undefined,
  ctx: OpContext,
): Promise<string[]> {
  const found = new Set<string>();
  for (const pattern of patterns) {
    for (const target of await expandGlob(pattern, ctx.cwd)) found.add(target);
    const matches = await globMatcher(pattern);
    const start = toRepoPath(repo.root, path.resolve(ctx.cwd, fixedPart(pattern)));
    if (matches === undefined || start === undefined) continue;
    const shown = (at: string): string =>
      pattern.startsWith('/') ? path.join(repo.root, at) : fromCwd(ctx.cwd, path.join(repo.root, at));
    for (const output of (await repo.index()).stages.flatMap(({ outs }) => outs).filter(isTracked)) {
      const at = output.place.path;
      if (!isWithin(at, start) && !isWithin(start, at)) continue;
      if (matches(shown(at))) {
        found.add(shown(at));
        continue;
      }
      const tree = await treeOf(repo, output, remote, ctx);
      for (let i = 0; tree !== undefined && i < tree.length; i++) {
        const file = shown(`${at}/${tree.relpath(i)}`);
        if (matches(file)) found.add(file);
      }
    }
  }
  return [...found];
}

/** What a stage reads of what is tracked: whole outputs, or the parts of them that it names. From the user's folder. */
export async function neededBy(repo: Repo, stage: string, ctx: OpContext): Promise<string[]> {
  const index = await repo.index();
  const found = new Set<RepoPath>();
  for (const { stage: one } of selectTargets(index, [stage], { root: repo.root, cwd: ctx.cwd }))
    for (const dep of 'deps' in one ? one.deps : []) {
      const at = repoPathOf(dep);
      if (at === undefined) continue;
      if (index.outputs.around(at).some(isTracked)) found.add(at);
      for (const output of index.outputs.below(at).filter(isTracked)) found.add(output.place.path);
    }
  return [...found].map((at) => fromCwd(ctx.cwd, repo.absolute(at)));
}

/** So many files of all that the outputs have, chosen at random; the same ones for the same seed. */
export async function sampleOf(
  repo: Repo,
  used: readonly UsedOutput[],
  count: number,
  seed: number,
  remote: string | undefined,
  ctx: OpContext,
): Promise<UsedOutput[]> {
  const parts: {
    readonly one: UsedOutput;
    readonly tree: Tree | undefined;
    readonly from: number;
    readonly to: number;
  }[] = [];
  for (const one of used) {
    const tree = await treeOf(repo, one.output, remote, ctx);
    const range = tree?.within(below(one.path, one.output.place.path)) ?? { from: 0, to: 1 };
    parts.push({ one, tree, ...range });
  }
  const total = parts.reduce((sum, { from, to }) => sum + to - from, 0);
  const chosen = chooseSome(total, count, seed);
  const sample: UsedOutput[] = [];
  let before = 0;
  let next = 0;
  for (const { one, tree, from, to } of parts) {
    for (; next < chosen.length && chosen[next]! < before + to - from; next++) {
      const file = tree?.relpath(from + chosen[next]! - before);
      sample.push(file === undefined ? one : { ...one, path: asRepoPath(`${one.output.place.path}/${file}`) });
    }
    before += to - from;
  }
  return sample;
}

/** `count` different numbers below `total`, in order. */
export function chooseSome(total: number, count: number, seed: number): number[] {
  if (count >= total) return Array.from({ length: total }, (_, i) => i);
  let state = seed >>> 0;
  const random = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const chosen = new Set<number>();
  // Floyd's way: as many draws as numbers wanted, each set equally likely.
  for (let top = total - count; top < total; top++) {
    const drawn = Math.floor(random() * (top + 1));
    chosen.add(chosen.has(drawn) ? top : drawn);
  }
  return [...chosen].sort((a, b) => a - b);
}

async function treeOf(
  repo: Repo,
  output: TrackedOutput,
  asked: string | undefined,
  ctx: OpContext,
): Promise<Tree | undefined> {
  const { oid, hash } = contentOf(output.hash);
  if (oid === undefined || !isDirOid(oid)) return undefined;
  const cache = repo.cache(hash);
  const name = output.remote ?? asked;
  if (!cache.has(oid) && (name !== undefined || repo.config.defaultRemote !== undefined)) {
    const remote = await repo.remote(name, 'fetch', ctx);
    await transferObjects(remote.odb(hash), cache, [{ oid, only: () => false }], ctx, {});
  }
  return cache.has(oid) ? cache.readTree(oid, ctx) : undefined;
}
