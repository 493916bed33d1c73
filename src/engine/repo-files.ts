import { asRepoPath, isDirOid, type Oid, type RepoPath } from './core/ids.ts';
import { below, compareCodePoints, nameOf } from './core/paths.ts';
import type { IgnoreFiles } from './files/ignore.ts';
import { isTracked, type TrackedOutput } from './graph/output.ts';
import type { RepoIndex } from './graph/repo-index.ts';
import type { Tree } from './hash/tree.ts';
import type { PlainEntry, PlainFiles } from './plain-files.ts';
import { contentOf } from './repo-data.ts';

/** A file or folder of a repository: on disk, tracked, or both. */
export interface RepoEntry {
  readonly name: string;
  readonly path: RepoPath;
  readonly isDir: boolean;
  readonly isExec: boolean;
  /** Bytes: on disk where it is there, else as recorded. */
  readonly size: number | undefined;
  /** An output, or inside one that has it. */
  readonly isOut: boolean;
  readonly oid: Oid | undefined;
  readonly onDisk: boolean;
}

export interface RepoFilesInput {
  readonly files: PlainFiles;
  readonly index: RepoIndex;
  /** Made with `nestedRepos: false`: a nested repository can be looked into by name. */
  readonly ignore: IgnoreFiles;
  /** The files of a tracked folder; undefined where its manifest cannot be had. */
  readTree(oid: Oid, output: TrackedOutput): Promise<Tree | undefined>;
}

/** What tracked data says of a path. */
interface Tracked {
  readonly isDir: boolean;
  readonly isOut: boolean;
  readonly oid: Oid | undefined;
  readonly size: number | undefined;
}

/**
 * Files of the workspace or of a commit, and tracked data, as one tree. Where the two disagree about what a path is, what
 * lies on disk is shown. Nested repositories are left out, as they belong to themselves. Source: dvc-format 9.7.
 */
export class RepoFiles {
  readonly #input: RepoFilesInput;
  readonly #trees = new Map<Oid, Promise<Tree | undefined>>();

  constructor(input: RepoFilesInput) {
    this.#input = input;
  }

  /** Undefined where there is nothing, neither on disk nor tracked. */
  async entry(path: RepoPath): Promise<RepoEntry | undefined> {
    const { files, ignore } = this.#input;
    const plain = await files.stat(path);
    const seen = plain && (await ignore.ignoredBy(path, plain.isDir)) === undefined ? plain : undefined;
    const tracked = path === '' ? FOLDER : await this.#trackedAt(path);
    return seen || tracked ? merge(path, seen, tracked) : undefined;
  }

  /** What is directly in a folder, sorted by name. */
  async list(folder: RepoPath, options: { readonly trackedOnly?: boolean } = {}): Promise<RepoEntry[]> {
    const { files } = this.#input;
    const onDisk = options.trackedOnly ? undefined : await files.stat(folder);
    const self = folder === '' ? FOLDER : await this.#trackedAt(folder);
    const conflict = onDisk !== undefined && self !== undefined && onDisk.isDir !== self.isDir;
    const tracked = conflict ? new Map<string, Tracked>() : await this.#trackedIn(folder);
    const plain = new Map<string, PlainEntry>();
    if (onDisk?.isDir) for (const entry of await this.#visible(folder)) plain.set(entry.name, entry);
    const names = [...new Set([...plain.keys(), ...tracked.keys()])].sort(compareCodePoints);
    return names.map((name) => merge(inside(folder, name), plain.get(name), tracked.get(name)));
  }

  async #visible(folder: RepoPath): Promise<PlainEntry[]> {
    const { files, ignore } = this.#input;
    const test = await ignore.testFor(folder);
    const shown: PlainEntry[] = [];
    for (const entry of (await files.list(folder)) ?? []) {
      const path = inside(folder, entry.name);
      if (test(path, entry.isDir)?.ignored) continue;
      if (entry.isDir && (await files.stat(inside(path, '.dvc')))?.isDir) continue;
      shown.push(entry);
    }
    return shown;
  }

