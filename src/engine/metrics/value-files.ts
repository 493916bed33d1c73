import type { RepoPath } from '../core/ids.ts';
import { isWithin, joinRepoPath, parentOf } from '../core/paths.ts';
import { DEFAULT_PARAMS_FILE } from '../files/params-file.ts';
import type { RepoIndex } from '../graph/repo-index.ts';
import { metricPaths } from './read-metrics.ts';

/** Whether a file is one of parameters or of metrics, as stages and top levels of the workspace have it: itself, or a folder around it. */
export function valueFileKind(index: RepoIndex, file: RepoPath): 'param' | 'metric' | undefined {
  if (metricPaths({ index }).some((path) => isWithin(file, path))) return 'metric';
  if (file === DEFAULT_PARAMS_FILE) return 'param';
  const isOfStage = index.stages.some(
    (stage) =>
      stage.kind === 'pipeline' && stage.params.some((one) => one.file.kind === 'repo' && one.file.path === file),
  );
  if (isOfStage) return 'param';
  const isNamed = index.topLevels.some(
    ({ file: from, params, uses }) =>
      uses.has(file) || params.some((param) => joinRepoPath(parentOf(from), param) === file),
  );
  return isNamed ? 'param' : undefined;
}
