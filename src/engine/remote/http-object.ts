import { Readable } from 'node:stream';
import { objectMissing, remoteChanged, remoteFailed } from '../core/errors.ts';
import { type PyValue, pyMap, pyRepr } from '../core/python.ts';
import { md5 } from '../platform/digest.ts';
import type { BackendEntry, ReadOptions, Written } from './backend.ts';
import { drop, type HttpAnswer, type HttpClient, refusalOf } from './http-client.ts';
import { explained } from './streams.ts';

type Headers = Readonly<Record<string, string | string[] | undefined>>;
const first = (headers: Headers, name: string): string | undefined => [headers[name] ?? []].flat()[0];

/** A server's mark without its quotes; one for "about the same" keeps its `W/`. */
export const markIn = (etag: string | undefined): string | undefined => etag?.replaceAll('"', '');

export function marksOf(headers: Headers): Written {
  const etag = markIn(first(headers, 'etag'));
  return etag === undefined ? {} : { etag };
}

/** What headers say of an object. @param size Where they do not say it as usual. */
export function entryOfHeaders(key: string, headers: Headers, size: number): BackendEntry {
  const mtime = Date.parse(first(headers, 'last-modified') ?? '');
  return { key, size, ...(Number.isNaN(mtime) ? {} : { mtime }), ...marksOf(headers) };
}

/**
 * The mark of a server that sends no `ETag`: its `Content-MD5`, else a digest of what fsspec, the library behind DVC, keeps of the headers.
 *
 * @param name The address as it was asked for; redirects may have led to that of the answer.
 */
export function markOfHeaders(name: string, { headers, url }: Pick<HttpAnswer, 'headers' | 'url'>, size: number) {
  if (first(headers, 'etag')) return {};
  const sum = first(headers, 'content-md5');
  if (sum) return { mark: sum };
  const text = (header: string): string | undefined => first(headers, header) || undefined;
  const known: readonly [string, PyValue | undefined][] = [
    ['name', name],
    ['size', size],
    ['mimetype', text('content-type')?.replace(/;.*$/s, '')],
    ['partial', text('accept-ranges') === 'none' ? false : undefined],
    ['url', url.href],
    ['Digest', text('digest')],
    ['Last-Modified', text('last-modified')],
    ['type', 'file'],
  ];
  return { mark: BigInt(`0x${md5(Buffer.from(`(${pyRepr(pyMap(known))},)`))}`).toString() };
}

/** Bytes of what a `GET` asks for, compressed by nobody on the way. */
export const PLAIN = { 'Accept-Encoding': 'identity' } as const;

/**
 * The bytes of an object, from `offset` on also where the server knows no ranges.
 *
 * @param look Refuses answers that are not what was asked for.
 */
export async function readObject(
  client: HttpClient,
  { shown, key, url }: { readonly shown: string; readonly key: string; readonly url: URL },
  { signal, offset = 0, etag }: ReadOptions,
  look: (answer: HttpAnswer) => Promise<void> = async () => {},
): Promise<Readable> {
  const headers = { ...PLAIN, ...(offset > 0 ? { Range: `bytes=${offset}-` } : {}) };
  const answer = await client.request({ method: 'GET', url, step: 'read', what: key, signal, headers });
  const { status, body } = answer;
  const end = async (error: Error): Promise<never> => {
    await drop(answer);
    throw error;
  };
  if (status === 404 || status === 410) return end(objectMissing(key, shown));
  if (status === 416 && offset > 0) {
    await drop(answer);
    return Readable.from([]);
  }
  if (status !== 200 && status !== 206) return end(refusalOf(answer));
  const found = markIn(answer.headers.etag);
  if (etag !== undefined && found !== undefined && found !== etag) return end(remoteChanged(key, shown));
  await look(answer);
  const bytes = explained(body, answer.explain);
  const from = status === 206 ? firstByte(answer.headers['content-range']) : 0;
  if (from === undefined || from > offset)
    return end(
      remoteFailed('read', 'other', `'${answer.call.host}' sent another part of '${key}' than it was asked for.`, {
        url: shown,
        evidence: answer.headers['content-range'] ?? '206 without Content-Range',
        hint: 'Run the command again.',
        retryable: true,
      }),
    );
  return from === offset ? bytes : Readable.from(without(bytes, offset - from), { objectMode: false });
}

const firstByte = (range: string | undefined): number | undefined => {
  const start = /^bytes (\d+)-/.exec(range ?? '')?.[1];
  return start === undefined ? undefined : Number(start);
};

async function* without(stream: Readable, bytes: number): AsyncGenerator<Buffer> {
  let left = bytes;
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    if (chunk.length > left) yield chunk.subarray(left);
    left = Math.max(0, left - chunk.length);
  }
}
