import { EventEmitter, type TreeDataProvider, type TreeItem, type TreeView, window } from 'vscode';
import type { StageAddress } from '../../engine/index.ts';
import { Disposables } from '../disposables.ts';
import type { StageRuns } from '../pipelines/run-state.ts';
import type { RepoModel } from '../repo-model.ts';
import type { Repositories } from '../repositories.ts';
import { pipelineItem, stageTooltip } from './pipelines-items.ts';
import { fileNode, itemRows, type PipelineNode, pipelineRepoNode, stageNode, stageRows } from './pipelines-nodes.ts';

/** The *Pipelines* view: every dvc.yaml with its stages, what they read and make, and how they stand. */
export class PipelinesTree extends Disposables implements TreeDataProvider<PipelineNode> {
  readonly #changed = this.track(new EventEmitter<PipelineNode | PipelineNode[] | undefined>());
  readonly onDidChangeTreeData = this.#changed.event;
  readonly view: TreeView<PipelineNode>;
  readonly #repositories: Repositories;
  readonly #runs: StageRuns;
  /** Rows of stages handed out, by id: to draw single ones again while they run. */
  readonly #shown = new Map<string, PipelineNode>();

  constructor(repositories: Repositories, runs: StageRuns) {
    super();
    this.#repositories = repositories;
    this.#runs = runs;
    this.view = this.track(window.createTreeView('lode.pipelines', { treeDataProvider: this, showCollapseAll: true }));
    this.track(repositories.onDidChange(() => this.#drawAll()));
    this.track(
      repositories.onDidChangeSnapshot(({ before, after }) => {
        if (before.pipelines !== after.pipelines) this.#drawAll();
      }),
    );
    this.track(runs.onDidChange((addresses) => this.#drawStages(addresses)));
  }

  async getChildren(node?: PipelineNode): Promise<PipelineNode[]> {
    const rows = await this.#rows(node);
    for (const row of rows) if (row.kind === 'stage') this.#shown.set(row.id, row);
    return rows;
  }

  getTreeItem(node: PipelineNode): TreeItem {
    return pipelineItem(node, this.#runs);
  }

  resolveTreeItem(item: TreeItem, node: PipelineNode): TreeItem {
    if (node.kind === 'stage') item.tooltip = stageTooltip(node);
    return item;
  }

  async #rows(node: PipelineNode | undefined): Promise<PipelineNode[]> {
    switch (node?.kind) {
      case undefined: {
        await this.#repositories.ready();
        for (const model of this.#repositories.all) model.askForPipelines();
        const models = this.#repositories.all.filter(({ snapshot }) => (snapshot.pipelines?.length ?? 0) > 0);
        return models.length > 1 ? models.map(pipelineRepoNode) : models.flatMap(filesOf);
      }
      case 'repo':
        return filesOf(node.model);
      case 'file':
        return stageRows(node.model, node.file);
      case 'group':
        return node.stages.map((view) => stageNode(node.model, view));
      case 'stage':
        return itemRows(node);
      default:
        return [];
    }
  }

  #drawStages(addresses: readonly StageAddress[]): void {
    const rows = [...this.#shown.values()].filter((row) => row.kind === 'stage' && addresses.includes(row.address));
    if (rows.length > 0) this.#changed.fire(rows);
  }

  #drawAll(): void {
    this.#shown.clear();
    this.#changed.fire(undefined);
  }
}

const filesOf = (model: RepoModel): PipelineNode[] =>
  (model.snapshot.pipelines ?? []).filter(hasContent).map((file) => fileNode(model, file));

/** A dvc.yaml may hold only plots or artifacts: then it has no row, unless something is wrong with it. */
const hasContent = ({ stages, problems, failure }: NonNullable<RepoModel['snapshot']['pipelines']>[number]): boolean =>
  stages.length > 0 || problems.length > 0 || failure !== undefined;
