import { setMaxListeners } from 'node:events';
import * as fs from 'node:fs';
import { cancelled, configError, DvcError } from '../core/errors.ts';
import { checkAborted } from '../core/op-context.ts';
import { type HttpAgents, makeHttpAgents } from './http-agents.ts';
import { httpHandler, openClient, type S3Calls, type S3Place } from './s3-client.ts';
import { isAboutCredentials, type S3Call, type S3Failure, s3Error } from './s3-failures.ts';
import { type AwsKeys, type KeySource, keySource } from './s3-identity.ts';
import { type S3Settings, secretsOf } from './s3-options.ts';
import { readProfile, type S3Profile } from './s3-profile.ts';
import { openWire, S3Refusal, type Wire } from './s3-wire.ts';

/** What requests are made with. */
export interface S3Connection {
  readonly profile: S3Profile;
  readonly place: S3Place;
  /** Undefined for requests without a signature. */
  readonly keys: KeySource | undefined;
  readonly wire: Wire;
  readonly calls: S3Calls;
  /** Certificate authorities trusted in place of the system's: PEM. */
  readonly ca: string | undefined;
}

export type S3Step = S3Call['step'];

/** The way to one bucket. */
export interface S3Session {
  /** Runs requests where the bucket is, and makes sentences of their failures. @param key For those: an object's, or a prefix */
  call<T>(step: S3Step, key: string, signal: AbortSignal, work: (connection: S3Connection) => Promise<T>): Promise<T>;
  /** The sentence for a failure outside of a call: in the middle of an answer, or one of many. */
  explain(error: unknown, step: S3Step, key: string, signal: AbortSignal): Error;
  close(): void;
}

/** Requests at once; a listing and the parts of an upload may add some. */
const MAX_SOCKETS = 96;
const DEFAULT_REGION = 'us-east-1';

/** Nothing is read and nobody asked before the first call. */
export function openSession(settings: S3Settings): S3Session {
  const secrets = new Set(secretsOf(settings));
  let region = settings.region;
  let agents: HttpAgents | undefined;
  let opened: Promise<S3Connection> | undefined;
  /** What came of `opened`, so that a request need not wait for it. */
  let ready: S3Connection | undefined;
  let known: Pick<S3Connection, 'profile' | 'place'> | undefined;

  const connect = (): Promise<S3Connection> => {
    if (!opened) {
      const opening = open();
      opened = opening;
      opening.then(
        (connection) => {
          if (opened === opening) ready = connection;
        },
        () => {
          if (opened === opening) opened = undefined;
        },
      );
    }
    return opened;
  };
  const forget = (): void => {
    opened = undefined;
    ready = undefined;
  };

  async function open(): Promise<S3Connection> {
    const { login, bucket, secure, verify, connectTimeout, readTimeout } = settings;
    const profile = await readProfile(settings);
    const ca = readAuthorities(settings.authorities ?? profile.authorities);
    agents ??= makeHttpAgents({ maxSockets: MAX_SOCKETS, verify, ...(ca === undefined ? {} : { ca }) });
    const env = process.env;
    region ??= env['AWS_REGION'] || env['AWS_DEFAULT_REGION'] || profile.region || DEFAULT_REGION;
    const endpoint = settings.endpoint ?? (env['AWS_ENDPOINT_URL_S3'] || env['AWS_ENDPOINT_URL'] || profile.endpoint);
    const times = { connectTimeout, readTimeout };
    const source = login.kind === 'anonymous' ? undefined : keySource(login, region, httpHandler(agents, times));
    const keys = source && remembering(source, secrets);
    const pathStyle = profile.addressing === 'path' || (endpoint !== undefined && profile.addressing !== 'virtual');
    const where = {
      bucket,
      profile: profile.name,
      region,
      pathStyle,
      secure,
      ...(endpoint === undefined ? {} : { endpoint: withScheme(endpoint, secure) }),
    };
    const calls = openClient({ ...where, ...times, keys, agents });
    const place = await calls.place();
    known = { profile, place };
    return { ...known, keys, calls, ca, wire: openWire({ ...times, place, keys, agents }) };
  }

  const explain = (error: unknown, step: S3Step, key: string, signal: AbortSignal): Error => {
    if (signal.aborted) return DvcError.is(signal.reason) ? signal.reason : cancelled();
    return s3Error(error, factsOf(error), {
      ...settings,
      step,
      key,
      host: known?.place.url.host ?? settings.endpoint ?? settings.bucket,
      region: region ?? DEFAULT_REGION,
      profile: known?.profile.name ?? 'default',
      hide: (text) => hideAll(text, secrets),
    });
  };

  return {
    explain,
    async call(step, key, signal, work) {
      setMaxListeners(0, signal); // Parts of one object share it.
      for (let moved = false; ; moved = true) {
        checkAborted(signal);
        try {
          return await work(ready ?? (await untilAborted(connect(), signal)));
        } catch (error) {
          const facts = factsOf(error);
          if (isAboutCredentials(facts)) forget();
          const elsewhere = facts.region !== undefined && facts.region !== region && !signal.aborted;
          if (!elsewhere || moved) throw explain(error, step, key, signal);
          region = facts.region;
          forget();
        }
      }
    },
    close: () => agents?.destroy(),
  };
}

