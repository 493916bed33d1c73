import { createHash } from 'node:crypto';
import { DvcError } from '../core/errors.ts';
import type { Source, WriteOptions, Written } from './backend.ts';
import { cutIntoParts, type Part, partLength, readPart, sendParts } from './parts.ts';
import type { S3Calls, SentPart } from './s3-client.ts';
import type { Wire } from './s3-wire.ts';

/** Objects up to here go in one request; larger ones in parts of about this size, each with its MD5. */
export const PART = 8 << 20;
/** S3 takes no smaller ones, but for the last. */
const LEAST_PART = 5 << 20;
/** Of one object. Above 80 GB the parts grow. */
const MAX_PARTS = 10_000;
/** Parts in memory at once, over all objects of a store. */
export const PARTS_AT_ONCE = 8;
/** How long a cancelled write may clean up behind itself, in milliseconds. */
const CLEAN_UP_MS = 5000;

/** What one write needs of its store. `step` makes the error a user meets, and has a request repeated in the bucket's own region. */
export interface UploadTools {
  /** With the store's prefix. */
  readonly key: string;
  readonly createHeaders: Readonly<Record<string, string>>;
  readonly objectHeaders: Readonly<Record<string, string>>;
  call<T>(signal: AbortSignal, work: (s3: { wire: Wire; calls: S3Calls }) => Promise<T>): Promise<T>;
  /** Has its turn among the parts in memory. */
  inTurn<T>(work: () => Promise<T>): Promise<T>;
}

interface Note {
  readonly upload: string;
  readonly size: number;
  readonly part: number;
}

/** Writes a large object, and goes on with what an interrupted write of it has sent. */
export async function uploadInParts(tools: UploadTools, source: Source, options: WriteOptions): Promise<Written> {
  const { key, createHeaders, objectHeaders, call } = tools;
  const { signal, resume, onBytes } = options;
  const length = partLength(source.size, LEAST_PART, PART, MAX_PARTS);
  const parts = cutIntoParts(source.size, length);
  const before = noteOf(resume?.load(), source.size, length);
  const found =
    before === undefined ? undefined : await call(signal, ({ calls }) => calls.sentParts(key, before, signal));
  if (before !== undefined && found === undefined) {
    const done = await completedBefore(tools, source, parts, signal);
    if (done) {
      onBytes?.(source.size);
      resume?.clear();
      return done;
    }
  }
  const there = new Map(found?.map((part) => [part.number, part]));
  const upload =
    found && before !== undefined
      ? before
      : await call(signal, ({ calls }) => calls.createUpload(key, createHeaders, signal));
  resume?.save(JSON.stringify({ upload, size: source.size, part: length } satisfies Note));
  const sent: Pick<SentPart, 'number' | 'etag'>[] = [];
  try {
    await sendParts(parts, Math.min(PARTS_AT_ONCE, options.atOnce ?? PARTS_AT_ONCE), signal, async (part) => {
      const [number, size] = [part.index + 1, part.to - part.from];
      const known = there.get(number);
      if (known?.size === size) sent.push(known);
      else sent.push({ number, etag: await sendPart(tools, upload, source, part, options) });
      onBytes?.(size);
    });
    sent.sort((a, b) => a.number - b.number);
    const written = await call(signal, ({ calls }) => calls.completeUpload(key, upload, sent, objectHeaders, signal));
    resume?.clear();
    return written;
  } catch (error) {
    const goesOn = resume !== undefined && !isHopeless(error);
    if (!goesOn) {
      resume?.clear();
      await giveUp(tools, upload);
    }
    throw error;
  }
}

/** A part that the store does not have as it said: the next write begins anew. */
const isHopeless = (error: unknown): boolean => DvcError.is(error, 'remote-failed') && error.data['why'] === 'other';

function sendPart(
  tools: UploadTools,
  upload: string,
  source: Source,
  part: Part,
  { signal, onBytes }: WriteOptions,
): Promise<string> {
  const { key, objectHeaders, call, inTurn } = tools;
  return inTurn(async () => {
    const body = await readPart(source, part.from, part.to, signal);
    const md5 = createHash('md5').update(body).digest('base64');
    return call(signal, async ({ wire }) => {
      const answer = await wire({
        method: 'PUT',
        key,
        query: { partNumber: String(part.index + 1), uploadId: upload },
        headers: { ...objectHeaders, 'content-md5': md5 },
        body,
        signal,
        onTaken: () => onBytes?.(0),
      });
      answer.resume();
      return answer.headers.etag ?? '';
    });
  });
}

/** Nothing is left behind, if it can be helped; what stays is swept later. */
async function giveUp({ key, call }: UploadTools, upload: string): Promise<void> {
  const signal = AbortSignal.timeout(CLEAN_UP_MS);
  const done = call(signal, ({ calls }) => calls.abortUpload(key, upload, signal)).catch(() => {});
  const patience = new Promise<void>((resolve) => setTimeout(resolve, CLEAN_UP_MS / 10).unref());
  await Promise.race([done, patience]);
}

function noteOf(text: string | undefined, size: number, part: number): string | undefined {
  try {
    const note = JSON.parse(text ?? 'null') as Partial<Note> | null;
    return note?.size === size && note.part === part ? note.upload : undefined;
  } catch {
    return undefined;
  }
}

/** An upload that nobody knows any more may have been put together, and the answer lost. Its mark is the MD5 of the MD5s of its parts. */
async function completedBefore(
  { key, objectHeaders, call }: UploadTools,
  source: Source,
  parts: readonly Part[],
  signal: AbortSignal,
): Promise<Written | undefined> {
  const found = await call(signal, async ({ wire }) => {
    const answer = await wire({ method: 'HEAD', key, headers: objectHeaders, signal });
    answer.resume();
    return answer.headers;
  }).catch(() => undefined);
  const etag = found?.etag?.replaceAll('"', '');
  if (etag === undefined || !etag.endsWith(`-${parts.length}`)) return undefined;
  const all = createHash('md5');
  for (const { from, to } of parts)
    all.update(
      createHash('md5')
        .update(await readPart(source, from, to, signal))
        .digest(),
    );
  if (etag !== `${all.digest('hex')}-${parts.length}`) return undefined;
  const version = found?.['x-amz-version-id'];
  return { etag, ...(typeof version === 'string' ? { version } : {}) };
}
