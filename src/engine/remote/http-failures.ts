import { configError, DvcError, type RemoteStep, remoteFailed } from '../core/errors.ts';
import { redactUrl } from '../core/redact.ts';
import { networkFailure } from './network-failures.ts';

/** What a request is about, for the message when it fails. */
export interface HttpCall {
  /** The remote's, without credentials. */
  readonly url: string;
  readonly host: string;
  readonly step: Extract<RemoteStep, 'bucket' | 'list' | 'read' | 'write'>;
  readonly method: string;
  /** Of the object, or what else is asked for. */
  readonly what: string;
  /** Whether something was sent to log in with. */
  readonly login: 'none' | 'password' | 'token' | 'header';
  readonly user?: string | undefined;
}

/** What of an answer the catalogue reads. */
export interface HttpRefusal {
  readonly status: number;
  /** As in its header: seconds, or a date. */
  readonly retryAfter?: string | undefined;
  /** What the server asks for, without its details: `Basic`. */
  readonly scheme?: string | undefined;
}

const again = 'Run the command again; what has arrived is not sent twice.';

/** The sentence and the next step for what a server answered. */
export function httpRefused(call: HttpCall, { status, retryAfter, scheme }: HttpRefusal, now = Date.now()): DvcError {
  const { url, host, step, method, what } = call;
  const wait = waitOf(retryAfter, now);
  const more = {
    url,
    evidence: `${status} to ${method}${scheme ? `, which asks for ${scheme}` : ''}`,
    ...(wait === undefined ? {} : { retryAfter: wait }),
  };
  if (status === 401) return loginRefused(call, more, scheme);
  if (status === 403)
    return remoteFailed(step, 'denied', `'${host}' does not let you ${VERBS[step]} '${what}'.`, {
      ...more,
      hint:
        call.login === 'none'
          ? 'It may want a login: set `auth`, `user` and `password` with `lode remote modify --local <name> …`.'
          : 'Ask for the right to it, or check the path in the URL of the remote.',
    });
  if (status === 404 || status === 410)
    return remoteFailed(step, 'no-bucket', `'${what}' is not there at '${host}'.`, {
      ...more,
      hint: 'Check the path in the URL of the remote.',
    });
  if ((status === 405 || status === 501) && step === 'write')
    return remoteFailed(step, 'denied', `'${host}' takes no uploads with ${method}.`, {
      ...more,
      hint: 'It is read-only, or wants the other way: `lode remote modify <name> method PUT` (or POST).',
    });
  if (status === 407)
    return remoteFailed('connect', 'proxy', 'The proxy on the way asks for a login.', {
      ...more,
      hint: 'Put user and password into HTTPS_PROXY: http://user:password@proxy:port.',
    });
  if (status === 413)
    return remoteFailed(step, 'full', `'${what}' is larger than '${host}' takes.`, {
      ...more,
      hint: 'Have its limit raised (nginx: `client_max_body_size`); what has arrived stays.',
    });
  if (status === 507 || status === 509)
    return remoteFailed(step, 'full', `'${host}' has no space left for '${what}'.`, {
      ...more,
      hint: 'Free some space there, or remove old data with `lode gc -c`; what has arrived stays.',
    });
  if (status === 429 || status === 503)
    return remoteFailed(step, 'throttled', `'${host}' is busy, or asked too often.`, {
      ...more,
      hint: 'Use fewer jobs: `lode remote modify <name> jobs 4`.',
      retryable: true,
    });
  if (status >= 500 || status === 408 || status === 425)
    return remoteFailed(step, 'server', `'${host}' failed to answer (${status}).`, {
      ...more,
      hint: `${again} If it stays, ask its administrator.`,
      retryable: status !== 501 && status !== 505,
    });
  return remoteFailed(step, 'other', `'${host}' refused to ${VERBS[step]} '${what}' (${status}).`, {
    ...more,
    hint: 'Check the URL of the remote.',
  });
}

const VERBS = { bucket: 'look at', list: 'list', read: 'read', write: 'write' } as const;