/** Endpoints are written without a scheme as well. */
const withScheme = (endpoint: string, secure: boolean): string =>
  /^https?:\/\//i.test(endpoint) ? endpoint : `${secure ? 'https' : 'http'}://${endpoint}`;

function readAuthorities(file: string | undefined): string | undefined {
  if (file === undefined) return undefined;
  try {
    return fs.readFileSync(file, 'utf8');
  } catch {
    throw configError(`the certificates '${file}' of an S3 remote cannot be read`, {
      hint: 'Correct `ssl_verify` of the remote, or AWS_CA_BUNDLE.',
    });
  }
}

/** Keys that were found are kept out of messages as well. */
const remembering =
  (source: KeySource, secrets: Set<string>): KeySource =>
  async (): Promise<AwsKeys> => {
    const keys = await source();
    if (!secrets.has(keys.secretAccessKey)) {
      for (const secret of [keys.accessKeyId, keys.secretAccessKey, keys.sessionToken]) if (secret) secrets.add(secret);
    }
    return keys;
  };

const SHORTEST_SECRET = 6;

function hideAll(text: string, secrets: Iterable<string>): string {
  let hidden = text;
  for (const secret of secrets) if (secret.length >= SHORTEST_SECRET) hidden = hidden.replaceAll(secret, '***');
  return hidden;
}

/** Lets go of what does not listen to the signal. */
async function untilAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  let stop: (() => void) | undefined;
  try {
    return await Promise.race([
      work,
      new Promise<never>((_, reject) => {
        stop = () => reject(cancelled());
        signal.addEventListener('abort', stop, { once: true });
      }),
    ]);
  } finally {
    if (stop) signal.removeEventListener('abort', stop);
  }
}

interface LibraryError extends Error {
  readonly code?: unknown;
  readonly Code?: string;
  readonly Region?: string;
  readonly $metadata?: { readonly httpStatusCode?: number };
  readonly $response?: { readonly headers?: Readonly<Record<string, string>> };
}

/** What a refusal or an error of the library says, read without trusting its shape. */
export function factsOf(error: unknown): S3Failure {
  if (!(error instanceof Error) || DvcError.is(error)) return { status: 0, code: '', message: String(error) };
  const refusal = error instanceof S3Refusal ? error : undefined;
  const { name, message, Code, Region, $metadata, $response } = error as LibraryError;
  const headers = refusal?.headers ?? $response?.headers ?? {};
  const status = refusal?.status ?? $metadata?.httpStatusCode ?? 0;
  const region = headers['x-amz-bucket-region'] ?? refusal?.region ?? Region;
  const wait = Number(headers['retry-after']);
  const serverTime = Date.parse(String(headers['date'] ?? ''));
  return {
    status,
    code: refusal ? refusal.code : (Code ?? (name === 'Error' ? '' : name)),
    message,
    ...(typeof region === 'string' && status >= 300 ? { region } : {}),
    ...(wait > 0 ? { retryAfter: wait * 1000 } : {}),
    ...(Number.isNaN(serverTime) ? {} : { serverTime }),
  };
}
