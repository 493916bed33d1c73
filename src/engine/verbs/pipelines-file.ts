import { DvcError } from '../core/errors.ts';
import type { RepoPath } from '../core/ids.ts';
import type { TreePath } from '../files/template.ts';
import type { Span } from '../files/yaml-locate.ts';
import { refuseForbidden } from '../graph/load-index.ts';
import { type ReadPipeline, readPipeline } from '../graph/load-pipeline.ts';
import type { PipelineStage } from '../graph/stage.ts';
import type { Repo } from '../repo.ts';
import type { PipelineFile } from './pipelines.ts';

/** A dvc.yaml as it was read, before anything is compared. */
export interface FileReading {
  readonly file: Omit<PipelineFile, 'stages'>;
  readonly stages: readonly LocatedStage[];
  /** What it was made from; undefined where a file could not be opened. */
  readonly read: ReadPipeline | undefined;
}

export interface LocatedStage {
  readonly stage: PipelineStage;
  readonly at: TreePath;
  readonly where: Span | undefined;
}

/**
 * Reads one dvc.yaml with its lock file, whatever is wrong in them. Undefined where it is gone.
 *
 * @param before The reading before: of a lock file that is the same nothing is parsed again.
 */
export async function readPipelineFile(
  repo: Repo,
  file: RepoPath,
  before?: FileReading,
): Promise<FileReading | undefined> {
  try {
    if ((await repo.workspace.kind(file)) !== 'file') return undefined;
    const read = await readPipeline(repo.workspace, file, { ...repo.loadOptions, before: before?.read });
    return {
      file: { file, failure: failureOf(read, file), ...pick(read) },
      stages: read.stages.map((stage, i) => locate(read, stage, i)),
      read,
    };
  } catch (error) {
    if (!DvcError.is(error) || error.code === 'cancelled') throw error;
    return {
      file: { file, problems: [], failure: error.message, reads: [], locate: () => undefined },
      stages: [],
      read: undefined,
    };
  }
}

const pick = ({ reads, resolved: { problems, locate } }: ReadPipeline) => ({
  problems,
  locate,
  reads: [...new Set(reads)],
});

function failureOf({ lockError, stages }: ReadPipeline, file: RepoPath): string | undefined {
  if (lockError) return lockError.message;
  try {
    refuseForbidden(stages, file);
    return undefined;
  } catch (error) {
    if (!DvcError.is(error)) throw error;
    return error.message;
  }
}

function locate({ resolved }: ReadPipeline, stage: PipelineStage, i: number): LocatedStage {
  const { at, where, group } = resolved.stages[i]!; // Stages are made from these entries, one from each.
  return { stage, at: group?.kind === 'foreach' ? [...at, 'do'] : at, where: where?.key };
}
