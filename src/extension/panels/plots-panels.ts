import type { Uri } from 'vscode';
import type { Experiments } from '../experiments/experiments.ts';
import type { ExtensionLog } from '../log.ts';
import type { PlotsChoice } from '../plots/plots-choice.ts';
import type { RepoModel } from '../repo-model.ts';
import type { Repositories } from '../repositories.ts';
import { PlotsPanel } from './plots-panel.ts';
import { RepoPanels } from './repo-panels.ts';

export interface PlotsPanelsOptions {
  readonly repositories: Repositories;
  readonly experiments: Experiments;
  readonly choice: PlotsChoice;
  readonly log: ExtensionLog;
  readonly extensionUri: Uri;
  /** Told which experiments of a repository were chosen by brushing. */
  readonly onBrush: (model: RepoModel, rows: readonly string[] | undefined) => void;
}

/** The pages of plots that are open. */
export class PlotsPanels extends RepoPanels<PlotsPanel> {
  constructor({ repositories, onBrush, ...shared }: PlotsPanelsOptions) {
    const brush = (model: RepoModel | undefined, rows: readonly string[] | undefined): void => {
      if (model) onBrush(model, rows);
    };
    super('lode.plots', repositories, (place) => {
      return new PlotsPanel({ ...place, ...shared, onBrush: (rows) => brush(place.model(), rows) });
    });
    this.track(shared.experiments.onDidChange(this.refresh));
    this.track(shared.choice.onDidChange(this.refresh));
  }

  /** Opens the plots of a repository, or brings the open ones to the front. */
  show(model: RepoModel): void {
    this.open(model.root).reveal();
  }
}
