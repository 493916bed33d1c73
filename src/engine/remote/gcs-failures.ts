import { DvcError, errnoOf, objectMissing, remoteFailed } from '../core/errors.ts';
import { redactUrl } from '../core/redact.ts';
import type { GcsLogin } from './gcs-client.ts';
import { networkFailure } from './network-failures.ts';

/** A refusal, as the service words it. */
export interface GcsRefusal {
  readonly status: number;
  readonly message: string;
  /** `forbidden`, `rateLimitExceeded`, … */
  readonly reason?: string;
  /** What the service asked for, in milliseconds. */
  readonly retryAfter?: number;
}

/** The call that failed. */
export interface GcsCall {
  readonly url: string;
  readonly host: string;
  readonly bucket: string;
  readonly login: GcsLogin;
  /** Undefined for nobody. */
  readonly who: string | undefined;
  readonly step: 'list' | 'read' | 'write';
  /** Of the object, or the prefix of a listing. */
  readonly key: string;
}

const THROTTLED = /^(?:rateLimitExceeded|userRateLimitExceeded|quotaExceeded|slowDown)$/;

/** The sentence and the next step for an answer that says no. */
export function gcsRefused({ status, message, reason, retryAfter }: GcsRefusal, call: GcsCall): DvcError {
  const { url, bucket, host, who, step, key } = call;
  const evidence = `${status} ${redactUrl(message).split('\n', 1)[0]?.slice(0, 300)}`.trim();
  const more = { url, evidence, ...(retryAfter === undefined ? {} : { retryAfter }) };
  if (status === 429 || (status === 403 && THROTTLED.test(reason ?? '')))
    return remoteFailed(step, 'throttled', `'${host}' is asked too much and takes no more requests for now.`, {
      ...more,
      hint: 'Run the command again later, or with fewer `jobs`.',
      retryable: true,
    });
  if ((status === 401 || status === 403) && who === undefined)
    return remoteFailed(
      'identity',
      'no-credentials',
      `No Google credentials were found, and '${bucket}' is not public.`,
      {
        ...more,
        hint: 'Run `gcloud auth application-default login`, or set `credentialpath` of the remote to a key file.',
      },
    );
  if (status === 401)
    return remoteFailed('identity', 'wrong-credentials', `Google does not accept ${who}.`, {
      ...more,
      hint: 'Run `gcloud auth application-default login` again, or make a new key file.',
    });
  if (status === 403)
    return remoteFailed(step, 'denied', `'${bucket}' does not allow ${who} to ${doing(step)}.`, {
      ...more,
      hint: `Give it the role 'Storage Object ${step === 'write' ? 'User' : 'Viewer'}' on the bucket.`,
    });
  if (status === 404 && (step !== 'read' || /bucket does not exist|no such bucket/i.test(message)))
    return remoteFailed('bucket', 'no-bucket', `There is no bucket '${bucket}'.`, {
      ...more,
      hint: 'Create the bucket, or correct the URL of the remote.',
    });
  if (status === 404) return objectMissing(key, url);
  if (status === 407)
    return remoteFailed('connect', 'proxy', `The proxy on the way to '${host}' wants a login.`, {
      ...more,
      hint: 'Put the name and the password into HTTPS_PROXY.',
    });
  if (status === 400 && /invalid bucket name/i.test(message))
    return remoteFailed('bucket', 'no-bucket', `'${bucket}' cannot be the name of a bucket.`, {
      ...more,
      hint: 'Correct the URL of the remote.',
    });
  if (status >= 500 || status === 408)
    return remoteFailed(step, 'server', `'${host}' failed to answer (${status}).`, {
      ...more,
      hint: 'Run the command again later.',
      retryable: true,
    });
  return remoteFailed(step, 'other', `'${host}' refused a request (${evidence}).`, {
    ...more,
    hint: 'Check the URL and the options of the remote.',
    retryable: status === 410, // An upload that has been given up; the next try begins a new one.
  });
}

/** The sentence for a call that got no answer, or whose credentials could not be had. */
export function gcsBroke(error: unknown, call: GcsCall): Error {
  if (DvcError.is(error)) return error;
  const text = error instanceof Error ? `${error.message} ${detailOf(error)}` : String(error);
  const more = { url: call.url, cause: new Error(redactUrl(text)), evidence: redactUrl(text).slice(0, 200) };
  const failed = (why: 'expired-credentials' | 'wrong-credentials' | 'clock-skew', message: string, hint: string) =>
    remoteFailed('identity', why, message, { ...more, hint });
  if (/short-lived token|iat and exp/i.test(text))
    return failed(
      'clock-skew',
      'The clock of this machine is wrong, so Google refuses its credentials.',
      'Set the clock.',
    );
  if (/invalid jwt signature|account not found|invalid_client|unauthorized_client/i.test(text))
    return failed('wrong-credentials', 'Google does not know the key of these credentials.', 'Make a new key file.');
  if (/invalid_grant|invalid_rapt|reauth/i.test(text))
    return failed(
      'expired-credentials',
      'The Google credentials are expired or were taken back.',
      'Run `gcloud auth application-default login` again, or make a new key file.',
    );
  return unreadable(error, call) ?? networkFailure(error, call) ?? (error instanceof Error ? error : new Error(text));
}

/** A file of credentials without a key in it. */
export class NotAKeyFile extends Error {
  readonly path: string;
  constructor(path: string) {
    super('not JSON with a type of credentials in it');
    this.path = path;
  }
}

/** A key file that is not there, or not one. */
function unreadable(error: unknown, { login, url }: GcsCall): DvcError | undefined {
  const path = login.kind === 'file' ? login.path : process.env['GOOGLE_APPLICATION_CREDENTIALS'];
  if (!path || !(error instanceof Error)) return undefined;
  const absent = errnoOf(error) === 'ENOENT' || /does not exist|is not a file|ENOENT/i.test(error.message);
  if (!absent && !(error instanceof NotAKeyFile) && !/JSON|PEM|DECODER|client_email|private_key/i.test(error.message))
    return undefined;
  const [why, message] = absent
    ? (['no-credentials', `The key file '${path}' does not exist.`] as const)
    : (['wrong-credentials', `'${path}' is not a key file of Google's.`] as const);
  return remoteFailed('identity', why, message, {
    url,
    evidence: absent ? 'no such file' : 'it cannot be read as JSON with a key in it',
    hint: `Correct ${login.kind === 'file' ? '`credentialpath` of the remote' : 'GOOGLE_APPLICATION_CREDENTIALS'}.`,
  });
}

/** What an identity service says beside its status. */
function detailOf(error: Error): string {
  const data: unknown = (error as Error & { response?: { data?: unknown } }).response?.data;
  if (typeof data !== 'object' || data === null) return typeof data === 'string' ? data.slice(0, 300) : '';
  const { error: word, error_description: sentence } = data as { error?: unknown; error_description?: unknown };
  return [word, sentence].filter((part) => typeof part === 'string').join(' ');
}

const doing = (step: GcsCall['step']): string =>
  ({ list: 'list its objects', read: 'read from it', write: 'write to it' })[step];
