import * as path from 'node:path';
import { commands, EventEmitter, l10n, type MessageItem, Uri, window, workspace } from 'vscode';
import { coalesce } from './coalesce.ts';
import { Disposables } from './disposables.ts';
import { formatBytes } from './format.ts';
import { forEachGitRepository, type GitChange, type GitRepository, gitApi } from './git-extension.ts';
import type { ExtensionLog } from './log.ts';
import type { RepoModel } from './repo-model.ts';
import type { Repositories } from './repositories.ts';
import { setting } from './settings.ts';

export interface BigFile {
  readonly uri: Uri;
  /** Bytes. */
  readonly size: number;
}

/** Values of Git's `Status`, which its API hands out as numbers. */
const [INDEX_ADDED, UNTRACKED] = [1, 7];
const MEGABYTE = 1_000_000;
/** New files looked at; with more, somebody has forgotten to ignore a folder. */
const MOST = 2000;

/** Finds big files on their way into Git: lists those nobody tracks, and asks about those that were staged. */
export class BigFiles extends Disposables {
  readonly #changed = this.track(new EventEmitter<RepoModel>());
  /** The list of a repository is another one. */
  readonly onDidChange = this.#changed.event;
  readonly #repositories: Repositories;
  readonly #log: ExtensionLog;
  readonly #found = new WeakMap<RepoModel, readonly BigFile[]>();
  /** Asked about already, by path: once is enough in a session. */
  readonly #asked = new Set<string>();

  constructor(repositories: Repositories, log: ExtensionLog) {
    super();
    this.#repositories = repositories;
    this.#log = log;
    if (workspace.isTrusted) void this.#start();
    else this.track(workspace.onDidGrantWorkspaceTrust(() => void this.#start()));
  }

  /** Big files that neither Git nor Lode tracks. */
  of(model: RepoModel): readonly BigFile[] {
    return this.#found.get(model) ?? [];
  }

  async #start(): Promise<void> {
    const git = await gitApi();
    if (!git) return;
    this.track(
      forEachGitRepository(git, (repository) => {
        const look = coalesce(
          () =>
            this.#look(repository).catch((error: unknown) => this.#log.error('Looking for big files failed.', error)),
          {
            quiet: 300,
            atMost: 3000,
          },
        );
        const links = new Disposables();
        links.track(repository.state.onDidChange(look));
        links.track(this.#repositories.onDidChange(look));
        links.track({ dispose: () => look.cancel() });
        look();
        return links;
      }),
    );
  }

  async #look({ rootUri, state }: GitRepository): Promise<void> {
    const limit = setting('git.bigFileSize', rootUri) * MEGABYTE;
    if (limit === 0) return;
    const isNew = ({ status }: GitChange) => status === UNTRACKED;
    const untracked = [...(state.untrackedChanges ?? []), ...state.workingTreeChanges].filter(isNew);
    const staged = state.indexChanges.filter(({ status }) => status === INDEX_ADDED);
    const found = new Map<RepoModel, BigFile[]>(this.#repositories.all.map((model) => [model, []]));
    for (const file of await bigOnes(untracked, limit)) {
      const model = this.#repositories.at(file.uri);
      if (model) found.get(model)?.push(file);
    }
    for (const [model, files] of found) this.#tell(model, rootUri, files);
    for (const file of await bigOnes(staged, limit)) if (this.#repositories.at(file.uri)) await this.#ask(file);
  }

  #tell(model: RepoModel, gitRoot: Uri, files: readonly BigFile[]): void {
    if (!isAround(gitRoot.fsPath, model.root)) return;
    const before = this.of(model);
    this.#found.set(model, files);
    if (before.map(({ uri }) => uri.fsPath).join('\0') !== files.map(({ uri }) => uri.fsPath).join('\0'))
      this.#changed.fire(model);
  }

  async #ask({ uri, size }: BigFile): Promise<void> {
    if (this.#asked.has(uri.fsPath)) return;
    this.#asked.add(uri.fsPath);
    const [track, ignore, keep] = [
      { title: l10n.t('Track with Lode') },
      { title: l10n.t('Ignore') },
      { title: l10n.t('Commit Anyway') },
    ] as const satisfies readonly MessageItem[];
    const text = l10n.t(
      '“{0}” has {1} and is staged for Git, which keeps every version of it for ever.',
      path.basename(uri.fsPath),
      formatBytes(size),
    );
    const chosen = await window.showWarningMessage(text, track, ignore, keep);
    if (chosen !== track && chosen !== ignore) return;
    await (await gitApi())?.getRepository(uri)?.revert([uri.fsPath]);
    if (chosen === track) await commands.executeCommand('lode.add', uri);
    else await ignoreInGit(uri);
  }
}

/** Files of at least `limit` bytes. */
async function bigOnes(changes: readonly GitChange[], limit: number): Promise<BigFile[]> {
  const found: BigFile[] = [];
  for (const { uri } of changes.slice(0, MOST)) {
    const stat = await workspace.fs.stat(uri).then(
      (it) => it,
      () => undefined, // Gone since Git looked.
    );
    if (stat && stat.size >= limit) found.push({ uri, size: stat.size });
  }
  return found;
}

/** Adds a line to the `.gitignore` beside the file. */
async function ignoreInGit(uri: Uri): Promise<void> {
  const file = Uri.joinPath(uri, '..', '.gitignore');
  const now = await workspace.fs.readFile(file).then(
    (bytes) => new TextDecoder().decode(bytes),
    () => '',
  );
  const line = `/${path.posix.basename(uri.path).replace(/[\\*?[\]!# ]/g, '\\$&')}\n`;
  await workspace.fs.writeFile(
    file,
    new TextEncoder().encode(`${now}${now === '' || now.endsWith('\n') ? '' : '\n'}${line}`),
  );
}

const isAround = (folder: string, inner: string): boolean =>
  inner === folder || inner.startsWith(folder.endsWith(path.sep) ? folder : folder + path.sep);
