import { createHash } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { DvcError } from '../core/errors.ts';
import { checkAborted } from '../core/op-context.ts';
import type { Backend, BackendEntry, Probe, ReadOptions, Written } from './backend.ts';
import { makeGate, readPart } from './parts.ts';
import { endpointOf } from './proxy.ts';
import type { RemoteOptions } from './registry.ts';
import { describeKeys } from './s3-identity.ts';
import { readS3Settings, type S3Settings } from './s3-options.ts';
import { openSession, type S3Session } from './s3-session.ts';
import { PART, PARTS_AT_ONCE, uploadInParts } from './s3-upload.ts';
import { S3Refusal } from './s3-wire.ts';
import { type ListPage, parseListPage } from './s3-xml.ts';
import { explained, gather } from './streams.ts';

/** Buckets of Amazon S3, and of whatever speaks its language. */
export function openStore(url: string, options: RemoteOptions): Backend {
  const settings = readS3Settings(url, options);
  return s3Backend(settings, openSession(settings));
}

/** Keys of content, in both layouts of DVC's. */
const OBJECT = /^(?:files\/md5\/)?[0-9a-f]{2}\/[0-9a-f]{30}(?:\.dir)?$/;

/** Smaller objects need not wait for room in memory. */
const SMALL = 512 << 10;

function s3Backend(settings: S3Settings, session: S3Session): Backend {
  const { url, prefix, writeHeaders, objectHeaders } = settings;
  const { call, explain } = session;
  const full = (key: string): string => prefix + key;
  const inTurn = makeGate(PARTS_AT_ONCE);
  const payer = payerOf(objectHeaders);

  const page = (below: string, more: Readonly<Record<string, string>>, signal: AbortSignal): Promise<ListPage> =>
    call('list', below, signal, async ({ wire }) => {
      const old = settings.oldListing || 'marker' in more || 'versions' in more;
      const query = { ...(old ? {} : { 'list-type': '2' }), 'encoding-type': 'url', prefix: full(below), ...more };
      return parseListPage(await text(await wire({ method: 'GET', query, headers: payer, signal })), prefix);
    });

  /** @param allowed Refusals that answer the question all the same. */
  const firstPage = async (allowed: readonly string[], signal: AbortSignal): Promise<void> => {
    try {
      await page('', { 'max-keys': '1' }, signal);
    } catch (error) {
      if (!DvcError.is(error, 'remote-failed') || !allowed.includes(String(error.data['why']))) throw error;
    }
  };

  /** @param take What is made of the answer while a failure is still one of the request. */
  const get = <T extends Buffer | Readable>(
    key: string,
    { signal, offset = 0, version, etag }: ReadOptions,
    take: (answer: Readable) => Promise<T>,
  ): Promise<T | Readable> => {
    const query = version === undefined ? {} : { query: { versionId: version } };
    const range = offset === 0 ? {} : { range: `bytes=${offset}-` };
    const match = etag === undefined ? {} : { 'if-match': `"${etag}"` };
    const headers = { ...objectHeaders, ...range, ...match };
    return call('read', key, signal, async ({ wire }) => {
      try {
        const taken = await take(await wire({ method: 'GET', key: full(key), ...query, headers, signal }));
        return Buffer.isBuffer(taken) ? taken : explained(taken, (error) => explain(error, 'read', key, signal));
      } catch (error) {
        if (error instanceof S3Refusal && error.status === 416) return Readable.from([]); // Nothing lies behind the last byte.
        throw error;
      }
    });
  };

  let bucketSeen: Promise<void> | undefined;
  /** S3 says no more of an object than that it is missing: once, the bucket is looked for as well. Who may not list it is believed. */
  const seeBucket = (signal: AbortSignal): Promise<void> => {
    bucketSeen ??= firstPage(['denied'], signal);
    bucketSeen.catch(() => {
      bucketSeen = undefined;
    });
    return bucketSeen;
  };

  return {
    url,
    traits: { atomicWrite: true, lists: true, ranges: true, resumes: true, maxConcurrency: 64 },

    async stat(key, { signal }) {
      try {
        return await call('read', key, signal, async ({ wire }) => {
          try {
            const answer = await wire({ method: 'HEAD', key: full(key), headers: objectHeaders, signal });
            answer.resume();
            return entryOf(key, answer.headers);
          } catch (error) {
            if (!(error instanceof S3Refusal) || error.status === 404 || error.status >= 500) throw error;
            // Such an answer has no body: what is wrong is said to one who asks for a byte.
            const headers = { ...objectHeaders, range: 'bytes=0-0' };
            (await wire({ method: 'GET', key: full(key), headers, signal })).resume();
            throw error;
          }
        });
      } catch (error) {
        if (!DvcError.is(error, 'object-missing')) throw error;
        await seeBucket(signal);
        return undefined;
      }
    },

    read: (key, options) => get(key, options, async (answer) => answer),

    readAtOnce: (key, most, options) => get(key, options, (answer) => gather(answer, most, options.onBytes)),

    async write(key, source, options) {
      const { signal, onBytes } = options;
      checkAborted(signal);
      const createHeaders = { ...writeHeaders, ...objectHeaders };
      if (source.size > PART) {
        const onCall = <T>(within: AbortSignal, work: Parameters<typeof call<T>>[3]) =>
          call('write', key, within, work);
        return uploadInParts({ key: full(key), createHeaders, objectHeaders, call: onCall, inTurn }, source, options);
      }
      const send = async (): Promise<Written> => {
        const body = await readPart(source, 0, source.size, signal);
        const md5 = createHash('md5').update(body).digest();
        const headers = { ...createHeaders, 'content-md5': md5.toString('base64') };
        const written = await call('write', key, signal, async ({ wire }) => {
          const onTaken = (): void => onBytes?.(0);
          const answer = await wire({ method: 'PUT', key: full(key), headers, body, signal, onTaken });
          answer.resume();
          return marksOf(answer.headers);
        });
        onBytes?.(body.length);
        // Where the store encrypts with a key of its own, the mark is something else.
        return written.etag === md5.toString('hex') ? { ...written, md5: written.etag } : written;
      };
      return source.size > SMALL ? inTurn(send) : send();
    },

    async *list(below, { signal, versions = false }) {
      const kind: Readonly<Record<string, string>> = versions ? { versions: '' } : {};
      let next: Promise<ListPage> | undefined = page(below, kind, signal);
      while (next) {
        const { entries, next: following }: ListPage = await next;
        next = following && page(below, { ...kind, ...following }, signal);
        next?.catch(() => {}); // It is met when its turn comes, or by nobody.
        yield* entries;
      }
    },

    async remove(key, { signal }) {
      await call('write', key, signal, async ({ wire }) => {
        (await wire({ method: 'DELETE', key: full(key), headers: payer, signal })).resume();
      });
    },

    async removeMany(keys, { signal }) {
      const stayed = await call('write', '', signal, ({ calls }) => calls.removeMany(keys.map(full), payer, signal));
      return stayed.map(({ key, code, message }) => {
        const reason = Object.assign(new Error(message), { name: code, $metadata: { httpStatusCode: statusOf(code) } });
        const short = key.slice(prefix.length);
        return { key: short, error: explain(reason, 'write', short, signal) as DvcError }; // An answer of S3's is never a bug.
      });
    },

    /** Uploads carry no mark of who began them: those of objects count, to which nothing has been added since. */
    sweep: (before, { signal }) =>
      call('write', '', signal, async ({ calls }) => {
        for (const { key, upload, begun } of await calls.openUploads(prefix, signal)) {
          if (begun >= before || !OBJECT.test(key.slice(prefix.length))) continue;
          const parts = await calls.sentParts(key, upload, signal);
          if (parts?.every(({ arrived }) => arrived < before)) await calls.abortUpload(key, upload, signal);
        }
      }),

    probe: probeOf(settings, session, firstPage),

    close: async () => session.close(),
  };
}

