import { type WebviewPanel, window } from 'vscode';
import { Disposables } from '../disposables.ts';
import type { RepoModel } from '../repo-model.ts';
import type { Repositories } from '../repositories.ts';

/** A panel about one repository. */
export interface RepoPanel {
  onDidClose(listener: () => void): void;
  /** Something it shows may be another. */
  refresh(): void;
  dispose(): void;
}

/** What every panel about a repository is made from. */
export interface RepoPanelPlace {
  readonly root: string;
  /** The repository as the window has it now: trust that is granted replaces it. */
  readonly model: () => RepoModel | undefined;
  /** Brought back by VS Code after a reload. */
  readonly panel?: WebviewPanel;
}

/** The open panels of one kind: at most one of a repository; they come back after a reload of the window. */
export class RepoPanels<P extends RepoPanel> extends Disposables {
  readonly #repositories: Repositories;
  readonly #open = new Map<string, P>();
  readonly #make: (place: RepoPanelPlace) => P;

  /** @param viewType Of the web view, such as `lode.graph`. */
  constructor(viewType: string, repositories: Repositories, make: (place: RepoPanelPlace) => P) {
    super();
    this.#repositories = repositories;
    this.#make = make;
    this.track({
      dispose: () => {
        for (const panel of this.#open.values()) panel.dispose();
      },
    });
    this.track(
      repositories.onDidChange(() => {
        for (const panel of this.#open.values()) panel.refresh();
      }),
    );
    this.track(
      window.registerWebviewPanelSerializer(viewType, {
        deserializeWebviewPanel: async (panel, state) => {
          const root = rootOf(state);
          await repositories.ready();
          if (root === undefined || this.#open.has(root) || !repositories.all.some((model) => model.root === root))
            panel.dispose();
          else this.#opened(root, panel);
        },
      }),
    );
  }

  /** The open panel of a repository. */
  at(root: string): P | undefined {
    return this.#open.get(root);
  }

  /** The open panel of a repository, or a new one. */
  open(root: string): P {
    return this.#open.get(root) ?? this.#opened(root);
  }

  /** Has the panel of a repository, if one is open, show what is now. */
  refresh = ({ root }: { readonly root: string }): void => this.#open.get(root)?.refresh();

  #opened(root: string, restored?: WebviewPanel): P {
    const made = this.#make({
      root,
      model: () => this.#repositories.all.find((model) => model.root === root),
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
