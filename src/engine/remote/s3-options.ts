import { createHash } from 'node:crypto';
import { configError } from '../core/errors.ts';
import { redactUrl } from '../core/redact.ts';
import type { RemoteOptions } from './registry.ts';

/** Who asks. `chain` is what every AWS tool does: environment, profiles, SSO, roles, containers, the machine itself. */
export type S3Login =
  | { readonly kind: 'anonymous' }
  | { readonly kind: 'keys'; readonly id: string; readonly secret: string; readonly token?: string }
  | {
      readonly kind: 'chain';
      readonly profile?: string;
      readonly credentialsFile?: string;
      readonly configFile?: string;
    };

/** What the configuration says of one S3 remote. */
export interface S3Settings {
  /** As shown: without what follows `?`. */
  readonly url: string;
  readonly bucket: string;
  /** Before each key: '' or ending in a slash. */
  readonly prefix: string;
  readonly region?: string;
  readonly endpoint?: string;
  /** False speaks HTTP where the endpoint does not say which. */
  readonly secure: boolean;
  /** Whether certificates are checked. */
  readonly verify: boolean;
  /** A PEM file of authorities to trust instead of the system's. */
  readonly authorities?: string;
  readonly login: S3Login;
  /** Sent with every object that is written. */
  readonly writeHeaders: Readonly<Record<string, string>>;
  /** Sent with every request about one object: the customer's own key. */
  readonly objectHeaders: Readonly<Record<string, string>>;
  /** Milliseconds. */
  readonly connectTimeout: number;
  readonly readTimeout: number;
  /** Listings as S3 made them before 2016, for a server that knows no others. */
  readonly oldListing: boolean;
}

type Env = Readonly<Record<string, string | undefined>>;

const CONNECT_MS = 10_000;
const READ_MS = 60_000;
const AES = 'AES256';

/** Reads DVC's options of an S3 remote. @throws `config` for options that exclude each other */
export function readS3Settings(url: string, options: RemoteOptions, env: Env = process.env): S3Settings {
  const { bucket, path } = splitUrl(url);
  const option = (name: string): string | undefined => options[name] || undefined;
  const caFile = isFlag(option('ssl_verify')) ? env['AWS_CA_BUNDLE'] || undefined : option('ssl_verify');
  const seconds = (name: string, otherwise: number): number => {
    const value = Number(option(name));
    return value > 0 ? value * 1000 : otherwise;
  };
  const [region, endpoint] = [option('region'), option('endpointurl')];
  return {
    url: `s3://${bucket}${path === '' ? '' : `/${path}`}`,
    bucket,
    prefix: path === '' ? '' : `${path}/`,
    ...(region === undefined ? {} : { region }),
    ...(endpoint === undefined ? {} : { endpoint }),
    secure: flag(option('use_ssl'), true),
    verify: !isFlag(option('ssl_verify')) || flag(option('ssl_verify'), true),
    ...(caFile === undefined ? {} : { authorities: caFile }),
    login: loginOf(option, env),
    writeHeaders: { ...accessHeaders(option), ...encryptionHeaders(option) },
    objectHeaders: { ...customerKeyHeaders(option), ...payerHeaders(env) },
    connectTimeout: seconds('connect_timeout', CONNECT_MS),
    readTimeout: seconds('read_timeout', READ_MS),
    oldListing: flag(option('listobjects'), false),
  };
}

