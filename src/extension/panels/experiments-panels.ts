import { type Memento, type Uri, type WebviewPanel, window } from 'vscode';
import { Disposables } from '../disposables.ts';
import type { Experiments } from '../experiments/experiments.ts';
import type { PlotsChoice } from '../plots/plots-choice.ts';
import type { RepoModel } from '../repo-model.ts';
import type { Repositories } from '../repositories.ts';
import { ExperimentsPanel } from './experiments-panel.ts';

export interface ExperimentsPanelsOptions {
  readonly repositories: Repositories;
  readonly experiments: Experiments;
  /** Keeps views of the window's folder. */
  readonly memory: Memento;
  readonly choice: PlotsChoice;
  readonly extensionUri: Uri;
}

/** The tables of experiments that are open: at most one of a repository; they come back after a reload of the window. */
export class ExperimentsPanels extends Disposables {
  readonly #options: ExperimentsPanelsOptions;
  readonly #open = new Map<string, ExperimentsPanel>();

  constructor(options: ExperimentsPanelsOptions) {
    super();
    this.#options = options;
    const { repositories, experiments, choice } = options;
    this.track({
      dispose: () => {
        for (const panel of this.#open.values()) panel.dispose();
      },
    });
    this.track(experiments.onDidChange(({ root }) => this.#open.get(root)?.refresh()));
    this.track(choice.onDidChange(({ root }) => this.#open.get(root)?.refresh()));
    this.track(
      repositories.onDidChange(() => {
        for (const panel of this.#open.values()) panel.refresh();
      }),
    );
    this.track(
      window.registerWebviewPanelSerializer('lode.experiments', {
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

  /** Opens the table of a repository, or brings the open one to the front. @param row A row to go to. */
  show(model: RepoModel, row?: string): void {
    const panel = this.#open.get(model.root) ?? this.#make(model.root);
    panel.reveal(row);
  }

  /** Picks out rows of an open table, chosen in another view. */
  highlight(model: RepoModel, rows: readonly string[] | undefined): void {
    this.#open.get(model.root)?.pick(rows);
  }

  #make(root: string, restored?: WebviewPanel): ExperimentsPanel {
    const { repositories, experiments, memory, choice, extensionUri } = this.#options;
    const made = new ExperimentsPanel({
      root,
      extensionUri,
      experiments,
      memory,
      choice,
      model: () => repositories.all.find((model) => model.root === root),
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
