import { createHash, randomUUID } from 'node:crypto';
import * as fs from 'node:fs';
import { createRequire } from 'node:module';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import {
  AnonymousCredential,
  BlobServiceClient,
  type BlockBlobClient,
  type ContainerClient,
  type ContainerListBlobFlatSegmentResponse,
  type StoragePipelineOptions,
  StorageSharedKeyCredential,
} from '@azure/storage-blob';
import { cancelled, configError, DvcError } from '../core/errors.ts';
import { checkAborted } from '../core/op-context.ts';
import { type AzureCall, type AzureFailure, azureError } from './azure-failures.ts';
import type * as Identity from './azure-identity.ts';
import { type AzureLogin, type AzurePlace, chooseLogin, describeLogin, parseAzureUrl } from './azure-login.ts';
import type { Backend, BackendEntry, ResumeSlot, Source, WriteOptions, Written } from './backend.ts';
import { secondsOf } from './http-options.ts';
import { cutIntoParts, inSlices, makeGate, type Part, partLength, readPart, sendParts } from './parts.ts';
import { probeConnection } from './probe-network.ts';
import { endpointOf } from './proxy.ts';
import type { RemoteOptions } from './registry.ts';
import { retryPolicy } from './retry.ts';
import { StallWatch } from './stall.ts';
import { findBundle } from './store-bundles.ts';
import { explained } from './streams.ts';

/** Objects up to here go in one request; larger ones in blocks of about this size, each with its MD5. */
const BLOCK = 8 << 20;
const LEAST_BLOCK = 4 << 20;
/** Of one object. Above 400 GB the blocks grow. */
const MAX_BLOCKS = 50_000;
/** Blocks in memory at once, over all objects of a store. */
const BLOCKS_AT_ONCE = 8;
const PAGE = 5000;
/** So long a connection may take, unless the options say otherwise. */
const CONNECT_SECONDS = 10;
const NO_NAME = /^(?:ENOTFOUND|EAI_AGAIN)$/;

/** Containers of Azure Blob Storage, Data Lake Storage of the second generation among them. */
export function openStore(url: string, options: RemoteOptions): Backend {
  const surroundings = { env: process.env, azConfig: readAzConfig() };
  const place = parseAzureUrl(url, surroundings);
  const shown = `azure://${place.container}${place.prefix === '' ? '' : `/${place.prefix.slice(0, -1)}`}`;
  const login = chooseLogin(options, place, surroundings, shown);
  const times = {
    connect: secondsOf(options, 'connection_timeout', CONNECT_SECONDS),
    answer: secondsOf(options, 'read_timeout', retryPolicy().idle / 1000),
  };
  const tries = {
    maxTries: 1,
    ...(Number(options['timeout']) > 0 ? { tryTimeoutInMs: Number(options['timeout']) * 1000 } : {}),
  };
  const pipeline = { retryOptions: tries, userAgentOptions: { userAgentPrefix: 'lode' } };
  return azureBackend(connect(login, place, pipeline), { url: shown, place, login, times });
}

function readAzConfig(): string {
  try {
    return fs.readFileSync(join(process.env['AZURE_CONFIG_DIR'] ?? join(homedir(), '.azure'), 'config'), 'utf8');
  } catch {
    return '';
  }
}

/** @param pipeline Without tries of its own: repeating is `withRetry`'s affair. */
function connect(
  login: AzureLogin,
  { container, suffix }: AzurePlace,
  pipeline: StoragePipelineOptions,
): ContainerClient {
  if (login.kind === 'connection-string') {
    try {
      return BlobServiceClient.fromConnectionString(login.text, pipeline).getContainerClient(container);
    } catch {
      throw configError("'connection_string' of an Azure remote is not a connection string", {
        hint: 'Copy it from the access keys of the storage account.',
      });
    }
  }
  const endpoint = `https://${login.account}.blob.${suffix ?? 'core.windows.net'}`;
  const service = (): BlobServiceClient => {
    if (login.kind === 'sas') return new BlobServiceClient(`${endpoint}?${login.token}`, undefined, pipeline);
    if (login.kind === 'anonymous') return new BlobServiceClient(endpoint, new AnonymousCredential(), pipeline);
    if (login.kind !== 'account-key') return new BlobServiceClient(endpoint, identityOf(login), pipeline);
    return new BlobServiceClient(endpoint, new StorageSharedKeyCredential(login.account, login.key), pipeline);
  };
  return service().getContainerClient(container);
}

