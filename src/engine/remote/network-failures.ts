import { type DvcError, remoteFailed } from '../core/errors.ts';
import { redactUrl } from '../core/redact.ts';

const CERTIFICATE =
  /^(?:UNABLE_TO_|SELF_SIGNED_|DEPTH_ZERO_|CERT_|ERR_TLS_CERT|INVALID_CA|HOSTNAME_MISMATCH|CRL_|INVALID_PURPOSE)/;
const TLS = /^(?:EPROTO|ERR_SSL_|ERR_TLS_)/;
const UNREACHABLE = new Set(['ECONNREFUSED', 'EHOSTUNREACH', 'ENETUNREACH', 'ETIMEDOUT', 'ENETDOWN', 'EHOSTDOWN']);
const CUT = new Set(['ECONNRESET', 'EPIPE', 'ECONNABORTED', 'ERR_STREAM_PREMATURE_CLOSE', 'UND_ERR_SOCKET']);
const CUT_WORDS = /socket hang up|premature close|aborted|terminated|other side closed/i;

/** What is known of a call that did not get an answer. */
export interface NetworkCall {
  /** The remote's, without credentials. */
  readonly url: string;
  /** The server that was called, as in its URL. */
  readonly host: string;
  readonly step: 'list' | 'read' | 'write';
}

/** The sentence for a call that broke on the way to a server or back, in any store that is reached over HTTP. Undefined for other failures. */
export function networkFailure(error: unknown, { url, host, step }: NetworkCall): DvcError | undefined {
  const { code, message } = describe(error);
  const more = { url, cause: new Error(message), evidence: code ?? message };
  if (code !== undefined && (UNREACHABLE.has(code) || code === 'ENOTFOUND') && isAboutProxy(message, host))
    return remoteFailed('connect', 'proxy', `The proxy on the way to '${host}' cannot be reached.`, {
      ...more,
      hint: 'Check HTTPS_PROXY, HTTP_PROXY and NO_PROXY.',
    });
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN')
    return remoteFailed('name', 'unknown-host', `The name '${host}' cannot be resolved.`, {
      ...more,
      hint: 'Check the URL of the remote and the network connection.',
      retryable: code === 'EAI_AGAIN',
    });
  if (code === 'ECONNREFUSED')
    return remoteFailed('connect', 'unreachable', `'${withPort(host, error)}' refuses connections (${code}).`, {
      ...more,
      hint: 'Nothing listens at that port: check it in the URL of the remote, and whether the server runs.',
      retryable: true,
    });
  if (code !== undefined && UNREACHABLE.has(code))
    return remoteFailed('connect', 'unreachable', `'${withPort(host, error)}' cannot be reached (${code}).`, {
      ...more,
      hint: 'Check the network connection, the port in the URL, and whether a proxy is needed.',
      retryable: true,
    });
  if (code !== undefined && CERTIFICATE.test(code))
    return remoteFailed('tls', 'untrusted-certificate', `The certificate of '${host}' is not trusted.`, {
      ...more,
      hint: 'Where a company’s proxy opens TLS, name its certificate in NODE_EXTRA_CA_CERTS.',
    });
  if (code !== undefined && TLS.test(code))
    return remoteFailed('tls', 'other', `'${host}' does not speak TLS as expected.`, {
      ...more,
      hint: 'Check whether the URL says https where the server speaks http, and the proxy.',
    });
  if ((code !== undefined && CUT.has(code)) || CUT_WORDS.test(message))
    return remoteFailed(step, 'cut', `The connection to '${host}' was cut.`, {
      ...more,
      hint: 'Run the command again: what has arrived is not sent twice.',
      retryable: true,
    });
  return undefined;
}

/** Libraries wrap the failure of a socket, some of them several times. */
function describe(error: unknown): { code: string | undefined; message: string } {
  let code: string | undefined;
  let message = '';
  for (const at of chainOf(error)) {
    message ||= redactUrl(at.message);
    const own = (at as NodeJS.ErrnoException).code;
    if (typeof own === 'string' && /^(?:E[A-Z]|[A-Z_]+$)/.test(own)) code = own;
  }
  return { code, message };
}

function* chainOf(error: unknown): Generator<Error> {
  for (let at = error, depth = 0; at instanceof Error && depth < 5; at = at.cause, depth++) {
    yield at;
    const [first] = at instanceof AggregateError ? at.errors : []; // One for each address that was tried.
    if (first instanceof Error) yield first;
  }
}

/** A port that the URL leaves out is known to the failure of the socket. */
function withPort(host: string, error: unknown): string {
  if (/:\d+$/.test(host)) return host;
  for (const { port } of chainOf(error) as Iterable<Error & { readonly port?: unknown }>)
    if (typeof port === 'number') return `${host}:${port}`;
  return host;
}

/** Whether the address in a message is that of the proxy in the environment. */
function isAboutProxy(message: string, host: string): boolean {
  const names = ['HTTPS_PROXY', 'HTTP_PROXY', 'ALL_PROXY'];
  const proxies = names.flatMap((name) => process.env[name] ?? process.env[name.toLowerCase()] ?? []);
  return proxies.some((proxy) => {
    const name = /^(?:[a-z0-9]+:\/\/)?(?:[^@/]*@)?(\[[^\]]*\]|[^:/]+)(:\d+)?/i.exec(proxy);
    return name !== null && name[1] + (name[2] ?? '') !== host && message.includes(name[1] ?? '-');
  });
}
