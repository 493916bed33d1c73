import {
  EventEmitter,
  l10n,
  MarkdownString,
  ThemeColor,
  ThemeIcon,
  type TreeDataProvider,
  TreeItem,
  TreeItemCollapsibleState,
  type TreeView,
  Uri,
  window,
} from 'vscode';
import { Disposables } from '../disposables.ts';
import { formatBytes, formatFiles } from '../format.ts';
import type { RemoteCoverageView, RemoteState, RemoteStates } from '../remote-states.ts';
import type { RepoModel } from '../repo-model.ts';
import type { Repositories } from '../repositories.ts';
import type { RemoteView, RepoSnapshot } from '../snapshot.ts';
import type { Transfers } from '../transfers.ts';
import { trackedItem } from './tracked-items.ts';
import { type RepoNode, repoNode } from './tracked-nodes.ts';
import {
  type FileInWorkNode,
  fileInWorkItem,
  filesInWork,
  type TransferNode,
  transferItem,
  transferNode,
} from './transfer-items.ts';

interface RemoteNode {
  readonly kind: 'remote';
  readonly model: RepoModel;
  readonly remote: RemoteView;
  /** What commands called on the row look for. */
  readonly remoteName: string;
  readonly rootUri: Uri;
}

type Node = RepoNode | RemoteNode | TransferNode | FileInWorkNode;

/** The *Remotes* view: where data is shared, and how much of it is not there yet. */
export class RemotesTree extends Disposables implements TreeDataProvider<Node> {
  readonly #changed = this.track(new EventEmitter<Node | undefined>());
  readonly onDidChangeTreeData = this.#changed.event;
  readonly view: TreeView<Node>;
  readonly #repositories: Repositories;
  readonly #states: RemoteStates;
  readonly #transfers: Transfers;

  constructor(repositories: Repositories, states: RemoteStates, transfers: Transfers) {
    super();
    this.#repositories = repositories;
    this.#states = states;
    this.#transfers = transfers;
    this.track(states.onDidChange(() => this.#changed.fire(undefined)));
    this.track(transfers.onDidChange(() => this.#changed.fire(undefined)));
    this.track(transfers.onDidMove((transfer) => this.#changed.fire(transferNode(transfer))));
    this.view = this.track(window.createTreeView('lode.remotes', { treeDataProvider: this }));
    this.track(repositories.onDidChange(() => this.#changed.fire(undefined)));
    this.track(
      repositories.onDidChangeSnapshot(({ before, after }) => {
        const isShown = ({ remotes, changes, remoteProblem }: RepoSnapshot) => [
          remotes,
          changes.unpushed,
          remoteProblem,
        ];
        const [old, now] = [isShown(before), isShown(after)];
        if (old.some((part, at) => part !== now[at])) this.#changed.fire(undefined);
      }),
    );
  }

  getChildren(node?: Node): Node[] {
    if (node?.kind === 'transfer') return filesInWork(node);
    if (node?.kind === 'repo') return remotesOf(node.model);
    if (node) return [];
    const trusted = this.#repositories.all.filter(({ snapshot }) => snapshot.remotes.length > 0);
    const atWork = this.#transfers.all.map(transferNode);
    return [...atWork, ...(trusted.length > 1 ? trusted.map(repoNode) : trusted.flatMap(remotesOf))];
  }

  getTreeItem(node: Node): TreeItem {
    switch (node.kind) {
      case 'repo':
        return trackedItem(node, true);
      case 'transfer':
        return transferItem(node, this.#repositories.all.length > 1);
      case 'file-in-work':
        return fileInWorkItem(node);
      default:
        return remoteItem(node, this.#states.of(node.model, node.remote.name));
    }
  }
}

const remotesOf = (model: RepoModel): RemoteNode[] =>
  model.snapshot.remotes.map((remote) => ({
    kind: 'remote',
    model,
    remote,
    remoteName: remote.name,
    rootUri: Uri.file(model.root),
  }));

/** @param known How it answered when it was last asked by name. */
function remoteItem({ model, remote }: RemoteNode, known: RemoteState | undefined): TreeItem {
  const item = new TreeItem(remote.name, TreeItemCollapsibleState.None);
  const problem = known ? known.problem : remote.isDefault ? model.snapshot.remoteProblem : undefined;
  const missing = remote.isDefault
    ? model.snapshot.changes.unpushed.filter(({ isFolder }) => !isFolder).length
    : (known?.coverage?.notThere.files ?? 0);
  const there = known?.coverage && bytesText(known.coverage);
  const state =
    problem !== undefined ? l10n.t('not reached') : missing > 0 ? l10n.t('{0} to push', formatFiles(missing)) : '';
  const reached = known?.reached === true && problem === undefined ? l10n.t('It was reached.') : '';
  item.id = `${model.root}\0${remote.name}`;
  item.iconPath =
    problem !== undefined
      ? new ThemeIcon('warning', new ThemeColor('list.warningForeground'))
      : new ThemeIcon(remote.isDefault ? 'star-full' : 'remote');
  item.description = [remote.isDefault ? l10n.t('default') : '', state, there ?? '', remote.url]
    .filter(Boolean)
    .join(' · ');
  item.contextValue = `lode.remote${remote.isDefault ? ' default' : ''}${remote.isFolder ? '' : ' store'}`;
  const facts = [remote.name, remote.url, problem ?? state, reached, coverageText(known)].filter(Boolean);
  item.tooltip = new MarkdownString().appendText(facts.join('\n\n'));
  item.accessibilityInformation = {
    label: [l10n.t('Remote {0}', remote.name), item.description, problem].filter(Boolean).join(', '),
  };
  return item;
}

/** The short form of {@link coverageText}. */
function bytesText({ there, notThere }: RemoteCoverageView): string {
  const here = formatBytes(there.bytes);
  return notThere.files > 0
    ? l10n.t('{0} there, {1} not', here, formatBytes(notThere.bytes))
    : l10n.t('{0} there', here);
}

function coverageText(known: RemoteState | undefined): string {
  if (!known?.coverage) return '';
  const { there, notThere } = known.coverage;
  return l10n.t(
    'Of the data recorded here it has {0} ({1}) and lacks {2} ({3}).',
    formatFiles(there.files),
    formatBytes(there.bytes),
    formatFiles(notThere.files),
    formatBytes(notThere.bytes),
  );
}
