import { asRepoPath, type RepoPath } from '../core/ids.ts';
import { isPyMap, type PyValue } from '../core/python.ts';
import type { ResolvedDvcYaml } from '../files/dvc-yaml.ts';

/** What a dvc.yaml says beside its stages: where params, metrics and plots are, which need not belong to a stage. */
export interface TopLevel {
  readonly file: RepoPath;
  /** Paths from the file's folder, as written. */
  readonly params: readonly string[];
  readonly metrics: readonly string[];
  /** A path, or a dict of one plot by its id: `dvc-format` 11.1. */
  readonly plots: readonly PyValue[];
  /** Values that stages take from params files through `${}`: by file from the root, then by dotted key. */
  readonly uses: ReadonlyMap<RepoPath, ReadonlyMap<string, PyValue>>;
}

export function topLevelOf(file: RepoPath, { params, metrics, plots, stages }: ResolvedDvcYaml): TopLevel {
  const uses = new Map<RepoPath, Map<string, PyValue>>();
  for (const { origin, value } of stages.flatMap((stage) => stage.uses)) {
    if (!origin.isFile || origin.source === undefined || isPyMap(value)) continue;
    const path = asRepoPath(origin.source); // As it was read: from the root.
    uses.set(path, (uses.get(path) ?? new Map<string, PyValue>()).set(origin.path.join('.'), value));
  }
  return { file, params, metrics, plots, uses };
}
