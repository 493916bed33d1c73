import { execFile } from 'node:child_process';
import { dirname } from 'node:path/posix';
import { Readable } from 'node:stream';
import { DvcError } from '../core/errors.ts';
import type { Backend, BackendOptions, Endpoint, Source, WriteOptions, Written } from './backend.ts';
import { countedAnew, drop, type HttpAnswer, HttpClient, type HttpRequest, refusalOf } from './http-client.ts';
import { loginIncomplete } from './http-failures.ts';
import { type HttpLogin, headerLogin, noLogin, passwordLogin, renewedTokenLogin, tokenLogin } from './http-login.ts';
import { marksOf, readObject } from './http-object.ts';
import { type HttpPlace, isOn, readHttpUrl, readPem, readTrust, secondsOf, urlOfKey } from './http-options.ts';
import { endpointOf } from './proxy.ts';
import type { RemoteOptions } from './registry.ts';
import { OWN_TEMP, REMOTE_TEMP, remoteTempName } from './remote-temp.ts';
import { readAll } from './streams.ts';
import { walkFolders } from './walk-folders.ts';
import { noBase, notWebdav, tokenCommandFailed } from './webdav-failures.ts';
import { type DavResource, decoded, PROPFIND, readMultistatus } from './webdav-propfind.ts';

/** Seconds, as in DVC. */
const TIMEOUT = 30;
const AT_ONCE = 16;
const FOLDERS_AT_ONCE = 8;
/** What servers say of an upload into a folder that is not there: 409 by the standard, 500 nginx, the others out of caution. */
const NO_FOLDER = [403, 404, 409, 500];

/** A folder of a WebDAV server. */
export function openStore(url: string, options: RemoteOptions): Backend {
  const place = readHttpUrl(url);
  const timeout = secondsOf(options, 'timeout', TIMEOUT);
  const login = chooseLogin(place, options, timeout);
  const { cert_path: cert, key_path: key } = options;
  const trust = {
    ...readTrust(options['ssl_verify']),
    ...(cert === undefined ? {} : { cert: readPem('cert_path', cert) }),
    ...(cert === undefined && key === undefined ? {} : { key: readPem('key_path', key ?? cert ?? '') }),
  };
  const client = new HttpClient({
    shown: place.shown,
    origin: place.base.origin,
    login,
    connectTimeout: timeout,
    readTimeout: timeout,
    maxSockets: AT_ONCE,
    ...trust,
  });
  return webdavBackend(client, place, login, trust);
}

/** DVC's rules and their order. */
function chooseLogin(place: HttpPlace, options: RemoteOptions, timeout: number): HttpLogin {
  const user = options['user'] ?? place.user;
  const password = options['password'] ?? place.password;
  const { token, bearer_token_command: command, custom_auth_header: header } = options;
  const asks = isOn(options['ask_password']) && password === undefined;
  if (command !== undefined) return renewedTokenLogin(() => runTokenCommand(place.shown, command, timeout));
  if (token !== undefined) return tokenLogin(token);
  if (user !== undefined) {
    if (asks) throw loginIncomplete('basic', "both 'user' and 'password'", true);
    return passwordLogin(user, password ?? '', 'basic');
  }
  if (header === undefined) return noLogin;
  if (password === undefined) throw loginIncomplete('custom', "both 'custom_auth_header' and 'password'", asks);
  return headerLogin(header, password);
}

function runTokenCommand(url: string, command: string, timeout: number): Promise<string> {
  const words = [...command.matchAll(/"((?:[^"\\]|\\.)*)"|'([^']*)'|(\S+)/g)].map(
    ([, double, single, plain]) => double?.replace(/\\(.)/g, '$1') ?? single ?? plain ?? '',
  );
  const [program = '', ...args] = words;
  return new Promise((resolve, reject) => {
    execFile(program, args, { timeout, encoding: 'utf8', windowsHide: true }, (error, stdout) => {
      const token = stdout.trim();
      if (!error && token !== '') return resolve(token);
      const { code, killed } = (error ?? {}) as { code?: string | number; killed?: boolean };
      const how = killed ? 'it took too long' : code === undefined ? 'it printed nothing' : `it ended with ${code}`;
      reject(tokenCommandFailed(url, how));
    });
  });
}

