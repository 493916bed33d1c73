import * as fs from 'node:fs';
import { DvcError, targetUntracked, withMessagePrefix } from '../core/errors.ts';
import type { Oid, RepoPath } from '../core/ids.ts';
import { checkAborted, type OpContext } from '../core/op-context.ts';
import { compareCodePoints, isWithin } from '../core/paths.ts';
import { type DataChange, type DataEntry, type DataItem, detectRenames, diffData } from '../graph/data-diff.ts';
import { isTracked, type TrackedOutput } from '../graph/output.ts';
import { selectedOutputs, selectTargets } from '../graph/targets.ts';
import type { ContentHash } from '../platform/digest.ts';
import { OidSet } from '../platform/oid-set.ts';
import type { Repo } from '../repo.ts';

export interface DiffOptions {
  /** Old revision; `HEAD` unless told. */
  readonly a?: string;
  /** New revision; the workspace unless told. */
  readonly b?: string;
  readonly targets?: readonly string[];
  /** Compare the lines of text files as well. */
  readonly text?: boolean;
}

/** Why an entry has no `text` although it was asked for. */
export type NoText = 'binary' | 'too-big' | 'not-in-cache' | 'too-different';

export interface DiffEntry {
  /** From the repository's root; folders end in a slash. */
  readonly path: string;
  /** Both for something modified. */
  readonly hash: string | undefined | { readonly old: string | undefined; readonly new: string | undefined };
  /** A unified diff. */
  readonly text?: string;
  readonly noText?: NoText;
}

export interface RenamedEntry {
  readonly path: { readonly old: string; readonly new: string };
  readonly hash: string | undefined;
}

/** Each list sorted by (old) path. `not in cache` is filled only against the workspace. */
export interface DataDiff {
  readonly added: readonly DiffEntry[];
  readonly deleted: readonly DiffEntry[];
  readonly modified: readonly DiffEntry[];
  readonly renamed: readonly RenamedEntry[];
  readonly 'not in cache': readonly DiffEntry[];
}

/** Texts beyond this are not compared: bytes. */
export const TEXT_DIFF_LIMIT = 1 << 20;

/**
 * What differs between the tracked data of two revisions, or of a revision and the workspace; undefined where nothing does,
 * and before the first commit. Writes nothing but hints. Source: dvc-format 9.4.
 *
 * @throws `unknown-revision`, `target-not-found` for a target of neither side, and what is wrong with a stage file
 */
export async function diff(repo: Repo, options: DiffOptions, ctx: OpContext): Promise<DataDiff | undefined> {
  try {
    if (repo.git.present && repo.git.head() === undefined) return undefined;
    return await compare(repo, options, ctx);
  } catch (error) {
    throw withMessagePrefix('failed to get diff', error);
  }
}

async function compare(repo: Repo, options: DiffOptions, ctx: OpContext): Promise<DataDiff | undefined> {
  const { a = 'HEAD', b, targets = [] } = options;
  const old = await readSide(repo, a, targets, ctx);
  const now = await readSide(repo, b ?? WORKSPACE, targets, ctx);
  const nowhere = old.missing.find((target) => now.missing.includes(target));
  if (nowhere !== undefined) throw targetUntracked(nowhere, a, b);
  const roots = [...old.roots, ...now.roots];
  const covers = (path: RepoPath): boolean => targets.length === 0 || roots.some((root) => isWithin(path, root));
  const { renamed, rest } = await detectRenames(changesIn(old.items, now.items, covers), ctx);
  const texts = options.text ? await textReader(repo, old, now) : undefined;
  const lists: Record<'added' | 'deleted' | 'modified', DiffEntry[]> = { added: [], deleted: [], modified: [] };
  for (const change of rest.sort(byOldPath)) {
    checkAborted(ctx.signal);
    if (change.type === 'unknown' || change.type === 'unchanged') continue;
    lists[change.type].push({ ...entryOf(change), ...(texts && (await texts(change, ctx))) });
  }
  const found: DataDiff = {
    ...lists,
    renamed: renamed
      .sort((x, y) => compareCodePoints(x.old.path, y.old.path))
      .map((pair) => ({ path: { old: shown(pair.old), new: shown(pair.new) }, hash: pair.old.oid })),
    'not in cache': b === undefined ? await lackedByCache(repo, old.items, covers, ctx) : [],
  };
  repo.state.save();
  return Object.values(found).some((list) => list.length > 0) ? found : undefined;
}

/** DVC's name for the files on disk where a revision is asked for. */
const WORKSPACE = 'workspace';

interface Side {
  readonly items: readonly DataItem[];
  /** What the targets name here: outputs, and paths inside them. */
  readonly roots: readonly RepoPath[];
  /** Targets that nothing here is called. */
  readonly missing: readonly string[];
  readonly isWorkspace: boolean;
}

