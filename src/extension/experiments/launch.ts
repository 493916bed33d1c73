import { l10n, window } from 'vscode';
import type { RepoCall } from '../call.ts';
import type { Job } from '../command.ts';
import { loadEngine } from '../engine.ts';
import { defaultRules } from './stop-rules.ts';

/** What a page hands over with a run: parameters that were typed over, and who wants to know of them. */
export interface LaunchArgs {
  readonly params: readonly string[];
  readonly onTaken?: () => void;
  /** Told in place of the user where a parameter is refused. */
  readonly onRefused?: (message: string) => void;
}

function argsOf([first]: readonly unknown[]): LaunchArgs {
  if (typeof first !== 'object' || first === null || !('params' in first)) return { params: [] };
  return first as LaunchArgs; // Only the panel of this extension calls it with parameters.
}

/** Runs the workspace as an experiment, or puts it into the queue. */
export async function launch(call: RepoCall, how: 'run' | 'queue', args = argsOf(call.args)): Promise<void> {
  const { app, model } = call;
  const job = how === 'run' ? app.experiments.runs.job(app, model, args) : queueing(args);
  try {
    await app.work(model, job);
  } catch (error) {
    const { DvcError } = await loadEngine();
    if (!DvcError.is(error, 'bad-override') || !args.onRefused) throw error;
    args.onRefused([error.message, error.hint].filter(Boolean).join(' '));
  } finally {
    app.experiments.refresh(model);
  }
}

/** Asks for parameters first, one line as for `exp run -S`. */
export async function launchWithParams(call: RepoCall, how: 'run' | 'queue'): Promise<void> {
  const text = await window.showInputBox({
    title:
      how === 'run'
        ? l10n.t('Run an Experiment with Other Parameters')
        : l10n.t('Queue an Experiment with Other Parameters'),
    prompt:
      how === 'run'
        ? l10n.t('Separated by spaces')
        : l10n.t('Separated by spaces; several values queue an experiment for each'),
    placeHolder: 'train.lr=0.01 train.epochs=20',
  });
  const params = text?.match(/(?:[^\s"']|"[^"]*"|'[^']*')+/g) ?? [];
  if (text !== undefined) await launch(call, how, { params });
}

const queueing = ({ params, onTaken }: LaunchArgs): Job => ({
  title: l10n.t('Putting an experiment into the queue'),
  where: 'window',
  run: async ({ engine, repo, ctx, model }) => {
    const added = await engine.queueAdd(repo, { params, stopWhen: defaultRules(engine, model) }, ctx);
    onTaken?.();
    return added.length === 1
      ? l10n.t('{0} waits in the queue', added[0]?.entry.name ?? '')
      : l10n.t('{0} experiments wait in the queue', added.length);
  },
});