function webdavBackend(client: HttpClient, place: HttpPlace, login: HttpLogin, trust: Endpoint['tls']): Backend {
  const { shown } = place;
  const folders = new Map<string, Promise<void>>();
  /** False once the server has refused to rename: its own idea of its address may be another one. */
  let renames = true;
  const basePath = decoded(place.base.pathname).replace(/\/+$/, '');

  const ask = (method: string, key: string, options: BackendOptions, more: Partial<HttpRequest> = {}): HttpRequest => ({
    ...{ method, url: urlOfKey(place, key), step: 'read', what: key, signal: options.signal },
    ...more,
  });

  /** @param depth 0 for the resource itself, 1 for a folder and what is in it. @returns undefined where it is not there */
  const find = async (
    key: string,
    depth: 0 | 1,
    step: 'read' | 'list' | 'bucket',
    options: BackendOptions,
  ): Promise<DavResource[] | undefined> => {
    const body = { size: PROPFIND.length, open: () => Readable.from([PROPFIND]) };
    const headers = { Depth: String(depth), 'Content-Type': 'application/xml; charset=utf-8' };
    const answer = await client.request(ask('PROPFIND', key, options, { step, body, headers }));
    if (answer.status === 207) return readMultistatus((await readText(answer, options)).toString('utf8'));
    await drop(answer);
    if (answer.status === 404 || answer.status === 410) return undefined;
    if ([200, 405, 501].includes(answer.status)) throw notWebdav(shown, answer.call.host, answer.status);
    throw refusalOf(answer);
  };

  /** Makes a folder and those above it, down from that of the remote; each once. @param folder '' is that of the remote */
  const makeFolder = (folder: string, options: BackendOptions): Promise<void> => {
    const known = folders.get(folder);
    if (known) return known;
    const made = makeNow(folder, options);
    folders.set(folder, made);
    made.catch(() => folders.delete(folder));
    return made;
  };
  const makeNow = async (folder: string, options: BackendOptions): Promise<void> => {
    const send = async (): Promise<number> => {
      const url = urlOfKey(place, folder === '' ? '' : `${folder}/`);
      const answer = await client.request(ask('MKCOL', folder, options, { url, step: 'write' }));
      await drop(answer);
      if ([401, 403, 407, 429].includes(answer.status) || answer.status >= 500) throw refusalOf(answer);
      return answer.status;
    };
    const isThere = (status: number): boolean => status < 300 || status === 405; // 405: there is one of that name.
    const status = await send();
    if (isThere(status)) return;
    if (folder === '') throw noBase(shown, status);
    await makeFolder(parentOf(folder), options);
    const again = await send();
    if (!isThere(again)) throw noBase(shown, again);
  };

  const put = async (key: string, source: Source, options: WriteOptions): Promise<Written> => {
    const parent = parentOf(key);
    const known = folders.has(parent);
    const body = { size: source.size, open: () => source.open(), ...countedAnew(options.onBytes) };
    const send = () => client.ok(ask('PUT', key, options, { step: 'write', body }), NO_FOLDER);
    let answer = await send();
    if (answer.status >= 400) {
      await drop(answer);
      if (known) folders.clear(); // Somebody has taken it away since.
      await makeFolder(parent, options);
      answer = await send();
      if (answer.status >= 400) throw refusalOf(answer);
    }
    await drop(answer);
    return marksOf(answer.headers);
  };

  const remove = async (key: string, options: BackendOptions): Promise<void> => {
    await drop(await client.ok(ask('DELETE', key, options, { step: 'write' }), [404, 410]));
  };

  const write = async (
    key: string,
    source: { size: number; open(): Readable },
    options: WriteOptions,
  ): Promise<Written> => {
    if (!renames) return put(key, source, options);
    const parent = parentOf(key);
    const body = { ...options, ...countedAnew(options.onBytes) };
    const temp = `${parent === '' ? '' : `${parent}/`}${remoteTempName()}`;
    try {
      await put(temp, source, body);
      const headers = { Destination: urlOfKey(place, key).href, Overwrite: 'T' };
      const answer = await client.request(ask('MOVE', temp, options, { step: 'write', what: key, headers }));
      await drop(answer);
      if (answer.status < 300) return {};
      if (answer.status === 401 || answer.status === 423 || answer.status >= 507) throw refusalOf(answer);
      renames = false;
    } catch (error) {
      await remove(temp, { signal: AbortSignal.timeout(500) }).catch(() => {});
      throw error;
    }
    await remove(temp, options).catch(() => {});
    body.restart();
    return put(key, source, body);
  };

  const walk = (prefix: string, options: BackendOptions, shuffled = false) => {
    const read = async (folder: string) => {
      const found = (await find(folder, 1, 'list', options)) ?? [];
      const above = `${basePath}/${folder}`;
      return found.flatMap((resource) => {
        if (!resource.path.startsWith(above) || resource.path.length <= above.length) return []; // The folder itself.
        const name = resource.path.slice(above.length);
        return name.includes('/') ? [] : [{ ...resource, name }];
      });
    };
    return walkFolders(prefix, FOLDERS_AT_ONCE, options.signal, read, shuffled);
  };

  return {
    url: shown,
    traits: { atomicWrite: true, lists: true, ranges: true, resumes: false, maxConcurrency: AT_ONCE, folders: true },

    async stat(key, options) {
      const found = (await find(key, 0, 'read', options))?.[0];
      return found && !found.isFolder ? entryOf(key, found) : undefined;
    },

    read: (key, options) => readObject(client, { shown, key, url: urlOfKey(place, key) }, options),

    write,

    async *list(prefix, options) {
      for await (const { key, found } of walk(prefix, options))
        if (!REMOTE_TEMP.test(found.name)) yield entryOf(key, found);
    },

    remove,

    async sweep(before, options) {
      for await (const { key, found } of walk('', options, true))
        if (OWN_TEMP.test(found.name) && (found.mtime ?? Number.POSITIVE_INFINITY) < before) await remove(key, options);
    },

    probe: {
      endpoint: async () => endpointOf(place.base.href, trust),

      async identity(options) {
        await find('', 0, 'bucket', options);
        if (login.kind === 'none') return 'nobody: the server asks for no login';
        return { password: `user '${login.user ?? ''}', a password`, token: 'a token', header: 'a login header' }[
          login.kind
        ];
      },

      async container(options) {
        const found = (await find('', 0, 'bucket', options))?.[0];
        return found ? `the folder '${basePath || '/'}'` : `the folder '${basePath}', which the first push makes`;
      },
    },

    close: async () => client.close(),
  };
}

const parentOf = (key: string): string => (key.includes('/') ? dirname(key) : '');

const entryOf = (key: string, { size, mtime, etag }: DavResource) => ({
  key,
  size,
  ...(mtime === undefined ? {} : { mtime }),
  ...(etag === undefined ? {} : { etag }),
});

const readText = async (answer: HttpAnswer, { signal }: BackendOptions): Promise<Buffer> => {
  try {
    return await readAll(answer.body, signal);
  } catch (error) {
    throw DvcError.is(error) ? error : answer.explain(error);
  }
};
