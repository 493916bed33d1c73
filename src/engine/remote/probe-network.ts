import * as dns from 'node:dns';
import * as net from 'node:net';
import * as tls from 'node:tls';
import { cancelled, DvcError, type RemoteCause, type RemoteStep, remoteFailed } from '../core/errors.ts';
import type { BackendOptions, Endpoint } from './backend.ts';

/** Longer than this nobody waits for a connection: ms. */
const PATIENCE = 10_000;

/** The addresses of a host. @returns evidence @throws `remote-failed` */
export async function probeName({ host }: Endpoint, { signal }: BackendOptions): Promise<string> {
  if (net.isIP(host) !== 0) return `${host} is an address`;
  const looking = dns.promises.lookup(host, { all: true });
  const found = await within(looking, signal).catch((error: unknown) => {
    const message = `the name '${host}' is not known (${codeOf(error)}).`;
    throw failure('name', 'unknown-host', message, NAME_HINT, host, error);
  });
  return `${host} is ${found.map(({ address }) => address).join(', ')}`;
}

const NAME_HINT = 'Check the spelling of the address; a name inside a company network needs its VPN.';

/** A connection that is closed again at once. @param patience Milliseconds. @returns evidence @throws `remote-failed` */
export async function probeConnection(
  { host, port, proxy }: Endpoint,
  { signal }: BackendOptions,
  patience = PATIENCE,
): Promise<string> {
  const socket = net.connect({ host, port });
  try {
    await within(once(socket, 'connect'), signal, patience);
    const address = `${socket.remoteAddress ?? host}:${port}`;
    return proxy === undefined ? address : `${address}, ${proxy}`;
  } catch (error) {
    const what = codeOf(error) === 'ECONNREFUSED' ? 'refuses connections' : 'cannot be reached';
    const message = `'${host}:${port}' ${what} (${codeOf(error)}).`;
    if (DvcError.is(error)) throw error;
    throw remoteFailed('connect', 'unreachable', message, {
      hint: CONNECT_HINTS[codeOf(error)] ?? FIREWALL,
      url: `${host}:${port}`,
      cause: error,
      evidence: codeOf(error),
      retryable: true,
    });
  } finally {
    socket.destroy();
  }
}

const FIREWALL = 'A firewall, a VPN or a proxy may be in the way.';
const CONNECT_HINTS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'The machine is there, but nothing listens at this port: check the port, and whether the server runs.',
  EHOSTUNREACH: 'There is no way to that machine from here: check the network and the VPN.',
  ENETUNREACH: 'This machine seems to be offline.',
};

/** The certificate, checked as the store's client would. @returns evidence: for whom, by whom, until when @throws `remote-failed` */
export async function probeTls(endpoint: Endpoint, { signal }: BackendOptions): Promise<string> {
  const { host, port, tls: wanted = {} } = endpoint;
  const name = wanted.serverName ?? host;
  const socket = tls.connect({
    host,
    port,
    ...(net.isIP(name) === 0 ? { servername: name } : {}),
    ...(wanted.ca === undefined ? {} : { ca: wanted.ca }),
    ...(wanted.cert === undefined ? {} : { cert: wanted.cert }),
    ...(wanted.key === undefined ? {} : { key: wanted.key }),
    rejectUnauthorized: false, // Looked at below, so that who signed it can be told.
  });
  try {
    await within(once(socket, 'secureConnect'), signal);
    const { subject, issuer, valid_to: until } = socket.getPeerCertificate();
    const described = `${socket.getProtocol() ?? 'TLS'}, a certificate for ${first(subject?.CN) ?? name} by ${first(issuer?.O) ?? first(issuer?.CN) ?? 'nobody'}, valid until ${until}`;
    // Older versions of Node give the code of the failure here, their types an error.
    const problem = socket.authorizationError as unknown as string | Error | undefined | null;
    if (!problem || wanted.verify === false)
      return wanted.verify === false ? `${described}; not checked, as \`ssl_verify\` is false` : described;
    const code = typeof problem === 'string' ? problem : codeOf(problem);
    const message = `the certificate of '${host}:${port}' is not trusted (${code}).`;
    const hint = TLS_HINTS[code] ?? INTERCEPTED;
    throw remoteFailed('tls', 'untrusted-certificate', message, { hint, url: `${host}:${port}`, evidence: described });
  } catch (error) {
    const message = `'${host}:${port}' does not speak TLS as expected (${codeOf(error)}).`;
    throw failure('tls', 'other', message, NO_TLS, `${host}:${port}`, error);
  } finally {
    socket.destroy();
  }
}

const NO_TLS = 'Check the port, and whether it is https:// that the server speaks.';
const INTERCEPTED =
  'If a company proxy looks into connections, name its certificate authority with `ssl_verify <file.pem>`, or in NODE_EXTRA_CA_CERTS.';
const TLS_HINTS: Readonly<Record<string, string>> = {
  CERT_HAS_EXPIRED: 'Check the clock of this machine; otherwise the server needs a new certificate.',
  CERT_NOT_YET_VALID: 'Check the clock of this machine.',
  ERR_TLS_CERT_ALTNAME_INVALID: 'The certificate is for another name: check the address.',
};

const first = (value: string | string[] | undefined): string | undefined => (Array.isArray(value) ? value[0] : value);

const codeOf = (error: unknown): string => (error as { code?: string }).code ?? 'no answer';

const failure = (
  step: RemoteStep,
  why: RemoteCause,
  message: string,
  hint: string,
  url: string,
  cause: unknown,
): unknown =>
  DvcError.is(cause) ? cause : remoteFailed(step, why, message, { hint, url, cause, evidence: codeOf(cause) });

const once = (socket: net.Socket, event: string): Promise<void> =>
  new Promise((resolve, reject) => {
    socket.once(event, resolve);
    socket.once('error', reject);
  });

/** Ends the wait, not the work: its owner closes what it has opened. */
async function within<T>(work: Promise<T>, signal: AbortSignal, patience = PATIENCE): Promise<T> {
  if (signal.aborted) throw cancelled();
  work.catch(() => {});
  let end: () => void = () => {};
  const waiting = new Promise<never>((_, reject) => {
    const stop = (): void => reject(cancelled());
    const late = (): void => reject(Object.assign(new Error('no answer'), { code: 'ETIMEDOUT' }));
    const timer = setTimeout(late, patience);
    signal.addEventListener('abort', stop);
    end = () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', stop);
    };
  });
  try {
    return await Promise.race([work, waiting]);
  } finally {
    end();
  }
}
