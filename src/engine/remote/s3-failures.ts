import { DvcError, objectMissing, remoteChanged, remoteFailed } from '../core/errors.ts';
import { redactUrl } from '../core/redact.ts';
import { networkFailure } from './network-failures.ts';
import type { S3Login } from './s3-options.ts';

/** What of an error the catalogue reads. */
export interface S3Failure {
  /** 0 where nothing was answered. */
  readonly status: number;
  /** S3's own word, or the name of the library's error. */
  readonly code: string;
  readonly message: string;
  /** The region that S3 says the bucket is in. */
  readonly region?: string;
  /** Milliseconds for which it wants to be left alone. */
  readonly retryAfter?: number;
  /** The service's clock, in milliseconds since 1970. */
  readonly serverTime?: number;
}

/** The call that failed. */
export interface S3Call {
  readonly url: string;
  readonly host: string;
  readonly bucket: string;
  readonly region: string;
  readonly login: S3Login;
  /** The profile in use. */
  readonly profile: string;
  readonly step: 'list' | 'read' | 'write';
  /** Of the object, or the prefix of a listing. */
  readonly key: string;
  /** Takes the secrets of the remote out of a text. */
  hide(text: string): string;
}

interface More {
  readonly url: string;
  readonly cause: Error;
  readonly evidence: string;
}

/** The sentence and the next step for what S3 answered, or for no answer at all. */
export function s3Error(error: unknown, failure: S3Failure, call: S3Call, now = Date.now()): Error {
  if (DvcError.is(error)) return error;
  const { status, code } = failure;
  const said = call.hide(redactUrl(failure.message)).split('\n', 1)[0]?.slice(0, 300) ?? '';
  const evidence = [status || '', code, said].filter(Boolean).join(' ');
  const more: More = { url: call.url, evidence, cause: withoutRequest(error, call) };
  if (status === 0) return noAnswer(error, failure, call, more);
  return (
    aboutIdentity(failure, call, more, now) ??
    aboutBucket(failure, call, more) ??
    aboutObject(failure, call, more) ??
    aboutServer(failure, call, more) ??
    remoteFailed(call.step, 'other', `'${call.host}' refused a request (${evidence}).`, {
      ...more,
      hint: 'Check the URL and the options of the remote.',
    })
  );
}

/** Whether other credentials may help: those that are kept are then forgotten, so that the next call finds what has been renewed. */
export const isAboutCredentials = ({ status, code }: S3Failure): boolean =>
  status === 403 || EXPIRED.has(code) || code === 'InvalidToken' || NO_CREDENTIALS.test(code);

const EXPIRED = new Set(['ExpiredToken', 'ExpiredTokenException', 'TokenRefreshRequired']);
const NO_CREDENTIALS = /^(?:Credentials|Token)ProviderError$/;
const KEYS_HINT = 'Check `access_key_id` and `secret_access_key` of the remote, or the profile that holds them.';

function aboutIdentity(
  { status, code, message, serverTime }: S3Failure,
  call: S3Call,
  more: More,
  now: number,
): DvcError | undefined {
  const { bucket, host, login, step } = call;
  const failed = (
    why: 'wrong-credentials' | 'expired-credentials' | 'clock-skew' | 'no-credentials',
    text: string,
    hint: string,
  ) => remoteFailed('identity', why, text, { ...more, hint });
  if (code === 'RequestTimeTooSkewed' || (code === 'RequestExpired' && serverTime !== undefined)) {
    const minutes = serverTime === undefined ? 0 : Math.round(Math.abs(serverTime - now) / 60_000);
    const off = minutes === 0 ? 'Set the clock.' : `Set the clock: it is ${minutes} minutes off.`;
    return failed('clock-skew', `The clock of this machine is wrong, so '${host}' refuses its requests.`, off);
  }
  if (EXPIRED.has(code))
    return failed('expired-credentials', `The credentials for '${bucket}' are expired.`, renewHint(call));
  if (code === 'InvalidAccessKeyId')
    return failed('wrong-credentials', `'${host}' does not know the access key.`, KEYS_HINT);
  if (code === 'SignatureDoesNotMatch')
    return failed('wrong-credentials', `'${host}' does not accept the secret key.`, KEYS_HINT);
  if (code === 'InvalidToken')
    return failed(
      'wrong-credentials',
      `'${host}' does not accept the session token.`,
      'Check `session_token` of the remote; keys with a token change together with it.',
    );
  if (status !== 403 && status !== 401) return undefined;
  if (login.kind === 'anonymous')
    return failed(
      'no-credentials',
      `'${bucket}' is not open to the public.`,
      'Give the remote credentials, and take `allow_anonymous_login` away.',
    );
  if (/kms/i.test(code) || /\bkms:/i.test(message))
    return remoteFailed(step, 'denied', `The credentials for '${bucket}' do not allow to use its encryption key.`, {
      ...more,
      hint: 'Ask for kms:GenerateDataKey and kms:Decrypt on the key, or correct `sse_kms_key_id`.',
    });
  return remoteFailed(step, 'denied', `The credentials for '${bucket}' do not allow to ${DOING[step]}.`, {
    ...more,
    hint: `Ask for ${PERMISSIONS[step]}, or use other credentials.`,
  });
}

