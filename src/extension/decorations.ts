import * as path from 'node:path';
import {
  type Disposable,
  EventEmitter,
  FileDecoration,
  type FileDecorationProvider,
  ThemeColor,
  Uri,
  window,
  workspace,
} from 'vscode';
import type { Contexts } from './contexts.ts';
import { Disposables } from './disposables.ts';
import { gitApi } from './git-extension.ts';
import type { RepoChange, Repositories } from './repositories.ts';
import { setting } from './settings.ts';
import { changedPaths, type DataChange } from './snapshot.ts';
import { lookOf } from './state-look.ts';

/** VS Code takes no more of one event in detail; beyond it, what is visible is asked again. */
const MOST = 250;
/** Git registers a provider of its own in the same event. Ms. */
const AFTER_GIT = 50;

/** Without it tracked data would be grey: Git ignores it. */
const TRACKED = new FileDecoration(undefined, undefined, new ThemeColor('lode.trackedForeground'));

/** Badges and colours of tracked paths in the explorer, in the tree and in editor tabs. */
export class Decorations extends Disposables implements FileDecorationProvider {
  readonly #changed = this.track(new EventEmitter<Uri[] | undefined>());
  readonly onDidChangeFileDecorations = this.#changed.event;
  readonly #repositories: Repositories;
  readonly #contexts: Contexts;
  #registration: Disposable | undefined;

  constructor(repositories: Repositories, contexts: Contexts) {
    super();
    this.#repositories = repositories;
    this.#contexts = contexts;
    this.track({ dispose: () => this.#registration?.dispose() });
    this.#register();
    void this.#goAfterGit();
    this.track(repositories.onDidChange(() => this.#changed.fire(undefined)));
    this.track(
      // In a turn of its own: with many changes each view has work of some milliseconds.
      repositories.onDidChangeSnapshot((change) => setImmediate(() => this.#follow(change))),
    );
    this.track(
      workspace.onDidChangeConfiguration((event) => {
        if (event.affectsConfiguration('lode.decorations')) this.#changed.fire(undefined);
      }),
    );
  }

  #follow({ model, before, after }: RepoChange): void {
    if (this.isDisposed) return;
    const paths = changedPaths(before, after);
    if (paths.length === 0) return;
    this.#changed.fire(paths.length > MOST ? undefined : paths.map((path) => Uri.file(model.absolute(path))));
  }

  #register(): void {
    this.#registration?.dispose();
    if (!this.isDisposed) this.#registration = window.registerFileDecorationProvider(this);
  }

  /** Of two colours for one file the provider registered last wins: tracked data is ignored by Git, whose grey would hide ours. */
  async #goAfterGit(): Promise<void> {
    const git = await gitApi();
    if (!git || this.isDisposed) return;
    const again = (): void => void setTimeout(() => this.#register(), AFTER_GIT);
    this.track(git.onDidOpenRepository(again));
    again();
  }

  provideFileDecoration(uri: Uri): FileDecoration | undefined {
    if (uri.scheme !== 'file' || !setting('decorations.enabled')) return undefined;
    const model = this.#repositories.at(uri);
    const at = model?.pathOf(uri);
    if (!model || at === undefined) return undefined;
    const output = model.outputAround(at);
    if (output && output.path !== at) this.#contexts.noteFolder(path.dirname(uri.fsPath));
    const change = model.snapshot.states.get(at);
    if (change) return decorationOf(change);
    return output ? TRACKED : undefined;
  }
}

export function decorationOf(change: DataChange): FileDecoration {
  const { badge, color, meaning } = lookOf(change.state);
  const decoration = new FileDecoration(badge, meaning, new ThemeColor(color));
  // What is to be pushed is normal work in progress; folders up to the root need not light up for it.
  decoration.propagate = change.state !== 'unpushed';
  return decoration;
}
