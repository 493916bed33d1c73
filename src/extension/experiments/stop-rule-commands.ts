import { l10n, window } from 'vscode';
import type { ExperimentRow } from '../../engine/index.ts';
import type { RepoCall } from '../call.ts';
import { type AnyCommand, onRepo } from '../command.ts';
import { loadEngine } from '../engine.ts';
import { chosenExperiments, labelOf, namesText } from './chosen-experiments.ts';
import { askRule, proposals, ruleSentence } from './stop-rules.ts';

/** Commands about the stop rules of what runs or waits. */
export const STOP_RULE_COMMANDS: Readonly<Record<string, AnyCommand>> = {
  'lode.expAddStopRule': onRepo(addRule, 'trusted-repo'),
  'lode.expRemoveStopRule': onRepo(removeRules, 'trusted-repo'),
};

/** What a rule can still change. */
const isOpen = ({ id, status }: ExperimentRow): boolean =>
  id.startsWith('task:') && (status === 'running' || status === 'queued');

async function addRule(call: RepoCall): Promise<void> {
  const { app, model } = call;
  const question = l10n.t('Which experiments get a stop rule?');
  const rows = await chosenExperiments(call, { question, many: true, fits: isOpen });
  if (!rows) return;
  const [engine, repo] = [await loadEngine(), await model.repo()];
  const { table, directionOf } = await app.experiments.current(model);
  const text = await askRule(engine, proposals([...rows, ...(table?.rows ?? [])], directionOf), namesText(rows));
  if (text === undefined) return;
  const kept = rows.map(({ id }) => engine.stopRuleAdd(repo, id, text))[0] ?? text;
  app.experiments.refresh(model);
  window.setStatusBarMessage(`$(bell) ${namesText(rows)}: ${ruleSentence(kept)}`, 6000);
}

async function removeRules(call: RepoCall): Promise<void> {
  const { app, model } = call;
  const fits = (row: ExperimentRow): boolean => isOpen(row) && row.rules.length > 0;
  const rows = await chosenExperiments(call, {
    question: l10n.t('Stop rules of which experiments?'),
    many: true,
    fits,
  });
  if (!rows) return;
  const items = rows.flatMap((row) =>
    row.rules.map(({ text, met }) => ({
      row,
      text,
      label: ruleSentence(text),
      description: [rows.length > 1 ? labelOf(row) : '', met ? l10n.t('met with {0}', met.value) : '']
        .filter(Boolean)
        .join(' · '),
    })),
  );
  const placeHolder = l10n.t('Which stop rules should go?');
  const picked = await window.showQuickPick(items, { placeHolder, canPickMany: true, matchOnDescription: true });
  if (!picked) return;
  const [engine, repo] = [await loadEngine(), await model.repo()];
  for (const { row, text } of picked) engine.stopRuleRemove(repo, row.id, text);
  app.experiments.refresh(model);
}
