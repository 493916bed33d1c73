import type { Memento, Uri } from 'vscode';
import type { Experiments } from '../experiments/experiments.ts';
import type { ExtensionLog } from '../log.ts';
import type { PlotsChoice } from '../plots/plots-choice.ts';
import type { RepoModel } from '../repo-model.ts';
import type { Repositories } from '../repositories.ts';
import { ExperimentsPanel } from './experiments-panel.ts';
import { RepoPanels } from './repo-panels.ts';

export interface ExperimentsPanelsOptions {
  readonly repositories: Repositories;
  readonly experiments: Experiments;
  /** Keeps views of the window's folder. */
  readonly memory: Memento;
  readonly choice: PlotsChoice;
  readonly log: ExtensionLog;
  readonly extensionUri: Uri;
}

/** The tables of experiments that are open. */
export class ExperimentsPanels extends RepoPanels<ExperimentsPanel> {
  constructor({ repositories, ...shared }: ExperimentsPanelsOptions) {
    super('lode.experiments', repositories, (place) => new ExperimentsPanel({ ...place, ...shared }));
    this.track(shared.experiments.onDidChange(this.refresh));
    this.track(shared.choice.onDidChange(this.refresh));
  }

  /** Opens the table of a repository, or brings the open one to the front. @param row A row to go to. */
  show(model: RepoModel, row?: string): void {
    this.open(model.root).reveal(row);
  }

  /** Picks out rows of an open table, chosen in another view. */
  highlight(model: RepoModel, rows: readonly string[] | undefined): void {
    this.at(model.root)?.pick(rows);
  }
}
