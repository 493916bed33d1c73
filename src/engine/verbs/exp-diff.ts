import type { OpContext } from '../core/op-context.ts';
import { isPyMap, type PyValue, pyStr } from '../core/python.ts';
import { type CollectedRev, RevReader } from '../experiments/collect.ts';
import { diffValues, type FileChanges } from '../metrics/value-diff.ts';
import type { Repo } from '../repo.ts';
import { factsOf } from './exp-show.ts';

export interface ExpDiffOptions {
  /** `HEAD` unless told. */
  readonly oldRev?: string;
  /** The workspace unless told. */
  readonly newRev?: string;
  /** Values that are the same too. */
  readonly all?: boolean;
  /** Only params that stages depend on. */
  readonly paramDeps?: boolean;
}

export interface ExpDiff {
  readonly metrics: ReadonlyMap<string, FileChanges>;
  readonly params: ReadonlyMap<string, FileChanges>;
}

/** Metrics and params of two experiments or revisions against each other. @throws `unknown-revision` */
export async function expDiff(repo: Repo, options: ExpDiffOptions, ctx: OpContext): Promise<ExpDiff> {
  if (!repo.git.present) await repo.git.resolve('HEAD');
  if (repo.git.head() === undefined) return { metrics: new Map(), params: new Map() };
  const reader = new RevReader(repo, { paramDeps: options.paramDeps ?? false }, ctx);
  const read = async (rev: string): Promise<CollectedRev> => reader.commit(await repo.git.resolve(rev));
  const old = await read(options.oldRev ?? 'HEAD');
  const { newRev } = options;
  const current = newRev === undefined || newRev === 'workspace' ? await reader.workspace() : await read(newRev);
  reader.done();
  const part = (kind: 'metrics' | 'params') =>
    diffValues(valuesOf(old, kind), valuesOf(current, kind), { unchanged: options.all ?? false });
  return { metrics: part('metrics'), params: part('params') };
}

function valuesOf(rev: CollectedRev, kind: 'metrics' | 'params'): Map<string, PyValue> {
  const values = new Map<string, PyValue>();
  for (const [path, one] of factsOf(rev)(kind)) {
    const data = isPyMap(one) ? one.get('data') : undefined;
    if (data !== undefined) values.set(pyStr(path), data);
  }
  return values;
}
