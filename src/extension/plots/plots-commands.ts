import * as path from 'node:path';
import { commands, env, l10n, type QuickPickItem, Uri, window, workspace } from 'vscode';
import type { PlotsAddOptions } from '../../engine/index.ts';
import type { RepoCall } from '../call.ts';
import { type AnyCommand, onRepo, verb } from '../command.ts';
import { loadEngine } from '../engine.ts';
import { labelOf, rowsOf } from '../experiments/chosen-experiments.ts';
import { quietContext } from '../op-context.ts';
import { stageInGit } from '../stage-in-git.ts';
import { columnsOf } from './columns.ts';
import type { CustomPlot } from './plots-choice.ts';

/** Commands about plots. */
export const PLOT_COMMANDS: Readonly<Record<string, AnyCommand>> = {
  'lode.showPlots': onRepo(({ app, model }) => app.plotsPanels.show(model), 'trusted-repo'),
  'lode.expShowPlots': onRepo(async (call) => {
    const rows = rowsOf(call);
    if (rows) await call.app.plotsChoice.choose(call.model, rows);
    call.app.plotsPanels.show(call.model);
  }, 'trusted-repo'),
  'lode.plotsSelect': onRepo(selectRevisions, 'trusted-repo'),
  'lode.plotsAdd': verb({
    title: ({ target }: PlotsAddOptions) => l10n.t('Adding a plot of {0}', path.basename(target)),
    progress: 'window',
    ask: askPlot,
    run: async (work, options) => stageInGit(work, await work.engine.plotsAdd(work.repo, options, work.ctx)),
    done: () => l10n.t('Added the plot to dvc.yaml'),
  }),
  'lode.plotsAddCustom': onRepo(addCustom, 'trusted-repo'),
  'lode.plotsReport': verb({
    title: () => l10n.t('Writing the report'),
    ask: async ({ app, model }) => {
      const chosen = app.plotsChoice.rows(model, (await app.experiments.current(model)).table);
      return {
        revs: chosen.flatMap(({ row }) => (row.kind === 'workspace' ? ['workspace'] : (row.name ?? row.rev ?? []))),
      };
    },
    run: async ({ engine, repo, model, ctx }, { revs }) => {
      const folder = model.absolute('dvc_plots');
      const result = await engine.plotsShow(repo, revs.length > 0 ? { revs } : {}, ctx);
      const outputs = await engine.fillPlots(repo, result, { folder: path.join(folder, 'static'), split: false }, ctx);
      return Uri.file(
        path.join(folder, outputs.length > 0 && engine.writePlotsPage(outputs, folder, undefined) ? 'index.html' : ''),
      );
    },
    done: (page) => {
      void env.openExternal(page);
      return l10n.t('The report is {0}', page.fsPath);
    },
  }),
};

async function selectRevisions({ app, model }: RepoCall): Promise<void> {
  const { table } = await app.experiments.current(model);
  const shown = new Set(app.plotsChoice.places(model));
  const items = (table?.rows ?? [])
    .filter(({ kind, rev }) => kind === 'workspace' || rev !== null)
    .map((row): QuickPickItem & { readonly id: string } => ({
      id: row.id,
      label: labelOf(row),
      description: [row.rev?.slice(0, 7), row.message?.split('\n')[0]].filter(Boolean).join(' · '),
      picked: shown.has(row.id),
    }));
  const picked = await window.showQuickPick(items, {
    canPickMany: true,
    matchOnDescription: true,
    placeHolder: l10n.t('Which experiments and commits should be plotted?'),
  });
  if (picked)
    await app.plotsChoice.choose(
      model,
      picked.map(({ id }) => id),
    );
}

const DATA_FILES = '**/*.{csv,tsv,json,yaml,yml,png,jpg,jpeg,gif,svg}';
const NO_DATA = '{**/node_modules/**,**/.dvc/**,**/.git/**,**/.vscode/**,**/package*.json,**/dvc.yaml,**/params.yaml}';

