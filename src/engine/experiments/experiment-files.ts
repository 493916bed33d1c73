import { joinRepoPath, parentOf } from '../core/paths.ts';
import { isPyMap, type PyValue, pyStr } from '../core/python.ts';
import { loadPipeline } from '../graph/load-pipeline.ts';
import { isTracked, repoPathOf } from '../graph/output.ts';
import type { RepoIndex } from '../graph/repo-index.ts';
import type { Stage } from '../graph/stage.ts';
import type { Repo } from '../repo.ts';
import { lockPathOf } from '../stages/stage-records.ts';

/** Files of stages that belong into the commit of an experiment though nobody has added them to Git: absolute. */
export function stageFiles(repo: Repo, index: RepoIndex, stages: Iterable<Stage>): string[] {
  const files = new Set<string>();
  for (const stage of stages) {
    files.add(repo.absolute(stage.file));
    if (stage.kind === 'pipeline') files.add(repo.absolute(lockPathOf(stage.file)));
    const deps = stage.kind === 'data' ? [] : stage.deps;
    for (const dep of [
      ...deps,
      ...(stage.kind === 'pipeline' ? stage.params.map(({ file }) => ({ place: file })) : []),
    ]) {
      const path = repoPathOf(dep);
      if (path !== undefined && !index.outputs.around(path).some(isTracked)) files.add(repo.absolute(path));
    }
    for (const output of stage.outs) {
      const path = repoPathOf(output);
      if (path !== undefined && !output.cache) files.add(repo.absolute(path));
    }
  }
  return [...files];
}

/** The files that `metrics:`, `params:` and `plots:` of the dvc.yaml files name, outside of stages: absolute. */
export async function topLevelFiles(repo: Repo, index: RepoIndex): Promise<string[]> {
  const files = new Set<string>();
  for (const file of index.files) {
    if (file.endsWith('.dvc')) continue;
    const { resolved } = await loadPipeline(repo.workspace, file, repo.loadOptions);
    for (const name of [...resolved.metrics, ...resolved.params, ...resolved.plots.flatMap(plotSources)]) {
      const path = joinRepoPath(parentOf(file), name);
      if (path !== undefined && path !== '') files.add(repo.absolute(path));
    }
  }
  return [...files];
}

/** The data files of one item of `plots:`: its name, or the keys of its `y` and `x` where those are dicts. */
function plotSources(item: PyValue): string[] {
  if (!isPyMap(item)) return typeof item === 'string' ? [item] : [];
  return [...item].flatMap(([name, config]) => {
    const axes = isPyMap(config) ? [config.get('y'), config.get('x')].filter((axis) => isPyMap(axis)) : [];
    return axes.length === 0 ? [pyStr(name)] : axes.flatMap((axis) => [...axis.keys()].map(pyStr));
  });
}
