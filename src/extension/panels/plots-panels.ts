import { type Uri, type WebviewPanel, window } from 'vscode';
import { Disposables } from '../disposables.ts';
import type { Experiments } from '../experiments/experiments.ts';
import type { ExtensionLog } from '../log.ts';
import type { PlotsChoice } from '../plots/plots-choice.ts';
import type { RepoModel } from '../repo-model.ts';
import type { Repositories } from '../repositories.ts';
import { PlotsPanel } from './plots-panel.ts';

export interface PlotsPanelsOptions {
  readonly repositories: Repositories;
  readonly experiments: Experiments;
  readonly choice: PlotsChoice;
  readonly log: ExtensionLog;
  readonly extensionUri: Uri;
  readonly onBrush: (model: RepoModel, rows: readonly string[] | undefined) => void;
}

/** The pages of plots that are open: at most one of a repository; they come back after a reload of the window. */
export class PlotsPanels extends Disposables {
  readonly #options: PlotsPanelsOptions;
  readonly #open = new Map<string, PlotsPanel>();

  constructor(options: PlotsPanelsOptions) {
    super();
    this.#options = options;
    const { repositories, experiments, choice } = options;
    const refresh = ({ root }: { readonly root: string }): void => this.#open.get(root)?.refresh();
    this.track({
      dispose: () => {
        for (const panel of this.#open.values()) panel.dispose();
      },
    });
    this.track(experiments.onDidChange(refresh));
    this.track(choice.onDidChange(refresh));
    this.track(
      repositories.onDidChange(() => {
        for (const panel of this.#open.values()) panel.refresh();
      }),
    );
    this.track(
      window.registerWebviewPanelSerializer('lode.plots', {
        deserializeWebviewPanel: async (panel, state) => {
          const root = rootOf(state);
          await repositories.ready();
          if (root === undefined || this.#open.has(root) || !repositories.all.some((model) => model.root === root))
            panel.dispose();
          else this.#make(root, panel);
        },
      }),
    );
  }

  /** Opens the plots of a repository, or brings the open ones to the front. */
  show(model: RepoModel): void {
    (this.#open.get(model.root) ?? this.#make(model.root)).reveal();
  }

  #make(root: string, restored?: WebviewPanel): PlotsPanel {
    const { repositories, experiments, choice, log, extensionUri, onBrush } = this.#options;
    const model = (): RepoModel | undefined => repositories.all.find((one) => one.root === root);
    const made = new PlotsPanel({
      root,
      extensionUri,
      experiments,
      choice,
      log,
      model,
      onBrush: (rows) => {
        const found = model();
        if (found) onBrush(found, rows);
      },
      ...(restored ? { panel: restored } : {}),
    });
    made.onDidClose(() => {
      this.#open.delete(root);
      made.dispose();
    });
    this.#open.set(root, made);
    return made;
  }
}

/** What the page has kept, whatever wrote it. */
const rootOf = (state: unknown): string | undefined =>
  typeof state === 'object' && state !== null && 'root' in state && typeof state.root === 'string'
    ? state.root
    : undefined;