function identityOf(login: Extract<AzureLogin, { kind: 'service-principal' | 'default' }>): Identity.TokenSource {
  let source: Identity.TokenSource | undefined;
  return {
    getToken: (scopes, options) => {
      if (!source) {
        const bundle = createRequire(__filename)(findBundle('azure-identity')) as typeof Identity; // Made from it.
        source = bundle.openIdentity(login);
      }
      return source.getToken(scopes, options);
    },
  };
}

interface Store {
  readonly url: string;
  readonly place: AzurePlace;
  readonly login: AzureLogin;
  /** Milliseconds until there is a connection, and of silence in a request. */
  readonly times: { readonly connect: number; readonly answer: number };
}

type Step = AzureCall['step'];

function azureBackend(container: ContainerClient, { url, place, login, times }: Store): Backend {
  const { prefix } = place;
  const { accountName: account } = container;
  const where = { url, host: new URL(container.url).host, account, container: place.container, login };
  const gate = makeGate(BLOCKS_AT_ONCE);
  const blobOf = (key: string): BlockBlobClient => container.getBlockBlobClient(prefix + key);
  const explain = (error: unknown, step: Step, key: string, signal: AbortSignal): Error =>
    signal.aborted ? cancelled() : azureError(error, factsOf(error), { ...where, step, key });
  const closing = new AbortController();
  let reached: Promise<void> | undefined;
  /** The library waits for a connection as long as the system does: whether there is one is seen beside the first request. */
  const reach = (): Promise<void> => {
    reached ??= probeConnection(endpointOf(container.url), closing, times.connect).then(
      () => {},
      (error: DvcError) => {
        reached = undefined;
        if (!NO_NAME.test(String(error.data['evidence']))) throw error; // What is wrong with a name the request itself says.
      },
    );
    return reached;
  };
  const call = async <T>(
    step: Step,
    key: string,
    signal: AbortSignal,
    work: (within: AbortSignal, watch: StallWatch) => Promise<T>,
  ): Promise<T> => {
    checkAborted(signal);
    using watch = new StallWatch(signal, times.answer, where.host);
    try {
      const unreachable = reach().then(() => new Promise<never>(() => {}));
      return await watch.race(Promise.race([work(watch.signal, watch), unreachable]));
    } catch (error) {
      watch.renew(); // Ends a request that nobody waits for any more.
      throw explain(error, step, key, signal);
    }
  };

  /** One request with bytes in it, which the service compares with their MD5. */
  const send = <T>(key: string, source: Source, part: Part, options: WriteOptions, request: SendBytes<T>): Promise<T> =>
    gate(async () => {
      const { signal, onBytes } = options;
      const bytes = await readPart(source, part.from, part.to, signal);
      const md5 = createHash('md5').update(bytes).digest();
      return call('write', key, signal, (abortSignal, watch) => {
        const onTaken = (): void => {
          watch.touch();
          onBytes?.(0);
        };
        return request(() => inSlices(bytes, onTaken), bytes.length, { abortSignal, transactionalContentMD5: md5 });
      });
    });

  const writeWhole = async (key: string, source: Source, options: WriteOptions): Promise<Written> => {
    const whole = { index: 0, from: 0, to: source.size };
    const sent = await send(key, source, whole, options, (body, length, how) =>
      // The library sends the first of the two sums, but does not type it; the second one is kept.
      blobOf(key).upload(body, length, { ...how, blobHTTPHeaders: { blobContentMD5: how.transactionalContentMD5 } }),
    );
    options.onBytes?.(source.size);
    const { contentMD5: md5 } = sent;
    return { ...marksOf(sent), ...(md5 === undefined ? {} : { md5: Buffer.from(md5).toString('hex') }) };
  };

  /** The names of blocks hold a number of the upload, so that what is there of an interrupted one is known again. */
  const writeBlocks = async (key: string, source: Source, options: WriteOptions): Promise<Written> => {
    const { signal, resume, onBytes } = options;
    const length = partLength(source.size, LEAST_BLOCK, BLOCK, MAX_BLOCKS);
    const { upload, goesOn } = noteOf(resume, source.size, length);
    const blob = blobOf(key);
    const there = goesOn ? await call('write', key, signal, (within) => stagedBlocks(blob, within)) : new Map();
    const parts = cutIntoParts(source.size, length);
    await sendParts(parts, Math.min(BLOCKS_AT_ONCE, options.atOnce ?? BLOCKS_AT_ONCE), signal, async (part) => {
      const id = blockId(upload, part.index);
      if (there.get(id) !== part.to - part.from)
        await send(key, source, part, options, (body, size, how) => blob.stageBlock(id, body, size, how));
      onBytes?.(part.to - part.from);
    });
    const ids = parts.map(({ index }) => blockId(upload, index));
    try {
      const done = await call('write', key, signal, (abortSignal) => blob.commitBlockList(ids, { abortSignal }));
      resume?.clear();
      return marksOf(done);
    } catch (error) {
      if (DvcError.is(error, 'remote-failed') && error.data['why'] === 'other') resume?.clear(); // The blocks are gone.
      throw error;
    }
  };

  const listPages = (below: string, maxPageSize: number, signal: AbortSignal, versions = false) => {
    const more = versions ? { includeVersions: true } : {};
    const pages = container
      .listBlobsFlat({ prefix: prefix + below, abortSignal: signal, ...more })
      .byPage({ maxPageSize });
    return async () => {
      const page = await call('list', below, signal, () => pages.next());
      // As the library types it where no pages are asked for.
      return page.done ? undefined : (page.value as ContainerListBlobFlatSegmentResponse).segment.blobItems;
    };
  };

  return {
    url,
    traits: { atomicWrite: true, lists: true, ranges: true, resumes: true, maxConcurrency: 32 },

    async stat(key, { signal }) {
      try {
        const found = await call('read', key, signal, (abortSignal) => blobOf(key).getProperties({ abortSignal }));
        return entryOf(key, found);
      } catch (error) {
        if (DvcError.is(error, 'object-missing')) return undefined;
        throw error;
      }
    },

    async read(key, { signal, offset = 0, version, etag }) {
      const blob = version === undefined ? blobOf(key) : blobOf(key).withVersion(version);
      const conditions = etag === undefined ? {} : { conditions: { ifMatch: `"${etag}"` } };
      try {
        const asked = { abortSignal: signal, maxRetryRequests: 0, ...conditions };
        checkAborted(signal);
        await reach(); // Its body is read for as long as it comes.
        const { readableStreamBody: body } = await blob.download(offset, undefined, asked);
        // A stream of Node's, which the library types by its oldest interface.
        return explained(body as Readable, (error) => explain(error, 'read', key, signal));
      } catch (error) {
        if (factsOf(error).statusCode === 416) return Readable.from([]); // Nothing lies behind the last byte.
        throw explain(error, 'read', key, signal);
      }
    },

    async write(key, source, options) {
      checkAborted(options.signal);
      return source.size <= BLOCK ? writeWhole(key, source, options) : writeBlocks(key, source, options);
    },

    async *list(below, { signal, versions }) {
      const nextPage = listPages(below, PAGE, signal, versions);
      for (let page = await nextPage(); page !== undefined; page = await nextPage())
        for (const { name, properties, versionId, isCurrentVersion } of page)
          if (isCurrentVersion !== false)
            yield entryOf(
              name.slice(prefix.length),
              versionId === undefined ? properties : { ...properties, versionId },
            );
    },

    async remove(key, { signal }) {
      try {
        await call('write', key, signal, (abortSignal) => blobOf(key).delete({ abortSignal }));
      } catch (error) {
        if (!DvcError.is(error, 'object-missing')) throw error;
      }
    },

    probe: {
      endpoint: async () => endpointOf(container.url),

      async identity({ signal }) {
        try {
          await listPages('', 1, signal)();
        } catch (error) {
          if (!DvcError.is(error, 'remote-failed') || !['denied', 'no-bucket'].includes(String(error.data['why'])))
            throw error;
        }
        return describeLogin(login, account);
      },

      async container({ signal }) {
        try {
          await listPages('', 1, signal)();
        } catch (error) {
          if (!DvcError.is(error, 'remote-failed') || error.data['why'] !== 'denied') throw error;
        }
        return `container '${place.container}' in the account '${account}'`;
      },
    },

    close: async () => closing.abort(),
  };
}

