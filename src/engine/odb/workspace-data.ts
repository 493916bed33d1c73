import * as fs from 'node:fs';
import * as path from 'node:path';
import { DvcError, errnoOf, fromErrno } from '../core/errors.ts';
import { asOid, type Oid, type RepoPath } from '../core/ids.ts';
import type { OpContext } from '../core/op-context.ts';
import { nameOf, parentOf, toAbsolute } from '../core/paths.ts';
import { IGNORE_FILE, type IgnoreFiles } from '../files/ignore.ts';
import type { HashState } from '../hash/state.ts';
import { Tree } from '../hash/tree.ts';
import { encodeTree, encodeTreeSteps, treeOid } from '../hash/tree-encode.ts';
import { type ContentHash, DIGEST_BYTES, digestHex } from '../platform/digest.ts';
import { FileList, type FileStat, fileStatOf, isExecutable } from '../platform/file-list.ts';
import { ioFailureError } from '../platform/io-failure.ts';
import { type DigestResult, type FileSelection, hashFiles, type OnProgress } from '../platform/io-jobs.ts';
import type { IoPool } from '../platform/io-pool.ts';
import { giveWay, runInSlices } from '../platform/slices.ts';
import { type IgnoreTest, type WalkProblem, type WalkResult, walkFiles, walkProblemError } from '../platform/walk.ts';

/** What lies at an output's path now. */
export type DataState = MissingData | FileData | FolderData;

export interface MissingData {
  readonly kind: 'missing';
}

export interface FileData {
  readonly kind: 'file';
  readonly oid: Oid;
  readonly stat: FileStat;
  readonly isExec: boolean;
  /** The path is a symbolic link; the stats are its target's. */
  readonly linked: boolean;
}

export interface FolderData {
  readonly kind: 'directory';
  readonly oid: Oid;
  /** Bytes of the files together. */
  readonly size: number;
  readonly tree: Tree;
  readonly files: FileList;
  /** What cannot be tracked as it is; empty where `problems` were to throw. */
  readonly problems: readonly WalkProblem[];
  readonly emptyFolders: readonly string[];
  readonly skippedLinks: readonly string[];
}

/** How the bytes of files are read: hashed, or put into a cache on the way. */
export type ReadFiles = (
  selection: FileSelection,
  hash: ContentHash,
  ctx: OpContext,
  onProgress?: OnProgress,
) => Promise<DigestResult>;

export interface ReadOptions {
  readonly onProgress?: OnProgress;
  /** Totals of what has to be read, once they are known. */
  readonly onExpect?: (files: number, bytes: number) => void;
  /** Told of entries that cannot be tracked, which are then left out; the first one throws without it. */
  readonly onProblem?: (problem: WalkProblem) => void;
  /** Reads the files; hashes them unless told. */
  readonly readFiles?: ReadFiles;
  /** Of the files with known digests, those to read all the same: the cache lacks them. */
  readonly alsoRead?: (digests: Uint8Array) => Promise<(index: number) => boolean>;
}

/** Reads outputs in the workspace. Files that look as they did when they were last hashed are not read again. */
export class WorkspaceData {
  readonly #root: string;
  readonly #state: HashState;
  readonly #pool: IoPool;

  constructor(root: string, state: HashState, pool: IoPool) {
    this.#root = root;
    this.#state = state;
    this.#pool = pool;
  }