/** Asks for a file of data, its columns and its template. */
async function askPlot({ app, model, uris }: RepoCall): Promise<PlotsAddOptions | undefined> {
  const title = l10n.t('Add a Plot');
  const target = uris[0]?.fsPath ?? (await pickFile(model.root, title));
  if (target === undefined) return undefined;
  if (/\.(png|jpe?g|gif|svg)$/i.test(target)) return { target };
  const [engine, repo] = [await loadEngine(), await model.repo()];
  const ctx = quietContext(engine, app.log, model.root, new AbortController().signal);
  const fields = await engine.plotFields(repo, target, ctx);
  const none: QuickPickItem = { label: l10n.t('The row’s number') };
  const x = await window.showQuickPick([none, ...fields.map((label) => ({ label }))], {
    title,
    placeHolder: l10n.t('Which column is the x axis?'),
  });
  if (!x) return undefined;
  const rest = fields.filter((name) => name !== x.label).map((label) => ({ label }));
  const y = await window.showQuickPick(rest, { title, placeHolder: l10n.t('Which column is the y axis?') });
  if (!y) return undefined;
  const templates = engine.templateNames().map((label) => ({ label }));
  const template = await window.showQuickPick(templates, {
    title,
    placeHolder: l10n.t('With which template is it drawn?'),
  });
  if (!template) return undefined;
  return {
    target,
    ...(x === none ? {} : { x: x.label }),
    y: y.label,
    ...(template.label === 'linear' ? {} : { template: template.label }),
  };
}

async function pickFile(root: string, title: string): Promise<string | undefined> {
  const found = await workspace.findFiles(DATA_FILES, NO_DATA, 500);
  const inside = found.map(({ fsPath }) => path.relative(root, fsPath)).filter((one) => !one.startsWith('..'));
  const picked = await window.showQuickPick(inside.sort(), { title, placeHolder: l10n.t('Which file has the data?') });
  return picked === undefined ? undefined : path.join(root, picked);
}

interface KindItem extends QuickPickItem {
  readonly kindOfPlot: CustomPlot['kind'];
}

/** Asks for a plot of columns of the table: metric against parameter, parallel coordinates, a metric along the branch. */
async function addCustom({ app, model }: RepoCall): Promise<void> {
  const title = l10n.t('Add a Plot of Experiments');
  const { table } = await app.experiments.current(model);
  const [params, metrics] = [columnsOf(table?.rows ?? [], 'params'), columnsOf(table?.rows ?? [], 'metrics')];
  const kinds: KindItem[] = [
    { kindOfPlot: 'scatter', label: `$(graph-scatter) ${l10n.t('A Metric Against a Parameter')}` },
    { kindOfPlot: 'parallel', label: `$(list-tree) ${l10n.t('Parallel Coordinates')}` },
    { kindOfPlot: 'history', label: `$(history) ${l10n.t('A Metric Along the Branch')}` },
  ];
  const kind = await window.showQuickPick(kinds, { title });
  if (!kind) return;
  const one = (names: readonly string[], placeHolder: string) =>
    window.showQuickPick([...names], { title, placeHolder });
  const id = `custom:${Date.now().toString(36)}`;
  const add = (plot: CustomPlot): Promise<void> =>
    app.plotsChoice.setCustom(model, [...app.plotsChoice.custom(model), plot]);
  if (kind.kindOfPlot === 'history') {
    const metric = await one(metrics, l10n.t('Which metric?'));
    if (metric !== undefined) await add({ id, kind: 'history', metric });
  } else if (kind.kindOfPlot === 'scatter') {
    const param = await one([...params, ...metrics], l10n.t('Which parameter is the x axis?'));
    const metric = param === undefined ? undefined : await one(metrics, l10n.t('Which metric is the y axis?'));
    if (param !== undefined && metric !== undefined) await add({ id, kind: 'scatter', columns: [param, metric] });
  } else {
    const columns = await window.showQuickPick([...params, ...metrics], {
      title,
      placeHolder: l10n.t('Which parameters and metrics?'),
      canPickMany: true,
    });
    if (columns && columns.length > 1) await add({ id, kind: 'parallel', columns });
  }
  await commands.executeCommand('lode.showPlots', { rootUri: Uri.file(model.root) });
}
