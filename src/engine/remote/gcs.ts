import { createHash, randomUUID } from 'node:crypto';
import { Readable } from 'node:stream';
import { cancelled, configError, DvcError, remoteChanged } from '../core/errors.ts';
import { checkAborted } from '../core/op-context.ts';
import { redactUrl } from '../core/redact.ts';
import type { Backend, Source, WriteOptions, Written } from './backend.ts';
import { type GcsAsk, type GcsClient, type GcsLogin, openGcsClient } from './gcs-client.ts';
import { type GcsCall, gcsBroke, gcsRefused } from './gcs-failures.ts';
import { entryOf, FIELDS, marksOf, type Resource, refusalOf } from './gcs-resource.ts';
import { type UploadCalls, uploadOn } from './gcs-upload.ts';
import { inSlices, makeGate, readPart } from './parts.ts';
import { endpointOf } from './proxy.ts';
import type { RemoteOptions } from './registry.ts';
import { explained, readAll } from './streams.ts';

/** Objects up to here go in one request with their MD5; larger ones in an upload that can go on. */
const WHOLE = 8 << 20;
/** Objects in memory at once. */
const WHOLES_AT_ONCE = 8;
const PAGE = 1000;

/** Buckets of Google Cloud Storage, through its JSON interface. */
export function openStore(url: string, options: RemoteOptions): Backend {
  const [, bucket = '', path = ''] = /^[a-z]+:\/\/([^/?#]*)([^?]*)/i.exec(url) ?? [];
  if (bucket === '')
    throw configError(`'${redactUrl(url)}' does not name a bucket`, { hint: 'Write gs://BUCKET/path.' });
  const inside = path.replace(/^\/+|\/+$/g, '');
  const endpoint = options['endpointurl'] ?? process.env['STORAGE_EMULATOR_HOST'] ?? 'https://storage.googleapis.com';
  const login = loginOf(options);
  return gcsBackend(openGcsClient(login), {
    url: `gs://${bucket}${inside === '' ? '' : `/${inside}`}`,
    endpoint: (endpoint.includes('://') ? endpoint : `http://${endpoint}`).replace(/\/+$/, ''),
    bucket,
    prefix: inside === '' ? '' : `${inside}/`,
    login,
  });
}

function loginOf(options: RemoteOptions): GcsLogin {
  if (options['allow_anonymous_login']?.toLowerCase() === 'true') return { kind: 'anonymous' };
  const path = options['credentialpath'];
  return path ? { kind: 'file', path } : { kind: 'default' };
}

interface Store {
  readonly url: string;
  readonly endpoint: string;
  readonly bucket: string;
  readonly prefix: string;
  readonly login: GcsLogin;
}

type Step = GcsCall['step'];

function gcsBackend(client: GcsClient, { url, endpoint, bucket, prefix, login }: Store): Backend {
  const { host } = new URL(endpoint);
  const gate = makeGate(WHOLES_AT_ONCE);
  const objects = `/storage/v1/b/${encodeURIComponent(bucket)}/o`;
  const pathOf = (key: string): string => `${endpoint}${objects}/${encodeURIComponent(prefix + key)}`;

  const callOf = async (step: Step, key: string): Promise<GcsCall> => {
    const who = await client.who().catch(() => 'these credentials');
    return { url, host, bucket, login, who, step, key };
  };
  const explain = async (error: unknown, step: Step, key: string, signal: AbortSignal): Promise<Error> =>
    signal.aborted ? cancelled() : gcsBroke(error, await callOf(step, key));

  /** An answer that says yes, or is one of `others`. */
  const call = async (step: Step, key: string, ask: GcsAsk, signal: AbortSignal, others: readonly number[] = []) => {
    checkAborted(signal);
    try {
      const answer = await client.ask(ask, signal);
      if ((answer.status >= 200 && answer.status < 300) || others.includes(answer.status)) return answer;
      throw gcsRefused(await refusalOf(answer, signal), await callOf(step, key));
    } catch (error) {
      throw await explain(error, step, key, signal);
    }
  };
  const json = async <T>(step: Step, key: string, ask: GcsAsk, signal: AbortSignal): Promise<T> => {
    const { body } = await call(step, key, ask, signal);
    try {
      return JSON.parse((await readAll(body, signal)).toString()) as T; // By the service's own description.
    } catch (error) {
      throw await explain(error, step, key, signal);
    }
  };

  const listPage = (below: string, page: string, size: number, signal: AbortSignal) => {
    const query = new URLSearchParams({ prefix: prefix + below, maxResults: String(size) });
    if (page !== '') query.set('pageToken', page);
    query.set('fields', `nextPageToken,items(${FIELDS})`);
    const ask: GcsAsk = { method: 'GET', url: `${endpoint}${objects}?${query}` };
    return json<{ items?: Resource[]; nextPageToken?: string }>('list', below, ask, signal);
  };

  const writeWhole = (key: string, source: Source, { signal, onBytes }: WriteOptions): Promise<Written> =>
    gate(async () => {
      const bytes = await readPart(source, 0, source.size, signal);
      const md5Hash = createHash('md5').update(bytes).digest('base64');
      const boundary = randomUUID();
      const head = `--${boundary}\r\ncontent-type: application/json\r\n\r\n${JSON.stringify({ name: prefix + key, md5Hash })}\r\n`;
      const body = Buffer.concat([
        Buffer.from(`${head}--${boundary}\r\ncontent-type: application/octet-stream\r\n\r\n`),
        bytes,
        Buffer.from(`\r\n--${boundary}--\r\n`),
      ]);
      const headers = {
        'content-type': `multipart/related; boundary=${boundary}`,
        'content-length': String(body.length),
      };
      const ask: GcsAsk = {
        method: 'POST',
        url: `${endpoint}/upload${objects}?uploadType=multipart&fields=${FIELDS}`,
        headers,
        body: inSlices(body, () => onBytes?.(0)),
      };
      const written = await json<Resource>('write', key, ask, signal);
      onBytes?.(source.size);
      return marksOf(written);
    });

  const begin = async (key: string, size: number, signal: AbortSignal): Promise<string> => {
    const name = encodeURIComponent(prefix + key);
    const ask: GcsAsk = {
      method: 'POST',
      url: `${endpoint}/upload${objects}?uploadType=resumable&name=${name}&fields=${FIELDS}`,
      headers: { 'content-type': 'application/json', 'x-upload-content-length': String(size) },
      body: '{}',
    };
    const answer = await call('write', key, ask, signal);
    answer.body.resume();
    const session = answer.header('location');
    if (session !== undefined) return session;
    throw gcsRefused({ status: answer.status, message: 'an upload without an address' }, await callOf('write', key));
  };

  const writeOn = async (key: string, source: Source, options: WriteOptions): Promise<Written> => {
    const { signal } = options;
    const calls: UploadCalls = {
      begin: () => begin(key, source.size, signal),
      put: (session, range, body, length) => {
        const headers = { 'content-range': `bytes ${range}/${source.size}`, 'content-length': String(length) };
        const ask: GcsAsk = { method: 'PUT', url: session, headers, body, bare: true };
        return call('write', key, ask, signal, [308, 404, 410]);
      },
    };
    const answer = await uploadOn(calls, source, options);
    if (answer.status >= 300)
      throw gcsRefused({ status: 410, message: 'the upload is gone' }, await callOf('write', key));
    return marksOf(JSON.parse((await readAll(answer.body, signal)).toString()) as Resource);
  };

  return {
    url,
    traits: { atomicWrite: true, lists: true, ranges: true, resumes: true, maxConcurrency: 32 },

    async stat(key, { signal }) {
      const ask: GcsAsk = { method: 'GET', url: `${pathOf(key)}?fields=${FIELDS}` };
      try {
        return entryOf(key, await json<Resource>('read', key, ask, signal));
      } catch (error) {
        if (DvcError.is(error, 'object-missing')) return undefined;
        throw error;
      }
    },

    async read(key, { signal, offset = 0, version, etag }) {
      const generation = version === undefined ? '' : `&generation=${encodeURIComponent(version)}`;
      const ask: GcsAsk = {
        method: 'GET',
        url: `${endpoint}/download${objects}/${encodeURIComponent(prefix + key)}?alt=media${generation}`,
        ...(offset === 0 ? {} : { headers: { range: `bytes=${offset}-` } }),
      };
      const answer = await call('read', key, ask, signal, [416]);
      const mark = answer.header('etag')?.replace(/^"|"$/g, '');
      if (etag !== undefined && mark !== undefined && mark !== etag) {
        answer.body.destroy();
        throw remoteChanged(key, url);
      }
      if (answer.status !== 416) {
        const failed = await callOf('read', key);
        return explained(answer.body, (error) => (signal.aborted ? cancelled() : gcsBroke(error, failed)));
      }
      answer.body.resume();
      return Readable.from([]); // Nothing lies behind the last byte.
    },

    async write(key, source, options) {
      checkAborted(options.signal);
      return source.size <= WHOLE ? writeWhole(key, source, options) : writeOn(key, source, options);
    },

    async *list(below, { signal }) {
      let page = await listPage(below, '', PAGE, signal);
      for (;;) {
        for (const item of page.items ?? []) yield entryOf(item.name.slice(prefix.length), item);
        if (!page.nextPageToken) return;
        page = await listPage(below, page.nextPageToken, PAGE, signal);
      }
    },

    async remove(key, { signal }) {
      const { body } = await call('write', key, { method: 'DELETE', url: pathOf(key) }, signal, [404]);
      body.resume();
    },

    probe: {
      endpoint: async () => endpointOf(endpoint),

      async identity({ signal }) {
        try {
          await listPage('', '', 1, signal);
        } catch (error) {
          const why = DvcError.is(error, 'remote-failed') ? String(error.data['why']) : '';
          if (why !== 'denied' && why !== 'no-bucket') throw error;
        }
        return (await client.who()) ?? 'nobody: the bucket is open to the public';
      },

      async container({ signal }) {
        try {
          await listPage('', '', 1, signal);
        } catch (error) {
          if (!DvcError.is(error, 'remote-failed') || error.data['why'] !== 'denied') throw error;
        }
        return `bucket '${bucket}'`;
      },
    },

    close: async () => {},
  };
}
