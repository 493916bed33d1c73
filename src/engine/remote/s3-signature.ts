import { createHash, createHmac } from 'node:crypto';
import type { AwsKeys } from './s3-identity.ts';

/** A request as it goes over the line, before it is signed. */
export interface Unsigned {
  readonly method: string;
  /** Encoded as {@link encodePath} does. */
  readonly path: string;
  /** Encoded as {@link queryText} does: `name=value` pairs in the order of their names, without the question mark. */
  readonly query: string;
  /** Names in lower case; `host` and `x-amz-content-sha256` are among them. */
  readonly headers: Readonly<Record<string, string>>;
}

const ALGORITHM = 'AWS4-HMAC-SHA256';

/**
 * Signs requests to S3 with AWS's signature of version 4, over every header given.
 *
 * The key that is derived from a secret is good for a day and derived once, so that a request costs one hash and one HMAC.
 *
 * @returns the headers with the signature's own
 */
export function openSigner(region: string): (request: Unsigned, keys: AwsKeys, now: Date) => Record<string, string> {
  let known: { readonly secret: string; readonly day: string; readonly key: Buffer } | undefined;
  const keyFor = (secret: string, day: string): Buffer => {
    if (known?.secret !== secret || known.day !== day) {
      const key = [day, region, 's3', 'aws4_request'].reduce<string | Buffer>(hmac, `AWS4${secret}`) as Buffer;
      known = { secret, day, key };
    }
    return known.key;
  };
  return ({ method, path, query, headers }, { accessKeyId, secretAccessKey, sessionToken }, now) => {
    const time = now.toISOString().replace(/[-:]|\.\d+/g, '');
    const day = time.slice(0, 8);
    const signed: Record<string, string> = {
      ...headers,
      'x-amz-date': time,
      ...(sessionToken ? { 'x-amz-security-token': sessionToken } : {}),
    };
    const names = Object.keys(signed).sort();
    const lines = names.map((name) => `${name}:${(signed[name] ?? '').trim().replace(/\s+/g, ' ')}\n`);
    const list = names.join(';');
    const canonical = `${method}\n${path}\n${query}\n${lines.join('')}\n${list}\n${headers['x-amz-content-sha256'] ?? ''}`;
    const scope = `${day}/${region}/s3/aws4_request`;
    const digest = createHash('sha256').update(canonical).digest('hex');
    const signature = hmac(keyFor(secretAccessKey, day), `${ALGORITHM}\n${time}\n${scope}\n${digest}`).toString('hex');
    signed['authorization'] =
      `${ALGORITHM} Credential=${accessKeyId}/${scope}, SignedHeaders=${list}, Signature=${signature}`;
    return signed;
  };
}

const hmac = (key: string | Buffer, text: string): Buffer => createHmac('sha256', key).update(text).digest();

/** As signatures want it: everything but letters, digits, `-._~` and slashes. */
export const encodePath = (key: string): string => (PLAIN.test(key) ? key : key.split('/').map(encode).join('/'));

/** What is the same encoded, as the names of objects are. */
const PLAIN = /^[\w.~/-]*$/;

const encode = (text: string): string =>
  encodeURIComponent(text).replace(/[!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`);

/** A query in the order that signatures want. */
export const queryText = (query: Readonly<Record<string, string>>): string =>
  Object.entries(query)
    .map(([name, value]) => [encode(name), encode(value)] as const)
    .sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))
    .map(([name, value]) => `${name}=${value}`)
    .join('&');
