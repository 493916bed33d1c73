import * as http from 'node:http';
import * as https from 'node:https';
import { type Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { cancelled, type DvcError } from '../core/errors.ts';
import { checkAborted } from '../core/op-context.ts';
import { type HttpAgents, makeHttpAgents } from './http-agents.ts';
import {
  type HttpCall,
  httpBroken,
  httpRefused,
  movedUpload,
  stalled,
  tooManyRedirects,
  unsafeRedirect,
} from './http-failures.ts';
import type { HttpLogin } from './http-login.ts';

export interface HttpSettings {
  /** The remote's, without credentials. */
  readonly shown: string;
  /** Of the server that the login is for. */
  readonly origin: string;
  readonly login: HttpLogin;
  /** Milliseconds. */
  readonly connectTimeout: number;
  /** Milliseconds of silence. */
  readonly readTimeout: number;
  readonly maxSockets: number;
  /** PEM. */
  readonly ca?: string;
  readonly verify?: boolean;
  readonly cert?: string;
  readonly key?: string;
}

export interface HttpRequest {
  readonly method: string;
  readonly url: URL;
  readonly step: HttpCall['step'];
  /** Of the object, for messages. */
  readonly what: string;
  readonly signal: AbortSignal;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: HttpBody;
}

export interface HttpBody {
  readonly size: number;
  /** Called again for another try. */
  open(): Readable;
  readonly onBytes?: ((bytes: number) => void) | undefined;
  /** Called before each try: what was told by an earlier one is taken back. */
  restart?(): void;
}

export interface HttpAnswer {
  readonly status: number;
  readonly headers: http.IncomingHttpHeaders;
  /** To be read to its end, or destroyed. */
  readonly body: http.IncomingMessage;
  /** Where it came from, after redirects. */
  readonly url: URL;
  readonly call: HttpCall;
  /** Why the body broke off. */
  explain(error: unknown): Error;
}

const MAX_REDIRECTS = 5;
/** Challenges that one request answers. */
const MAX_LOGINS = 2;
/** Bodies from this size on wait for the server's consent, so that a refusal costs nothing. */
const ASKS_FROM = 1 << 20;
/** Servers that do not know the question say nothing: bytes follow after so many milliseconds. */
const CONSENT = 1000;

/** Requests to one server and those it redirects to. */
export class HttpClient {
  readonly #settings: HttpSettings;
  readonly #agents: HttpAgents;

  constructor(settings: HttpSettings) {
    this.#settings = settings;
    const { maxSockets, ca, verify, cert, key } = settings;
    this.#agents = makeHttpAgents({
      maxSockets,
      ...(ca === undefined ? {} : { ca }),
      ...(verify === undefined ? {} : { verify }),
      ...(cert === undefined ? {} : { cert }),
      ...(key === undefined ? {} : { key }),
    });
  }

  /** What the server answers, whatever it is: see {@link HttpClient.ok} for those that want success. */
  async request(request: HttpRequest): Promise<HttpAnswer> {
    let { url } = request;
    let logins = 0;
    for (let redirects = 0; ; ) {
      checkAborted(request.signal);
      const own = url.origin === this.#settings.origin;
      const answer = await this.#send(request, url, own);
      if (answer.status === 401 && own && logins < MAX_LOGINS) {
        logins++;
        if (await this.#settings.login.answer(challengesOf(answer))) {
          await drop(answer);
          continue;
        }
      }
      const to = targetOf(answer);
      if (to === undefined) return answer;
      await drop(answer);
      if (isFolderOf(url, to)) return { ...answer, status: 404 };
      if (++redirects > MAX_REDIRECTS) throw tooManyRedirects(answer.call);
      if (url.protocol === 'https:' && to.protocol !== 'https:') throw unsafeRedirect(answer.call, to);
      if (request.body && answer.status !== 307 && answer.status !== 308) throw movedUpload(answer.call, to.href);
      url = to;
    }
  }

  /** As {@link request}. @throws what the catalogue has for any answer but success and those in `also` */
  async ok(request: HttpRequest, also: readonly number[] = []): Promise<HttpAnswer> {
    const answer = await this.request(request);
    if ((answer.status >= 200 && answer.status < 300) || also.includes(answer.status)) return answer;
    await drop(answer);
    throw refusalOf(answer);
  }

  close(): void {
    this.#agents.destroy();
  }

  async #send(request: HttpRequest, url: URL, own: boolean): Promise<HttpAnswer> {
    const { method, step, what, signal, body } = request;
    const { shown, login, connectTimeout, readTimeout } = this.#settings;
    const call: HttpCall = {
      ...{ url: shown, host: url.host, step, method, what },
      login: own ? login.kind : 'none',
      user: login.user,
    };
    const secure = url.protocol === 'https:';
    const asks = body !== undefined && body.size >= ASKS_FROM;
    const options: https.RequestOptions = {
      method,
      agent: secure ? this.#agents.https : this.#agents.http,
      headers: {
        'User-Agent': 'lode',
        Accept: '*/*',
        ...(body ? { 'Content-Length': String(body.size), 'Content-Type': 'application/octet-stream' } : {}),
        ...request.headers,
        ...(asks ? { Expect: '100-continue' } : {}),
        ...(own ? await login.headers(method, url) : {}),
      },
      signal,
    };
    const sent = (secure ? https : http).request(url, options);
    let silence: DvcError | undefined;
    const failWith = (error: DvcError): void => {
      silence = error;
      sent.destroy(error);
    };
    const explain = (error: unknown): Error => {
      if (signal.aborted) return cancelled();
      return silence ?? httpBroken(call, error);
    };
    sent.setTimeout(readTimeout, () => failWith(stalled(call, readTimeout / 1000)));
    sent.once('socket', (socket) => {
      if (!socket.connecting) return;
      const timer = setTimeout(() => failWith(stalled(call, connectTimeout / 1000)), connectTimeout);
      for (const event of ['connect', 'close']) socket.once(event, () => clearTimeout(timer));
    });
    const answered = new Promise<http.IncomingMessage>((resolve, reject) => {
      sent.once('response', resolve);
      sent.once('error', reject);
      sent.once('close', () => reject(new Error('socket hang up')));
    });
    answered.catch(() => {}); // Seen below.
    try {
      if (!body) sent.end();
      else await this.#sendBody(sent, body, asks, answered);
      const message = await answered;
      message.once('error', () => {}); // Whoever reads it is told.
      return { status: message.statusCode ?? 0, headers: message.headers, body: message, url, call, explain };
    } catch (error) {
      sent.destroy();
      throw explain(error);
    }
  }

  async #sendBody(
    sent: http.ClientRequest,
    body: HttpBody,
    asks: boolean,
    answered: Promise<http.IncomingMessage>,
  ): Promise<void> {
    const refused = answered.then(
      () => true,
      () => true,
    );
    if (asks) {
      let timer: NodeJS.Timeout | undefined;
      const go = new Promise<false>((resolve) => {
        sent.once('continue', () => resolve(false));
        timer = setTimeout(() => resolve(false), CONSENT);
      });
      sent.flushHeaders();
      const early = await Promise.race([refused, go]);
      clearTimeout(timer);
      if (early) return;
    }
    const counted = new Transform({
      transform(chunk: Buffer, _encoding, done) {
        body.onBytes?.(chunk.length);
        done(null, chunk);
      },
    });
    body.restart?.();
    const source = body.open();
    let broken: unknown;
    const sending = pipeline(source, counted, sent).catch((error: unknown) => {
      broken = error;
    });
    // A server may answer before it has read everything; what it says is worth more than that the connection then broke.
    await Promise.race([sending, refused]);
    if (broken !== undefined && !(await answeredSoon(answered))) throw broken;
  }
}

