import type { OpContext } from '../core/op-context.ts';
import { IGNORE_FILE } from '../files/ignore.ts';
import { isStageFile } from '../graph/collect-files.ts';
import { type ListingOptions, withListing } from '../listing.ts';
import type { RepoEntry, RepoFiles } from '../repo-files.ts';

export interface DuOptions extends ListingOptions {
  /** Only the total. */
  readonly summarize?: boolean;
}

export interface DuEntry {
  /** From the repository's root; '' for it. */
  readonly path: string;
  /** Bytes. */
  readonly size: number;
}

/**
 * How much the data and files of a repository take, entry by entry and then together. Folders that are not on disk count as
 * recorded. DVC's own files are not counted. Source: dvc-format 9.7.
 *
 * @throws `output-missing`, `unsupported`
 */
export function du(options: DuOptions, ctx: OpContext): Promise<DuEntry[]> {
  return withListing({ ...options, sizes: true }, ctx, async ({ files, entry, path }) => {
    if (options.summarize || !entry.isDir) return [{ path, size: await sizeOf(files, entry, ctx) }];
    const found: DuEntry[] = [];
    for (const one of await dataIn(files, entry)) found.push({ path: one.path, size: await sizeOf(files, one, ctx) });
    return [...found, { path, size: found.reduce((total, { size }) => total + size, 0) }];
  });
}

async function sizeOf(files: RepoFiles, entry: RepoEntry, ctx: OpContext): Promise<number> {
  ctx.signal.throwIfAborted();
  if (!entry.isDir || (!entry.onDisk && entry.size !== undefined)) return entry.size ?? 0;
  let total = 0;
  for (const one of await dataIn(files, entry)) total += await sizeOf(files, one, ctx);
  return total;
}

const dataIn = async (files: RepoFiles, folder: RepoEntry): Promise<RepoEntry[]> =>
  (await files.list(folder.path)).filter(({ name }) => name !== IGNORE_FILE && !isStageFile(name));
