import * as path from 'node:path';
import { EventEmitter, type Uri } from 'vscode';
import type { Output, PipelineFile, Repo, RepoIndex, RepoPath, StageAddress } from '../engine/index.ts';
import { coalesce } from './coalesce.ts';
import { Disposables } from './disposables.ts';
import { type Engine, loadEngine } from './engine.ts';
import type { ExtensionLog } from './log.ts';
import { quietContext } from './op-context.ts';
import { OperationQueue } from './operation-queue.ts';
import { OutputLookup } from './output-lookup.ts';
import { PipelineWatch } from './pipelines/pipeline-watch.ts';
import type { RemoteSecrets } from './remote-secrets.ts';
import { setting } from './settings.ts';
import {
  changesOf,
  type DataChange,
  EMPTY_SNAPSHOT,
  type GitHead,
  mergeChanges,
  NO_CHANGES,
  type OutputView,
  type RemoteView,
  type RepoSnapshot,
  statesOf,
  withRemote,
} from './snapshot.ts';
import { watchPlan } from './watch-plan.ts';
import { Watcher } from './watcher.ts';

export interface SnapshotChange {
  readonly before: RepoSnapshot;
  readonly after: RepoSnapshot;
}

/** What has to be read again. */
interface Dirt {
  /** Stage files, configuration, ignore files or the commit. */
  everything: boolean;
  /** Where the cache is, or which files there are: then everything, that of pipelines too. */
  settings: boolean;
  /** What the remote has. */
  remote: boolean;
  readonly outputs: Set<RepoPath>;
}

/** Long enough for the events of one save to arrive, short enough that a badge follows at once. Ms. */
const QUIET = { quiet: 80, atMost: 1000 };
const REMOTE_QUIET = { quiet: 500, atMost: 5000 };
/** When to read again what could not be read, if nothing happens: what was in the way may be gone without an event. Ms. */
const RETRIES = [1000, 5000, 30_000] as const;
/** How often what is recorded is read while folders of it turn out not to have been watched. */
const MOST_READINGS = 3;
/** After which what there is is shown, watched or not. Ms. */
const MOST_WAIT = 3000;
const META_FILE = /(^|\/)(dvc\.yaml|dvc\.lock|\.dvcignore|[^/]+\.dvc)$/;
const CONFIG_FILE = /^\.dvc\/config(\.local)?$/;

