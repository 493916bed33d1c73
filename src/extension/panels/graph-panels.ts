import { type Uri, type WebviewPanel, window } from 'vscode';
import { Disposables } from '../disposables.ts';
import type { StageRuns } from '../pipelines/run-state.ts';
import type { RepoModel } from '../repo-model.ts';
import type { Repositories } from '../repositories.ts';
import { GraphPanel } from './graph-panel.ts';

export interface GraphPanelsOptions {
  readonly repositories: Repositories;
  readonly runs: StageRuns;
  readonly extensionUri: Uri;
}

/** The graphs that are open: at most one of a repository; they come back after a reload of the window. */
export class GraphPanels extends Disposables {
  readonly #options: GraphPanelsOptions;
  readonly #open = new Map<string, GraphPanel>();

  constructor(options: GraphPanelsOptions) {
    super();
    this.#options = options;
    const { repositories } = options;
    this.track({
      dispose: () => {
        for (const panel of this.#open.values()) panel.dispose();
      },
    });
    this.track(repositories.onDidChangeSnapshot(({ model }) => this.#open.get(model.root)?.refresh()));
    this.track(
      repositories.onDidChange(() => {
        for (const panel of this.#open.values()) panel.refresh();
      }),
    );
    this.track(
      window.registerWebviewPanelSerializer('lode.graph', {
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

  /** Opens the graph of a repository, or brings the open one to the front. @param node A stage or a group to go to. */
  show(model: RepoModel, node?: string): void {
    const panel = this.#open.get(model.root) ?? this.#make(model.root);
    panel.reveal(node);
  }

  #make(root: string, restored?: WebviewPanel): GraphPanel {
    const { repositories, runs, extensionUri } = this.#options;
    const made = new GraphPanel({
      root,
      extensionUri,
      runs,
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
