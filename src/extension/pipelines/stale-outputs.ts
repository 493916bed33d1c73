import {
  EventEmitter,
  FileDecoration,
  type FileDecorationProvider,
  l10n,
  ThemeColor,
  Uri,
  window,
  workspace,
} from 'vscode';
import type { PipelineFile, StageView } from '../../engine/index.ts';
import { Disposables } from '../disposables.ts';
import type { RepoModel } from '../repo-model.ts';
import type { Repositories } from '../repositories.ts';
import { setting } from '../settings.ts';
import { stateText } from './stage-text.ts';

/** Marks what stages have made that would be made anew: in the explorer, in trees and in tabs. */
export class StaleOutputs extends Disposables implements FileDecorationProvider {
  readonly #changed = this.track(new EventEmitter<Uri[]>());
  readonly onDidChangeFileDecorations = this.#changed.event;
  readonly #repositories: Repositories;
  readonly #stale = new Map<RepoModel, ReadonlyMap<string, StageView>>();

  constructor(repositories: Repositories) {
    super();
    this.#repositories = repositories;
    this.track(window.registerFileDecorationProvider(this));
    this.track(
      repositories.onDidChangeSnapshot(({ model, before, after }) => {
        if (before.pipelines !== after.pipelines) this.#follow(model, after.pipelines ?? []);
      }),
    );
    this.track(
      workspace.onDidChangeConfiguration((event) => {
        if (event.affectsConfiguration('lode.decorations'))
          for (const [model, stale] of this.#stale) this.#tell(model, stale.keys());
      }),
    );
  }

  provideFileDecoration(uri: Uri): FileDecoration | undefined {
    if (uri.scheme !== 'file' || !setting('decorations.enabled')) return undefined;
    const model = this.#repositories.at(uri);
    const at = model?.pathOf(uri);
    const view = model && at !== undefined ? this.#stale.get(model)?.get(at) : undefined;
    if (!view) return undefined;
    const text = view.awaitsUpstream ? l10n.t('a stage before it is stale') : stateText(view);
    return new FileDecoration(
      'S',
      l10n.t('Made by {0}: {1}', view.address, text),
      new ThemeColor('list.warningForeground'),
    );
  }

  #follow(model: RepoModel, files: readonly PipelineFile[]): void {
    const before = this.#stale.get(model) ?? new Map<string, StageView>();
    const after = new Map<string, StageView>();
    for (const { stages } of files)
      for (const view of stages) {
        if (view.state !== 'stale' && view.state !== 'restorable' && !view.awaitsUpstream) continue;
        for (const { place } of view.stage.outs) if (place.kind === 'repo') after.set(place.path, view);
      }
    this.#stale.set(model, after);
    const different = [...after].filter(
      ([path, view]) => before.get(path)?.reasons !== view.reasons || before.get(path)?.state !== view.state,
    );
    this.#tell(model, [...different.map(([path]) => path), ...[...before.keys()].filter((path) => !after.has(path))]);
  }

  #tell(model: RepoModel, paths: Iterable<string>): void {
    const uris = [...paths].map((path) => Uri.file(model.absolute(path)));
    if (uris.length > 0) this.#changed.fire(uris);
  }
}
