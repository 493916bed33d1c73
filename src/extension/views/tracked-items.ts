import { l10n, MarkdownString, ThemeColor, ThemeIcon, TreeItem, TreeItemCollapsibleState } from 'vscode';
import type { DataOrigin } from '../../engine/index.ts';
import { formatBytes, formatCount, formatFiles } from '../format.ts';
import { lookOf } from '../state-look.ts';
import { summary } from '../status-bar.ts';
import type { EntryNode, RangeNode, RepoNode, TrackedNode } from './tracked-nodes.ts';

/** The look of a row. */
export function trackedItem(node: TrackedNode, expanded: boolean): TreeItem {
  switch (node.kind) {
    case 'repo':
      return repoItem(node);
    case 'entry':
      return entryItem(node, expanded);
    case 'range':
      return rangeItem(node);
    default:
      return unreachable(node);
  }
}

function repoItem({ id, model, rootUri }: RepoNode): TreeItem {
  const item = new TreeItem(model.name, TreeItemCollapsibleState.Expanded);
  return Object.assign(item, {
    id,
    iconPath: new ThemeIcon('repo'),
    description: summary(model),
    tooltip: rootUri.fsPath,
    accessibilityInformation: { label: [model.name, summary(model)].join(', ') },
    contextValue: 'lode.repository',
  });
}

function entryItem(node: EntryNode, expanded: boolean): TreeItem {
  const { id, model, entry, resourceUri } = node;
  const isFolder = entry.kind === 'directory';
  const state = isFolder
    ? expanded
      ? TreeItemCollapsibleState.Expanded
      : TreeItemCollapsibleState.Collapsed
    : TreeItemCollapsibleState.None;
  const item = new TreeItem(resourceUri, state);
  item.id = id;
  item.label = entry.name;
  item.description = descriptionOf(node);
  item.contextValue = contextOf(node);
  if (entry.onDisk) item.iconPath = isFolder ? ThemeIcon.Folder : ThemeIcon.File;
  else item.iconPath = new ThemeIcon('cloud', new ThemeColor('lode.missingForeground'));
  if (!isFolder) item.command = { command: 'lode.openData', title: l10n.t('Open'), arguments: [node] };
  const change = model.snapshot.states.get(entry.path);
  const parts = [entry.name, item.description, change && lookOf(change.state).word];
  item.accessibilityInformation = { label: parts.filter(Boolean).join(', ') };
  return item;
}

function descriptionOf({ entry }: EntryNode): string {
  const parts: string[] = [];
  if (entry.kind === 'directory' && entry.isOutput && entry.files !== undefined) parts.push(formatFiles(entry.files));
  if (entry.size !== undefined && (entry.isOutput || entry.kind === 'file')) parts.push(formatBytes(entry.size));
  if (!entry.onDisk) parts.push(l10n.t('not on disk'));
  if (entry.origin) parts.push(originText(entry.origin));
  return parts.join(' · ');
}

/** `from ../models @ v2`: the repository or the URL, with what was asked for there. */
function originText({ url, rev, commit }: DataOrigin): string {
  const at = rev ?? commit?.slice(0, 7);
  return at === undefined ? l10n.t('from {0}', url) : l10n.t('from {0} @ {1}', url, at);
}

/** Words for `when` clauses: what it is, where it is, what can be done. */
function contextOf({ model, entry }: EntryNode): string {
  const state = model.snapshot.states.get(entry.path)?.state;
  const isTracked = entry.isOutput || model.outputAround(entry.path) !== undefined;
  const words = [
    entry.kind,
    entry.isOutput ? 'output' : isTracked ? 'inside' : 'around',
    entry.onDisk ? 'here' : 'away',
    state ?? 'unchanged',
    ...(entry.origin ? ['imported'] : []),
  ];
  return `lode.entry ${words.join(' ')}`;
}

/** A longer text than a row has room for; made when the pointer rests on it. */
export function entryTooltip({ model, entry }: EntryNode): MarkdownString {
  const text = new MarkdownString();
  text.appendText(model.absolute(entry.path));
  const change = model.snapshot.states.get(entry.path);
  if (change) text.appendMarkdown('\n\n').appendText(lookOf(change.state).meaning);
  else if (!entry.onDisk)
    text.appendMarkdown('\n\n').appendText(l10n.t('Tracked, but not on disk. Check out or pull to have it here.'));
  const facts: [string, string | undefined][] = [
    [l10n.t('Size'), entry.size === undefined ? undefined : formatBytes(entry.size)],
    [l10n.t('Files'), entry.files === undefined ? undefined : formatCount(entry.files)],
    [l10n.t('Hash'), entry.oid],
    [l10n.t('Recorded in'), entry.pointer],
    [l10n.t('Imported from'), entry.origin && [entry.origin.url, entry.origin.path].filter(Boolean).join(' · ')],
    [l10n.t('At'), entry.origin && [entry.origin.rev, entry.origin.commit].filter(Boolean).join(' · ')],
  ];
  for (const [name, value] of facts) if (value) text.appendMarkdown('\n\n').appendText(`${name}: ${value}`);
  return text;
}

/** The first name says where the run begins; where it ends is in the next row's. */
function rangeItem({ id, entries }: RangeNode): TreeItem {
  const [first, last] = [entries[0]?.entry.name ?? '', entries.at(-1)?.entry.name ?? ''];
  const item = new TreeItem(`${first} …`, TreeItemCollapsibleState.Collapsed);
  return Object.assign(item, {
    id,
    iconPath: new ThemeIcon('ellipsis'),
    description: formatFiles(entries.length),
    tooltip: `${first} … ${last}`,
    contextValue: 'lode.range',
  });
}

function unreachable(node: never): never {
  throw new Error(`There is no row for ${JSON.stringify(node)}.`);
}
