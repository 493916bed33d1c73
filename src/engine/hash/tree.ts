import { asOid, type Oid } from '../core/ids.ts';
import { digestHex, newDigests, pickDigests, sameDigest, writeDigest } from '../platform/digest.ts';
import { OidSet } from '../platform/oid-set.ts';
import { mergePaths, PathList } from '../platform/path-list.ts';

/** One file of a directory: `relpath` from it, posix separators; `md5` as 32 hex digits. */
export interface TreeEntry {
  readonly relpath: string;
  readonly md5: string;
}

/** The files of a tracked directory, sorted by code point; immutable. About 16 bytes a file beside its name. */
export class Tree {
  readonly paths: PathList;
  readonly digests: Uint8Array;

  /** @param paths Sorted and unique; `digests` in the same order. */
  constructor(paths: PathList, digests: Uint8Array) {
    this.paths = paths;
    this.digests = digests;
  }

  static readonly EMPTY = new Tree(PathList.from([]), newDigests(0));

  /** Sorts; of two entries for one path the later one stays. */
  static from(entries: Iterable<TreeEntry>): Tree {
    const byPath = new Map<string, string>();
    for (const { relpath, md5 } of entries) byPath.set(relpath, md5);
    const paths = PathList.sorted(byPath.keys());
    const digests = newDigests(paths.length);
    for (let i = 0; i < paths.length; i++) writeDigest(digests, i, byPath.get(paths.at(i))!);
    return new Tree(paths, digests);
  }

  get length(): number {
    return this.paths.length;
  }

  relpath(index: number): string {
    return this.paths.at(index);
  }

  oid(index: number): Oid {
    return asOid(digestHex(this.digests, index));
  }

  get(relpath: string): Oid | undefined {
    const index = this.paths.indexOf(relpath);
    return index === -1 ? undefined : this.oid(index);
  }

  *entries(): Iterable<TreeEntry> {
    for (let i = 0; i < this.length; i++) yield { relpath: this.relpath(i), md5: this.oid(i) };
  }

  /** Indices of `relpath` itself or, for a folder, of everything below it; '' is everything. */
  within(relpath: string): { from: number; to: number } {
    if (relpath === '') return { from: 0, to: this.length };
    const exact = this.paths.indexOf(relpath);
    if (exact !== -1) return { from: exact, to: exact + 1 };
    // `0` is the character after the slash: what is below a folder lies between the two.
    return {
      from: this.paths.lowerBound(Buffer.from(`${relpath}/`)),
      to: this.paths.lowerBound(Buffer.from(`${relpath}0`)),
    };
  }

  filter(keep: (relpath: string, index: number) => boolean): Tree {
    const kept: number[] = [];
    for (let i = 0; i < this.length; i++) if (keep(this.relpath(i), i)) kept.push(i);
    return kept.length === this.length ? this : new Tree(this.paths.pick(kept), pickDigests(this.digests, kept));
  }

  /** A copy with some files set and others, marked undefined, left out. */
  with(changes: ReadonlyMap<string, string | undefined>): Tree {
    const entries: TreeEntry[] = [];
    for (const entry of this.entries()) if (!changes.has(entry.relpath)) entries.push(entry);
    for (const [relpath, md5] of changes) if (md5 !== undefined) entries.push({ relpath, md5 });
    return Tree.from(entries);
  }

  /** The objects of all files, each once. */
  oids(): OidSet {
    const set = new OidSet();
    set.files.addAll(this.digests);
    return set;
  }

  equals(other: Tree): boolean {
    return this.paths.equals(other.paths) && Buffer.compare(this.digests, other.digests) === 0;
  }
}

export interface TreeDiff {
  readonly added: readonly string[];
  readonly deleted: readonly string[];
  readonly modified: readonly string[];
}

/** What happened on the way from `before` to `after`, by path. */
export function diffTrees(before: Tree, after: Tree): TreeDiff {
  const diff = { added: [] as string[], deleted: [] as string[], modified: [] as string[] };
  mergePaths(before.paths, after.paths, (old, now) => {
    if (old === -1) diff.added.push(after.relpath(now));
    else if (now === -1) diff.deleted.push(before.relpath(old));
    else if (!sameDigest(before.digests, old, after.digests, now)) diff.modified.push(after.relpath(now));
  });
  return diff;
}