function probeOf(
  { login, verify, bucket }: S3Settings,
  { call }: S3Session,
  firstPage: (allowed: readonly string[], signal: AbortSignal) => Promise<void>,
): Probe {
  return {
    endpoint: ({ signal }) =>
      call('list', '', signal, async ({ place, ca }) => {
        return endpointOf(place.url.href, { verify, ...(ca === undefined ? {} : { ca }) });
      }),
    identity: async ({ signal }) => {
      const described = await call('list', '', signal, async ({ keys, profile }) =>
        keys === undefined ? 'nobody: none are needed' : describeKeys(await keys(), login, profile.name),
      );
      await firstPage(['denied', 'no-bucket', 'wrong-region'], signal);
      return described;
    },
    container: async ({ signal }) => {
      await firstPage(['denied'], signal);
      return call('list', '', signal, async ({ place }) => `bucket '${bucket}' in ${place.region}`);
    },
  };
}

/** Of requests that are not about an object's bytes. */
function payerOf(headers: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  const payer = headers['x-amz-request-payer'];
  return payer === undefined ? {} : { 'x-amz-request-payer': payer };
}

const statusOf = (code: string): number => (code === 'AccessDenied' ? 403 : 500);

function marksOf(headers: IncomingHttpHeaders): Written {
  const etag = headers.etag?.replaceAll('"', '');
  const version = headers['x-amz-version-id'];
  return { ...(etag ? { etag } : {}), ...(typeof version === 'string' && version !== 'null' ? { version } : {}) };
}

function entryOf(key: string, headers: IncomingHttpHeaders): BackendEntry {
  const mtime = Date.parse(headers['last-modified'] ?? '');
  return {
    key,
    size: Number(headers['content-length'] ?? 0),
    ...(Number.isNaN(mtime) ? {} : { mtime }),
    ...marksOf(headers),
  };
}
