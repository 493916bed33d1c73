import { asOid, isDirOid, type Oid } from '../core/ids.ts';
import { DIGEST_BYTES, digestHex } from './digest.ts';
import { DigestSet } from './digest-set.ts';

/** A set of object ids that stays small at a million entries: digests of files, and those of directory objects. */
export class OidSet implements Iterable<Oid> {
  readonly files = new DigestSet();
  readonly trees = new DigestSet();

  static of(oids: Iterable<Oid>): OidSet {
    const set = new OidSet();
    for (const oid of oids) set.add(oid);
    return set;
  }

  get size(): number {
    return this.files.size + this.trees.size;
  }

  /** False if it was there. */
  add(oid: Oid): boolean {
    return (isDirOid(oid) ? this.trees : this.files).addHex(oid);
  }

  addAll(oids: OidSet): void {
    this.files.addAll(oids.files.toColumn());
    this.trees.addAll(oids.trees.toColumn());
  }

  has(oid: Oid): boolean {
    return (isDirOid(oid) ? this.trees : this.files).hasHex(oid);
  }

  /** The members that `other` lacks. */
  without(other: OidSet): OidSet {
    const left = new OidSet();
    for (const [mine, theirs, kept] of [
      [this.files, other.files, left.files],
      [this.trees, other.trees, left.trees],
    ] as const) {
      const column = mine.toColumn();
      for (let i = 0; i < mine.size; i++) if (!theirs.has(column, i)) kept.add(column, i);
    }
    return left;
  }

  /** Files first, then trees; in no order. */
  *[Symbol.iterator](): Iterator<Oid> {
    for (const [set, suffix] of [
      [this.files, ''],
      [this.trees, '.dir'],
    ] as const) {
      const column = set.toColumn();
      for (let i = 0; i < column.length / DIGEST_BYTES; i++) yield asOid(digestHex(column, i) + suffix);
    }
  }
}