const DOING = { list: 'list its objects', read: 'read from it', write: 'write to it' } as const;
const PERMISSIONS = {
  list: 's3:ListBucket on the bucket',
  read: 's3:GetObject on its objects (and s3:ListBucket on the bucket, without which S3 hides what is missing)',
  write: 's3:PutObject on its objects',
} as const;

function aboutBucket({ status, code, region }: S3Failure, call: S3Call, more: More): DvcError | undefined {
  const { bucket, host } = call;
  if (code === 'NoSuchBucket')
    return remoteFailed('bucket', 'no-bucket', `There is no bucket '${bucket}' at '${host}'.`, {
      ...more,
      hint: 'Create the bucket, or correct the URL of the remote.',
    });
  if (code === 'InvalidBucketName')
    return remoteFailed('bucket', 'no-bucket', `'${bucket}' cannot be the name of a bucket.`, {
      ...more,
      hint: 'Correct the URL of the remote.',
    });
  const moved = status === 301 || status === 307 || code === 'PermanentRedirect';
  if (!moved && code !== 'AuthorizationHeaderMalformed' && code !== 'IllegalLocationConstraintException')
    return undefined;
  const where = region === undefined || region === call.region ? 'another region' : `the region '${region}'`;
  const better = region === undefined || region === call.region ? '<region>' : region;
  return remoteFailed('bucket', 'wrong-region', `The bucket '${bucket}' is in ${where}, not in '${call.region}'.`, {
    ...more,
    hint: `Set it with \`lode remote modify <name> region ${better}\`.`,
  });
}

function aboutObject({ status, code, message }: S3Failure, call: S3Call, more: More): Error | undefined {
  const { bucket, key, step, url } = call;
  if (code === 'NoSuchKey' || code === 'NoSuchVersion' || (status === 404 && step === 'read'))
    return objectMissing(key, url);
  if (status === 412) return remoteChanged(key, url);
  if (/^KMS\./.test(code))
    return remoteFailed(step, 'denied', `The encryption key of '${bucket}' cannot be used.`, {
      ...more,
      hint: 'Check `sse_kms_key_id` of the remote, and the state of the key.',
    });
  if (status === 400 && /encryption|SSECustomer/i.test(`${code} ${message}`))
    return remoteFailed(step, 'denied', `Objects of '${bucket}' are encrypted in another way than the remote says.`, {
      ...more,
      hint: 'Check `sse_customer_key` and `sse_customer_algorithm` of the remote.',
    });
  if (code === 'BadDigest' || code === 'XAmzContentSHA256Mismatch' || code === 'IncompleteBody')
    return remoteFailed(step, 'cut', `What was sent to '${bucket}' arrived damaged.`, {
      ...more,
      hint: 'Run the command again; if it stays so, look at the network and the proxies on the way.',
      retryable: true,
    });
  if (status === 507 || /StorageFull|QuotaExceeded/i.test(code))
    return remoteFailed(step, 'full', `'${call.host}' has no room left.`, {
      ...more,
      hint: 'Make room on the server, or raise its quota.',
    });
  if (status === 405 || status === 501)
    return remoteFailed(step, 'unsupported', `'${call.host}' cannot do what is needed here (${more.evidence}).`, {
      ...more,
      hint: 'Check the endpoint of the remote and the options that are sent along, such as `acl` and `sse`.',
    });
  return undefined;
}

