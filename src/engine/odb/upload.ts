import * as fs from 'node:fs';
import { DvcError, errnoOf, fromErrno, objectCorrupt, objectMissing } from '../core/errors.ts';
import type { Oid } from '../core/ids.ts';
import type { OpContext } from '../core/op-context.ts';
import { hashBytes } from '../platform/digest.ts';
import { ioFailureError } from '../platform/io-failure.ts';
import { OidSet } from '../platform/oid-set.ts';
import type { BackendOptions, Source, Written } from '../remote/backend.ts';
import { fromBuffer, fromFile } from '../remote/streams.ts';
import type { LocalOdb } from './local-odb.ts';
import type { RemoteOdb } from './remote-odb.ts';
import type { Lane } from './transfer-lanes.ts';

/** Up to this size the very bytes that were hashed are sent, from memory. */
const SMALL = 1 << 20;
/** From this size on a pause is worth putting it down. */
const LARGE = 8 << 20;

export interface UploadOptions {
  readonly how: BackendOptions;
  readonly lane: Lane;
  /** Requests at once that were asked for. */
  readonly jobs: number | undefined;
  /** Told of bytes that have arrived, and by a negative number that they were in vain. */
  readonly onBytes: (bytes: number) => void;
}

/**
 * Sends an object. Its content is hashed before the first byte goes, as what was sent wrong cannot be taken back from every store; and
 * the store has to show afterwards that all of it has arrived. @returns its size in bytes.
 *
 * @throws `object-missing`, `object-corrupt` of the cache; `transfer-failed`
 */
export async function upload(
  oid: Oid,
  from: LocalOdb,
  to: RemoteOdb,
  ctx: OpContext,
  options: UploadOptions,
): Promise<number> {
  const source = await verified(oid, from, ctx);
  const key = to.keyOf(oid);
  if (source.size >= LARGE && to.backend.traits.resumes) options.lane.mayPause();
  const atOnce = options.jobs === undefined ? {} : { atOnce: options.jobs };
  for (let again = false; ; again = true) {
    let seen = 0;
    const onBytes = (bytes: number): void => {
      const news = Math.min(bytes, source.size - seen);
      if (news <= 0) return;
      seen += news;
      options.onBytes(news);
      options.lane.moved(news);
    };
    try {
      const resume = source.size > SMALL && to.backend.traits.resumes ? { resume: to.journal.slot(key) } : {};
      const written = await to.backend.write(key, source, { ...options.how, ...resume, ...atOnce, onBytes });
      const found = await arrived(oid, key, source.size, written, to, options.how);
      if (found === source.size) {
        onBytes(source.size - seen);
        return source.size;
      }
      if (again) throw notWhole(oid, to.url, source.size, found);
      ctx.log.warn(`'${oid}' did not arrive whole at '${to.url}' and is sent once more.`);
    } catch (error) {
      options.onBytes(-seen);
      throw error;
    }
    options.onBytes(-seen);
  }
}

/** The content to send, hashed. */
async function verified(oid: Oid, cache: LocalOdb, ctx: OpContext): Promise<Source> {
  const stat = cache.statObject(oid);
  if (stat === undefined) throw objectMissing(oid, cache.url);
  const path = cache.pathOf(oid);
  if (stat.size <= SMALL) {
    let bytes: Buffer;
    try {
      bytes = fs.readFileSync(path);
    } catch (error) {
      throw errnoOf(error) === 'ENOENT' ? objectMissing(oid, cache.url) : fromErrno(error, 'read', path);
    }
    if (hashBytes(cache.hash, bytes) !== oid.slice(0, 32)) throw objectCorrupt(oid, cache.url);
    return fromBuffer(bytes);
  }
  if (!cache.isVerified(oid)) {
    const { corrupt, missing, unreadable } = await cache.verify(OidSet.of([oid]), ctx);
    if (corrupt.length > 0) throw objectCorrupt(oid, cache.url);
    if (missing.length > 0) throw objectMissing(oid, cache.url);
    if (unreadable[0]) throw ioFailureError(unreadable[0].failure, 'read');
  }
  return fromFile(path, stat.size);
}

/** How many bytes the store has: by its own hash of them where it told one, else by its word. */
async function arrived(
  oid: Oid,
  key: string,
  size: number,
  { md5, etag = '' }: Written,
  to: RemoteOdb,
  how: BackendOptions,
): Promise<number | undefined> {
  const expected = to.hash === 'md5' ? oid.slice(0, 32) : undefined;
  if (md5 !== undefined && expected !== undefined) return md5 === expected ? size : undefined;
  if (etag.toLowerCase() === expected) return size; // An MD5 in most stores; where it is something else, it is not equal.
  return (await to.backend.stat(key, how))?.size;
}

const notWhole = (oid: Oid, where: string, expected: number, found: number | undefined) =>
  new DvcError(
    'transfer-failed',
    `'${oid}' did not arrive whole at '${where}': of ${expected} bytes it has ${found ?? 'none'}.`,
    {
      hint: 'Run the command again; if that does not help, look at the logs of the server.',
      retryable: true,
      data: { oid, expected, found },
    },
  );
