import { DvcError, objectMissing, remoteChanged, remoteFailed } from '../core/errors.ts';
import { redactUrl } from '../core/redact.ts';
import type { AzureLogin } from './azure-login.ts';
import { sasEnd } from './azure-login.ts';
import { networkFailure } from './network-failures.ts';

/** What of a client library's error the catalogue reads. */
export interface AzureFailure {
  readonly name?: string;
  readonly message: string;
  readonly statusCode?: number;
  /** The service's own word, of the `x-ms-error-code` header or the body. */
  readonly errorCode?: string;
  /** What the service adds for a developer: why a signature was refused. */
  readonly detail?: string;
  /** The service's clock, in milliseconds since 1970. */
  readonly serverTime?: number;
  /** What the service asked for, in milliseconds. */
  readonly retryAfter?: number;
}

/** The call that failed. */
export interface AzureCall {
  readonly url: string;
  readonly host: string;
  readonly account: string;
  readonly container: string;
  readonly login: AzureLogin;
  readonly step: 'list' | 'read' | 'write';
  /** Of the object, or the prefix of a listing. */
  readonly key: string;
}

/** Further apart than this, the service refuses signatures (15 minutes). */
const MAX_SKEW_MS = 15 * 60_000;

const DENIED = new Set([
  'AuthorizationPermissionMismatch',
  'AuthorizationResourceTypeMismatch',
  'AuthorizationServiceMismatch',
  'AuthorizationProtocolMismatch',
  'AuthorizationSourceIPMismatch',
  'InsufficientAccountPermissions',
  'KeyBasedAuthenticationNotPermitted',
]);

/** The sentence and the next step for what Azure answered, or for no answer at all. */
export function azureError(error: unknown, failure: AzureFailure, call: AzureCall, now = Date.now()): Error {
  if (DvcError.is(error)) return error;
  const { url, step } = call;
  const { statusCode = 0, errorCode = '' } = failure;
  const evidence = [statusCode || '', errorCode, failure.detail ?? ''].filter(Boolean).join(' ') || undefined;
  const more: More = { url, cause: withoutRequest(error), ...(evidence === undefined ? {} : { evidence }) };
  if (failure.retryAfter !== undefined) more.retryAfter = failure.retryAfter;
  if (statusCode === 0) return identityError(error, failure, call) ?? unanswered(error, call);
  if (statusCode === 401 || statusCode === 403) return refused(failure, call, more, now);
  if (errorCode === 'PublicAccessNotPermitted' || (errorCode === 'ResourceNotFound' && call.login.kind === 'anonymous'))
    return remoteFailed('identity', 'no-credentials', `'${call.container}' is not open to the public.`, {
      ...more,
      hint: 'Give the remote credentials, and take `allow_anonymous_login` away.',
    });
  if (statusCode === 404 && /^Container|^ResourceNotFound/.test(errorCode))
    return remoteFailed('bucket', 'no-bucket', `There is no container '${call.container}' in '${call.account}'.`, {
      ...more,
      hint: 'Create the container, or correct the URL of the remote.',
    });
  if (statusCode === 404) return objectMissing(call.key, url);
  if (errorCode === 'OutOfRangeInput' || errorCode === 'InvalidResourceName')
    return remoteFailed('bucket', 'no-bucket', `'${call.container}' cannot be the name of a container.`, {
      ...more,
      hint: 'Names have 3 to 63 lower-case letters, digits and hyphens; correct the URL of the remote.',
    });
  if (statusCode === 412) return remoteChanged(call.key, url);
  if (statusCode === 407)
    return remoteFailed('connect', 'proxy', `The proxy on the way to '${call.host}' wants a login.`, {
      ...more,
      hint: 'Put the name and the password into HTTPS_PROXY.',
    });
  if (statusCode === 429 || errorCode === 'ServerBusy')
    return remoteFailed(step, 'throttled', `'${call.host}' is busy and takes no more requests for now.`, {
      ...more,
      hint: 'Run the command again later, or with fewer `jobs`.',
      retryable: true,
    });
  if (statusCode >= 500)
    return remoteFailed(step, 'server', `'${call.host}' failed to answer (${evidence}).`, {
      ...more,
      hint: 'Run the command again later.',
      retryable: true,
    });
  return remoteFailed(step, 'other', `'${call.host}' refused a request (${evidence}).`, {
    ...more,
    hint: 'Check the URL and the options of the remote.',
    retryable: errorCode === 'InvalidBlockList' || errorCode === 'Md5Mismatch',
  });
}

interface More {
  url: string;
  cause: unknown;
  evidence?: string;
  retryAfter?: number;
}

