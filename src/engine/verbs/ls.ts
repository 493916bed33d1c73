import type { Oid } from '../core/ids.ts';
import type { OpContext } from '../core/op-context.ts';
import { compareCodePoints, nameOf } from '../core/paths.ts';
import { type Listing, type ListingOptions, withListing } from '../listing.ts';
import type { RepoEntry } from '../repo-files.ts';

export interface LsOptions extends ListingOptions {
  /** All files below, and no folders. */
  readonly recursive?: boolean;
  /** Tracked data only. */
  readonly dvcOnly?: boolean;
  /** How deep to look, with `recursive`: 1 is what lies directly in the folder, 0 the folder itself. */
  readonly level?: number;
  /** Whether sizes are of interest; at a revision they cost reading the files. */
  readonly sizes?: boolean;
}

export interface LsEntry {
  /** From the listed folder. */
  readonly path: string;
  readonly isOut: boolean;
  readonly isDir: boolean;
  readonly isExec: boolean;
  readonly size: number | undefined;
  readonly oid: Oid | undefined;
}

/** Git's files and tracked data of a repository, sorted by path. Source: dvc-format 9.7. @throws `output-missing`, `unsupported` */
export function ls(options: LsOptions, ctx: OpContext): Promise<LsEntry[]> {
  return withListing({ ...options, sizes: options.sizes ?? true }, ctx, async (listing) => {
    const depth = options.recursive ? options.level : 1;
    if (depth === 0 || !listing.entry.isDir) return [describe(listing.entry, nameOf(listing.path) || '.')];
    const found: LsEntry[] = [];
    await collect(listing, listing.entry, '', { depth, dvcOnly: options.dvcOnly ?? false, signal: ctx.signal }, found);
    return found.sort((a, b) => compareCodePoints(a.path, b.path));
  });
}

async function collect(
  listing: Listing,
  folder: RepoEntry,
  prefix: string,
  options: { readonly depth: number | undefined; readonly dvcOnly: boolean; readonly signal: AbortSignal },
  found: LsEntry[],
): Promise<void> {
  options.signal.throwIfAborted();
  const depth = options.depth === undefined ? undefined : options.depth - 1;
  for (const entry of await listing.files.list(folder.path, { trackedOnly: options.dvcOnly })) {
    const path = prefix + entry.name;
    if (entry.isDir && depth !== 0) await collect(listing, entry, `${path}/`, { ...options, depth }, found);
    else found.push(describe(entry, path));
  }
}

/** A folder with what lies in it, as deep as was asked for. */
export interface LsTree extends LsEntry {
  /** Undefined for a file, and for a folder that was not looked into. */
  readonly contents: readonly LsTree[] | undefined;
}

/** As {@link ls} with `recursive`, folder in folder; paths are names, that of the top as it was given. */
export function lsTree(options: Omit<LsOptions, 'recursive'>, ctx: OpContext): Promise<LsTree> {
  const trackedOnly = options.dvcOnly ?? false;
  return withListing({ ...options, sizes: options.sizes ?? true }, ctx, ({ files, entry }) => {
    const grow = async (at: RepoEntry, name: string, level: number): Promise<LsTree> => {
      ctx.signal.throwIfAborted();
      const contents: LsTree[] = [];
      const enter = at.isDir && level > 0;
      if (enter)
        for (const one of await files.list(at.path, { trackedOnly }))
          contents.push(await grow(one, one.name, level - 1));
      return { ...describe(at, name), contents: enter ? contents : undefined };
    };
    return grow(entry, options.path || '.', options.level ?? Number.POSITIVE_INFINITY);
  });
}

const describe = ({ isOut, isDir, isExec, size, oid }: RepoEntry, path: string): LsEntry => ({
  path,
  isOut,
  isDir,
  isExec,
  size,
  oid,
});
