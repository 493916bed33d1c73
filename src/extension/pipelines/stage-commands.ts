import { l10n, Position, Range, Uri, window } from 'vscode';
import type { RepoCall } from '../call.ts';
import { type AnyCommand, onRepo, verb } from '../command.ts';
import { stageInGit } from '../stage-in-git.ts';
import { type DebugPlan, planDebugging, startDebugging } from './debug.ts';
import { newStage } from './new-stage.ts';
import type { RunMode } from './stage-run.ts';
import { addressesOf, chosenStage, chosenStages } from './stage-target.ts';

/** Commands about stages: rows of the one table. */
export const STAGE_COMMANDS: Readonly<Record<string, AnyCommand>> = {
  'lode.repro': running('upstream'),
  'lode.reproUpstream': running('upstream'),
  'lode.reproStage': running('single'),
  'lode.reproDownstream': running('downstream'),
  'lode.reproForce': running('force'),
  'lode.reproAll': onRepo(({ app, model }) => app.stageTasks.run(model, { mode: 'all', stages: [] }), 'trusted-repo'),
  'lode.newStage': newStage,
  'lode.freeze': freezing(true),
  'lode.unfreeze': freezing(false),
  'lode.showGraph': onRepo((call) => call.app.graphs.show(call.model, addressesOf(call)?.[0])),
  'lode.debugStage': verb({
    title: ({ stage }: DebugPlan) => l10n.t('Starting the debugger for {0}', stage.name),
    progress: 'window',
    ask: planDebugging,
    run: startDebugging,
  }),
  'lode.openStage': onRepo(openStage),
  'lode.openStageLog': onRepo(openStageLog),
};

/** The run has a task, a terminal and progress of its own: the command starts it and waits for its end. */
function running(mode: RunMode): AnyCommand {
  return onRepo(async (call) => {
    const stages = await chosenStages(call, l10n.t('Which stages should be reproduced?'));
    if (stages) await call.app.stageTasks.run(call.model, { mode, stages });
  }, 'trusted-repo');
}

function freezing(frozen: boolean): AnyCommand {
  const question = frozen ? l10n.t('Which stages should be frozen?') : l10n.t('Which stages should be unfrozen?');
  return verb({
    title: ({ targets }: { targets: readonly string[] }) =>
      frozen ? l10n.t('Freezing {0}', targets.join(', ')) : l10n.t('Unfreezing {0}', targets.join(', ')),
    progress: 'window',
    ask: async (call) => {
      const targets = await chosenStages(call, question);
      return targets && { targets };
    },
    run: async (work, { targets }) => {
      const result = await work.engine.freeze(work.repo, { targets, frozen }, work.ctx);
      await stageInGit(work, result);
      const [failure] = result.failures;
      if (failure) throw failure;
    },
    done: (_, { targets }) =>
      frozen
        ? l10n.t('{0}: frozen, not run by reproductions', targets.join(', '))
        : l10n.t('{0}: no longer frozen', targets.join(', ')),
  });
}

async function openStage(call: RepoCall): Promise<void> {
  const view = await chosenStage(call, l10n.t('Which stage should be shown?'));
  if (!view) return;
  const { line = 1, column = 1 } = view.where ?? {};
  const at = new Position(line - 1, column - 1);
  await window.showTextDocument(Uri.file(call.model.absolute(view.file)), { selection: new Range(at, at) });
}

async function openStageLog(call: RepoCall): Promise<void> {
  const view = await chosenStage(call, l10n.t('The log of which stage should be opened?'));
  if (!view) return;
  if (!view.lastRun) {
    void window.showInformationMessage(l10n.t('There is no log of {0}: it was not run here yet.', view.address));
    return;
  }
  await window.showTextDocument(Uri.file(view.lastRun.log), { preview: true });
}
