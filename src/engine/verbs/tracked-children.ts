import * as fs from 'node:fs';
import { errnoOf, fromErrno } from '../core/errors.ts';
import { asRepoPath, type Oid, type RepoPath } from '../core/ids.ts';
import { checkAborted, type OpContext } from '../core/op-context.ts';
import { below, nameOf } from '../core/paths.ts';
import { redactUrl } from '../core/redact.ts';
import { isTracked, type TrackedOutput } from '../graph/output.ts';
import type { Stage } from '../graph/stage.ts';
import { isContentHash, isDirHash } from '../hash/hash-info.ts';
import type { Tree } from '../hash/tree.ts';
import type { Repo } from '../repo.ts';

/** One name on a level of the tracked data: on disk, recorded, or both. */
export interface TrackedEntry {
  readonly name: string;
  readonly path: RepoPath;
  readonly kind: 'file' | 'directory';
  /** True for what a stage file names; false for what lies in such a folder, and for folders on the way to one. */
  readonly isOutput: boolean;
  /** Of content, in bytes: as recorded for outputs, as on disk for files; undefined where nobody says, and in very long folders. */
  readonly size?: number;
  /** Files in a folder, as recorded. */
  readonly files?: number;
  /** As recorded; undefined for what is on disk only. */
  readonly oid?: Oid;
  readonly onDisk: boolean;
  /** The file that records it. */
  readonly pointer?: RepoPath;
  /** Of an import: where it comes from. */
  readonly origin?: DataOrigin;
}

/** Where imported data comes from, without secrets. */
export interface DataOrigin {
  /** A repository, or the URL of the data itself. */
  readonly url: string;
  /** In that repository. */
  readonly path?: string;
  /** The revision that was asked for, and the commit that it was. */
  readonly rev?: string;
  readonly commit?: string;
}

/** Entries of one folder up to which each file's size is asked for: some ms. */
const SIZES_UP_TO = 2000;

/**
 * One level of the tracked data, unsorted: what lies in `folder` ('' is the root). Reads one folder and, inside an output, its manifest.
 *
 * A manifest that is not in the cache leaves what is on disk. Nothing is hashed and nothing is written: this works on a repository that
 * is not trusted.
 *
 * @throws What is wrong with a stage file; `invalid-tree`, `object-corrupt` for a broken manifest
 */
export async function trackedChildren(repo: Repo, folder: RepoPath, ctx: OpContext): Promise<TrackedEntry[]> {
  const index = await repo.index();
  checkAborted(ctx.signal);
  const around = index.outputs.around(folder).find(isTracked);
  if (around) return insideOutput(repo, around, folder, ctx);
  const entries = new Map<string, TrackedEntry>();
  for (const output of index.outputs.below(folder)) {
    if (!isTracked(output)) continue;
    const rest = below(output.place.path, folder);
    const slash = rest.indexOf('/');
    const name = slash < 0 ? rest : rest.slice(0, slash);
    if (slash < 0) entries.set(name, outputEntry(repo, output, originOf(index.stage(output.stage))));
    else if (!entries.has(name)) entries.set(name, wayEntry(repo, folder, name));
  }
  return [...entries.values()];
}

/** Undefined for data that was made or added here. */
export function originOf(stage: Stage | undefined): DataOrigin | undefined {
  const dep = stage?.kind === 'import' ? stage.deps[0] : undefined;
  if (!dep) return undefined;
  if (!dep.source) return { url: redactUrl(dep.defPath) };
  const { url, rev, revLock } = dep.source;
  return {
    url: redactUrl(url),
    path: dep.defPath,
    ...(rev === undefined ? {} : { rev }),
    ...(revLock === undefined ? {} : { commit: revLock }),
  };
}

function outputEntry(repo: Repo, output: TrackedOutput, origin: DataOrigin | undefined): TrackedEntry {
  const { path } = output.place;
  const stats = lookAt(repo.absolute(path));
  const { size, nfiles } = output.meta;
  const isFolder = output.hash ? isDirHash(output.hash) : stats?.isDirectory() === true;
  return {
    name: nameOf(path),
    path,
    kind: isFolder ? 'directory' : 'file',
    isOutput: true,
    onDisk: stats !== undefined,
    ...(origin ? { origin } : {}),
    pointer: asRepoPath(output.stage.replace(/(dvc\.yaml):[^/]*$/, '$1')),
    ...(size === undefined ? {} : { size }),
    ...(nfiles === undefined ? {} : { files: nfiles }),
    ...(output.hash ? { oid: output.hash.value as Oid } : {}), // Read from a stage file, which checks it.
  };
}