/** Everything after the bucket is taken literally, up to a query such as `?versionId=…`. */
function splitUrl(url: string): { bucket: string; path: string } {
  const [, bucket = '', path = ''] = /^s3:\/\/([^/?]+)\/*([^?]*)/i.exec(url) ?? [];
  if (bucket === '') throw configError(`'${redactUrl(url)}' names no bucket`, { hint: 'Write s3://bucket/path.' });
  return { bucket, path: path.replace(/\/+$/, '') };
}

type Options = (name: string) => string | undefined;

/** As in DVC, the environment's files win over the configuration's. */
function loginOf(option: Options, env: Env): S3Login {
  if (flag(option('allow_anonymous_login'), false)) return { kind: 'anonymous' };
  const [id, secret, token] = [option('access_key_id'), option('secret_access_key'), option('session_token')];
  if (id !== undefined && secret !== undefined)
    return { kind: 'keys', id, secret, ...(token === undefined ? {} : { token }) };
  if (id !== undefined || secret !== undefined)
    throw configError("'access_key_id' and 'secret_access_key' belong together: one of them is missing", {
      hint: 'Set the other one with `lode remote modify --local`.',
    });
  const [profile, credentialsFile, configFile] = [
    option('profile'),
    env['AWS_SHARED_CREDENTIALS_FILE'] || option('credentialpath'),
    env['AWS_CONFIG_FILE'] || option('configpath'),
  ];
  return {
    kind: 'chain',
    ...(profile === undefined ? {} : { profile }),
    ...(credentialsFile === undefined ? {} : { credentialsFile }),
    ...(configFile === undefined ? {} : { configFile }),
  };
}

const GRANTS = {
  grant_read: 'x-amz-grant-read',
  grant_read_acp: 'x-amz-grant-read-acp',
  grant_write_acp: 'x-amz-grant-write-acp',
  grant_full_control: 'x-amz-grant-full-control',
} as const;

function accessHeaders(option: Options): Record<string, string> {
  const acl = option('acl');
  const headers: Record<string, string> = acl === undefined ? {} : { 'x-amz-acl': acl };
  for (const [name, header] of Object.entries(GRANTS)) {
    const grant = option(name);
    if (grant === undefined) continue;
    if (acl !== undefined) throw configError('`acl` and `grant_*` AWS S3 config options are mutually exclusive');
    headers[header] = grant;
  }
  return headers;
}

function encryptionHeaders(option: Options): Record<string, string> {
  const [sse, key] = [option('sse'), option('sse_kms_key_id')];
  return {
    ...(sse === undefined ? {} : { 'x-amz-server-side-encryption': sse }),
    ...(key === undefined ? {} : { 'x-amz-server-side-encryption-aws-kms-key-id': key }),
  };
}

function customerKeyHeaders(option: Options): Record<string, string> {
  const key = option('sse_customer_key');
  if (key === undefined) return {};
  if (option('sse_kms_key_id') !== undefined)
    throw configError('`sse_kms_key_id` and `sse_customer_key` AWS S3 config options are mutually exclusive');
  return {
    [CUSTOMER_ALGORITHM]: option('sse_customer_algorithm') ?? AES,
    [CUSTOMER_KEY]: key,
    [`${CUSTOMER_KEY}-md5`]: createHash('md5').update(Buffer.from(key, 'base64')).digest('base64'),
  };
}

const CUSTOMER_ALGORITHM = 'x-amz-server-side-encryption-customer-algorithm';
const CUSTOMER_KEY = 'x-amz-server-side-encryption-customer-key';

/** DVC has no option for it. */
const payerHeaders = (env: Env): Record<string, string> =>
  flag(env['LODE_S3_REQUESTER_PAYS'], false) ? { 'x-amz-request-payer': 'requester' } : {};

const TRUE = /^(?:true|yes|on|1)$/i;
const FLAG = /^(?:true|yes|on|1|false|no|off|0)$/i;

const isFlag = (text: string | undefined): boolean => text === undefined || FLAG.test(text);
const flag = (text: string | undefined, otherwise: boolean): boolean =>
  text === undefined || !FLAG.test(text) ? otherwise : TRUE.test(text);

/** Values that no message may hold. */
export function secretsOf({ login, objectHeaders }: S3Settings): string[] {
  const key = objectHeaders[CUSTOMER_KEY];
  return [
    ...(login.kind === 'keys' ? [login.secret, login.id, ...(login.token === undefined ? [] : [login.token])] : []),
    ...(key === undefined ? [] : [key]),
  ];
}