/** Tells of bytes, and takes back what was told when it starts again. */
export function countedAnew(tell: ((bytes: number) => void) | undefined): Required<Pick<HttpBody, 'restart'>> & {
  onBytes(bytes: number): void;
} {
  let told = 0;
  return {
    onBytes: (bytes) => {
      told += bytes;
      tell?.(bytes);
    },
    restart: () => {
      if (told > 0) tell?.(-told);
      told = 0;
    },
  };
}

/** Whether an answer has come, or comes within a moment. */
async function answeredSoon(answered: Promise<unknown>): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<boolean>((resolve) => {
    timer = setTimeout(() => resolve(false), 50);
  });
  const came = answered.then(
    () => true,
    () => false,
  );
  return Promise.race([came, late]).finally(() => clearTimeout(timer));
}

/** The error for an answer that is no success. */
export const refusalOf = ({ status, headers, call }: HttpAnswer): DvcError =>
  httpRefused(call, {
    status,
    retryAfter: headers['retry-after'],
    scheme: headers['www-authenticate']?.split(' ')[0],
  });

/** Lets go of an answer whose body nobody wants; a short one is read, so that its connection can be used again. */
export async function drop({ body, headers }: HttpAnswer): Promise<void> {
  if (Number(headers['content-length'] ?? 0) > 1 << 16) return void body.destroy();
  body.resume();
}

const challengesOf = ({ headers }: HttpAnswer): string[] => [headers['www-authenticate'] ?? []].flat();

function targetOf({ status, headers, url }: HttpAnswer): URL | undefined {
  if (![301, 302, 303, 307, 308].includes(status) || headers.location === undefined) return undefined;
  return URL.canParse(headers.location, url.href) ? new URL(headers.location, url) : undefined;
}

/** Servers send from a name that is a folder to the name with a slash: there is no object of that name. */
const isFolderOf = (from: URL, to: URL): boolean => to.pathname === `${from.pathname}/`;
