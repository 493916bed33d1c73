import * as path from 'node:path';
import { EventEmitter, FileType, RelativePattern, Uri, workspace } from 'vscode';
import { coalesce } from './coalesce.ts';
import { Disposables } from './disposables.ts';
import { loadEngine } from './engine.ts';
import type { ExtensionLog } from './log.ts';
import type { RemoteSecrets } from './remote-secrets.ts';
import { RepoModel, type SnapshotChange } from './repo-model.ts';

export interface RepoChange extends SnapshotChange {
  readonly model: RepoModel;
}

/** Folders never looked into for repositories. */
const SKIPPED = '{**/node_modules/**,**/.git/**,**/.dvc/{tmp,cache}/**,**/.venv/**,**/venv/**}';
const MOST = 200;

/** Every repository of the window: in its folders, below them and around them. */
export class Repositories extends Disposables {
  readonly #changed = this.track(new EventEmitter<void>());
  /** A repository came or went. */
  readonly onDidChange = this.#changed.event;
  readonly #snapshotChanged = this.track(new EventEmitter<RepoChange>());
  readonly onDidChangeSnapshot = this.#snapshotChanged.event;
  readonly #log: ExtensionLog;
  readonly #secrets: RemoteSecrets;
  readonly #unknown = new Set<string>();
  readonly #lookInUnknown = coalesce(
    () => this.#lookForRoots().catch((error: unknown) => this.#log.error('Looking for repositories failed.', error)),
    { quiet: 1000, atMost: 5000 },
  );
  #models: readonly RepoModel[] = [];
  #found: Promise<void> | undefined;
  #hasSearched = false;

  constructor(log: ExtensionLog, secrets: RemoteSecrets) {
    super();
    this.#log = log;
    this.#secrets = secrets;
    const again = (): void => void this.discover();
    this.track(workspace.onDidChangeWorkspaceFolders(again));
    this.track(workspace.onDidGrantWorkspaceTrust(() => this.#reopen()));
    const configs = this.track(workspace.createFileSystemWatcher('**/.dvc/config', false, true, false));
    this.track(configs.onDidCreate(again));
    this.track(configs.onDidDelete(again));
    const pointers = this.track(workspace.createFileSystemWatcher('**/{*.dvc,dvc.yaml,dvc.lock,.dvcignore}'));
    const tell = (uri: Uri): void => this.at(uri)?.fileChanged(uri.fsPath);
    this.track(
      pointers.onDidCreate((uri) => {
        tell(uri); // In a folder that had none the repository's own watcher does not look.
        void this.#checkRoot(Uri.joinPath(uri, '..')); // Never rejects: the search logs its errors.
      }),
    );
    this.track(pointers.onDidChange(tell));
    this.track(pointers.onDidDelete(tell));
    this.track(workspace.onDidSaveTextDocument(({ uri }) => this.at(uri)?.fileSaved(uri.fsPath)));
    this.track({ dispose: () => this.#keep([]) });
    this.track({ dispose: () => this.#lookInUnknown.cancel() });
  }

  /** False until the first search has ended. */
  get hasSearched(): boolean {
    return this.#hasSearched;
  }

  /** Outer ones before those inside them. */
  get all(): readonly RepoModel[] {
    return this.#models;
  }

  /** The innermost repository around a file or folder. */
  at(uri: Uri): RepoModel | undefined {
    return this.#models.findLast((model) => model.pathOf(uri) !== undefined);
  }

  /** Looks for repositories; resolves when all of them have a model. */
  discover(): Promise<void> {
    this.#found = this.#look().catch((error: unknown) => this.#log.error('Looking for repositories failed.', error));
    return this.#found;
  }

  /** Looks for repositories again, and reads all of each. */
  async refreshAll(): Promise<void> {
    await this.discover();
    for (const model of this.#models) model.refreshAll();
    await this.settled();
  }

  /** Resolves when the first search has ended. */
  async ready(): Promise<void> {
    await (this.#found ?? this.discover());
  }

  /** Resolves when every repository shows what was reported so far. */
  async settled(): Promise<void> {
    await this.#found;
    for (const model of this.#models) await model.settled();
  }

  async #look(): Promise<void> {
    const { Repo } = await loadEngine();
    const roots = new Set<string>();
    for (const folder of workspace.workspaceFolders ?? []) {
      const around = folder.uri.scheme === 'file' ? Repo.find(folder.uri.fsPath) : undefined;
      if (around !== undefined) roots.add(around);
    }
    for (const config of await workspace.findFiles('**/.dvc/config', SKIPPED, MOST))
      if (config.scheme === 'file') roots.add(path.dirname(path.dirname(config.fsPath)));
    this.#keep([...roots].sort());
  }

  /** A repository that was copied or made as a whole may be reported by some of its files only. */
  async #checkRoot(uri: Uri): Promise<void> {
    const { Repo } = await loadEngine();
    const root = Repo.find(uri.fsPath);
    if (root !== undefined && !this.#models.some((model) => model.root === root)) await this.discover();
  }

  /** A folder that was made or copied as a whole can hold a repository of which no event tells. */
  async #lookForRoots(): Promise<void> {
    const changed = [...this.#unknown];
    this.#unknown.clear();
    for (const place of changed.slice(0, MOST)) {
      const stat = await workspace.fs.stat(Uri.file(place)).then(
        (it) => it,
        () => undefined, // Gone again.
      );
      if (stat?.type !== FileType.Directory) continue;
      const inside = new RelativePattern(Uri.file(place), '**/.dvc/config');
      for (const config of await workspace.findFiles(inside, SKIPPED, MOST))
        await this.#checkRoot(Uri.joinPath(config, '../..'));
    }
  }

  #reopen(): void {
    const roots = this.#models.map(({ root }) => root);
    this.#keep([]);
    this.#keep(roots);
  }

  #keep(roots: readonly string[]): void {
    const before = this.#models;
    const isFirst = !this.#hasSearched;
    this.#hasSearched = true;
    if (!isFirst && before.length === roots.length && before.every(({ root }, at) => root === roots[at])) return;
    for (const model of before) if (!roots.includes(model.root)) model.dispose();
    this.#models = roots.map((root) => before.find((model) => model.root === root) ?? this.#open(root));
    if (!this.isDisposed) this.#changed.fire();
  }

  #open(root: string): RepoModel {
    const model = new RepoModel(root, {
      trusted: workspace.isTrusted,
      log: this.#log,
      secrets: this.#secrets,
    });
    model.track(model.onDidChangeSnapshot((change) => this.#snapshotChanged.fire({ ...change, model })));
    model.track(
      model.onDidSeeUnknown((changed) => {
        this.#unknown.add(changed);
        this.#lookInUnknown();
      }),
    );
    this.#log.info(`Repository ${root}${model.trusted ? '' : ' (restricted)'}`);
    return model;
  }
}