function refused(failure: AzureFailure, call: AzureCall, more: More, now: number): DvcError {
  const { account, login, step } = call;
  const { errorCode = '', detail = '', serverTime } = failure;
  if (serverTime !== undefined && Math.abs(serverTime - now) > MAX_SKEW_MS)
    return remoteFailed(
      'identity',
      'clock-skew',
      'The clock of this machine is wrong, so Azure refuses its requests.',
      {
        ...more,
        hint: `Set the clock: it is ${Math.round(Math.abs(serverTime - now) / 60_000)} minutes off.`,
      },
    );
  const token = sasOf(login);
  const end = token === undefined ? undefined : sasEnd(token);
  if ((end !== undefined && end < now) || /not valid in the specified time frame|expired/i.test(detail))
    return remoteFailed('identity', 'expired-credentials', `The SAS token for '${account}' is expired.`, {
      ...more,
      hint: 'Make a new one, and set it as `sas_token` of the remote.',
    });
  if (/request date header too old/i.test(detail))
    return remoteFailed(
      'identity',
      'clock-skew',
      'The clock of this machine is wrong, so Azure refuses its requests.',
      {
        ...more,
        hint: 'Set the clock.',
      },
    );
  if (DENIED.has(errorCode))
    return remoteFailed(step, 'denied', `The credentials for '${account}' do not allow to ${doing(step)}.`, {
      ...more,
      hint: deniedHint(login, step),
    });
  if (login.kind === 'anonymous')
    return remoteFailed('identity', 'no-credentials', `'${call.container}' is not open to the public.`, {
      ...more,
      hint: 'Give the remote credentials, and take `allow_anonymous_login` away.',
    });
  if (errorCode === 'AuthorizationFailure' && isToken(login))
    return remoteFailed(step, 'denied', `'${account}' does not let this machine in.`, {
      ...more,
      hint: 'Check the firewall of the storage account, and the role of the identity.',
    });
  return remoteFailed('identity', 'wrong-credentials', `'${account}' does not accept the ${nameOf(login)}.`, {
    ...more,
    hint: `Check ${optionOf(login)} of the remote.`,
  });
}

/** A chain of credentials that has none to give, or an identity service that says no. */
function identityError(error: unknown, failure: AzureFailure, call: AzureCall): DvcError | undefined {
  const { url, account } = call;
  const more = { url, cause: withoutRequest(error), evidence: firstLine(failure.message) };
  if (/^(?:CredentialUnavailableError|AggregateAuthenticationError|ChainedTokenCredential)/.test(failure.name ?? ''))
    return remoteFailed('identity', 'no-credentials', `No credentials for the Azure account '${account}' were found.`, {
      ...more,
      hint: 'Log in with `az login`, or set `account_key`, `sas_token` or `connection_string` of the remote.',
    });
  if (failure.name !== 'AuthenticationError' && failure.name !== 'AuthenticationRequiredError') return undefined;
  const expired = /AADSTS(?:7000222|50173|700082|70008)\b|expired/i.test(failure.message);
  return remoteFailed(
    'identity',
    expired ? 'expired-credentials' : 'wrong-credentials',
    expired ? 'The credentials of the Azure identity are expired.' : 'Azure does not accept the identity.',
    { ...more, hint: 'Check `tenant_id`, `client_id` and `client_secret` of the remote, or run `az login` again.' },
  );
}

function unanswered(error: unknown, call: AzureCall): Error {
  const failure = networkFailure(error, call);
  if (failure?.data['why'] === 'unknown-host' && call.host === `${call.account}.blob.core.windows.net`)
    return remoteFailed('name', 'unknown-host', `There is no Azure account '${call.account}', or no network.`, {
      url: call.url,
      cause: failure.cause,
      evidence: `the name '${call.host}' cannot be resolved`,
      hint: 'Check `account_name` of the remote and the network connection.',
      retryable: failure.retryable,
    });
  return failure ?? (error instanceof Error ? error : new Error(String(error)));
}

const doing = (step: AzureCall['step']): string =>
  ({ list: 'list its objects', read: 'read from it', write: 'write to it' })[step];

const isToken = ({ kind }: AzureLogin): boolean => kind === 'default' || kind === 'service-principal';

function deniedHint(login: AzureLogin, step: AzureCall['step']): string {
  if (!isToken(login)) return `Make a SAS token that allows to ${step}, or use the account key.`;
  const role = step === 'write' ? 'Contributor' : 'Reader';
  return `Give the identity the role 'Storage Blob Data ${role}' on the account or the container.`;
}

function sasOf(login: AzureLogin): string | undefined {
  if (login.kind === 'sas') return login.token;
  return login.kind === 'connection-string' ? /SharedAccessSignature=\??([^;]+)/i.exec(login.text)?.[1] : undefined;
}

const NAMES = {
  'connection-string': ['connection string', '`connection_string`'],
  'account-key': ['account key', '`account_key`'],
  sas: ['SAS token', '`sas_token`'],
  'service-principal': ['service principal', '`tenant_id`, `client_id` and `client_secret`'],
  default: ['identity of this machine', '`account_name`'],
  anonymous: ['anonymous login', '`allow_anonymous_login`'],
} as const;
const nameOf = ({ kind }: AzureLogin): string => NAMES[kind][0];
const optionOf = ({ kind }: AzureLogin): string => NAMES[kind][1];

/** The library's errors carry their requests, and those carry secrets. */
const withoutRequest = (error: unknown): Error | undefined =>
  error instanceof Error ? Object.assign(new Error(redactUrl(error.message)), { name: error.name }) : undefined;

const firstLine = (text: string): string => redactUrl(text.split('\n', 1)[0]?.slice(0, 200) ?? '');
