import type { RepoPath, StageAddress } from '../core/ids.ts';
import type { OpContext } from '../core/op-context.ts';
import type { DvcYamlProblem, Locate } from '../files/dvc-yaml-problems.ts';
import type { TreePath } from '../files/template.ts';
import type { Span } from '../files/yaml-locate.ts';
import type { PipelineStage } from '../graph/stage.ts';
import type { ExplainedReason } from '../pipeline/explain.ts';
import type { StageRun } from '../pipeline/run-record.ts';
import type { Repo } from '../repo.ts';
import { PipelinesReader } from './pipelines-reader.ts';

export type { DvcYamlProblem } from '../files/dvc-yaml-problems.ts';
export type { Span } from '../files/yaml-locate.ts';
export type { StageRun } from '../pipeline/run-record.ts';

/** One dvc.yaml of the workspace: what it holds, and what is wrong with it. */
export interface PipelineFile {
  readonly file: RepoPath;
  /** In the order of the file; groups expanded. Without those whose definitions have errors. */
  readonly stages: readonly StageView[];
  /** Errors and warnings, each at its place in the file; loops and overlapping outputs of the whole repository among them. */
  readonly problems: readonly DvcYamlProblem[];
  /** Why no stage of it can be compared or run, where a file beside it (dvc.lock) is broken, or it cannot be read at all. */
  readonly failure: string | undefined;
  /** Params files that its `${}` were looked for in, there or not. */
  readonly reads: readonly RepoPath[];
  /** Where a part of the file stands: keys and indices from the top. */
  readonly locate: Locate;
}

/**
 * How a stage stands. `stale`: something it depends on, its command or an output changed since it last ran; `never-run`: no entry in dvc.lock;
 * `restorable`: stale or never run, but the run cache has a run with these inputs; `frozen`: as recorded, its dependencies are not looked at;
 * `unknown`: not compared yet, or it could not be.
 */
export type StageState = 'up-to-date' | 'stale' | 'never-run' | 'restorable' | 'frozen' | 'unknown';

/** One stage as an editor shows it. */
export interface StageView {
  readonly address: StageAddress;
  readonly file: RepoPath;
  /** Of its name in its file: of a member of a group, the group's. Undefined where it is not known. */
  readonly where: Span | undefined;
  /** What its own keys (`cmd`, `deps`, …) are below, for `locate` of its file. */
  readonly at: TreePath;
  readonly stage: PipelineStage;
  readonly state: StageState;
  /** Why it would run; empty when it is up to date. */
  readonly reasons: readonly ExplainedReason[];
  /** Why it could not be compared. */
  readonly failure: string | undefined;
  /** Stages it needs, in the order of its dependencies; pointer files among them. */
  readonly needs: readonly StageAddress[];
  /** True where it would be up to date, and only something that it needs is not. */
  readonly awaitsUpstream: boolean;
  /** Its last run that a log is kept of. */
  readonly lastRun: StageRun | undefined;
}

export interface PipelinesOptions {
  /** False: nothing is hashed, and the states are `unknown`. True unless told. */
  readonly compare?: boolean;
}

/** Every dvc.yaml of the workspace with its stages as they stand. What is broken hides nothing else. Writes nothing but hints. */
export const pipelines = (repo: Repo, options: PipelinesOptions, ctx: OpContext): Promise<readonly PipelineFile[]> =>
  new PipelinesReader(repo, options).read('everything', ctx);
