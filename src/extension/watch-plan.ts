import * as path from 'node:path';
import type { PipelineFile, PipelineStage, RepoIndex } from '../engine/index.ts';
import { BIG_TREE, type WatchPlan } from './watcher.ts';

/** What is shown of a repository. */
export interface Shown {
  /** Where Git keeps HEAD, refs and the index: absolute. */
  readonly gitFolders: readonly string[];
  readonly index: Pick<RepoIndex, 'files' | 'tracked'>;
  readonly pipelines: readonly PipelineFile[];
}

/** What to watch so that every change `RepoModel` shows is seen. */
export function watchPlan(root: string, { gitFolders, index, pipelines }: Shown): WatchPlan {
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
  for (const folder of gitFolders) folders.add(folder);
  return { folders: [...folders], trees: [...trees], bigTrees: [...bigTrees] };
}
