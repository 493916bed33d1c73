import * as fs from 'node:fs';
import { Readable } from 'node:stream';
import { type AuthClient, GoogleAuth, JWT, type JWTInput, PassThroughClient } from 'google-auth-library';
import { NotAKeyFile } from './gcs-failures.ts';

/** The whole of a bucket's objects, and nothing else of a project. */
const SCOPES = ['https://www.googleapis.com/auth/devstorage.read_write'];

/** Where credentials come from. */
export type GcsLogin = { readonly kind: 'file'; readonly path: string } | { readonly kind: 'default' | 'anonymous' };

export interface GcsAsk {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Readable | string;
  /** The URL is a permission by itself: no credentials go with it. */
  readonly bare?: boolean;
}

export interface GcsAnswer {
  readonly status: number;
  header(name: string): string | undefined;
  readonly body: Readable;
}

/** Requests with the right `Authorization`. */
export interface GcsClient {
  /** Resolves for every answer, a refusal too; rejects where there is none. */
  ask(ask: GcsAsk, signal: AbortSignal): Promise<GcsAnswer>;
  /** Who asks, in a few words; undefined for nobody. Looks for credentials, but does not have them accepted. */
  who(): Promise<string | undefined>;
}

/** A client of Google's APIs. Without credentials of its own kind it asks as nobody, as DVC does: some buckets are public. */
export function openGcsClient(login: GcsLogin): GcsClient {
  let opened: Promise<Identity> | undefined;
  const identity = (): Promise<Identity> => {
    opened ??= findIdentity(login);
    opened.catch(() => {
      opened = undefined;
    });
    return opened;
  };
  const nobody = new PassThroughClient();
  return {
    async ask({ method, url, headers, body, bare }, signal) {
      const client = bare ? nobody : (await identity()).client;
      const answer = await client.request<Readable>({
        ...{ method, url, headers: { 'user-agent': 'lode', ...headers }, signal },
        ...(body === undefined ? {} : { data: body }),
        ...PLAIN,
      });
      const { status, headers: given, data } = answer;
      const nothing = !(data instanceof Readable); // Of an answer that cannot have a body.
      return { status, header: (name) => given.get(name) ?? undefined, body: nothing ? Readable.from([]) : data };
    },
    who: async () => (await identity()).who,
  };
}

/** As the service sends it: nothing repeated, followed, unpacked or thrown. */
const PLAIN = {
  responseType: 'stream',
  redirect: 'manual',
  compress: false,
  retry: false,
  validateStatus: () => true,
} as const;

interface Identity {
  readonly client: AuthClient;
  readonly who: string | undefined;
}

async function findIdentity(login: GcsLogin): Promise<Identity> {
  if (login.kind === 'anonymous') return { client: new PassThroughClient(), who: undefined };
  if (login.kind === 'file') {
    const credentials = await readKeyFile(login.path);
    const client = await new GoogleAuth({ scopes: SCOPES, credentials }).getClient();
    return { client, who: `${credentials.client_email ?? 'the identity'} of credentialpath` };
  }
  try {
    const client = await withoutMetadataWarning(() => new GoogleAuth({ scopes: SCOPES }).getClient());
    return { client, who: `${client instanceof JWT ? client.email : 'the identity'} of the default credentials` };
  } catch (error) {
    if (!/could not load the default credentials/i.test(String(error))) throw error;
    return { client: new PassThroughClient(), who: undefined };
  }
}

/** The library warns on the terminal where it looks for a machine of Google's and finds none. */
async function withoutMetadataWarning<T>(work: () => Promise<T>): Promise<T> {
  const warn = process.emitWarning;
  process.emitWarning = ((warning: string | Error, ...rest: never[]) => {
    if (String(rest[0]) !== 'MetadataLookupWarning') warn.call(process, warning, ...rest);
  }) as typeof warn; // Its overloads differ in their later arguments alone.
  try {
    return await work();
  } finally {
    process.emitWarning = warn;
  }
}

/** A key of a service account, or another of the forms that Google's tools write. @throws NotAKeyFile, errors of the file system */
async function readKeyFile(path: string): Promise<JWTInput> {
  const text = await fs.promises.readFile(path, 'utf8');
  try {
    const credentials = JSON.parse(text) as JWTInput;
    if (typeof credentials.type === 'string') return credentials;
  } catch {
    // Said below; a parser's message would quote the file.
  }
  throw new NotAKeyFile(path);
}