async function readSide(repo: Repo, rev: string, targets: readonly string[], ctx: OpContext): Promise<Side> {
  const isWorkspace = rev === WORKSPACE;
  const index = isWorkspace ? await repo.index() : await repo.indexAt(rev);
  const outputs = new Map<RepoPath, TrackedOutput>();
  const roots: RepoPath[] = [];
  const missing: string[] = [];
  if (targets.length === 0) for (const output of index.tracked) outputs.set(output.place.path, output);
  for (const target of targets) {
    try {
      for (const selection of selectTargets(index, [target], { root: repo.root, cwd: ctx.cwd }))
        for (const output of selectedOutputs(selection).filter(isTracked)) {
          const { path } = output.place;
          outputs.set(path, output);
          roots.push(selection.filter !== undefined && isWithin(selection.filter, path) ? selection.filter : path);
        }
    } catch (error) {
      if (!DvcError.is(error, 'target-not-found')) throw error;
      missing.push(target);
    }
  }
  const wanted = [...outputs.values()];
  const items = isWorkspace
    ? await repo.data.workspaceItems(wanted, repo.ignore, ctx)
    : await repo.data.recordedItems(wanted, ctx, { files: true });
  return { items, roots, missing, isWorkspace };
}

function* changesIn(
  old: readonly DataItem[],
  now: readonly DataItem[],
  covers: (path: RepoPath) => boolean,
): Generator<DataChange> {
  for (const change of diffData(old, now, { granular: true }))
    if (change.type !== 'unchanged' && covers((change.new ?? change.old)!.path)) yield change;
}

const shown = ({ path, isDir }: Pick<DataEntry, 'path' | 'isDir'>): string => (isDir ? `${path}/` : path);

const byOldPath = (x: DataChange, y: DataChange): number =>
  compareCodePoints((x.old ?? x.new)!.path, (y.old ?? y.new)!.path);

function entryOf({ type, old, new: now }: DataChange): DiffEntry {
  if (type === 'modified') return { path: shown(old!), hash: { old: old!.oid, new: now?.oid } };
  const entry = (now ?? old)!;
  return { path: shown(entry), hash: entry.oid };
}

async function lackedByCache(
  repo: Repo,
  items: readonly DataItem[],
  covers: (path: RepoPath) => boolean,
  ctx: OpContext,
): Promise<DiffEntry[]> {
  const lacked: DiffEntry[] = [];
  for (const item of items) {
    if (item.oid === undefined) continue;
    const wanted = OidSet.of([item.oid]);
    if (item.files) wanted.files.addAll(item.files.digests);
    const missing = await repo.cache(item.hash).missing(wanted, ctx);
    if (missing.size === 0) continue;
    for (const { old } of diffData([item], [], { granular: true }))
      if (old?.oid !== undefined && missing.has(old.oid) && covers(old.path))
        lacked.push({ path: shown(old), hash: old.oid });
  }
  return lacked.sort((x, y) => compareCodePoints(x.path, y.path));
}

type TextReader = (change: DataChange, ctx: OpContext) => Promise<{ text?: string; noText?: NoText }>;

async function textReader(repo: Repo, old: Side, now: Side): Promise<TextReader> {
  const { decodeText, unifiedDiff } = await import('../files/text-diff.ts');
  const read = async (side: Side, entry: DataEntry | undefined, ctx: OpContext): Promise<string | NoTextReason> => {
    if (entry === undefined) return '';
    const bytes = await bytesOf(repo, side, entry, ctx);
    return Buffer.isBuffer(bytes) ? (decodeText(bytes) ?? { noText: 'binary' }) : bytes;
  };
  return async ({ old: before, new: after }, ctx) => {
    if (before?.isDir || after?.isDir) return {};
    const a = await read(old, before, ctx);
    const b = await read(now, after, ctx);
    if (typeof a !== 'string') return a;
    if (typeof b !== 'string') return b;
    const text = unifiedDiff(
      { name: before ? `a/${before.path}` : '/dev/null', text: a },
      { name: after ? `b/${after.path}` : '/dev/null', text: b },
    );
    return text === undefined ? { noText: 'too-different' } : { text };
  };
}

interface NoTextReason {
  readonly noText: NoText;
}

async function bytesOf(repo: Repo, side: Side, entry: DataEntry, ctx: OpContext): Promise<Buffer | NoTextReason> {
  if (side.isWorkspace) {
    const file = repo.absolute(entry.path);
    return fs.statSync(file).size > TEXT_DIFF_LIMIT ? { noText: 'too-big' } : fs.readFileSync(file);
  }
  const cache = repo.cache(hashOf(side, entry.path));
  const size = entry.oid === undefined ? undefined : cache.statObject(entry.oid)?.size;
  if (size === undefined) return { noText: 'not-in-cache' };
  return size > TEXT_DIFF_LIMIT ? { noText: 'too-big' } : cache.readObject(entry.oid as Oid, ctx);
}

const hashOf = (side: Side, path: RepoPath): ContentHash =>
  side.items.find((item) => isWithin(path, item.path))?.hash ?? 'md5';