const THROTTLED =
  /^(?:SlowDown|Throttl|RequestLimitExceeded|TooManyRequests|ServiceUnavailable|BandwidthLimitExceeded|Busy)/;

function aboutServer({ status, code, retryAfter }: S3Failure, call: S3Call, more: More): DvcError | undefined {
  const { host, step } = call;
  const again = { ...more, retryable: true, ...(retryAfter === undefined ? {} : { retryAfter }) };
  if (status === 407)
    return remoteFailed('connect', 'proxy', `The proxy on the way to '${host}' wants a login.`, {
      ...more,
      hint: 'Put the name and the password into HTTPS_PROXY.',
    });
  if (status === 429 || status === 503 || THROTTLED.test(code))
    return remoteFailed(step, 'throttled', `'${host}' is busy and takes no more requests for now.`, {
      ...again,
      hint: 'Run the command again later, or with fewer `jobs`.',
    });
  if (code === 'RequestTimeout')
    return remoteFailed(step, 'stalled', `'${host}' has waited too long for the rest of a request.`, {
      ...again,
      hint: 'Run the command again; what has arrived is not sent twice.',
    });
  if (status >= 500 || status === 409)
    return remoteFailed(step, 'server', `'${host}' failed to answer (${more.evidence}).`, {
      ...again,
      hint: 'Run the command again later.',
    });
  return undefined;
}

/** No credentials were found, or the server was not reached. */
function noAnswer(error: unknown, { code, message }: S3Failure, call: S3Call, more: More): Error {
  const { bucket, host, step, url } = call;
  if (error instanceof Error && error.name === 'S3TimeOut') {
    const connecting = message.startsWith('no connection');
    return remoteFailed(
      connecting ? 'connect' : step,
      connecting ? 'unreachable' : 'stalled',
      `'${host}' does not answer: ${message}.`,
      {
        ...more,
        hint: `Check the network connection and whether a proxy is needed, or raise \`${connecting ? 'connect_timeout' : 'read_timeout'}\` of the remote.`,
        retryable: true,
      },
    );
  }
  if (code === 'TimeoutError')
    return remoteFailed(step, 'stalled', `'${host}' does not answer.`, {
      ...more,
      hint: 'Run the command again, or raise `read_timeout` of the remote.',
      retryable: true,
    });
  if (!NO_CREDENTIALS.test(code) && !/credential|assume role|sso/i.test(`${code} ${message}`))
    return networkFailure(error, { url, host, step }) ?? otherFailure(error, call, more);
  if (/expired|aws sso login|refresh this SSO session/i.test(message))
    return remoteFailed('identity', 'expired-credentials', `The login for '${bucket}' is expired.`, {
      ...more,
      hint: renewHint(call),
    });
  return remoteFailed('identity', 'no-credentials', `No AWS credentials for '${bucket}' were found.`, {
    ...more,
    hint:
      call.profile === 'default'
        ? 'Set `access_key_id` and `secret_access_key` with `lode remote modify --local`, or a profile; or log in with `aws configure` or `aws sso login`.'
        : `Check the profile '${call.profile}' in the files of the AWS tools, or log in with \`aws sso login --profile ${call.profile}\`.`,
  });
}

/** A failure that has no sentence yet. Its own text is what is known. */
const otherFailure = (error: unknown, { host, step }: S3Call, more: More): Error =>
  error instanceof TypeError || error instanceof ReferenceError || error instanceof RangeError
    ? error
    : remoteFailed(step, 'other', `A request to '${host}' failed: ${more.evidence}.`, {
        ...more,
        hint: 'Check the URL and the options of the remote.',
      });

function renewHint({ login, profile }: S3Call): string {
  if (login.kind === 'keys')
    return 'Set new ones: `access_key_id`, `secret_access_key` and `session_token` of the remote.';
  return `Log in again, for example with \`aws sso login${profile === 'default' ? '' : ` --profile ${profile}`}\`.`;
}

/** The library's errors carry their requests, and those carry secrets. */
const withoutRequest = (error: unknown, { hide }: S3Call): Error => {
  const { name, message } = error instanceof Error ? error : new Error(String(error));
  return Object.assign(new Error(hide(redactUrl(message))), { name });
};
