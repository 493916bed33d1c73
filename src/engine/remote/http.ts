import { randomBytes } from 'node:crypto';
import type { Backend, BackendEntry, BackendOptions, Endpoint } from './backend.ts';
import { countedAnew, drop, type HttpAnswer, HttpClient, type HttpRequest, refusalOf } from './http-client.ts';
import { loginIncomplete, noListing, noSize, pageInstead } from './http-failures.ts';
import { type HttpLogin, headerLogin, noLogin, passwordLogin } from './http-login.ts';
import { entryOfHeaders, markOfHeaders, marksOf, PLAIN, readObject } from './http-object.ts';
import { type HttpPlace, isOn, readHttpUrl, readTrust, secondsOf, urlOfKey } from './http-options.ts';
import { endpointOf } from './proxy.ts';
import type { RemoteOptions } from './registry.ts';

/** Seconds, as in DVC. */
const TIMEOUT = 60;
const AT_ONCE = 16;

/** A web server: reads what it has, and writes where it takes uploads. It cannot be listed. */
export function openStore(url: string, options: RemoteOptions): Backend {
  const place = readHttpUrl(url);
  const login = chooseLogin(place, options);
  const trust = readTrust(options['ssl_verify']);
  const client = new HttpClient({
    shown: place.shown,
    origin: place.base.origin,
    login,
    connectTimeout: secondsOf(options, 'connect_timeout', TIMEOUT),
    readTimeout: secondsOf(options, 'read_timeout', TIMEOUT),
    maxSockets: AT_ONCE,
    ...trust,
  });
  return httpBackend(client, place, login, (options['method'] ?? 'POST').toUpperCase(), trust);
}

/** DVC's rules; a user and password alone mean `basic`. */
function chooseLogin(place: HttpPlace, options: RemoteOptions): HttpLogin {
  const user = options['user'] ?? place.user;
  const password = options['password'] ?? place.password;
  const { auth, custom_auth_header: header } = options;
  const asks = isOn(options['ask_password']) && password === undefined;
  if (auth === 'custom') {
    if (header === undefined || password === undefined)
      throw loginIncomplete(auth, "both 'custom_auth_header' and 'password'", asks);
    return headerLogin(header, password);
  }
  if (auth === undefined && (user === undefined || password === undefined)) return noLogin;
  if (user === undefined || password === undefined)
    throw loginIncomplete(auth ?? 'basic', "both 'user' and 'password'", asks);
  return passwordLogin(user, password, auth === 'digest' ? 'digest' : 'basic');
}

function httpBackend(
  client: HttpClient,
  place: HttpPlace,
  login: HttpLogin,
  method: string,
  trust: Endpoint['tls'],
): Backend {
  const { shown } = place;
  const ask = (how: string, key: string, { signal }: BackendOptions, more: Partial<HttpRequest> = {}): HttpRequest => ({
    ...{ method: how, url: urlOfKey(place, key), step: 'read', what: key, signal },
    ...more,
  });

  /** Whether the server has a page for every name; asked once. */
  let pages: Promise<boolean> | undefined;
  const hasPages = async (options: BackendOptions): Promise<boolean> => {
    const name = `${randomBytes(16).toString('hex')}`;
    const answer = await client.request(ask('GET', name, options, { headers: PLAIN }));
    answer.body.destroy();
    return answer.status === 200 && isPage(answer);
  };

  /** @throws where a login page, or a site's page for names it does not have, is about to be taken for an object */
  const noPage = async (answer: HttpAnswer, options: BackendOptions): Promise<void> => {
    if (!isPage(answer)) return;
    const sentAway =
      answer.url.pathname.split('/').at(-1) !== urlOfKey(place, answer.call.what).pathname.split('/').at(-1);
    pages ??= hasPages(options);
    pages.catch(() => {
      pages = undefined;
    });
    if (!sentAway && !(await pages)) return;
    answer.body.destroy();
    throw pageInstead(answer.call);
  };

  const entryOf = (key: string, answer: HttpAnswer, size: number): BackendEntry => ({
    ...entryOfHeaders(key, answer.headers, size),
    ...markOfHeaders(urlOfKey(place, key).href, answer, size),
  });

  /** What servers say that do not answer HEAD: the first byte, with the size of all of them. */
  const statByRange = async (key: string, options: BackendOptions): Promise<BackendEntry | undefined> => {
    const answer = await client.request(ask('GET', key, options, { headers: { ...PLAIN, Range: 'bytes=0-0' } }));
    const { status, headers, body } = answer;
    if (status === 404 || status === 410) {
      await drop(answer);
      return undefined;
    }
    const total = /\/(\d+)$/.exec(headers['content-range'] ?? '')?.[1];
    if (status === 416 && total === '0') {
      await drop(answer);
      return entryOf(key, answer, 0);
    }
    if (status !== 200 && status !== 206) {
      await drop(answer);
      throw refusalOf(answer);
    }
    await noPage(answer, options);
    body.destroy();
    const size = status === 206 ? total : headers['content-length'];
    if (size === undefined) throw noSize(answer.call);
    return entryOf(key, answer, Number(size));
  };

  return {
    url: shown,
    traits: { atomicWrite: false, lists: false, ranges: true, resumes: false, maxConcurrency: AT_ONCE },

    async stat(key, options) {
      const answer = await client.request(ask('HEAD', key, options, { headers: PLAIN }));
      const { status, headers } = answer;
      await drop(answer);
      if (status === 404 || status === 410) return undefined;
      if (status === 405 || status === 501 || status === 403 || (status === 200 && !headers['content-length']))
        return statByRange(key, options);
      if (status !== 200) throw refusalOf(answer);
      await noPage(answer, options);
      return entryOf(key, answer, Number(headers['content-length']));
    },

    read: (key, options) =>
      readObject(client, { shown, key, url: urlOfKey(place, key) }, options, (answer) => noPage(answer, options)),

    async write(key, source, options) {
      const { size } = source;
      const body = { size, open: () => source.open(), ...countedAnew(options.onBytes) };
      const answer = await client.ok(ask(method, key, options, { step: 'write', body }), [303]);
      await drop(answer);
      return marksOf(answer.headers);
    },

    // biome-ignore lint/correctness/useYield: there is nothing that it could yield.
    async *list() {
      throw noListing(shown);
    },

    async remove(key, options) {
      await drop(await client.ok(ask('DELETE', key, options, { step: 'write' }), [404, 410]));
    },

    probe: {
      endpoint: async () => endpointOf(place.base.href, trust),

      async identity(options) {
        const answer = await client.request(ask('GET', '', options, { headers: { ...PLAIN, Range: 'bytes=0-0' } }));
        answer.body.destroy();
        if (answer.status === 401 || answer.status === 407) throw refusalOf(answer);
        if (login.kind === 'none') return 'nobody: the server asks for no login';
        return login.kind === 'header' ? 'a login header' : `user '${login.user ?? ''}', a password`;
      },

      container: async () => `the address ${shown}`,
    },

    close: async () => client.close(),
  };
}

const isPage = ({ headers }: HttpAnswer): boolean =>
  /^text\/html|^application\/xhtml/i.test(headers['content-type'] ?? '');
