import { l10n, MarkdownString, ThemeColor, ThemeIcon, TreeItem, TreeItemCollapsibleState, Uri } from 'vscode';
import type { ExplainedReason, StageView } from '../../engine/index.ts';
import { formatCount, formatSeconds } from '../format.ts';
import type { StageRuns } from '../pipelines/run-state.ts';
import { hasFailed, iconOf, stageLook } from '../pipelines/stage-look.ts';
import { reasonsText, reasonText } from '../pipelines/stage-text.ts';
import type { PipelineFileNode, PipelineNode, StageGroupNode, StageItemNode, StageNode } from './pipelines-nodes.ts';

const { Collapsed, Expanded, None } = TreeItemCollapsibleState;

/** The look of a row. */
export function pipelineItem(node: PipelineNode, runs: StageRuns): TreeItem {
  switch (node.kind) {
    case 'repo':
      return finished(new TreeItem(node.model.name, Expanded), node, {
        icon: new ThemeIcon('repo'),
        context: 'lode.repository',
      });
    case 'file':
      return fileItem(node);
    case 'group':
      return groupItem(node);
    case 'stage':
      return stageItem(node, runs);
    default:
      return stagePartItem(node);
  }
}

function fileItem(node: PipelineFileNode): TreeItem {
  const { file } = node;
  const errors = file.problems.filter(({ severity }) => severity === 'error');
  const isBroken = errors.length > 0 || file.failure !== undefined;
  const icon = isBroken ? new ThemeIcon('error', new ThemeColor('list.errorForeground')) : new ThemeIcon('list-tree');
  const description =
    errors.length > 0 ? problemsText(errors.length) : file.failure !== undefined ? l10n.t('broken') : '';
  const item = finished(new TreeItem(file.file, Expanded), node, { icon, context: 'lode.pipelineFile', description });
  const tooltip = new MarkdownString().appendText(file.file);
  for (const text of [file.failure, ...errors.map(({ message }) => message)])
    if (text !== undefined) tooltip.appendMarkdown('\n\n').appendText(text);
  item.tooltip = tooltip;
  item.command = { command: 'vscode.open', title: l10n.t('Open'), arguments: [node.resourceUri] };
  return item;
}

function groupItem(node: StageGroupNode): TreeItem {
  const { stages, name } = node;
  const stale = stages.filter(({ state }) => state !== 'up-to-date' && state !== 'frozen').length;
  const parts = [
    l10n.t('{0} stages', formatCount(stages.length)),
    stale > 0 ? l10n.t('{0} not up to date', formatCount(stale)) : '',
  ];
  const worst =
    stages.find(hasFailed) ??
    stages.find(({ state }) => state === 'stale') ??
    stages.find(({ state }) => state !== 'up-to-date') ??
    stages[0];
  const icon = worst ? iconOf(stageLook(worst, undefined)) : new ThemeIcon('symbol-array');
  return finished(new TreeItem(name, Collapsed), node, {
    icon,
    context: 'lode.stageGroup',
    description: parts.filter(Boolean).join(' · '),
  });
}

function stageItem(node: StageNode, runs: StageRuns): TreeItem {
  const { view, model } = node;
  const run = runs.state(model, view.address);
  const look = stageLook(view, run);
  const description =
    run?.phase === 'running' && run.line !== undefined ? `${look.word} · ${run.line}` : descriptionOf(view, look.word);
  const words = [
    'lode.stage',
    view.stage.frozen ? 'frozen' : 'free',
    view.stage.parametrized ? 'made' : 'written',
    view.lastRun ? 'logged' : 'unlogged',
    run?.phase ?? 'idle',
  ];
  const item = finished(new TreeItem(labelOf(view), Collapsed), node, {
    icon: iconOf(look),
    context: words.join(' '),
    description,
  });
  item.command = {
    command: 'lode.openStage',
    title: l10n.t('Go to Definition'),
    arguments: [{ root: node.root, address: view.address }],
  };
  return item;
}

const labelOf = ({ stage }: StageView): string =>
  stage.group === undefined ? stage.name : stage.name.slice(stage.group.length + 1);

const descriptionOf = (view: StageView, word: string): string =>
  view.state === 'stale' && !hasFailed(view)
    ? reasonsText(view)
    : view.state === 'up-to-date' && !view.awaitsUpstream
      ? (view.stage.desc ?? '')
      : word;

