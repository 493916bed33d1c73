import * as fs from 'node:fs';
import * as path from 'node:path';
import type { PipelineFile, PipelinesReader, Repo, RepoPath, StageAddress } from '../../engine/index.ts';
import { coalesce } from '../coalesce.ts';
import { Disposables } from '../disposables.ts';
import { loadEngine } from '../engine.ts';
import type { ExtensionLog } from '../log.ts';
import { quietContext } from '../op-context.ts';

export interface PipelineWatchOptions {
  readonly root: string;
  readonly trusted: boolean;
  readonly log: ExtensionLog;
  readonly repo: () => Promise<Repo>;
  readonly onRead: (pipelines: readonly PipelineFile[]) => Promise<void>;
}

/** Short: the reader looks only at what a change touches. Ms. */
const QUIET = { quiet: 25, atMost: 500 };
/** After a failure: how often, and after how many ms. */
const TRIES = 3;
const LATER = 500;

/** Reads the pipelines of one repository once somebody wants them, and again what changes touch. */
export class PipelineWatch extends Disposables {
  readonly #options: PipelineWatchOptions;
  readonly #ended = new AbortController();
  readonly #read = coalesce(() => this.#readAgain(), QUIET);
  #changed: Set<RepoPath> | 'everything' = 'everything';
  #reader: Promise<PipelinesReader> | undefined;
  #isWanted = false;
  #atWork: ReadonlySet<StageAddress> = new Set();
  #held = 0;
  /** In a row. */
  #failures = 0;
  #again: NodeJS.Timeout | undefined;

  constructor(options: PipelineWatchOptions) {
    super();
    this.#options = options;
    this.track({ dispose: () => this.#read.cancel() });
    this.track({ dispose: () => clearTimeout(this.#again) });
    this.track({ dispose: () => this.#ended.abort() });
  }

  /** Nothing is read before. */
  start(): void {
    if (this.#isWanted) return;
    this.#isWanted = true;
    this.#schedule();
  }

  changed(path: RepoPath): void {
    if (this.#changed !== 'everything') this.#changed.add(path);
    this.#schedule();
  }

  everythingChanged(): void {
    this.#changed = 'everything';
    this.#schedule();
  }

  /** Stages that write at this moment. */
  setStagesAtWork(stages: ReadonlySet<StageAddress>): void {
    this.#atWork = stages;
  }

  /** While a verb works, what it writes is not looked at half-done. */
  hold(): void {
    this.#held += 1;
    this.#read.cancel();
  }

  release(): void {
    this.#held -= 1;
    this.#schedule();
  }

  async settled(): Promise<void> {
    await this.#read.flush();
  }

  #schedule(): void {
    if (this.#isWanted && this.#held === 0 && !this.isDisposed) this.#read();
  }

  async #readAgain(): Promise<void> {
    if (this.isDisposed || this.#held > 0) return;
    const { root, log } = this.#options;
    const reported = this.#changed === 'everything' ? this.#changed : [...this.#changed];
    this.#changed = new Set();
    const startedAt = performance.now();
    try {
      const engine = await loadEngine();
      this.#reader ??= this.#open();
      const reader = await this.#reader;
      const changes = reported === 'everything' ? reported : await withNewFiles(root, reported, reader);
      if (changes.length === 0) return;
      const found = await reader.read(changes, quietContext(engine, log, root, this.#ended.signal), this.#atWork);
      this.#failures = 0;
      await this.#options.onRead(found);
      const what = changes === 'everything' ? changes : changes.join(', ');
      log.debug(`${root}: read pipelines (${what}) in ${Math.round(performance.now() - startedAt)} ms`);
    } catch (error) {
      this.#changed = 'everything';
      if (this.isDisposed) return;
      log.error(`${root}: the pipelines cannot be read.`, error);
      this.#failures += 1;
      // What went away while it was read is gone at the second look.
      if (this.#failures <= TRIES) this.#again = setTimeout(() => this.#schedule(), LATER);
      else await this.#options.onRead([]);
    }
  }

  async #open(): Promise<PipelinesReader> {
    const [{ PipelinesReader }, repo] = [await loadEngine(), await this.#options.repo()];
    return new PipelinesReader(repo, { compare: this.#options.trusted });
  }
}

/**
 * What the reader has to look at again. Of a folder that was made with a dvc.yaml in it often nothing but the folder is reported: the file
 * was there before anybody watched.
 */
async function withNewFiles(root: string, paths: readonly RepoPath[], reader: PipelinesReader): Promise<RepoPath[]> {
  const found = paths.filter((at) => reader.isTouchedBy(at));
  for (const at of paths) {
    const inside = `${at}/dvc.yaml` as RepoPath; // Below a path of the repository.
    if (!found.includes(at) && (await isFile(path.join(root, inside)))) found.push(inside);
  }
  return found;
}

const isFile = (file: string): Promise<boolean> =>
  fs.promises.stat(file).then(
    (stat) => stat.isFile(),
    () => false,
  );
