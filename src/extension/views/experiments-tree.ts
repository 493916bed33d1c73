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
import type { ExperimentRow, PlainValue } from '../../engine/index.ts';
import { Disposables } from '../disposables.ts';
import { labelOf } from '../experiments/chosen-experiments.ts';
import type { Experiments } from '../experiments/experiments.ts';
import { ruleSentence } from '../experiments/stop-rules.ts';
import type { RepoModel } from '../repo-model.ts';
import type { Repositories } from '../repositories.ts';
import { trackedItem } from './tracked-items.ts';
import { type RepoNode, repoNode } from './tracked-nodes.ts';

interface RowNode {
  readonly kind: 'row';
  readonly model: RepoModel;
  readonly row: ExperimentRow;
  /** What commands called on the row look for. */
  readonly rows: readonly string[];
  readonly rootUri: Uri;
}

type Node = RepoNode | RowNode;

/** The *Experiments* view: what runs, waits and has run, below the commits it started from. */
export class ExperimentsTree extends Disposables implements TreeDataProvider<Node> {
  readonly #changed = this.track(new EventEmitter<void>());
  readonly onDidChangeTreeData = this.#changed.event;
  readonly view: TreeView<Node>;
  readonly #repositories: Repositories;
  readonly #experiments: Experiments;
  #shown = '';

  constructor(repositories: Repositories, experiments: Experiments) {
    super();
    this.#repositories = repositories;
    this.#experiments = experiments;
    const look = { treeDataProvider: this, canSelectMany: true, showCollapseAll: true };
    this.view = this.track(window.createTreeView('lode.experiments', look));
    this.track(this.view.onDidChangeVisibility(() => this.#ask()));
    this.track(repositories.onDidChange(() => this.#ask()));
    this.track(experiments.onDidChange(() => this.#refresh()));
  }

  getChildren(node?: Node): Node[] {
    if (!node) {
      this.#ask();
      const { all } = this.#repositories;
      return all.length > 1 ? all.map(repoNode) : all.flatMap((model) => this.#below(model, undefined));
    }
    return node.kind === 'repo' ? this.#below(node.model, undefined) : this.#below(node.model, node.row.id);
  }

  getTreeItem(node: Node): TreeItem {
    return node.kind === 'repo' ? trackedItem(node, true) : rowItem(node, this.#below(node.model, node.row.id).length);
  }

  /** Nobody reads experiments for a view that is not open. */
  #ask(): void {
    const { all } = this.#repositories;
    if (this.view.visible) for (const model of all) this.#experiments.follow(model, this);
    else this.#experiments.unfollow(this);
    this.#refresh();
  }

  /** Live values come many times a second: rows are only made anew where they look different. */
  #refresh(): void {
    const rows = this.#repositories.all.map((model) => [
      model.root,
      this.#experiments
        .state(model)
        .table?.rows.map(({ id, key, status, rules }) => (status === 'running' ? [id, rules.length] : key)),
    ]);
    const shown = JSON.stringify(rows);
    if (shown === this.#shown) return;
    this.#shown = shown;
    this.#changed.fire();
  }

  #below(model: RepoModel, parent: string | undefined): RowNode[] {
    const rows = this.#experiments.state(model).table?.rows ?? [];
    const parents = new Set(rows.map((row) => row.parent));
    const shown = rows.filter((row) =>
      parent === undefined ? row.kind === 'commit' && parents.has(row.id) : row.parent === parent,
    );
    return shown.map((row) => ({ kind: 'row', model, row, rows: [row.id], rootUri: Uri.file(model.root) }));
  }
}

const ICONS = {
  queued: new ThemeIcon('clock', new ThemeColor('testing.iconQueued')),
  running: new ThemeIcon('loading~spin'),
  failed: new ThemeIcon('error', new ThemeColor('testing.iconFailed')),
  success: new ThemeIcon('pass', new ThemeColor('testing.iconPassed')),
} as const;

function rowItem({ model, row }: RowNode, below: number): TreeItem {
  const isCommit = row.kind === 'commit';
  const label = isCommit ? (row.branches[0] ?? row.rev?.slice(0, 7) ?? '') : labelOf(row);
  const item = new TreeItem(label, below > 0 ? TreeItemCollapsibleState.Expanded : TreeItemCollapsibleState.None);
  const first = row.message?.split('\n')[0] ?? '';
  item.id = `${model.root}\0${row.id}`;
  item.iconPath = isCommit ? new ThemeIcon('git-commit') : ICONS[row.status ?? 'success'];
  const rules = row.rules.map(({ text }) => ruleSentence(text));
  const [rule = '', ...more] = rules;
  const facts = [valuesText(row), more.length > 0 ? `${rule} +${more.length}` : rule].filter(Boolean).join(' · ');
  item.description = [row.marks.starred ? '★' : '', isCommit ? first : facts].filter(Boolean).join(' ');
  item.contextValue = isCommit
    ? 'lode.commit'
    : `lode.experiment ${row.status ?? ''}${rules.length > 0 ? ' ruled' : ''}${row.marks.starred ? ' starred' : ''}`;
  item.tooltip = new MarkdownString().appendText(
    [label, row.error?.message ?? '', first, row.marks.note, valuesText(row, 12, '\n\n'), ...rules]
      .filter(Boolean)
      .join('\n\n'),
  );
  const state = isCommit ? '' : stateText(row.status ?? 'success');
  item.accessibilityInformation = { label: [label, state, item.description].filter(Boolean).join(', ') };
  item.command = {
    command: 'lode.showExperiments',
    title: l10n.t('Show Experiments'),
    arguments: [{ root: model.root, rows: [row.id] }],
  };
  return item;
}

function stateText(status: NonNullable<ExperimentRow['status']>): string {
  switch (status) {
    case 'queued':
      return l10n.t('queued');
    case 'running':
      return l10n.t('running');
    case 'failed':
      return l10n.t('failed');
    default:
      return l10n.t('finished');
  }
}

/** The first metrics of a row. */
function valuesText({ metrics }: ExperimentRow, most = 2, between = ' · '): string {
  const leaves = metrics.flatMap(({ values }) => (values === undefined ? [] : numbersIn('', values)));
  return leaves
    .slice(0, most)
    .map(([name, value]) => `${name} ${Number(value.toPrecision(5))}`)
    .join(between);
}

function numbersIn(name: string, value: PlainValue): [name: string, value: number][] {
  if (typeof value === 'number') return [[name, value]];
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return [];
  return Object.entries(value).flatMap(([key, below]) => numbersIn(name === '' ? key : `${name}.${key}`, below));
}
