import { configError, remoteFailed } from '../core/errors.ts';
import { redactUrl } from '../core/redact.ts';
import type { RemoteOptions } from './registry.ts';

/** Where a remote's objects are. */
export interface AzurePlace {
  readonly container: string;
  /** Before every key: '' or ending at a slash. */
  readonly prefix: string;
  /** As the URL names it. */
  readonly account?: string;
  /** The part of host names behind the account, where the URL has another one than `core.windows.net`. */
  readonly suffix?: string;
}

/** How a request proves who sends it. */
export type AzureLogin =
  | { readonly kind: 'connection-string'; readonly text: string }
  | { readonly kind: 'account-key'; readonly account: string; readonly key: string }
  | { readonly kind: 'sas'; readonly account: string; readonly token: string }
  | {
      readonly kind: 'service-principal';
      readonly account: string;
      readonly tenant: string;
      readonly client: string;
      readonly secret: string;
    }
  | { readonly kind: 'default'; readonly account: string; readonly exclude: ReadonlySet<DefaultCredential> }
  | { readonly kind: 'anonymous'; readonly account: string };

/** The members of the chain that DVC's options can leave out. */
export type DefaultCredential = 'environment' | 'managed_identity' | 'visual_studio_code' | 'shared_token_cache';
const EXCLUDABLE: readonly DefaultCredential[] = [
  'environment',
  'managed_identity',
  'visual_studio_code',
  'shared_token_cache',
];

/** The variables of the environment, and the file of the `az` program below them. */
export interface AzureSurroundings {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The text of `~/.azure/config`, or of `config` in AZURE_CONFIG_DIR; '' where there is none. */
  readonly azConfig: string;
}

/** A setting that DVC reads through `az`'s own rules: AZURE_STORAGE_NAME, else `name` below `[storage]`. */
function fromAz(name: string, { env, azConfig }: AzureSurroundings): string | undefined {
  const set = env[`AZURE_STORAGE_${name.toUpperCase()}`];
  if (set) return set;
  const section = /^\[storage\][^\n]*\n((?:(?!\[).*(?:\n|$))*)/m.exec(azConfig)?.[1] ?? '';
  return new RegExp(`^${name}\\s*[=:]\\s*(\\S.*?)\\s*$`, 'mi').exec(section)?.[1];
}

/** Reads `azure://container/path` and `abfs[s]://container@account.dfs.core.windows.net/path`. @throws `config` */
export function parseAzureUrl(url: string, surroundings: AzureSurroundings): AzurePlace {
  const [, authority = '', path = ''] = /^[a-z][a-z0-9+.-]*:\/\/([^/?#]*)([^?#]*)/i.exec(url) ?? [];
  const at = authority.lastIndexOf('@');
  const host = at < 0 ? '' : authority.slice(at + 1);
  const container = (at < 0 ? authority : authority.slice(0, at)) || fromAz('container_name', surroundings);
  if (!container)
    throw configError(`'${redactUrl(url)}' does not name a container`, {
      hint: 'Write azure://CONTAINER/path, or set AZURE_STORAGE_CONTAINER_NAME.',
    });
  const inside = path.replace(/^\/+|\/+$/g, '');
  const [account, ...service] = host.split('.');
  return {
    container,
    prefix: inside === '' ? '' : `${inside}/`,
    ...(account ? { account } : {}),
    ...(service.length > 1 ? { suffix: service.slice(1).join('.') } : {}),
  };
}

/**
 * The first way to log in for which all is there, in DVC's order: connection string, service principal, account key, SAS token, the chain of
 * default credentials. Each setting is taken from the configuration before the environment.
 *
 * @throws `remote-failed` where no account is named
 */
export function chooseLogin(
  options: RemoteOptions,
  place: AzurePlace,
  surroundings: AzureSurroundings,
  url: string,
): AzureLogin {
  const flag = (name: string): boolean => options[name]?.toLowerCase() === 'true';
  const { tenant_id: tenant, client_id: client, client_secret: secret } = options;
  const text = options['connection_string'] ?? fromAz('connection_string', surroundings);
  if (text) return { kind: 'connection-string', text };
  const account = options['account_name'] ?? place.account ?? fromAz('account', surroundings);
  if (!account)
    throw remoteFailed('identity', 'no-credentials', `Nothing says which Azure account '${url}' is in.`, {
      url,
      hint: 'Set `account_name` or `connection_string` of the remote, or AZURE_STORAGE_CONNECTION_STRING.',
    });
  if (tenant && client && secret) return { kind: 'service-principal', account, tenant, client, secret };
  const anonymous = flag('allow_anonymous_login');
  const key = options['account_key'] ?? (anonymous ? undefined : fromAz('key', surroundings));
  if (key) return { kind: 'account-key', account, key };
  const token = options['sas_token'] ?? (anonymous ? undefined : fromAz('sas_token', surroundings));
  if (token) return { kind: 'sas', account, token: token.replace(/^\?/, '') };
  if (anonymous) return { kind: 'anonymous', account };
  return {
    kind: 'default',
    account,
    exclude: new Set(EXCLUDABLE.filter((name) => flag(`exclude_${name}_credential`))),
  };
}

/** When a SAS token ends, in milliseconds since 1970. */
export function sasEnd(token: string): number | undefined {
  const end = Date.parse(new URLSearchParams(token).get('se') ?? '');
  return Number.isNaN(end) ? undefined : end;
}

/** Who is logged in, in a few words without a secret. */
export function describeLogin(login: AzureLogin, account: string): string {
  switch (login.kind) {
    case 'connection-string':
      return `connection string of the account '${account}'`;
    case 'account-key':
      return `key of the account '${account}'`;
    case 'sas': {
      const end = sasEnd(login.token);
      return `SAS token of the account '${account}'${end === undefined ? '' : `, until ${new Date(end).toISOString()}`}`;
    }
    case 'service-principal':
      return `service principal ${login.client}`;
    case 'default':
      return 'identity of this machine';
    case 'anonymous':
      return 'nobody: the container is open to the public';
  }
}
