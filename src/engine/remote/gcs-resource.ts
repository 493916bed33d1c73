import type { BackendEntry, Written } from './backend.ts';
import type { GcsAnswer } from './gcs-client.ts';
import type { GcsRefusal } from './gcs-failures.ts';
import { readAll } from './streams.ts';

/** An object, as the service describes it. */
export interface Resource {
  readonly name: string;
  readonly size: string;
  readonly updated?: string;
  readonly etag?: string;
  /** Which version this is: there is one also in buckets that keep no others. */
  readonly generation?: string;
  /** Base64; absent for objects that were put together of others. */
  readonly md5Hash?: string;
}

/** What is asked of each object. */
export const FIELDS = 'name,size,updated,etag,generation,md5Hash';

export const entryOf = (key: string, { size, updated, etag, generation }: Resource): BackendEntry => ({
  key,
  size: Number(size),
  ...(updated === undefined ? {} : { mtime: Date.parse(updated) }),
  ...(etag === undefined ? {} : { etag }),
  ...(generation === undefined ? {} : { version: generation }),
});

export const marksOf = ({ etag, generation, md5Hash }: Resource): Written => ({
  ...(etag === undefined ? {} : { etag }),
  ...(generation === undefined ? {} : { version: generation }),
  ...(md5Hash === undefined ? {} : { md5: Buffer.from(md5Hash, 'base64').toString('hex') }),
});

/** What an answer that says no says: JSON, or a text of whatever stands before the service. */
export async function refusalOf(answer: GcsAnswer, signal: AbortSignal): Promise<GcsRefusal> {
  const text = (await readAll(answer.body, signal)).toString();
  const retryAfter = Number(answer.header('retry-after')) * 1000;
  const { message, reason } = parse(text);
  return {
    status: answer.status,
    message: message ?? text.slice(0, 200),
    ...(reason === undefined ? {} : { reason }),
    ...(retryAfter > 0 ? { retryAfter } : {}),
  };
}

function parse(text: string): { message?: string; reason?: string } {
  try {
    const { error } = JSON.parse(text) as { error?: { message?: unknown; errors?: { reason?: unknown }[] } };
    const [message, reason] = [error?.message, error?.errors?.[0]?.reason];
    return {
      ...(typeof message === 'string' ? { message } : {}),
      ...(typeof reason === 'string' ? { reason } : {}),
    };
  } catch {
    return {};
  }
}
