import type { Oid } from '../core/ids.ts';
import type { Tree } from '../hash/tree.ts';

/** Data as it lies in an object database. Sizes are of content, in bytes. */
export type Content =
  | { readonly kind: 'file'; readonly oid: Oid; readonly size: number }
  | { readonly kind: 'directory'; readonly oid: Oid; readonly size: number; readonly tree: Tree };