interface Checked {
  readonly abortSignal: AbortSignal;
  readonly transactionalContentMD5: Buffer;
}
type SendBytes<T> = (body: () => Readable, length: number, how: Checked) => Promise<T>;

const unquoted = (etag: string | undefined): string | undefined => etag?.replace(/^"|"$/g, '');

function marksOf({ etag, versionId }: { etag?: string; versionId?: string }): Written {
  const mark = unquoted(etag);
  return { ...(mark === undefined ? {} : { etag: mark }), ...(versionId === undefined ? {} : { version: versionId }) };
}

interface Properties {
  readonly contentLength?: number;
  readonly lastModified?: Date;
  readonly etag?: string;
  readonly versionId?: string;
}

const entryOf = (key: string, properties: Properties): BackendEntry => ({
  key,
  size: properties.contentLength ?? 0,
  ...(properties.lastModified === undefined ? {} : { mtime: properties.lastModified.getTime() }),
  ...marksOf(properties),
});

/** All of one length, as the service demands of the blocks of one object. */
const blockId = (upload: string, index: number): string =>
  Buffer.from(`${upload}-${String(index).padStart(5, '0')}`).toString('base64');

/** The number of the upload: that of the interrupted one, where it was cut into the same blocks. */
function noteOf(resume: ResumeSlot | undefined, size: number, length: number): { upload: string; goesOn: boolean } {
  const shape = `${size}/${length}`;
  const [before, upload] = resume?.load()?.split(' ') ?? [];
  if (before === shape && upload !== undefined) return { upload, goesOn: true };
  const fresh = randomUUID();
  resume?.save(`${shape} ${fresh}`);
  return { upload: fresh, goesOn: false };
}

