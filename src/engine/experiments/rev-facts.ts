import { DvcError } from '../core/errors.ts';
import type { OpContext } from '../core/op-context.ts';
import { type PyKey, type PyMap, type PyValue, pyJson } from '../core/python.ts';
import type { GitId } from '../git/git.ts';
import type { Place } from '../graph/output.ts';
import type { HashInfo, Meta } from '../hash/hash-info.ts';
import type { FileResults } from '../metrics/file-values.ts';
import { readMetrics } from '../metrics/read-metrics.ts';
import { readRevisionParams } from '../metrics/read-params.ts';
import type { Repo } from '../repo.ts';
import { openRevision, type WORKSPACE } from '../repo-revision.ts';

/** What a row says of one revision, but for its commit. */
export interface RevFacts {
  /** `params`, `metrics`, `deps`, `outs` and `meta` as DVC prints them, without the braces around them. */
  readonly text: string;
  /** False where a file could not be read: it may be mended by a fetch, so nobody remembers the row. */
  readonly isWhole: boolean;
}

/** A revision of which nothing can be told. */
export interface RevFailure {
  readonly message: string;
  readonly type: string;
}

export interface FactsOptions {
  /** Only params that stages depend on. */
  readonly paramDeps: boolean;
}

/**
 * Reads a revision's params, metrics, dependencies and outputs.
 *
 * @param rev A commit, or `workspace`. What is wrong with its stage files is the result.
 */
export async function revFacts(
  repo: Repo,
  rev: GitId | typeof WORKSPACE,
  { paramDeps }: FactsOptions,
  ctx: OpContext,
): Promise<RevFacts | RevFailure> {
  try {
    const revision = await openRevision(repo, rev, ctx);
    const params = await readRevisionParams(revision, { depsOnly: paramDeps }, ctx);
    const metrics = await readMetrics(revision, {}, ctx);
    const deps = new Map<PyKey, PyValue>();
    const outs = new Map<PyKey, PyValue>();
    for (const stage of revision.index.stages) {
      for (const dep of stage.kind === 'data' ? [] : stage.deps)
        if (!dep.source) deps.set(pathOf(dep), new Map(hashFacts(dep)));
      for (const output of stage.outs)
        if (output.kind === 'out')
          outs.set(
            pathOf(output),
            new Map<PyKey, PyValue>([
              ...hashFacts(output),
              ['use_cache', output.cache],
              ['is_data_source', stage.kind !== 'pipeline'],
            ]),
          );
    }
    const sections: [string, PyMap][] = [
      ['params', results(params)],
      ['metrics', results(metrics)],
      ['deps', deps],
      ['outs', outs],
      ['meta', new Map()],
    ];
    return {
      text: sections.map(([name, value]) => `"${name}": ${pyJson(value)}`).join(', '),
      isWhole: [...params.values(), ...metrics.values()].every((one) => 'data' in one),
    };
  } catch (error) {
    if (!DvcError.is(error) || error.code === 'cancelled') throw error;
    return { message: error.message, type: error.code };
  }
}

type Item = {
  readonly place: Place;
  readonly defPath: string;
  readonly hash: HashInfo | undefined;
  readonly meta: Meta;
};

const pathOf = ({ place, defPath }: Item): string => (place.kind === 'repo' ? place.path : defPath);

const hashFacts = ({ hash, meta }: Item): [PyKey, PyValue][] => [
  ['hash', hash?.value ?? null],
  ['size', meta.size ?? null],
  ['nfiles', meta.nfiles ?? null],
];

const results = (files: FileResults): PyMap =>
  new Map(
    [...files].map(([path, one]) => [
      path,
      'data' in one
        ? new Map<PyKey, PyValue>([['data', one.data]])
        : new Map<PyKey, PyValue>([
            [
              'error',
              new Map<PyKey, PyValue>([
                ['type', one.error.type],
                ['msg', one.error.message],
              ]),
            ],
          ]),
    ]),
  );
