import { l10n, MarkdownString, type Uri } from 'vscode';
import { labelOf } from './chosen-experiments.ts';
import { type RunValue, seriesOf, shortValue, sparkline, type ValueHistory } from './run-values.ts';

/** A blank that stays one: an ordinary one behind an icon goes. */
const GAP = '\u00a0';
const MOST_VALUES = 4;
const MOST_ROWS = 8;

/** What a lens says of a parameter: what the best run had, what the last ones had, and where that led. */
export function lensTitle(history: ValueHistory): string {
  const { judge, best, last, head } = history;
  const [first] = best;
  const values = [...new Set(last.map(({ value }) => shortValue(value)))].filter((text) => text !== '');
  const parts = [
    first && judge
      ? l10n.t('best {0} ({1} {2})', shortValue(first.value), lastName(judge.name), shortValue(first.metric))
      : '',
    values.length > 0 ? l10n.t('last {0}', values.slice(0, MOST_VALUES).join(', ')) : '',
    head && shortValue(head.value) !== '' ? l10n.t('HEAD {0}', shortValue(head.value)) : '',
    sparkline(seriesOf(history)),
  ].filter((text) => text !== '');
  return `$(beaker)${GAP}${parts.join(' · ')}`;
}

const lastName = (name: string): string => name.slice(name.lastIndexOf('.') + 1);

/** All of it, for a hover. @param actions Links in it: titles and command addresses made here. */
export function historyText(
  history: ValueHistory,
  kind: 'param' | 'metric',
  actions: readonly (readonly [title: string, command: Uri])[],
): MarkdownString {
  const { judge, head, best, last, name, file } = history;
  const text = new MarkdownString();
  const title = kind === 'param' ? l10n.t('Parameter') : l10n.t('Metric');
  const better =
    kind === 'metric' && best.length > 0
      ? ` · ${judge?.better === 'lower' ? l10n.t('lower is better') : l10n.t('higher is better')}`
      : '';
  text.appendMarkdown(`**${title}** ${code(name)} · ${code(file)}${better}`);
  const bars = sparkline(seriesOf(history));
  const line = bars !== '' && judge ? `${code(lastName(judge.name))} ${bars}` : '';
  const now = head ? `${l10n.t('HEAD')}: ${value(head, kind)}` : '';
  if (now !== '' || line !== '') text.appendMarkdown(`\n\n${[now, line].filter(Boolean).join(' · ')}`);
  if (actions.length > 0) {
    text.appendMarkdown(`\n\n${actions.map(([label, command]) => `[${label}](${command.toString()})`).join(' · ')}`);
    text.isTrusted = { enabledCommands: [...new Set(actions.map(([, { path }]) => path))] };
  }
  if (best.length > 0) text.appendMarkdown(`\n\n${table(l10n.t('Best Runs'), best, history, kind)}`);
  if (last.length > 0)
    text.appendMarkdown(`\n\n${table(l10n.t('Last Runs'), last.slice(0, MOST_ROWS), history, kind)}`);
  if (last.length === 0 && best.length === 0) text.appendMarkdown(`\n\n${l10n.t('No experiment has finished yet.')}`);
  return text;
}

function table(title: string, runs: readonly RunValue[], { judge }: ValueHistory, kind: 'param' | 'metric'): string {
  const withMetric = kind === 'param' && judge !== undefined;
  const heads = [title, kind === 'param' ? l10n.t('Value') : '', ...(withMetric ? [cell(lastName(judge.name))] : [])];
  const rows = runs.map((run) => [
    cell(labelOf(run.row)),
    value(run, kind),
    ...(withMetric ? [cell(shortValue(run.metric))] : []),
  ]);
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [line(heads), line(heads.map((_, at) => (at === 0 ? '---' : '---:'))), ...rows.map(line)].join('\n');
}

const value = (run: RunValue, kind: 'param' | 'metric'): string =>
  run.value === undefined ? '–' : kind === 'param' ? code(shortValue(run.value)) : cell(shortValue(run.value));

/** In a table a bar would end its cell, in code too. */
const code = (text: string): string => `\`${text.replaceAll('`', 'ˋ').replaceAll('|', '∣').replaceAll('\n', ' ')}\``;
const cell = (text: string): string => text.replace(/[\\|`*_<>[\]&#~!]/g, '\\$&').replace(/\s+/g, ' ');
