import type { Oid } from '../core/ids.ts';
import type { OpContext } from '../core/op-context.ts';
import type { Tree } from '../hash/tree.ts';
import type { ContentHash } from '../platform/digest.ts';
import type { OidSet } from '../platform/oid-set.ts';

/** Objects by digest: the cache, or a remote in the same layout. */
export interface Odb {
  /** As shown to the user: without credentials. */
  readonly url: string;
  readonly hash: ContentHash;
  /** Which of `oids` it does not have. Presence only: content is verified when it is read. */
  missing(oids: OidSet, ctx: OpContext): Promise<OidSet>;
  /**
   * The files of a directory object, its bytes hashed before they are parsed.
   *
   * @throws `object-missing`, `object-corrupt`, `invalid-tree`
   */
  readTree(oid: Oid, ctx: OpContext): Promise<Tree>;
  /** The verified bytes of one object. For small ones: they are held in memory. @throws `object-missing`, `object-corrupt` */
  readObject(oid: Oid, ctx: OpContext): Promise<Buffer>;
  /** Every object there is. */
  list(ctx: OpContext): Promise<OidSet>;
  close(): Promise<void>;
}

/** Where an object lies below an object database's root, in the cache and on every remote (format §2.1, §8.1). */
export const objectKey = (oid: Oid): string => `${oid.slice(0, 2)}/${oid.slice(2)}`;