/** One repository of the window: watches it, and replaces its snapshot when something in it changed. */
export class RepoModel extends Disposables {
  readonly root: string;
  readonly trusted: boolean;
  readonly queue = this.track(new OperationQueue());
  readonly #log: ExtensionLog;
  readonly #secrets: RemoteSecrets;
  readonly #changed = this.track(new EventEmitter<SnapshotChange>());
  readonly onDidChangeSnapshot = this.#changed.event;
  readonly #unknown = this.track(new EventEmitter<string>());
  /** Something that is not tracked changed, in a folder where something is: absolute. */
  readonly onDidSeeUnknown = this.#unknown.event;
  readonly #file = this.track(new EventEmitter<RepoPath>());
  /** A file that is watched may be another now, whatever it is. */
  readonly onDidChangeFile = this.#file.event;
  readonly #ended = new AbortController();
  readonly #watcher: Watcher | undefined;
  readonly #dirt: Dirt = { everything: true, settings: true, remote: true, outputs: new Set() };
  readonly #refresh = coalesce(() => this.#readAgain(), QUIET);
  readonly #refreshRemote = coalesce(() => this.#askRemote(), REMOTE_QUIET);
  readonly #pipelines: PipelineWatch;
  #index: Pick<RepoIndex, 'files' | 'tracked'> = { files: new Set(), tracked: [] };
  #repo: Promise<Repo> | undefined;
  #snapshot = EMPTY_SNAPSHOT;
  #showing: Promise<void> = Promise.resolve();
  #lookup = new OutputLookup([]);
  #held = 0;
  /** What changed while it was read what is tracked: only then is it known whose that is. */
  #early: Set<RepoPath> | undefined;
  /** As the default remote said last. */
  #remoteLacks: readonly DataChange[] = [];
  #failures = 0;
  #isFollowed: () => void = () => {};
  /** Resolves when what the first reading found is watched, or cannot be read. */
  readonly #firstFollowed = new Promise<void>((resolve) => {
    this.#isFollowed = resolve;
  });
  #retry: NodeJS.Timeout | undefined;
  /** How often the repository was read. */
  refreshes = 0;

  constructor(
    root: string,
    options: { readonly trusted: boolean; readonly log: ExtensionLog; readonly secrets: RemoteSecrets },
  ) {
    super();
    this.root = root;
    this.#secrets = options.secrets;
    this.trusted = options.trusted;
    this.#log = options.log;
    const watcher = setting('watcher');
    if (watcher !== 'off') {
      this.#watcher = this.track(
        new Watcher({
          usesEditor: watcher === 'editor',
          onDegraded: (reason) =>
            this.#log.warn(`${root}: the system has no more file watches (${reason}); VS Code's own watcher is used.`),
        }),
      );
      this.track(this.#watcher.onDidChange((changed) => this.fileChanged(changed)));
    }
    this.#pipelines = this.track(
      new PipelineWatch({
        root,
        trusted: this.trusted,
        log: this.#log,
        // What changed before it was watched would be missed.
        repo: () => this.#firstFollowed.then(() => this.repo()),
        onRead: (pipelines) => this.#showPipelines(pipelines),
      }),
    );
    this.track({ dispose: () => void this.#close() });
    this.#refresh();
  }

  /** Has the snapshot's pipelines read, and kept up to date from now on. Nobody pays for them who shows none. */
  askForPipelines(): void {
    this.#pipelines.start();
  }

  /** Stages that write at this moment: they are not compared before they have ended. */
  setStagesAtWork(stages: ReadonlySet<StageAddress>): void {
    this.#pipelines.setStagesAtWork(stages);
  }

  /** As {@link fileChanged}, for what an editor has just written: nobody waits for the system's word, which may come late or never. */
  fileSaved(saved: string): void {
    this.fileChanged(saved);
  }

  get snapshot(): RepoSnapshot {
    return this.#snapshot;
  }

  get name(): string {
    return path.basename(this.root);
  }

  /** The open repository. @throws `config`, `no-repository` when it cannot be opened; the next call tries again. */
  repo(): Promise<Repo> {
    this.#repo ??= this.#open();
    this.#repo.catch(() => {
      this.#repo = undefined;
    });
    return this.#repo;
  }

  /** The path of a file below the root as the engine writes it; undefined outside. */
  pathOf(uri: Uri): RepoPath | undefined {
    if (uri.scheme !== 'file') return undefined;
    const relative = path.relative(this.root, uri.fsPath);
    if (path.isAbsolute(relative) || relative === '..' || relative.startsWith(`..${path.sep}`)) return undefined;
    return (path.sep === '/' ? relative : relative.split(path.sep).join('/')) as RepoPath; // Relative and below the root.
  }

  absolute(repoPath: string): string {
    return repoPath === '' ? this.root : path.join(this.root, repoPath);
  }

  /** The tracked output a path is or lies in. */
  outputAround(repoPath: string): OutputView | undefined {
    return this.#lookup.around(repoPath);
  }

  /** Reads everything again, soon. */
  refreshAll(): void {
    this.#dirt.everything = true;
    this.#dirt.settings = true;
    this.#dirt.remote = true;
    this.#schedule();
  }

  /** Takes note of a path that may have changed: absolute. */
  fileChanged(changed: string): void {
    const at = this.#relative(changed);
    this.#file.fire(at);
    const isGit = /(^|\/)\.git(\/|$)/.test(at);
    if (!isGit) this.#pipelines.changed(at);
    if (CONFIG_FILE.test(at) || at.endsWith('.git/HEAD')) this.#dirt.settings = true;
    if (isGit || META_FILE.test(at) || CONFIG_FILE.test(at)) this.#dirt.everything = true;
    else {
      const touched = this.#lookup.touchedBy(at);
      this.#early?.add(at);
      if (touched.length === 0) {
        this.#unknown.fire(changed);
        return;
      }
      for (const output of touched) this.#dirt.outputs.add(output.path);
    }
    this.#schedule();
  }

  /** Keeps the snapshot as it is while a verb works: one refresh follows, not one for each file it writes. */
  hold({ pipelines = true } = {}): { release(): void } {
    this.#held += 1;
    this.#refresh.cancel();
    if (pipelines) this.#pipelines.hold();
    let released = false;
    return {
      release: () => {
        if (released) return;
        released = true;
        this.#held -= 1;
        if (pipelines) this.#pipelines.release();
        this.refreshAll();
      },
    };
  }

  /** Resolves when the snapshot shows all that was reported so far. */
  async settled(): Promise<void> {
    await this.#refresh.flush();
    await this.#refreshRemote.flush();
    await this.#pipelines.settled();
  }

  #relative = (absolute: string): RepoPath => path.relative(this.root, absolute).split(path.sep).join('/') as RepoPath; // Below the root, or it touches nothing.

  #schedule(): void {
    if (this.#held === 0 && !this.isDisposed) this.#refresh();
  }

  async #open(): Promise<Repo> {
    const engine = await loadEngine();
    return engine.Repo.open(this.root, this.#context(engine), {
      trusted: this.trusted,
      secrets: (remote) => this.#secrets.of(this.root, remote),
    });
  }

  #context(engine: Engine) {
    return quietContext(engine, this.#log, this.root, this.#ended.signal);
  }

  async #readAgain(): Promise<void> {
    if (this.isDisposed || this.#held > 0) return;
    const { everything } = this.#dirt;
    const outputs = [...this.#dirt.outputs];
    const { settings } = this.#dirt;
    this.#dirt.everything = false;
    this.#dirt.settings = false;
    this.#dirt.outputs.clear();
    clearTimeout(this.#retry);
    const startedAt = performance.now();
    this.refreshes += 1;
    if (everything) this.#early = new Set();
    try {
      const [engine, repo] = [await loadEngine(), await this.repo()];
      if (everything) repo.invalidate();
      if (settings) this.#pipelines.everythingChanged();
      // Read first: a commit that comes while the rest is read is then a move, not where this began.
      const atStart = headOf(repo);
      // Between the stops of a rebase it stays that of its start: data follows once, at the end.
      const head = repo.git.rebasing() ? this.#snapshot.head : atStart;
      const index = await this.#followedIndex(repo);
      const changes = this.trusted ? await this.#changes(engine, repo, everything, outputs) : NO_CHANGES;
      // What is shown by now may be another than at the start: the remote was asked meanwhile.
      const shown = this.#snapshot;
      const views = everything ? index.tracked.map(viewOf) : shown.outputs;
      const isRecordedAnew = !sameOutputs(views, shown.outputs);
      if (isRecordedAnew) this.#dirt.remote = true;
      await this.#fire({
        phase: this.trusted ? 'ready' : 'restricted',
        problem: undefined,
        outputs: isRecordedAnew ? views : shown.outputs,
        head,
        defaultRemote: repo.config.defaultRemote,
        remotes: everything ? remotesOf(engine, repo) : shown.remotes,
        changes,
      });
      this.#failures = 0;
      this.#sortOutEarly();
      if (repo.git.head() !== atStart?.commit) this.refreshAll(); // Git went on while this was read: parts are of one commit, parts of another.
      this.#log.debug(
        `${this.root}: read ${everything ? 'everything' : outputs.join(', ')} in ${Math.round(performance.now() - startedAt)} ms`,
      );
      if (everything && this.#dirt.remote && this.trusted) this.#refreshRemote();
    } catch (error) {
      if (this.isDisposed) return;
      this.#log.error(`${this.root} cannot be read.`, error);
      this.#dirt.everything = true;
      const delay = RETRIES[this.#failures++];
      if (delay !== undefined) this.#retry = setTimeout(() => this.#schedule(), delay);
      await this.#fire({ phase: 'failed', problem: messageOf(error) });
      await this.#followBroken();
    }
  }

  #sortOutEarly(): void {
    const outputs = [...(this.#early ?? [])].flatMap((at) => this.#lookup.touchedBy(at));
    this.#early = undefined;
    for (const output of outputs) this.#dirt.outputs.add(output.path);
    if (outputs.length > 0) this.#schedule();
  }

  async #changes(engine: Engine, repo: Repo, everything: boolean, outputs: readonly RepoPath[]) {
    const ctx = this.#context(engine);
    const targets = everything ? [] : outputs.map((output) => this.absolute(output));
    const status = await engine.dataStatus(repo, { granular: true, targets }, ctx);
    await nextTurn();
    const fresh = changesOf(status);
    await nextTurn();
    if (everything) return fresh;
    const merged = mergeChanges(this.#snapshot.changes, fresh, outputs);
    await nextTurn();
    return merged;
  }

  /** Asks the default remote what it lacks: after a change of what is recorded, never again and again. */
  async #askRemote(): Promise<void> {
    if (this.isDisposed || this.#held > 0) return;
    this.#dirt.remote = false;
    try {
      const [engine, repo] = [await loadEngine(), await this.repo()];
      if (!this.#mayAsk(repo)) return this.#showUnpushed([]);
      const status = await engine.dataStatus(repo, { granular: true, notInRemote: true }, this.#context(engine));
      await nextTurn();
      await this.#showUnpushed(status.notInRemote);
    } catch (error) {
      if (this.isDisposed) return;
      this.#log.warn(`${this.root}: the remote could not be asked: ${messageOf(error)}`);
      await this.#fire({ remoteProblem: messageOf(error) });
    }
  }

  /** Whether the default remote is asked without a word from the user. */
  #mayAsk({ config }: Repo): boolean {
    const [name, which] = [config.defaultRemote, setting('remotes.check')];
    if (name === undefined || which === 'never') return false;
    return which === 'all' || config.remotes.get(name)?.scheme === '';
  }

  async #showUnpushed(paths: readonly string[]): Promise<void> {
    const { unpushed } = changesOf(NOTHING, paths);
    await nextTurn();
    this.#remoteLacks = unpushed;
    await this.#fire({ remoteProblem: undefined });
  }

  async #showPipelines(pipelines: readonly PipelineFile[]): Promise<void> {
    const before = this.#snapshot;
    this.#snapshot = { ...before, pipelines };
    if (!this.isDisposed) this.#changed.fire({ before, after: this.#snapshot });
    for (const folder of await this.#follow(await this.repo())) this.#pipelines.changed(this.#relative(folder));
  }

  /** The stages and data there are, all of it watched: what changed before it was is read again. */
  async #followedIndex(repo: Repo): Promise<RepoIndex> {
    let index = await repo.index();
    this.#index = index;
    for (let left = MOST_READINGS; left > 0 && (await this.#follow(repo)).length > 0; left -= 1) {
      repo.invalidate();
      index = await repo.index();
      this.#index = index;
    }
    this.#isFollowed();
    return index;
  }

  /** Watches what cannot be read, too: once it is mended there is something to show. */
  async #followBroken(): Promise<void> {
    const repo = await this.#repo?.catch(() => undefined);
    const broken: RepoPath[] = [];
    const index = await repo?.readableIndex((file) => broken.push(file)).catch(() => undefined);
    if (index) this.#index = { files: new Set([...index.files, ...broken]), tracked: index.tracked };
    await this.#follow(repo);
    this.#isFollowed();
  }

  /** @returns the folders that are newly watched */
  async #follow(repo: Repo | undefined): Promise<readonly string[]> {
    const gitFolders = repo?.git.stateFolders() ?? [];
    const following = this.#watcher?.follow(
      watchPlan(this.root, { gitFolders, index: this.#index, pipelines: this.#snapshot.pipelines ?? [] }),
    );
    if (following === undefined) return [];
    const fresh = await inTime(following, MOST_WAIT);
    if (fresh !== undefined) return fresh;
    this.#log.warn(`${this.root}: its folders take more than ${MOST_WAIT} ms to be watched.`);
    void following.then(() => this.refreshAll());
    return [];
  }

  /** Shows what is another now. One change after another: each is made to what the one before it has left. */
  #fire(change: Partial<RepoSnapshot>): Promise<void> {
    const shown = this.#showing.then(() => this.#show(change));
    this.#showing = shown.catch(() => {}); // Whoever fired is told.
    return shown;
  }

  async #show(change: Partial<RepoSnapshot>): Promise<void> {
    const next = { ...this.#snapshot, ...change };
    if (next.outputs !== this.#snapshot.outputs) this.#lookup = new OutputLookup(next.outputs);
    const lacked = this.#remoteLacks.filter(({ path: at }) => this.#lookup.around(at)); // No longer what is tracked no longer.
    await nextTurn();
    const changes = withRemote(next.changes, lacked);
    await nextTurn();
    const states = statesOf(changes);
    await nextTurn();
    const before = this.#snapshot; // Pipelines are read beside it.
    const after = { ...next, changes, pipelines: before.pipelines, states };
    this.#snapshot = after;
    await nextTurn(); // Listeners work through many changes, too.
    if (!this.isDisposed) this.#changed.fire({ before, after });
  }

  async #close(): Promise<void> {
    this.#ended.abort();
    clearTimeout(this.#retry);
    this.#refresh.cancel();
    this.#refreshRemote.cancel();
    await (await this.#repo?.catch(() => undefined))?.[Symbol.asyncDispose]();
  }
}

/** What a promise gives, or undefined where it takes longer than so many ms. */
async function inTime<T>(work: Promise<T>, limit: number): Promise<T | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => resolve(undefined), limit);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** Lets the host answer others between two parts of a long refresh. */
const nextTurn = (): Promise<void> => new Promise((resume) => setImmediate(resume));

