import * as fs from 'node:fs';
import * as path from 'node:path';
import { type FSWatcher, watch } from 'chokidar';
import { EventEmitter, RelativePattern, Uri, workspace } from 'vscode';
import { Disposables } from './disposables.ts';

/** What to watch for one repository; all absolute. */
export interface WatchPlan {
  /** Folders whose own entries matter: those with stage files, `.dvc`, parents of tracked files, Git's own. */
  readonly folders: readonly string[];
  /** Tracked folders: everything below matters. */
  readonly trees: readonly string[];
  /** Tracked folders with so many files that listing them again at each event would cost more than it tells. */
  readonly bigTrees: readonly string[];
}

/** Files in a tracked folder up to which it is watched directly: reading such a folder again takes a few ms. */
export const BIG_TREE = 5000;

/** Entries of watched folders that never matter. */
const NOISE =
  /(^|\/)(\.git|node_modules|__pycache__|\.ipynb_checkpoints|\.dvc\/(tmp|cache))$|\/\.git\/.*\.lock$|\.tmp$/;

/** Folders that began to be watched together. */
interface Group {
  readonly watcher: FSWatcher;
  readonly folders: Set<string>;
  close(): void;
}

/**
 * Tells which paths may have changed: the one importer of `chokidar`.
 *
 * A folder is the unit: there is no watch per file, so that 100,000 files cost as little as the folders they are in. Paths are
 * told as they are reported; whoever listens looks at the disk. Where the system has no more watches to give, VS Code's own
 * watcher takes over for the rest of the session.
 */
export class Watcher extends Disposables {
  readonly #changed = this.track(new EventEmitter<string>());
  /** An absolute path below which something may have changed. */
  readonly onDidChange = this.#changed.event;
  readonly #onDegraded: (reason: string) => void;
  readonly #folders = new Set<string>();
  readonly #trees = new Set<string>();
  readonly #groups = new Set<Group>();
  #editorWatches: Disposables | undefined;
  #editorFolders = '';
  #usesEditor: boolean;
  #plan: WatchPlan = { folders: [], trees: [], bigTrees: [] };

  constructor(options: { readonly usesEditor: boolean; readonly onDegraded: (reason: string) => void }) {
    super();
    this.#usesEditor = options.usesEditor;
    this.#onDegraded = options.onDegraded;
    this.track({ dispose: () => this.#closeGroups() });
    this.track({ dispose: () => this.#editorWatches?.dispose() });
  }

  /**
   * Replaces what is watched; what stays is not touched.
   *
   * @returns the folders that were not watched before, once they are: what was read of them earlier may have changed unseen
   */
  async follow(plan: WatchPlan): Promise<readonly string[]> {
    if (this.isDisposed) return [];
    this.#plan = plan;
    this.#followWithEditor(this.#usesEditor ? [...plan.folders, ...plan.trees, ...plan.bigTrees] : plan.bigTrees);
    if (this.#usesEditor) return [];
    const [folders, trees] = [new Set(plan.folders), new Set(plan.trees)];
    const wanted = new Set([...folders, ...trees]);
    const fresh = [...wanted].filter(
      (folder) => !this.#trees.has(folder) && (trees.has(folder) || !this.#folders.has(folder)),
    );
    const gone = [...this.#folders, ...this.#trees].filter((folder) => !wanted.has(folder));
    const deeper = fresh.filter((folder) => this.#folders.has(folder)); // Watched, but not what is below.
    replace(this.#folders, folders);
    replace(this.#trees, trees);
    this.#leave([...gone, ...deeper]);
    if (fresh.length > 0) await this.#watch(fresh);
    return fresh;
  }

  #leave(folders: readonly string[]): void {
    if (folders.length === 0) return;
    for (const group of this.#groups) {
      group.watcher.unwatch([...folders]);
      for (const folder of folders) group.folders.delete(folder);
      if (group.folders.size === 0) group.close();
    }
  }

  /** A watcher for each group: one tells only once that it is ready. */
  async #watch(fresh: readonly string[]): Promise<void> {
    // Of a folder that is not there yet its parent tells; waiting for it would end too early for the others.
    const there = await existing(fresh);
    if (there.length === 0 || this.isDisposed || this.#usesEditor) return;
    const watcher = this.#open();
    await new Promise<void>((resolve) => {
      const group: Group = {
        watcher,
        folders: new Set(fresh),
        close: () => {
          this.#groups.delete(group);
          void watcher.close();
          resolve();
        },
      };
      this.#groups.add(group);
      watcher.once('ready', resolve).add(there);
    });
  }

  #open(): FSWatcher {
    const watcher = watch([], {
      ignoreInitial: true,
      followSymlinks: false,
      ignorePermissionErrors: true,
      atomic: false,
      ignored: (entry, stats) => this.#ignores(entry, stats?.isDirectory()),
    });
    // Raw events come from the watch of a folder and name the entry; the others would need a watch for each file.
    watcher.on('raw', (_event, name, details) => {
      const { watchedPath } = details as { watchedPath?: string }; // Typed as unknown by the library.
      if (watchedPath === undefined) return;
      const changed = name ? path.join(watchedPath, String(name)) : watchedPath;
      if (!NOISE.test(posix(changed))) this.#changed.fire(changed);
    });
    watcher.on('unlinkDir', (folder) => this.#changed.fire(folder));
    watcher.on('error', (error) => this.#degrade(error));
    return watcher;
  }

  #closeGroups(): void {
    for (const group of this.#groups) group.close();
  }

  /** True for files, which their folder's watch reports, and for folders nobody asked for. */
  #ignores(entry: string, isFolder: boolean | undefined): boolean {
    if (this.#folders.has(entry) || this.#trees.has(entry)) return false;
    if (isFolder === false || NOISE.test(posix(entry))) return true;
    for (let folder = path.dirname(entry); folder !== path.dirname(folder); folder = path.dirname(folder))
      if (this.#trees.has(folder)) return false;
    return true;
  }

  #degrade(error: unknown): void {
    if (this.#usesEditor || this.isDisposed) return;
    this.#usesEditor = true;
    this.#onDegraded(error instanceof Error ? error.message : String(error));
    this.#closeGroups();
    void this.follow(this.#plan);
  }

  #followWithEditor(folders: readonly string[]): void {
    const key = folders.join('\0');
    if (key === this.#editorFolders) return;
    this.#editorFolders = key;
    this.#editorWatches?.dispose();
    const watches = new Disposables();
    const deep = new Set([...this.#plan.trees, ...this.#plan.bigTrees]);
    const tell = ({ fsPath }: Uri): void => {
      if (!NOISE.test(posix(fsPath))) this.#changed.fire(fsPath);
    };
    for (const folder of folders) {
      const pattern = new RelativePattern(Uri.file(folder), deep.has(folder) ? '**' : '*');
      const watched = watches.track(workspace.createFileSystemWatcher(pattern));
      watches.track(watched.onDidCreate(tell));
      watches.track(watched.onDidChange(tell));
      watches.track(watched.onDidDelete(tell));
    }
    this.#editorWatches = watches;
  }
}

const posix = (text: string): string => (path.sep === '/' ? text : text.split(path.sep).join('/'));

/** Those that are there. */
async function existing(folders: readonly string[]): Promise<string[]> {
  const there = await Promise.all(
    folders.map((folder) =>
      fs.promises.stat(folder).then(
        () => true,
        () => false,
      ),
    ),
  );
  return folders.filter((_folder, at) => there[at]);
}

function replace(set: Set<string>, items: ReadonlySet<string>): void {
  set.clear();
  for (const item of items) set.add(item);
}
