import type { RepoPath, StageAddress } from '../core/ids.ts';
import type { DvcYamlProblem } from '../files/dvc-yaml.ts';
import type { Span } from '../files/yaml-locate.ts';
import type { PipelineStage } from '../graph/stage.ts';
import type { ExplainedReason } from '../pipeline/explain.ts';

/** One dvc.yaml of the workspace: what it holds, and what is wrong with it. */
export interface PipelineFile {
  readonly file: RepoPath;
  /** In the order of the file; groups expanded. Without those whose definitions have errors. */
  readonly stages: readonly StageView[];
  /** Errors and warnings, each at its place in the file. */
  readonly problems: readonly DvcYamlProblem[];
  /** Why nothing of it could be read, where a file beside it (dvc.lock) is broken. */
  readonly failure: string | undefined;
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
  /** Of the definition in its file: of a member of a group, the group's entry. Undefined where it is not known. */
  readonly where: Span | undefined;
  readonly stage: PipelineStage;
  readonly state: StageState;
  /** Why it would run; empty when it is up to date. */
  readonly reasons: readonly ExplainedReason[];
  /** Stages it needs, in the order of its dependencies. */
  readonly needs: readonly StageAddress[];
  /** True where it would be up to date, and only something that it needs is not. */
  readonly awaitsUpstream: boolean;
  /** Its last run that a log is kept of. */
  readonly lastRun: StageRun | undefined;
}

/** A run of one stage, as its log remembers it. */
export interface StageRun {
  /** Ms since the epoch. */
  readonly startedAt: number;
  readonly seconds: number | undefined;
  /** 0 after success; undefined while it runs, or where it was killed. */
  readonly exitCode: number | undefined;
  /** Absolute path of the log. */
  readonly log: string;
}
