import type { DvcError } from '../core/errors.ts';
import type { Oid } from '../core/ids.ts';

export interface TransferFailure {
  readonly oid: Oid;
  /** Where it belongs in the repository, if that was told. */
  readonly path?: string | undefined;
  readonly error: DvcError;
}

/** What has been moved so far. */
export interface Sent {
  count: number;
  /** Of content. */
  bytes: number;
  readonly failed: TransferFailure[];
}

export const noneSent = (): Sent => ({ count: 0, bytes: 0, failed: [] });
