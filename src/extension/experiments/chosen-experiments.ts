import { l10n, type QuickPickItem, window } from 'vscode';
import type { ExperimentRow } from '../../engine/index.ts';
import type { RepoCall } from '../call.ts';

/** The ids a page or a row of the tree hands over; undefined from the palette. */
export function rowsOf({ args }: Pick<RepoCall, 'args'>): readonly string[] | undefined {
  const [first, second] = args;
  const nodes = Array.isArray(second) && second.length > 0 ? second : [first];
  const ids = nodes.flatMap((node: unknown) =>
    typeof node === 'object' && node !== null && 'rows' in node && Array.isArray(node.rows)
      ? node.rows.filter((id): id is string => typeof id === 'string')
      : [],
  );
  return ids.length > 0 ? ids : undefined;
}

export interface Choice {
  readonly question: string;
  readonly many?: boolean;
  readonly fits: (row: ExperimentRow) => boolean;
}

/** The experiments a command was called on, those that fit; asked for where it was called on none. Undefined when the user backs out. */
export async function chosenExperiments(
  call: RepoCall,
  { question, many = false, fits }: Choice,
): Promise<ExperimentRow[] | undefined> {
  const { app, model } = call;
  const { table } = await app.experiments.current(model);
  const rows = table?.rows ?? [];
  const given = rowsOf(call);
  if (given) {
    const meant = rows.filter((row) => given.includes(row.id) && fits(row));
    return meant.length > 0 ? meant : undefined;
  }
  const fitting = rows.filter(fits);
  if (fitting.length === 0) {
    void window.showInformationMessage(l10n.t('There is no experiment this can be done with.'));
    return undefined;
  }
  const items = fitting.map((row): QuickPickItem & { row: ExperimentRow } => ({
    row,
    label: labelOf(row),
    description: [row.rev?.slice(0, 7), row.message?.split('\n')[0]].filter(Boolean).join(' · '),
  }));
  if (many) {
    const picked = await window.showQuickPick(items, {
      placeHolder: question,
      canPickMany: true,
      matchOnDescription: true,
    });
    return picked && picked.length > 0 ? picked.map(({ row }) => row) : undefined;
  }
  const picked = await window.showQuickPick(items, { placeHolder: question, matchOnDescription: true });
  return picked && [picked.row];
}

/** What a row is called: an experiment's name, a commit's short id, the workspace. */
export const labelOf = ({ kind, name, rev, id }: ExperimentRow): string =>
  kind === 'workspace' ? l10n.t('workspace') : (name ?? rev?.slice(0, 7) ?? id);

/** What the engine's verbs know it by: an experiment's ref, a commit's id, an entry of the queue. */
export const engineName = ({ ref, rev, executor, name, id }: ExperimentRow): string =>
  ref ?? executor?.task ?? rev ?? name ?? id;

export const isExperiment = ({ kind }: ExperimentRow): boolean => kind === 'experiment';
export const isFinished = ({ kind, status }: ExperimentRow): boolean => kind === 'experiment' && status === 'success';
export const namesText = (rows: readonly ExperimentRow[]): string =>
  rows.length <= 3 ? rows.map(labelOf).join(', ') : l10n.t('{0} experiments', rows.length);