function wayEntry(repo: Repo, folder: RepoPath, name: string): TrackedEntry {
  const path = join(folder, name);
  const onDisk = lookAt(repo.absolute(path)) !== undefined;
  return { name, path, kind: 'directory', isOutput: false, onDisk };
}

async function insideOutput(
  repo: Repo,
  output: TrackedOutput,
  folder: RepoPath,
  ctx: OpContext,
): Promise<TrackedEntry[]> {
  const tree = await recordedTree(repo, output, ctx);
  const there = await namesIn(repo, folder);
  checkAborted(ctx.signal);
  const recorded = tree ? recordedNames(tree, below(folder, output.place.path)) : new Map<string, Recorded>();
  const entries: TrackedEntry[] = [];
  const withSizes = there.size <= SIZES_UP_TO;
  const add = (name: string, known: Recorded | undefined, isFolder: boolean, onDisk: boolean): void => {
    const path = join(folder, name);
    const size = withSizes && onDisk && !isFolder ? lookAt(repo.absolute(path))?.size : undefined;
    entries.push({
      name,
      path,
      kind: isFolder ? 'directory' : 'file',
      isOutput: false,
      onDisk,
      ...(size === undefined ? {} : { size }),
      ...(known?.oid === undefined ? {} : { oid: known.oid }),
      ...(known?.files === undefined ? {} : { files: known.files }),
    });
  };
  for (const [name, known] of recorded) add(name, known, there.get(name) ?? known.files !== undefined, there.has(name));
  for (const [name, isFolder] of there) if (!recorded.has(name)) add(name, undefined, isFolder, true);
  return entries;
}

/** A file's object, or how many files a folder has. */
interface Recorded {
  readonly oid?: Oid;
  readonly files?: number;
}

/** The names directly below `relpath`, each folder passed over in one step. */
function recordedNames(tree: Tree, relpath: string): Map<string, Recorded> {
  const names = new Map<string, Recorded>();
  const prefix = relpath === '' ? '' : `${relpath}/`;
  const { to } = tree.within(relpath);
  for (let { from: at } = tree.within(relpath); at < to; ) {
    const path = tree.relpath(at);
    const rest = path.slice(prefix.length);
    const slash = rest.indexOf('/');
    if (slash < 0) {
      if (rest !== '') names.set(rest, { oid: tree.oid(at) });
      at += 1;
      continue;
    }
    const name = rest.slice(0, slash);
    const inside = tree.within(prefix + name);
    names.set(name, { files: inside.to - inside.from });
    at = Math.max(at + 1, inside.to);
  }
  return names;
}

async function recordedTree(repo: Repo, { hash }: TrackedOutput, ctx: OpContext): Promise<Tree | undefined> {
  if (!hash || !isContentHash(hash.name) || !isDirHash(hash)) return undefined;
  const cache = repo.cache(hash.name === 'md5' ? 'md5' : 'md5-dos2unix');
  const oid = hash.value as Oid; // Read from a stage file, which checks it.
  return cache.has(oid) ? cache.readTree(oid, ctx) : undefined;
}

/** What is in a folder on disk, and whether it is a folder; what `.dvcignore` names is left out. */
async function namesIn(repo: Repo, folder: RepoPath): Promise<Map<string, boolean>> {
  const names = new Map<string, boolean>();
  const test = await repo.ignore.testFor(folder);
  for (const entry of await readFolder(repo.absolute(folder))) {
    const path = join(folder, entry.name);
    const isFolder = entry.isDirectory();
    if (!test(path, isFolder)?.ignored) names.set(entry.name, isFolder);
  }
  return names;
}

async function readFolder(absolute: string): Promise<fs.Dirent[]> {
  try {
    return await fs.promises.readdir(absolute, { withFileTypes: true });
  } catch (error) {
    if (errnoOf(error) === 'ENOENT' || errnoOf(error) === 'ENOTDIR') return [];
    throw fromErrno(error, 'list', absolute);
  }
}

function lookAt(absolute: string): fs.Stats | undefined {
  try {
    return fs.statSync(absolute, { throwIfNoEntry: false });
  } catch (error) {
    if (errnoOf(error) === 'ENOTDIR' || errnoOf(error) === 'ELOOP') return undefined;
    throw fromErrno(error, 'look at', absolute);
  }
}

const join = (folder: RepoPath, name: string): RepoPath => asRepoPath(folder === '' ? name : `${folder}/${name}`);
