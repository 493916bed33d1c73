import { l10n, Uri, workspace } from 'vscode';
import type { EngineEvent, ReproOptions, StageAddress } from '../../engine/index.ts';
import type { App } from '../app.ts';
import type { Job } from '../command.ts';
import type { RepoModel } from '../repo-model.ts';
import { setting } from '../settings.ts';
import { stageInGit } from '../stage-in-git.ts';
import { outcomeText } from './run-progress.ts';
import { stageEnvironment } from './stage-environment.ts';

/** Which stages a run is about, seen from those it was called on. */
export type RunMode = 'upstream' | 'single' | 'downstream' | 'force' | 'all';

export interface StageRunRequest {
  readonly mode: RunMode;
  /** None for all of them. */
  readonly stages: readonly StageAddress[];
  /** After a failure with what does not need the failed stage; false unless told. */
  readonly goesOn?: boolean;
}

/** What a run is called: on its task, its terminal and its progress. */
export function runTitle({ mode, stages }: StageRunRequest): string {
  const [first, ...more] = stages;
  if (first === undefined) return l10n.t('Reproducing all pipelines');
  if (more.length > 0) return l10n.t('Reproducing {0} stages', stages.length);
  switch (mode) {
    case 'single':
      return l10n.t('Reproducing {0} alone', first);
    case 'downstream':
      return l10n.t('Reproducing {0} and what needs it', first);
    case 'force':
      return l10n.t('Running {0} again', first);
    default:
      return l10n.t('Reproducing {0}', first);
  }
}

const optionsOf = ({ mode, stages, goesOn = false }: StageRunRequest, model: RepoModel): ReproOptions => ({
  targets: stages,
  allPipelines: stages.length === 0,
  singleItem: mode === 'single' || mode === 'force',
  force: mode === 'force',
  downstream: mode === 'downstream',
  onError: goesOn ? 'keep-going' : 'fail',
  jobs: setting('repro.jobs', Uri.file(model.root)),
});

/** Reproduces stages of a repository, for a terminal that shows their lines. @returns the job; it throws what the run fails with */
export function reproJob(
  app: App,
  model: RepoModel,
  request: StageRunRequest,
  { onEvent, signal }: { readonly onEvent: (event: EngineEvent) => void; readonly signal: AbortSignal },
): Job {
  return {
    title: runTitle(request),
    where: 'notification',
    followsPipelines: true,
    signal,
    onEvent: (event) => {
      onEvent(event);
      return app.stageRuns.note(model, event);
    },
    async run(work) {
      await workspace.saveAll(false);
      const env = await stageEnvironment(Uri.file(model.root));
      const result = await work.engine.repro(work.repo, { ...optionsOf(request, model), env }, work.ctx);
      await stageInGit(work, result);
      if (result.failure) throw result.failure;
      return outcomeText(result.stages);
    },
  };
}