  /**
   * The content at `target`, a path that `ignore` says is ignored counting as missing.
   *
   * @throws `dangling-link`, `special-file`, `bad-name`, `ignore-file-in-output` and others for what cannot be tracked;
   * `file-changing`, `permission`, `io` for files that cannot be read.
   */
  async read(
    target: RepoPath,
    hash: ContentHash,
    ignore: IgnoreFiles,
    ctx: OpContext,
    options: ReadOptions = {},
  ): Promise<DataState> {
    const absolute = toAbsolute(this.#root, target);
    const stats = this.#stat(absolute);
    if (!stats || (await ignore.ignoredBy(target, stats.isDirectory()))) return { kind: 'missing' };
    if (stats.isDirectory()) return this.#readFolder(target, hash, ignore, ctx, options);
    if (!stats.isFile()) throw specialFile(absolute);
    return this.#readFile(target, hash, stats, ctx, options);
  }

  /** Content outside the repository: nothing is ignored, and nothing remembered. `source` is absolute. */
  async readOutside(source: string, hash: ContentHash, ctx: OpContext, options: ReadOptions = {}): Promise<DataState> {
    const stats = this.#stat(source);
    if (!stats) return { kind: 'missing' };
    const readFiles = options.readFiles ?? this.#hash;
    if (stats.isDirectory()) {
      const walk = await walkFiles(source, { nestedRepos: 'enter' }, ctx);
      reportProblems(source, walk.problems, options);
      options.onExpect?.(walk.files.length, walk.files.totalSize());
      const result = await readFiles({ root: source, files: walk.files }, hash, ctx, options.onProgress);
      throwFailures(result, 'read');
      return folderData(walk, new Tree(walk.files.paths, result.digests));
    }
    if (!stats.isFile()) throw specialFile(source);
    const files = FileList.of([[path.basename(source), fileStatOf(stats)]]);
    options.onExpect?.(1, stats.size);
    const result = await readFiles({ root: path.dirname(source), files }, hash, ctx, options.onProgress);
    throwFailures(result, 'read');
    return fileData(asOid(digestHex(result.digests, 0)), files, fs.lstatSync(source).isSymbolicLink());
  }

  /** Whether something is there, without reading it. */
  async exists(target: RepoPath, ignore: IgnoreFiles): Promise<boolean> {
    const stats = this.#stat(toAbsolute(this.#root, target));
    return stats !== undefined && (await ignore.ignoredBy(target, stats.isDirectory())) === undefined;
  }

  #stat(absolute: string): fs.Stats | undefined {
    try {
      return fs.statSync(absolute, { throwIfNoEntry: false });
    } catch (error) {
      if (errnoOf(error) === 'ENOTDIR') return undefined;
      throw fromErrno(error, 'look at', absolute);
    }
  }

