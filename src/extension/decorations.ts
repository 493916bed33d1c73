import { EventEmitter, FileDecoration, type FileDecorationProvider, ThemeColor, Uri, window, workspace } from 'vscode';
import { Disposables } from './disposables.ts';
import type { Repositories } from './repositories.ts';
import { setting } from './settings.ts';
import { changedPaths, type DataChange } from './snapshot.ts';
import { lookOf } from './state-look.ts';

/** VS Code takes no more of one event in detail; beyond it, what is visible is asked again. */
const MOST = 250;

/** Badges and colours of tracked paths in the explorer, in the tree and in editor tabs. */
export class Decorations extends Disposables implements FileDecorationProvider {
  readonly #changed = this.track(new EventEmitter<Uri[] | undefined>());
  readonly onDidChangeFileDecorations = this.#changed.event;
  readonly #repositories: Repositories;

  constructor(repositories: Repositories) {
    super();
    this.#repositories = repositories;
    this.track(window.registerFileDecorationProvider(this));
    this.track(repositories.onDidChange(() => this.#changed.fire(undefined)));
    this.track(
      repositories.onDidChangeSnapshot(({ model, before, after }) => {
        const paths = changedPaths(before, after);
        if (paths.length === 0) return;
        this.#changed.fire(paths.length > MOST ? undefined : paths.map((path) => Uri.file(model.absolute(path))));
      }),
    );
    this.track(
      workspace.onDidChangeConfiguration((event) => {
        if (event.affectsConfiguration('lode.decorations')) this.#changed.fire(undefined);
      }),
    );
  }

  provideFileDecoration(uri: Uri): FileDecoration | undefined {
    if (uri.scheme !== 'file' || !setting('decorations.enabled')) return undefined;
    const model = this.#repositories.at(uri);
    const at = model?.pathOf(uri);
    const change = at === undefined ? undefined : model?.snapshot.states.get(at);
    return change && decorationOf(change);
  }
}

export function decorationOf(change: DataChange): FileDecoration {
  const { badge, color, meaning } = lookOf(change.state);
  const decoration = new FileDecoration(badge, meaning, new ThemeColor(color));
  // What is to be pushed is normal work in progress; folders up to the root need not light up for it.
  decoration.propagate = change.state !== 'unpushed';
  return decoration;
}
