import { invalidFile } from '../core/errors.ts';
import type { FileView } from '../core/file-view.ts';
import type { RepoPath } from '../core/ids.ts';
import type { OpContext } from '../core/op-context.ts';
import type { IgnoreFiles } from '../files/ignore.ts';
import type { OptionStyle } from '../files/template.ts';
import { filterStageFiles, type GitVerdict, NeedsGit, walkStageFiles } from './collect-files.ts';
import { loadPipeline } from './load-pipeline.ts';
import { loadPointer } from './load-pointer.ts';
import { type Output, repoPathOf } from './output.ts';
import { RepoIndex } from './repo-index.ts';
import { isForbiddenOutput } from './reserved.ts';
import type { Stage } from './stage.ts';
import { type TopLevel, topLevelOf } from './top-level.ts';

export interface IndexInput {
  /** Absolute. */
  readonly root: string;
  readonly view: FileView;
  readonly ignore: IgnoreFiles;
  /** Leaves out what Git ignores; without it only ignore files of DVC count. */
  readonly git?: {
    /** Undefined where only Git knows. */
    readonly verdict: GitVerdict | undefined;
    /** Stage files as Git lists them. */
    candidates(): Promise<readonly RepoPath[]>;
  };
  readonly style?: Partial<OptionStyle>;
  /** Told of a file that cannot be read, which is then left out; without it the first one throws. */
  readonly onError?: (file: RepoPath, error: unknown) => void;
  /** Reads one file in place of {@link loadStageFile}. */
  readonly load?: (file: RepoPath) => Promise<readonly Stage[]>;
  /** Where it is known which stage files there are. */
  readonly files?: readonly RepoPath[];
}

/**
 * Reads every stage of a revision. Folders that are outputs are not entered: what lies in them is data.
 *
 * @throws What is wrong with the first stage file that cannot be read. Source: dvc-format 6.1.
 */
export async function loadIndex(input: IndexInput, ctx: OpContext): Promise<RepoIndex> {
  const { git, files, onError } = input;
  if (files) return readIndex(input, ctx, (skip) => filterStageFiles(files, input.ignore, skip));
  if (!git) return readIndex(input, ctx, (skip) => walkStageFiles(input.view, input.ignore, skip));
  if (git.verdict) {
    const { verdict } = git;
    const failures: (readonly [RepoPath, unknown])[] = [];
    const quietly = onError
      ? { ...input, onError: (...failure: [RepoPath, unknown]) => failures.push(failure) }
      : input;
    try {
      const index = await readIndex(quietly, ctx, (skip) => walkStageFiles(input.view, input.ignore, skip, verdict));
      for (const failure of failures) onError?.(...failure);
      return index;
    } catch (error) {
      if (!(error instanceof NeedsGit)) throw error;
    }
  }
  const candidates = await git.candidates();
  return readIndex(input, ctx, (skip) => filterStageFiles(candidates, input.ignore, skip));
}

async function readIndex(
  input: IndexInput,
  ctx: OpContext,
  find: (skip: (folder: RepoPath) => boolean) => AsyncGenerator<RepoPath>,
): Promise<RepoIndex> {
  const { root, view, style, onError } = input;
  const options = { root, ...(style ? { style } : {}) };
  const topLevels: TopLevel[] = [];
  const load =
    input.load ?? ((file) => loadStageFile(view, file, { ...options, onTopLevel: (top) => topLevels.push(top) }));
  const outputs = new Set<RepoPath>();
  const stages: Stage[] = [];
  const files: RepoPath[] = [];
  for await (const file of find((folder) => outputs.has(folder))) {
    ctx.signal.throwIfAborted();
    try {
      const loaded = await load(file);
      files.push(file);
      stages.push(...loaded);
      for (const stage of loaded)
        for (const output of stage.outs) {
          const path = repoPathOf(output);
          if (path !== undefined) outputs.add(path);
        }
    } catch (error) {
      if (!onError) throw error;
      onError(file, error);
    }
  }
  return new RepoIndex(stages, files, topLevels);
}

export interface StageFileOptions {
  /** Absolute. */
  readonly root: string;
  readonly style?: Partial<OptionStyle>;
  /** Told what a dvc.yaml says beside its stages. */
  readonly onTopLevel?: (top: TopLevel) => void;
}

/** The stages of one file. A candidate that is gone has none. */
export async function loadStageFile(
  view: FileView,
  file: RepoPath,
  options: StageFileOptions,
): Promise<readonly Stage[]> {
  const stages = await readStages(view, file, options);
  refuseForbidden(stages, file);
  return stages;
}

async function readStages(view: FileView, file: RepoPath, options: StageFileOptions): Promise<readonly Stage[]> {
  if (!file.endsWith('.dvc')) {
    const { resolved, stages } = await loadPipeline(view, file, options);
    options.onTopLevel?.(topLevelOf(file, resolved));
    return stages;
  }
  const stage = await loadPointer(view, file, options);
  return stage ? [stage] : [];
}

/** Refuses what would let data be written over the repository, or what steers other tools. @throws `invalid-file` */
export function refuseForbidden(stages: readonly Stage[], file: RepoPath): void {
  for (const stage of stages) for (const output of stage.outs) refuseOutput(output, file);
}

function refuseOutput(output: Output, file: RepoPath): void {
  const path = output.cache ? repoPathOf(output) : undefined;
  if (path === undefined || !isForbiddenOutput(path)) return;
  throw invalidFile(file, `its output '${output.defPath}' is the repository, or belongs to another tool.`, undefined, {
    hint: 'Nothing was changed. Do not use this repository before you know where that line comes from.',
  });
}