  async #readFile(
    target: RepoPath,
    hash: ContentHash,
    stats: fs.Stats,
    ctx: OpContext,
    options: ReadOptions,
  ): Promise<FileData> {
    const absolute = toAbsolute(this.#root, target);
    const files = FileList.of([[nameOf(target), fileStatOf(stats)]]);
    const known = this.#state.lookupFile(target, hash, files.statAt(0));
    const reread = known !== undefined && (await options.alsoRead?.(digestsOf(known)))?.(0) === true;
    const linked = fs.lstatSync(absolute).isSymbolicLink();
    if (known !== undefined && !reread) return fileData(known, files, linked);
    options.onExpect?.(1, stats.size);
    const asOf = await this.#state.clockAfter(files);
    const readFiles = options.readFiles ?? this.#hash;
    const result = await readFiles({ root: path.dirname(absolute), files }, hash, ctx, options.onProgress);
    throwFailures(result, 'read');
    const oid = asOid(digestHex(result.digests, 0));
    this.#state.recordFile(target, hash, files.statAt(0), oid, asOf);
    return fileData(oid, files, linked);
  }

  async #readFolder(
    target: RepoPath,
    hash: ContentHash,
    ignore: IgnoreFiles,
    ctx: OpContext,
    options: ReadOptions,
  ): Promise<FolderData> {
    const root = toAbsolute(this.#root, target);
    const walk = await walkFiles(root, { ignore: await walkTest(ignore, target), forbidden: [IGNORE_FILE] }, ctx);
    reportProblems(root, walk.problems, options);
    const { files } = walk;
    const asOf = this.#state.clock();
    await giveWay(ctx);
    const known = this.#state.lookup(target, hash, files);
    await giveWay(ctx);
    const only = await toRead(known, options);
    let { digests } = known;
    if (only.length > 0) {
      options.onExpect?.(only.length, files.totalSize(only));
      const readFiles = options.readFiles ?? this.#hash;
      const result = await readFiles({ root, files, only }, hash, ctx, options.onProgress);
      throwFailures(result, 'read');
      await giveWay(ctx);
      digests = Uint8Array.from(known.digests);
      for (let i = 0; i < only.length; i++)
        digests.set(result.digests.subarray(i * DIGEST_BYTES, (i + 1) * DIGEST_BYTES), only[i]! * DIGEST_BYTES);
    }
    await giveWay(ctx);
    const tree = new Tree(files.paths, digests);
    const oid =
      this.#state.knownTree(target, hash, files.paths, digests) ??
      treeOid(await runInSlices(encodeTreeSteps(tree), ctx));
    await giveWay(ctx);
    this.#state.record(target, hash, files, digests, { asOf, tree: oid });
    return folderData(walk, tree, oid);
  }

  readonly #hash: ReadFiles = (selection, hash, ctx, onProgress) =>
    hashFiles(this.#pool, selection, hash, ctx, onProgress);
}

const fileData = (oid: Oid, files: FileList, linked: boolean): FileData => {
  const stat = files.statAt(0);
  return { kind: 'file', oid, stat, isExec: isExecutable(stat.mode), linked };
};

const folderData = (walk: WalkResult, tree: Tree, oid = treeOid(encodeTree(tree))): FolderData => ({
  kind: 'directory',
  oid,
  size: walk.files.totalSize(),
  tree,
  files: walk.files,
  problems: walk.problems,
  emptyFolders: walk.emptyFolders,
  skippedLinks: walk.skippedLinks,
});

function reportProblems(root: string, problems: readonly WalkProblem[], { onProblem }: ReadOptions): void {
  for (const problem of problems) {
    if (!onProblem) throw walkProblemError(root, problem);
    onProblem(problem);
  }
}

const specialFile = (absolute: string): DvcError =>
  walkProblemError(path.dirname(absolute), {
    kind: 'special-file',
    path: path.basename(absolute),
    detail: 'is a pipe, socket or device, not a file',
  });

/** The known and unknown files that have to be read, ascending. */
async function toRead(
  known: { readonly digests: Uint8Array; readonly unknown: Uint32Array },
  options: ReadOptions,
): Promise<Uint32Array> {
  const isLacking = await options.alsoRead?.(known.digests);
  if (!isLacking) return known.unknown;
  const only: number[] = [];
  for (let i = 0, next = 0; i < known.digests.length / DIGEST_BYTES; i++) {
    if (known.unknown[next] === i) {
      only.push(i);
      next++;
    } else if (isLacking(i)) only.push(i);
  }
  return Uint32Array.from(only);
}

/** `.dvcignore` rules of the folders above, as a walk asks them: a folder tracked as one output has none of its own. */
async function walkTest(ignore: IgnoreFiles, target: RepoPath): Promise<IgnoreTest> {
  const folder = parentOf(target);
  const rules = await ignore.rulesFor(folder);
  // With the built-in rules alone a name decides, which a walk of many files gains from.
  if (rules.length === 1) return (_, name, isFolder) => (isFolder ? BUILT_IN_FOLDERS.has(name) : name === '.git');
  const test = await ignore.testFor(folder);
  return (below, name, isFolder) =>
    test(`${target}/${below === '' ? '' : `${below}/`}${name}` as RepoPath, isFolder)?.ignored === true;
}

const BUILT_IN_FOLDERS = new Set(['.git', '.hg', '.dvc']);

const digestsOf = (oid: Oid): Uint8Array => Uint8Array.from(Buffer.from(oid.slice(0, 32), 'hex'));

/** One failure as itself, several as one error that lists them. */
export function throwFailures({ failures }: Pick<DigestResult, 'failures'>, doing: string): void {
  const [first, ...more] = failures.map((failure) => ioFailureError(failure, doing));
  if (!first) return;
  if (more.length === 0) throw first;
  throw new DvcError(
    first.code,
    `${first.message} ${more.length} more ${more.length === 1 ? 'file' : 'files'} failed.`,
    {
      ...(first.hint === undefined ? {} : { hint: first.hint }),
      cause: first,
      data: { paths: failures.map((failure) => failure.path) },
    },
  );
}
