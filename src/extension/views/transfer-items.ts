import { l10n, MarkdownString, ThemeIcon, TreeItem, TreeItemCollapsibleState } from 'vscode';
import type { FileInWork } from '../../engine/index.ts';
import { formatBytes } from '../format.ts';
import type { Transfer } from '../transfers.ts';

/** The row of a push, fetch or pull at work; below it the files that take a while. */
export interface TransferNode {
  readonly kind: 'transfer';
  readonly transfer: Transfer;
}

export interface FileInWorkNode {
  readonly kind: 'file-in-work';
  readonly file: FileInWork;
}

const nodes = new WeakMap<Transfer, TransferNode>();

/** Always the same for one transfer, so that its row alone can be drawn again. */
export function transferNode(transfer: Transfer): TransferNode {
  const node = nodes.get(transfer) ?? { kind: 'transfer', transfer };
  nodes.set(transfer, node);
  return node;
}

export const filesInWork = ({ transfer }: TransferNode): FileInWorkNode[] =>
  (transfer.progress?.working ?? []).map((file) => ({ kind: 'file-in-work', file }));

/** @param isOneOfSeveral Whether the repository has to be named. */
export function transferItem({ transfer }: TransferNode, isOneOfSeveral: boolean): TreeItem {
  const { control, title, model, text } = transfer;
  const hasFiles = (transfer.progress?.working ?? []).length > 0;
  const item = new TreeItem(title, hasFiles ? TreeItemCollapsibleState.Collapsed : TreeItemCollapsibleState.None);
  item.id = `transfer\0${model.root}`;
  item.iconPath = new ThemeIcon(control.paused ? 'debug-pause' : 'sync~spin');
  item.description = [isOneOfSeveral ? model.name : '', transfer.shortText].filter(Boolean).join(' · ');
  item.contextValue = `lode.transfer ${control.paused ? 'paused' : 'running'}`;
  item.tooltip = new MarkdownString().appendText([title, model.name, text].filter(Boolean).join('\n\n'));
  item.accessibilityInformation = { label: [title, item.description].join(', ') };
  return item;
}

export function fileInWorkItem({ file: { path, bytes, totalBytes } }: FileInWorkNode): TreeItem {
  const item = new TreeItem(path.split('/').at(-1) ?? path, TreeItemCollapsibleState.None);
  item.iconPath = ThemeIcon.File;
  item.description =
    totalBytes === undefined ? formatBytes(bytes) : l10n.t('{0} of {1}', formatBytes(bytes), formatBytes(totalBytes));
  item.tooltip = path;
  item.contextValue = 'lode.fileInWork';
  return item;
}