  async #trackedAt(path: RepoPath): Promise<Tracked | undefined> {
    const { outputs } = this.#input.index;
    const output = outputs.around(path).find(isTracked);
    if (output?.place.path === path) return describeOutput(output);
    if (output) {
      const tree = await this.treeOf(output);
      const relative = below(path, output.place.path);
      const oid = tree?.get(relative);
      if (oid !== undefined) return { isDir: false, isOut: true, oid, size: undefined };
      const range = tree?.within(relative);
      if (range && range.to > range.from) return { isDir: true, isOut: true, oid: undefined, size: undefined };
    }
    return outputs.below(path).some(isTracked) ? FOLDER : undefined;
  }

  async #trackedIn(folder: RepoPath): Promise<Map<string, Tracked>> {
    const { outputs } = this.#input.index;
    const found = new Map<string, Tracked>();
    const output = outputs.around(folder).find(isTracked);
    const tree = output && (await this.treeOf(output));
    if (output && tree)
      for (const { name, oid } of childrenOf(tree, below(folder, output.place.path)))
        found.set(name, { isDir: oid === undefined, isOut: true, oid, size: undefined });
    for (const lower of outputs.below(folder).filter(isTracked)) {
      const relative = below(lower.place.path, folder);
      const slash = relative.indexOf('/');
      if (slash < 0) found.set(relative, describeOutput(lower));
      else if (!found.has(relative.slice(0, slash))) found.set(relative.slice(0, slash), FOLDER);
    }
    return found;
  }

  /** The files of a tracked folder; undefined where its manifest cannot be had. */
  treeOf(output: TrackedOutput): Promise<Tree | undefined> {
    const { oid } = contentOf(output.hash);
    if (oid === undefined || !isDirOid(oid)) return Promise.resolve(undefined);
    let tree = this.#trees.get(oid);
    if (!tree) this.#trees.set(oid, (tree = this.#input.readTree(oid, output)));
    return tree;
  }
}

const FOLDER: Tracked = { isDir: true, isOut: false, oid: undefined, size: undefined };

const inside = (folder: RepoPath, name: string): RepoPath => asRepoPath(folder === '' ? name : `${folder}/${name}`);

function describeOutput(output: TrackedOutput): Tracked {
  const { oid } = contentOf(output.hash);
  return { isDir: oid !== undefined && isDirOid(oid), isOut: true, oid, size: output.meta.size };
}

function merge(path: RepoPath, plain: PlainEntry | undefined, tracked: Tracked | undefined): RepoEntry {
  return {
    name: nameOf(path),
    path,
    isDir: plain?.isDir ?? tracked?.isDir ?? false,
    isExec: plain?.isExec ?? false,
    size: plain ? plain.size : tracked?.size,
    isOut: tracked?.isOut ?? false,
    oid: tracked?.oid,
    onDisk: plain !== undefined,
  };
}

/** One level of a manifest, in its order. Folders below are passed over in one step, however many files they hold. */
export function* childrenOf(
  tree: Tree,
  folder: string,
): Generator<{ readonly name: string; readonly oid: Oid | undefined; readonly files: number }> {
  const prefix = folder === '' ? '' : `${folder}/`;
  const { from, to } =
    folder === ''
      ? { from: 0, to: tree.length }
      : { from: tree.paths.lowerBound(Buffer.from(prefix)), to: tree.paths.lowerBound(Buffer.from(`${folder}0`)) };
  for (let i = from; i < to; ) {
    const rest = tree.relpath(i).slice(prefix.length);
    const slash = rest.indexOf('/');
    if (slash < 0) {
      yield { name: rest, oid: tree.oid(i), files: 1 };
      i++;
      continue;
    }
    const name = rest.slice(0, slash);
    // `0` is the character after the slash.
    const next = tree.paths.lowerBound(Buffer.from(`${prefix}${name}0`));
    yield { name, oid: undefined, files: next - i };
    i = next;
  }
}
