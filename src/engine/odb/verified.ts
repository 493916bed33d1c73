import * as fs from 'node:fs';
import { dirname } from 'node:path';
import type { Oid } from '../core/ids.ts';
import type { OpContext } from '../core/op-context.ts';
import { compareCodePoints } from '../core/paths.ts';
import { readShard, type Shard, writeShard } from '../hash/state-shard.ts';
import { newDigests } from '../platform/digest.ts';
import { FileList, type FileStat, fileStatOf, sameFile } from '../platform/file-list.ts';
import type { VerifiedObject } from '../platform/io-batch.ts';
import { isSettled } from '../platform/settled.ts';

/**
 * Remembers how large objects looked when their content was last checked, so that linking one does not read it again.
 *
 * Unlike DVC, a mode of 0444 is not taken for a check: an object that looks different, or of which nothing is known, is
 * hashed before it is used. Small ones are always hashed: that takes no longer than looking this up.
 */
export class VerifiedObjects {
  readonly #file: string;
  #kept: Shard | undefined;
  readonly #fresh = new Map<string, FileStat>();

  constructor(file: string) {
    this.#file = file;
  }

  get isEmpty(): boolean {
    return this.#fresh.size === 0 && this.#load().files.length === 0;
  }

  add(objects: readonly VerifiedObject[]): void {
    for (const { name, stat } of objects) this.#fresh.set(name, stat);
  }

  /** Whether the object at `path` is the one that was checked. */
  has(oid: Oid, path: string): boolean {
    const known = this.#fresh.get(oid) ?? this.#find(oid);
    if (known === undefined) return false;
    const stats = fs.statSync(path, { throwIfNoEntry: false });
    return stats !== undefined && sameFile(known, fileStatOf(stats));
  }

  /** Keeps what was found out; a failure costs time only. */
  save(ctx: OpContext): void {
    if (this.#fresh.size === 0) return;
    try {
      const kept = new Map<string, FileStat>();
      const asOf = Date.now();
      const { files, asOf: before } = this.#load();
      for (let i = 0; i < files.length; i++)
        if (isSettled(files.ctime[i] as number, before)) kept.set(files.paths.at(i), files.statAt(i));
      for (const [name, stat] of this.#fresh) if (isSettled(stat.ctime, asOf)) kept.set(name, stat);
      const entries = [...kept].sort(([a], [b]) => compareCodePoints(a, b));
      const shard: Shard = { files: FileList.of(entries), digests: newDigests(entries.length), asOf, tree: undefined };
      fs.mkdirSync(dirname(this.#file), { recursive: true });
      writeShard(this.#file, shard);
      this.#kept = shard;
    } catch (error) {
      ctx.log.warn(`the list of verified objects was not saved: ${String(error)}`);
    }
  }

  #find(oid: Oid): FileStat | undefined {
    const { files, asOf } = this.#load();
    const index = files.length === 0 ? -1 : files.paths.indexOf(oid);
    return index === -1 || !isSettled(files.ctime[index] as number, asOf) ? undefined : files.statAt(index);
  }

  #load(): Shard {
    try {
      this.#kept ??= readShard(this.#file);
    } catch {
      // Damaged or newer: nothing is known, and every object is hashed.
    }
    return (this.#kept ??= NOTHING);
  }
}

const NOTHING: Shard = { files: FileList.of([]), digests: newDigests(0), asOf: 0, tree: undefined };