const NO_SIDE = { modified: [], added: [], deleted: [], renamed: [], unknown: [] };
const NOTHING = {
  notInCache: [],
  notInRemote: [],
  committed: NO_SIDE,
  uncommitted: NO_SIDE,
  untracked: [],
  unchanged: [],
  git: undefined,
};

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

const headOf = ({ git }: Repo): GitHead | undefined => {
  const commit = git.head();
  return commit === undefined ? undefined : { commit, branch: git.branch() };
};

/** Sections with options and no address are not shown: there is nothing to push to. */
const remotesOf = ({ redactUrl }: Engine, { config }: Repo): RemoteView[] =>
  [...config.remotes.values()].flatMap(({ name, url, scheme }) =>
    url === ''
      ? []
      : [{ name, url: redactUrl(url), isDefault: name === config.defaultRemote, isFolder: scheme === '' }],
  );

/** Whether two indexes record the same data at the same places. */
const sameOutputs = (a: readonly OutputView[], b: readonly OutputView[]): boolean =>
  a.length === b.length &&
  a.every((output, at) => {
    const other = b[at];
    return output.path === other?.path && output.oid === other.oid && output.pointer === other.pointer;
  });

const viewOf = (output: RepoIndex['tracked'][number]): OutputView => ({
  path: output.place.path,
  isFolder: output.hash?.value.endsWith('.dir') ?? false,
  pointer: pointerOf(output),
  size: output.meta.size,
  files: output.meta.nfiles,
  oid: output.hash?.value,
});

/** A stage's address is its file, or its file and name: `dvc.yaml:train`. */
const pointerOf = ({ stage }: Output): RepoPath => stage.replace(/(dvc\.yaml):[^/]*$/, '$1') as RepoPath;
