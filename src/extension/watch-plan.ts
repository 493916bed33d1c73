import * as path from 'node:path';
import type { PipelineFile, PipelineStage, Repo, RepoIndex } from '../engine/index.ts';
import { BIG_TREE, type WatchPlan } from './watcher.ts';

/** What to watch so that every change `RepoModel` shows is seen: a pure function of what is tracked and of the pipelines that are shown. */
export function watchPlan(
  repo: Pick<Repo, 'git'>,
  index: Pick<RepoIndex, 'files' | 'tracked'>,
  root: string,
  pipelines: readonly PipelineFile[] = [],
): WatchPlan {
  const folders = new Set([root, path.join(root, '.dvc')]);
  const trees = new Set<string>();
  const bigTrees = new Set<string>();
  const addData = ({ place, hash, meta }: Pick<PipelineStage['deps'][number], 'place' | 'hash' | 'meta'>): void => {
    if (place.kind !== 'repo') return;
    const at = path.join(root, place.path);
    folders.add(path.dirname(at));
    if (hash?.value.endsWith('.dir') || hash === undefined) ((meta.nfiles ?? 0) > BIG_TREE ? bigTrees : trees).add(at);
  };
  for (const file of index.files) folders.add(path.dirname(path.join(root, file)));
  for (const output of index.tracked) addData(output);
  for (const { file, reads, stages } of pipelines) {
    for (const read of [file, ...reads]) folders.add(path.dirname(path.join(root, read)));
    for (const { stage } of stages) {
      for (const item of [...stage.deps, ...stage.outs]) addData(item);
      for (const { file: params } of stage.params)
        if (params.kind === 'repo') folders.add(path.dirname(path.join(root, params.path)));
    }
  }
  for (const folder of repo.git.stateFolders()) folders.add(folder);
  return { folders: [...folders], trees: [...trees], bigTrees: [...bigTrees] };
}
