import { createHash, randomBytes } from 'node:crypto';

/** What every request to the remote's own server carries. */
export interface HttpLogin {
  readonly kind: 'none' | 'password' | 'token' | 'header';
  readonly user?: string | undefined;
  /** Headers for a request, as far as the server's challenge is known. */
  headers(method: string, url: URL): Promise<Readonly<Record<string, string>>>;
  /** After a 401. @param challenges `WWW-Authenticate`. @returns whether another try may be let in */
  answer(challenges: readonly string[]): Promise<boolean>;
}

export const noLogin: HttpLogin = { kind: 'none', headers: async () => ({}), answer: async () => false };

export const headerLogin = (name: string, value: string): HttpLogin => ({
  kind: 'header',
  headers: async () => ({ [name]: value }),
  answer: async () => false,
});

export const tokenLogin = (token: string): HttpLogin => ({
  ...headerLogin('Authorization', `Bearer ${token}`),
  kind: 'token',
});

/** A token that is asked for when it is first needed, and again when the server does not take it any more. */
export function renewedTokenLogin(fetchToken: () => Promise<string>): HttpLogin {
  let token: Promise<string> | undefined;
  let asked = 0;
  return {
    kind: 'token',
    headers: async () => {
      if (!token) {
        asked = Date.now();
        token = fetchToken();
        token.catch(() => {
          token = undefined;
        });
      }
      return { Authorization: `Bearer ${await token}` };
    },
    answer: async () => {
      if (!token || Date.now() - asked < 1000) return false; // It is new, and refused.
      token = undefined;
      return true;
    },
  };
}

/**
 * User and password: sent at once (`basic`), or as answers to challenges (`digest`, RFC 7616 with MD5 and SHA-256). Basic turns to digest where
 * the server wants that.
 */
export function passwordLogin(user: string, password: string, first: 'basic' | 'digest'): HttpLogin {
  const basic = `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;
  let challenge: DigestChallenge | undefined;
  let count = 0;
  return {
    kind: 'password',
    user,
    headers: async (method, url): Promise<Record<string, string>> => {
      if (challenge) return { Authorization: digestAnswer(challenge, { user, password, method, url, count: ++count }) };
      return first === 'basic' ? { Authorization: basic } : {};
    },
    answer: async (challenges) => {
      const next = challenges.flatMap(readDigestChallenges).sort((a, b) => b.strength - a.strength)[0];
      if (next) [challenge, count] = [next, 0];
      return next !== undefined;
    },
  };
}

export interface DigestChallenge {
  readonly realm: string;
  readonly nonce: string;
  readonly opaque: string | undefined;
  /** As the server writes it; undefined for MD5 by silence. */
  readonly algorithm: string | undefined;
  readonly hash: 'md5' | 'sha256';
  readonly session: boolean;
  readonly qop: boolean;
  readonly strength: number;
}

/** The challenges of one `WWW-Authenticate` header that can be answered: it may have several, with and without quotes. */
export function readDigestChallenges(header: string): DigestChallenge[] {
  return header
    .split(/(?:^|,)\s*(?=[A-Za-z]+\s+[A-Za-z-]+\s*=)/)
    .filter((part) => /^\s*digest\s/i.test(part))
    .flatMap((part) => {
      const fields = new Map<string, string>();
      for (const [, name = '', quoted, plain] of part
        .replace(/^\s*digest\s+/i, '')
        .matchAll(/([\w-]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,]+))/g))
        fields.set(name.toLowerCase(), quoted?.replace(/\\(.)/g, '$1') ?? plain ?? '');
      const algorithm = fields.get('algorithm');
      const [, name = 'md5', session] = /^(md5|sha-256)(-sess)?$/i.exec(algorithm ?? 'MD5') ?? [];
      const qops = fields.get('qop')?.split(/\s*,\s*/);
      const nonce = fields.get('nonce');
      if (nonce === undefined || (algorithm !== undefined && !/^(md5|sha-256)(-sess)?$/i.test(algorithm))) return [];
      if (qops && !qops.includes('auth')) return [];
      const hash = name.toLowerCase() === 'md5' ? 'md5' : 'sha256';
      const realm = fields.get('realm') ?? '';
      const opaque = fields.get('opaque');
      const strength = hash === 'md5' ? 0 : 1;
      return [
        { realm, nonce, opaque, algorithm, hash, session: session !== undefined, qop: qops !== undefined, strength },
      ];
    });
}

interface DigestRequest {
  readonly user: string;
  readonly password: string;
  readonly method: string;
  readonly url: URL;
  readonly count: number;
  /** The client's own random part. */
  readonly own?: string;
}

export function digestAnswer(challenge: DigestChallenge, request: DigestRequest): string {
  const { realm, nonce, opaque, algorithm, hash, session, qop } = challenge;
  const { user, password, method, url, count, own = randomBytes(8).toString('hex') } = request;
  const sum = (text: string): string => createHash(hash).update(text).digest('hex');
  const uri = url.pathname + url.search;
  const nc = count.toString(16).padStart(8, '0');
  const secret = sum(`${user}:${realm}:${password}`);
  const key = session ? sum(`${secret}:${nonce}:${own}`) : secret;
  const asked = sum(`${method}:${uri}`);
  const response = sum(qop ? `${key}:${nonce}:${nc}:${own}:auth:${asked}` : `${key}:${nonce}:${asked}`);
  const quote = (text: string): string => `"${text.replace(/["\\]/g, '\\$&')}"`;
  const fields = [
    `username=${quote(user)}`,
    `realm=${quote(realm)}`,
    `nonce=${quote(nonce)}`,
    `uri=${quote(uri)}`,
    `response="${response}"`,
    ...(algorithm === undefined ? [] : [`algorithm=${algorithm}`]),
    ...(opaque === undefined ? [] : [`opaque=${quote(opaque)}`]),
    ...(qop || session ? [`qop=auth`, `nc=${nc}`, `cnonce="${own}"`] : []),
  ];
  return `Digest ${fields.join(', ')}`;
}