function loginRefused(call: HttpCall, more: { url: string }, scheme: string | undefined): DvcError {
  const { host, login, user } = call;
  if (login === 'none')
    return remoteFailed('identity', 'no-credentials', `'${host}' asks for a login.`, {
      ...more,
      hint: `Set \`user\` and \`password\` with \`lode remote modify --local <name> …\`${call.url.startsWith('webdav') ? '' : `, and \`auth ${/digest/i.test(scheme ?? '') ? 'digest' : 'basic'}\``}.`,
    });
  const [what, option] = {
    password: [`wrong user name or password${user ? ` for '${user}'` : ''}`, 'password'],
    token: ['the token is wrong or has expired', 'token'],
    header: ['the value of the login header is wrong', 'password'],
  }[login] as [string, string]; // Each has both.
  return remoteFailed('identity', 'wrong-credentials', `'${host}' refused the login: ${what}.`, {
    ...more,
    hint: `Set the right one with \`lode remote modify --local <name> ${option} <value>\`.`,
  });
}

/** `Retry-After` in milliseconds. */
function waitOf(text: string | undefined, now: number): number | undefined {
  if (text === undefined) return undefined;
  const ms = /^\s*\d+\s*$/.test(text) ? Number(text) * 1000 : Date.parse(text) - now;
  return ms > 0 ? ms : undefined;
}

/** A request that got no answer, or broke off. */
export function httpBroken(call: HttpCall, error: unknown): Error {
  if (DvcError.is(error)) return error;
  const step = call.step === 'bucket' ? 'read' : call.step;
  const known = networkFailure(error, { url: call.url, host: call.host, step });
  if (known?.data['why'] === 'untrusted-certificate')
    return remoteFailed('tls', 'untrusted-certificate', known.message, {
      url: call.url,
      cause: known.cause,
      evidence: String(known.data['evidence']),
      hint: 'Name the file with its authority: `lode remote modify <name> ssl_verify <file>`, or NODE_EXTRA_CA_CERTS for all.',
    });
  return known ?? (error instanceof Error ? error : new Error(String(error)));
}

export const stalled = (call: HttpCall, seconds: number): DvcError =>
  remoteFailed('connect', 'stalled', `'${call.host}' has been silent for ${seconds} s.`, {
    url: call.url,
    hint: `${again} Where the server needs longer, raise ${call.url.startsWith('webdav') ? '`timeout`' : '`read_timeout`'}.`,
    retryable: true,
  });

export const tooManyRedirects = (call: HttpCall): DvcError =>
  remoteFailed(call.step, 'other', `'${call.host}' sends from one address to the next without an end.`, {
    url: call.url,
    hint: 'Open the URL of the remote in a browser, and use the address where it ends.',
  });

export const unsafeRedirect = (call: HttpCall, to: URL): DvcError =>
  remoteFailed('tls', 'other', `'${call.host}' sends to '${to.host}' without encryption, which is not followed.`, {
    url: call.url,
    evidence: redactUrl(`${to.origin}${to.pathname}`),
    hint: 'Use an address that stays with https.',
  });

export const movedUpload = (call: HttpCall, to: string): DvcError =>
  remoteFailed('write', 'other', `'${call.host}' sends uploads elsewhere.`, {
    url: call.url,
    evidence: redactUrl(to.split('?')[0] ?? ''),
    hint: 'Set the URL of the remote to that address.',
  });

export const pageInstead = (call: HttpCall): DvcError =>
  remoteFailed('identity', 'no-credentials', `'${call.host}' answers with a web page in place of '${call.what}'.`, {
    url: call.url,
    hint: 'It is a login page, or the URL of the remote is that of a web site: check it in a browser, and set a login.',
  });

export const noSize = (call: HttpCall): DvcError =>
  remoteFailed('read', 'unsupported', `'${call.host}' does not say how large '${call.what}' is.`, {
    url: call.url,
    hint: 'Ask its administrator to send Content-Length for these files.',
  });

export const noListing = (url: string): DvcError =>
  remoteFailed('list', 'unsupported', 'An HTTP remote cannot be listed.', {
    url,
    hint: 'Use WebDAV, SSH or an object store for what needs a listing, such as `gc -c`.',
  });

/** @param missing Options that belong to what is set, in words. */
export const loginIncomplete = (auth: string, missing: string, asks: boolean): DvcError =>
  configError(`HTTP '${auth}' authentication requires ${missing}`, {
    hint: asks
      ? 'Lode asks on a terminal and in VS Code; elsewhere set it with `lode remote modify --local <name> password <password>`, which keeps it out of Git.'
      : 'Set what is missing with `lode remote modify --local <name> …`.',
  });
