import * as path from 'node:path';
import { DvcError } from '../core/errors.ts';
import type { RepoPath } from '../core/ids.ts';
import { isWithin, nameOf, toRepoPath } from '../core/paths.ts';
import { isStageFile } from './collect-files.ts';
import { buildGraph, withUpstream } from './graph.ts';
import { type Output, repoPathOf } from './output.ts';
import type { RepoIndex } from './repo-index.ts';
import type { Stage } from './stage.ts';

/** A stage that was asked for, and the part of its one output that was, where the target lies on or in it. */
export interface Selection {
  readonly stage: Stage;
  readonly filter: RepoPath | undefined;
}

export interface TargetOptions {
  readonly root: string;
  /** Absolute; what relative targets start from. */
  readonly cwd: string;
  readonly recursive?: boolean;
  readonly withDeps?: boolean;
}

/**
 * What the targets of a data command name, in DVC's order of preference: a stage file or a stage of `./dvc.yaml`, with
 * `recursive` a folder, an output or a path inside one. No targets: every stage.
 *
 * @throws `target-not-found`. Source: dvc-format 6.2.
 */
export function selectTargets(index: RepoIndex, targets: readonly string[], options: TargetOptions): Selection[] {
  if (targets.length === 0) return index.stages.map((stage) => ({ stage, filter: undefined }));
  const seen = new Set<string>();
  return targets
    .flatMap((target) => selectOne(index, target, options))
    .filter(({ stage, filter }) => {
      const key = `${stage.address}\0${filter ?? ''}`;
      return !seen.has(key) && seen.add(key);
    });
}

/** The outputs a selection covers: all of its stage's, or the one its path lies on. */
export function selectedOutputs({ stage, filter }: Selection): readonly Output[] {
  if (filter === undefined) return stage.outs;
  return stage.outs.filter((output) => {
    const at = repoPathOf(output);
    return at !== undefined && (isWithin(filter, at) || isWithin(at, filter));
  });
}

function selectOne(index: RepoIndex, target: string, options: TargetOptions): Selection[] {
  const { file, name } = parseTarget(target);
  const folderGiven =
    options.recursive === true && index.isFolder(toRepoPath(options.root, path.resolve(options.cwd, target)));
  const named = name !== undefined && file === undefined ? stagesNamed(index, 'dvc.yaml', name, options) : [];
  if (named.length > 0 && !folderGiven) return expand(index, named, options);
  if (file === undefined && !folderGiven) {
    const at = toRepoPath(options.root, path.resolve(options.cwd, target));
    const output = at === undefined ? undefined : index.outputs.around(at)[0];
    if (output && at !== undefined) {
      const stage = index.stage(output.stage);
      if (stage) return options.withDeps ? expand(index, [stage], options) : [{ stage, filter: at }];
    }
  }
  if (folderGiven) {
    const folder = toRepoPath(options.root, path.resolve(options.cwd, target));
    const inside = index.stages.filter((stage) => folder !== undefined && isWithin(stage.file, folder));
    return expand(index, inside, options);
  }
  const stages = stagesNamed(index, file ?? 'dvc.yaml', name, options);
  if (stages.length > 0) return expand(index, stages, options);
  throw targetNotFound(index, target, file, name, options);
}

/** `path`, `path:name` or `name`. A text that ends like a stage file is one. */
export function parseTarget(target: string): { file: string | undefined; name: string | undefined } {
  const colon = target.lastIndexOf(':');
  if (colon > 0 && isStageFile(nameOf(posix(target.slice(0, colon)) as RepoPath)))
    return { file: target.slice(0, colon), name: target.slice(colon + 1) || undefined };
  if (isStageFile(path.posix.basename(posix(target)))) return { file: target, name: undefined };
  return { file: undefined, name: target };
}

function stagesNamed(index: RepoIndex, file: string, name: string | undefined, options: TargetOptions): Stage[] {
  const at = toRepoPath(options.root, path.resolve(options.cwd, file));
  if (at === undefined) return [];
  const inFile = index.stagesIn(at);
  if (name === undefined) return [...inFile];
  return inFile.filter((stage) => stage.kind === 'pipeline' && (stage.name === name || stage.group === name));
}

function expand(index: RepoIndex, stages: readonly Stage[], options: TargetOptions): Selection[] {
  const all = options.withDeps ? withUpstream(buildGraph(index.stages), stages) : stages;
  return all.map((stage) => ({ stage, filter: undefined }));
}

function targetNotFound(
  index: RepoIndex,
  target: string,
  file: string | undefined,
  name: string | undefined,
  options: TargetOptions,
): DvcError {
  const shown = file ?? 'dvc.yaml';
  const at = toRepoPath(options.root, path.resolve(options.cwd, shown));
  const exists = at !== undefined && index.hasFile(at);
  const reason = exists ? `Stage '${name ?? ''}' not found inside '${shown}' file` : `'${shown}' does not exist`;
  const more = { data: { target }, hint: suggestion(index, target) };
  return file !== undefined
    ? new DvcError('target-not-found', reason, more)
    : new DvcError(
        'target-not-found',
        `'${target}' does not exist as an output or a stage name in 'dvc.yaml': ${reason}`,
        more,
      );
}

const suggestion = (index: RepoIndex, target: string): string =>
  index.stages.some((stage) => stage.file === `${target}.dvc`)
    ? `Did you mean '${target}.dvc'?`
    : 'Run `lode ls . --dvc-only` to see what is tracked.';

const posix = (text: string): string => (path.sep === '/' ? text : text.split(path.sep).join('/'));