async function stagedBlocks(blob: BlockBlobClient, abortSignal: AbortSignal): Promise<ReadonlyMap<string, number>> {
  try {
    const { uncommittedBlocks = [] } = await blob.getBlockList('uncommitted', { abortSignal });
    return new Map(uncommittedBlocks.map(({ name, size }) => [name, size]));
  } catch (error) {
    if (factsOf(error).statusCode === 404) return new Map(); // They are kept for a week.
    throw error;
  }
}

/** What an error of the library says, read without trusting its shape. */
function factsOf(error: unknown): AzureFailure {
  if (!(error instanceof Error)) return { message: String(error) };
  const { name, message, statusCode, response, details } = error as RestError;
  const errorCode = response?.headers?.get('x-ms-error-code') ?? details?.errorCode ?? details?.code;
  const detail = details?.authenticationErrorDetail ?? details?.AuthenticationErrorDetail;
  const serverTime = Date.parse(response?.headers?.get('date') ?? '');
  const retryAfter = Number(response?.headers?.get('retry-after')) * 1000;
  return {
    name,
    message,
    ...(statusCode === undefined ? {} : { statusCode }),
    ...(errorCode === undefined ? {} : { errorCode }),
    ...(detail === undefined ? {} : { detail }),
    ...(Number.isNaN(serverTime) ? {} : { serverTime }),
    ...(retryAfter > 0 ? { retryAfter } : {}),
  };
}

interface RestError extends Error {
  readonly statusCode?: number;
  readonly response?: { readonly headers?: { get(name: string): string | undefined } };
  readonly details?: {
    readonly errorCode?: string;
    readonly code?: string;
    readonly authenticationErrorDetail?: string;
    readonly AuthenticationErrorDetail?: string;
  };
}
