import { commands, l10n, window } from 'vscode';
import type { RepoCall } from '../call.ts';
import { type AnyCommand, onRepo } from '../command.ts';
import { columnsOf } from '../plots/columns.ts';
import { launch } from './launch.ts';
import { around, runsOf, type ValueName, valueAt } from './run-values.ts';

/** Commands about one parameter, from where it is written. */
export const PARAM_COMMANDS: Readonly<Record<string, AnyCommand>> = {
  'lode.paramPlot': onRepo(plot, 'trusted-repo'),
  'lode.paramSweep': onRepo(sweep, 'trusted-repo'),
};

/** A plot of the metric that runs are judged by against the parameter. */
async function plot(call: RepoCall): Promise<void> {
  const { app, model } = call;
  const { table, directionOf } = await app.experiments.current(model);
  const param = await paramOf(call, l10n.t('Compare runs by which parameter?'));
  if (!param || !table) return;
  const { judge } = runsOf(table, directionOf);
  const metric = judge
    ? `${judge.file}:${judge.name}`
    : await window.showQuickPick(columnsOf(table.rows, 'metrics'), { placeHolder: l10n.t('Which metric?') });
  if (metric === undefined) return;
  const column = `${param.file}:${param.name}`;
  const id = `custom:${column}~${metric}`;
  const others = app.plotsChoice.custom(model).filter((one) => one.id !== id);
  await app.plotsChoice.setCustom(model, [{ id, kind: 'scatter', columns: [column, metric] }, ...others]);
  await commands.executeCommand('lode.showPlots', { root: model.root });
}

/** Queues a run for each of several values. */
async function sweep(call: RepoCall): Promise<void> {
  const { app, model } = call;
  const param = await paramOf(call, l10n.t('Which parameter is swept?'));
  if (!param) return;
  const { table } = await app.experiments.current(model);
  const row = table?.rows.find(({ kind }) => kind === 'workspace');
  const now = row && valueAt(row.params, param);
  const values = await window.showInputBox({
    title: l10n.t('Sweep {0}', param.name),
    prompt: l10n.t('Values, separated by commas, or range(1,5), choice(a,b): an experiment is queued for each.'),
    value: around(now),
    validateInput: (text) => (text.trim() === '' ? l10n.t('A value is needed.') : undefined),
  });
  if (values === undefined) return;
  const key = param.file === 'params.yaml' ? param.name : `${param.file}:${param.name}`;
  await launch(call, 'queue', { params: [`${key}=${values.trim()}`] });
  const start = { title: l10n.t('Start Queue') };
  void window
    .showInformationMessage(l10n.t('{0} waits in the queue with its values.', param.name), start)
    .then((chosen) => {
      if (chosen === start) void commands.executeCommand('lode.expQueueStart', { root: model.root });
    });
}

async function paramOf({ app, model, args }: RepoCall, placeHolder: string): Promise<ValueName | undefined> {
  const [first] = args;
  if (typeof first === 'object' && first !== null && 'file' in first && 'name' in first)
    return { file: String(first.file), name: String(first.name) };
  const { table } = await app.experiments.current(model);
  const picked = await window.showQuickPick(columnsOf(table?.rows ?? [], 'params'), { placeHolder });
  if (picked === undefined) return undefined;
  const colon = picked.indexOf(':');
  return { file: picked.slice(0, colon), name: picked.slice(colon + 1) };
}
