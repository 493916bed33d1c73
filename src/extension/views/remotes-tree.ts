import {
  EventEmitter,
  l10n,
  MarkdownString,
  ThemeIcon,
  type TreeDataProvider,
  TreeItem,
  TreeItemCollapsibleState,
  type TreeView,
  Uri,
  window,
} from 'vscode';
import { Disposables } from '../disposables.ts';
import { formatFiles } from '../format.ts';
import type { RepoModel } from '../repo-model.ts';
import type { Repositories } from '../repositories.ts';
import type { RemoteView } from '../snapshot.ts';
import { trackedItem } from './tracked-items.ts';
import { type RepoNode, repoNode } from './tracked-nodes.ts';

interface RemoteNode {
  readonly kind: 'remote';
  readonly model: RepoModel;
  readonly remote: RemoteView;
  /** What commands called on the row look for. */
  readonly remoteName: string;
  readonly rootUri: Uri;
}

type Node = RepoNode | RemoteNode;

/** The *Remotes* view: where data is shared, and how much of it is not there yet. */
export class RemotesTree extends Disposables implements TreeDataProvider<Node> {
  readonly #changed = this.track(new EventEmitter<void>());
  readonly onDidChangeTreeData = this.#changed.event;
  readonly view: TreeView<Node>;
  readonly #repositories: Repositories;

  constructor(repositories: Repositories) {
    super();
    this.#repositories = repositories;
    this.view = this.track(window.createTreeView('lode.remotes', { treeDataProvider: this }));
    this.track(repositories.onDidChange(() => this.#changed.fire()));
    this.track(
      repositories.onDidChangeSnapshot(({ before, after }) => {
        if (before.remotes !== after.remotes || before.changes.unpushed !== after.changes.unpushed)
          this.#changed.fire();
      }),
    );
  }

  getChildren(node?: Node): Node[] {
    if (node?.kind === 'remote') return [];
    if (node) return remotesOf(node.model);
    const trusted = this.#repositories.all.filter(({ snapshot }) => snapshot.remotes.length > 0);
    return trusted.length > 1 ? trusted.map(repoNode) : trusted.flatMap(remotesOf);
  }

  getTreeItem(node: Node): TreeItem {
    return node.kind === 'repo' ? trackedItem(node, true) : remoteItem(node);
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

function remoteItem({ model, remote }: RemoteNode): TreeItem {
  const item = new TreeItem(remote.name, TreeItemCollapsibleState.None);
  const missing = remote.isDefault ? model.snapshot.changes.unpushed.filter(({ isFolder }) => !isFolder).length : 0;
  const state = missing > 0 ? l10n.t('{0} to push', formatFiles(missing)) : '';
  item.id = `${model.root}\0${remote.name}`;
  item.iconPath = new ThemeIcon(remote.isDefault ? 'star-full' : 'remote');
  item.description = [remote.isDefault ? l10n.t('default') : '', state, remote.url].filter(Boolean).join(' · ');
  item.contextValue = remote.isDefault ? 'lode.remote default' : 'lode.remote';
  item.tooltip = new MarkdownString().appendText([remote.name, remote.url, state].filter(Boolean).join('\n\n'));
  item.accessibilityInformation = { label: [l10n.t('Remote {0}', remote.name), item.description].join(', ') };
  return item;
}
