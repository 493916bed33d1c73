import * as path from 'node:path';
import { DvcError } from '../core/errors.ts';
import { isWithin, toRepoPath } from '../core/paths.ts';
import { buildGraph, withUpstream } from '../graph/graph.ts';
import type { RepoIndex } from '../graph/repo-index.ts';
import type { Stage } from '../graph/stage.ts';
import { parseTarget } from '../graph/targets.ts';

export interface SelectOptions {
  /** Absolute. */
  readonly root: string;
  /** Absolute; what relative targets start from. */
  readonly cwd: string;
  /** Targets may be folders: every stage below. */
  readonly recursive?: boolean;
  /** Whether there is such a folder on the disk: one without stage files is a target without stages. Absolute. */
  readonly isFolder?: (path: string) => boolean;
  /** Names may hold `*`, `?` and `[…]`. */
  readonly glob?: boolean;
}

/**
 * The stages that targets of `repro` and `stage list` name: a name of `./dvc.yaml`, a group, `path/dvc.yaml`, `path/dvc.yaml:name`,
 * `path/x.dvc`. Never an output. Each once, in the order given.
 *
 * @throws `target-not-found`. Source: dvc-format 6.2.
 */
export function selectStages(index: RepoIndex, targets: readonly string[], options: SelectOptions): Stage[] {
  return [...new Set(targets.flatMap((target) => selectOne(index, target, options)))];
}

function selectOne(index: RepoIndex, target: string, options: SelectOptions): readonly Stage[] {
  const { root, cwd, recursive = false, glob = false } = options;
  const absolute = path.resolve(cwd, target);
  const place = toRepoPath(root, absolute);
  if (recursive && place !== undefined && (index.isFolder(place) || options.isFolder?.(absolute))) {
    const all = withUpstream(buildGraph(index.stages), index.stages);
    return all.filter((stage) => isWithin(stage.file, place));
  }
  const { file = 'dvc.yaml', name } = parseTarget(target);
  const at = toRepoPath(root, path.resolve(cwd, file));
  if (at === undefined || !index.hasFile(at)) throw fileMissing(path.resolve(cwd, file));
  const inFile = index.stagesIn(at);
  if (name === undefined) return inFile;
  const named = inFile.filter(
    (stage) =>
      stage.kind !== 'pipeline' || stage.name === name || stage.group === name || (glob && matches(stage.name, name)),
  );
  if (named.length === 0 && !glob) throw stageMissing(index, name, file);
  return named;
}

const fileMissing = (absolute: string) =>
  new DvcError('target-not-found', `'${absolute}' does not exist`, {
    hint: 'Name a stage of ./dvc.yaml, a dvc.yaml or a .dvc file, or `path/dvc.yaml:name`; --all-pipelines takes every stage.',
    data: { target: absolute },
  });

const stageMissing = (index: RepoIndex, name: string, file: string) => {
  const elsewhere = index.stages.find((stage) => stage.kind === 'pipeline' && stage.name === name);
  return new DvcError('target-not-found', `Stage '${name}' not found inside '${file}' file`, {
    hint: elsewhere ? `There is a stage '${elsewhere.address}'.` : 'Run `lode stage list --all` to see every stage.',
    data: { target: name },
  });
};

/** Python's `fnmatch`: `*` and `?` take any character, `[!…]` negates. */
function matches(name: string, pattern: string): boolean {
  const source = pattern.replace(/\[!?\]?[^\]]*\]|[\s\S]/g, (part) => {
    if (part === '*') return '[\\s\\S]*';
    if (part === '?') return '[\\s\\S]';
    if (part.length > 1)
      return `[${part[1] === '!' ? '^' : ''}${part.slice(part[1] === '!' ? 2 : 1, -1).replace(/[\\^\]]/g, '\\$&')}]`;
    return part.replace(/[.*+?^${}()|[\]\\]/, '\\$&');
  });
  return new RegExp(`^(?:${source})$`).test(name);
}
