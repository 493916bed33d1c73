import type { Uri } from 'vscode';
import type { StageRuns } from '../pipelines/run-state.ts';
import type { RepoModel } from '../repo-model.ts';
import type { Repositories } from '../repositories.ts';
import { GraphPanel } from './graph-panel.ts';
import { RepoPanels } from './repo-panels.ts';

export interface GraphPanelsOptions {
  readonly repositories: Repositories;
  readonly runs: StageRuns;
  readonly extensionUri: Uri;
}

/** The graphs that are open. */
export class GraphPanels extends RepoPanels<GraphPanel> {
  constructor({ repositories, runs, extensionUri }: GraphPanelsOptions) {
    super('lode.graph', repositories, (place) => new GraphPanel({ ...place, extensionUri, runs }));
    this.track(repositories.onDidChangeSnapshot(({ model }) => this.refresh(model)));
  }

  /** Opens the graph of a repository, or brings the open one to the front. @param node A stage or a group to go to. */
  show(model: RepoModel, node?: string): void {
    this.open(model.root).reveal(node);
  }
}
