import {
  type Disposable,
  EventEmitter,
  type FileChangeEvent,
  FileChangeType,
  type FileStat,
  FileSystemError,
  type FileSystemProvider,
  FileType,
  type Uri,
  workspace,
} from 'vscode';
import type { OpContext } from '../engine/index.ts';
import { Disposables } from './disposables.ts';
import { type Engine, loadEngine } from './engine.ts';
import type { ExtensionLog } from './log.ts';
import { quietContext } from './op-context.ts';
import type { Repositories } from './repositories.ts';

export const REV_SCHEME = 'lode-rev';

/** Objects kept for the calls an editor makes one after another for one file. */
const KEPT = 8;

/** A tracked file as it was at a revision. The path is the file's own, so that editors know its language. */
export const revUri = (file: Uri, rev: string): Uri => file.with({ scheme: REV_SCHEME, query: rev });

/**
 * Read-only files `lode-rev:/path/to/file?rev`, from the cache: the left side of diff editors and of quick diff.
 *
 * Files and not text documents, so that images and other binary data are compared by the editors made for them.
 */
export class RevFiles extends Disposables implements FileSystemProvider {
  readonly #changed = this.track(new EventEmitter<FileChangeEvent[]>());
  readonly onDidChangeFile = this.#changed.event;
  readonly #repositories: Repositories;
  readonly #log: ExtensionLog;
  readonly #ended = new AbortController();
  readonly #kept = new Map<string, Promise<Buffer>>();

  constructor(repositories: Repositories, log: ExtensionLog) {
    super();
    this.#repositories = repositories;
    this.#log = log;
    this.track({ dispose: () => this.#ended.abort() });
    this.track(workspace.registerFileSystemProvider(REV_SCHEME, this, { isReadonly: true, isCaseSensitive: true }));
    this.track(
      repositories.onDidChangeSnapshot(({ model, before, after }) => {
        if (before.outputs === after.outputs) return;
        this.#kept.clear();
        const open = workspace.textDocuments.map(({ uri }) => uri);
        const stale = open.filter((uri) => uri.scheme === REV_SCHEME && repositories.at(fileOf(uri)) === model);
        this.#changed.fire(stale.map((uri) => ({ type: FileChangeType.Changed, uri })));
      }),
    );
  }

  async stat(uri: Uri): Promise<FileStat> {
    return { type: FileType.File, ctime: 0, mtime: 0, size: (await this.#read(uri)).length };
  }

  readFile(uri: Uri): Promise<Uint8Array> {
    return this.#read(uri);
  }

  watch(): Disposable {
    return { dispose: () => {} };
  }

  readDirectory(): [string, FileType][] {
    return [];
  }

  createDirectory(uri: Uri): void {
    throw FileSystemError.NoPermissions(uri);
  }

  writeFile(uri: Uri): void {
    throw FileSystemError.NoPermissions(uri);
  }

  delete(uri: Uri): void {
    throw FileSystemError.NoPermissions(uri);
  }

  rename(uri: Uri): void {
    throw FileSystemError.NoPermissions(uri);
  }

  #context(engine: Engine, root: string): OpContext {
    return quietContext(engine, this.#log, root, this.#ended.signal);
  }

  #read(uri: Uri): Promise<Buffer> {
    const key = uri.toString();
    const known = this.#kept.get(key);
    if (known) return known;
    const reading = this.#readObject(uri);
    reading.catch(() => this.#kept.delete(key));
    this.#kept.set(key, reading);
    const [oldest] = this.#kept.keys();
    if (this.#kept.size > KEPT && oldest !== undefined) this.#kept.delete(oldest);
    return reading;
  }

  /** @throws `FileNotFound` where the revision has no such data, or the cache lacks it. */
  async #readObject(uri: Uri): Promise<Buffer> {
    const file = fileOf(uri);
    const model = this.#repositories.at(file);
    const at = model?.pathOf(file);
    if (!model?.trusted || at === undefined) throw FileSystemError.FileNotFound(uri);
    try {
      const [engine, repo] = [await loadEngine(), await model.repo()];
      const bytes = await engine.readObject(repo, at, uri.query, this.#context(engine, model.root));
      if (bytes) return bytes;
    } catch (error) {
      this.#log.warn(`${file.fsPath} at ${uri.query}: ${error instanceof Error ? error.message : String(error)}`);
    }
    throw FileSystemError.FileNotFound(uri);
  }
}

const fileOf = (uri: Uri): Uri => uri.with({ scheme: 'file', query: '' });