/** A longer text than a row has room for; made when the pointer rests on it. */
export function stageTooltip({ view }: StageNode): MarkdownString {
  const { stage, reasons, lastRun, failure } = view;
  const text = new MarkdownString();
  text
    .appendMarkdown('**')
    .appendText(view.address)
    .appendMarkdown('** · ')
    .appendText(stageLook(view, undefined).word);
  if (stage.desc !== undefined) text.appendMarkdown('\n\n').appendText(stage.desc);
  text.appendCodeblock(typeof stage.cmd === 'string' ? stage.cmd : stage.cmd.join('\n'), 'shellscript');
  if (failure !== undefined) text.appendMarkdown('\n\n').appendText(failure);
  for (const reason of reasons) {
    text.appendMarkdown('\n\n- ').appendText(reasonText(reason));
    for (const detail of reason.details) text.appendMarkdown('\n  - ').appendText(detail);
  }
  if (lastRun) {
    const code =
      lastRun.exitCode === undefined
        ? l10n.t('stopped')
        : lastRun.exitCode === 0
          ? l10n.t('succeeded')
          : l10n.t('exit code {0}', lastRun.exitCode);
    const took = lastRun.seconds === undefined ? '' : `, ${formatSeconds(lastRun.seconds)}`;
    text
      .appendMarkdown('\n\n')
      .appendText(l10n.t('Last run {0}: {1}', new Date(lastRun.startedAt).toLocaleString(), code + took));
  }
  return text;
}

function stagePartItem(node: StageItemNode): TreeItem {
  return node.kind === 'param' ? paramItem(node) : pathItem(node, node.kind);
}

function paramItem(node: StageItemNode): TreeItem {
  const { index, view, model, key } = node;
  const { defPath, file } = view.stage.params[index]!; // Rows are made from this list.
  const reason = reasonOf(node);
  const item = finished(new TreeItem(key ?? defPath, None), node, {
    icon: changedIcon('settings', reason),
    context: 'lode.stageParam',
    description: reason ? shortReason(reason) : key === undefined ? l10n.t('all of it') : defPath,
  });
  item.tooltip = [defPath, key].filter(Boolean).join(':');
  if (file.kind === 'repo') item.command = openCommand(Uri.file(model.absolute(file.path)));
  return item;
}

function pathItem(node: StageItemNode, kind: 'dep' | 'out'): TreeItem {
  const { index, view, model } = node;
  const { deps, outs } = view.stage;
  const part = kind === 'dep' ? deps[index]! : outs[index]!; // As above.
  const role = kind === 'out' ? outs[index]!.kind : kind;
  const reason = reasonOf(node);
  const item = finished(new TreeItem(part.defPath, None), node, {
    icon: changedIcon(PART_ICONS[role], reason),
    context: kind === 'dep' ? 'lode.stageDependency' : 'lode.stageOutput',
    description: [roleText(role), reason ? shortReason(reason) : ''].filter(Boolean).join(' · '),
  });
  if (part.place.kind === 'repo') {
    item.resourceUri = Uri.file(model.absolute(part.place.path));
    item.command = { command: 'lode.openData', title: l10n.t('Open'), arguments: [item.resourceUri] };
  }
  return item;
}

const PART_ICONS = { dep: 'file', out: 'package', metric: 'dashboard', plot: 'graph' } as const;

function roleText(role: keyof typeof PART_ICONS): string {
  switch (role) {
    case 'dep':
      return '';
    case 'out':
      return l10n.t('output');
    case 'metric':
      return l10n.t('metrics');
    case 'plot':
      return l10n.t('plot');
  }
}

/** A reason beside what it is about. */
function shortReason(explained: ExplainedReason): string {
  const { reason } = explained;
  const about = 'path' in reason ? `${reason.path} ` : reason.kind === 'param' ? `${reason.file}:${reason.key} ` : '';
  const text = reasonText(explained);
  return text.startsWith(about) ? text.slice(about.length) : text;
}

const changedIcon = (icon: string, reason: ExplainedReason | undefined): ThemeIcon =>
  reason ? new ThemeIcon(icon, new ThemeColor('list.warningForeground')) : new ThemeIcon(icon);

/** Why a part makes its stage stale. Paths of reasons are seen from the root, as places are. */
function reasonOf({ kind, index, view, key }: StageItemNode): ExplainedReason | undefined {
  const { deps, outs, params } = view.stage;
  return view.reasons.find(({ reason }) => {
    if (kind === 'param') {
      const { file } = params[index]!;
      const path = file.kind === 'repo' ? file.path : undefined;
      if (reason.kind === 'params-file') return reason.file === path;
      return reason.kind === 'param' && reason.file === path && (key === undefined || reason.key === key);
    }
    const part = kind === 'dep' ? deps[index]! : outs[index]!;
    const shown: string = part.place.kind === 'repo' ? part.place.path : part.defPath;
    return reason.kind === (kind === 'dep' ? 'dependency' : 'output') && reason.path === shown;
  });
}

const openCommand = (uri: Uri) => ({ command: 'vscode.open', title: l10n.t('Open'), arguments: [uri] });
const problemsText = (count: number): string =>
  count === 1 ? l10n.t('1 error') : l10n.t('{0} errors', formatCount(count));

function finished(
  item: TreeItem,
  node: PipelineNode,
  { icon, context, description = '' }: { icon: ThemeIcon; context: string; description?: string },
): TreeItem {
  item.id = node.id;
  item.iconPath = icon;
  item.contextValue = context;
  item.description = description;
  const label = typeof item.label === 'string' ? item.label : '';
  item.accessibilityInformation = { label: [label, description].filter(Boolean).join(', ') };
  return item;
}
