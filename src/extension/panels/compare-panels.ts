import { type Uri, type WebviewPanel, window } from 'vscode';
import { Disposables } from '../disposables.ts';
import type { Experiments } from '../experiments/experiments.ts';
import type { ExtensionLog } from '../log.ts';
import type { PlotsChoice } from '../plots/plots-choice.ts';
import type { RepoModel } from '../repo-model.ts';
import type { Repositories } from '../repositories.ts';
import { ComparePanel } from './compare-panel.ts';

export interface ComparePanelsOptions {
  readonly repositories: Repositories;
  readonly experiments: Experiments;
  readonly choice: PlotsChoice;
  readonly log: ExtensionLog;
  readonly extensionUri: Uri;
}

/** The comparisons that are open: as many as somebody wants; they come back after a reload of the window. */
export class ComparePanels extends Disposables {
  readonly #options: ComparePanelsOptions;
  readonly #open = new Set<ComparePanel>();

  constructor(options: ComparePanelsOptions) {
    super();
    this.#options = options;
    const { repositories, experiments, choice } = options;
    this.track({
      dispose: () => {
        for (const panel of this.#open) panel.dispose();
      },
    });
    const refresh = (): void => {
      for (const panel of this.#open) panel.refresh();
    };
    this.track(experiments.onDidChange(refresh));
    this.track(choice.onDidChange(refresh));
    this.track(
      window.registerWebviewPanelSerializer('lode.compare', {
        deserializeWebviewPanel: async (panel, state) => {
          const kept = keptState(state);
          await repositories.ready();
          if (kept && repositories.all.some(({ root }) => root === kept.root)) this.#make(kept.root, kept.asked, panel);
          else panel.dispose();
        },
      }),
    );
  }

  /** @param rows Ids; the first one is the baseline. */
  show(model: RepoModel, rows: readonly string[]): void {
    this.#make(model.root, rows);
  }

  #make(root: string, rows: readonly string[], restored?: WebviewPanel): void {
    const { repositories, ...shared } = this.#options;
    const made = new ComparePanel({
      root,
      rows,
      ...shared,
      model: () => repositories.all.find((model) => model.root === root),
      ...(restored ? { panel: restored } : {}),
    });
    made.onDidClose(() => {
      this.#open.delete(made);
      made.dispose();
    });
    this.#open.add(made);
  }
}

/** What the page has kept, whatever wrote it. */
function keptState(state: unknown): { readonly root: string; readonly asked: readonly string[] } | undefined {
  if (typeof state !== 'object' || state === null || !('root' in state) || !('asked' in state)) return undefined;
  const { root, asked } = state;
  if (typeof root !== 'string' || !Array.isArray(asked)) return undefined;
  return { root, asked: asked.filter((id): id is string => typeof id === 'string') };
}
