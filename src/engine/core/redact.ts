/** What stands in place of a secret wherever something is printed. */
export const REDACTED = '***';

const SECRET_OPTIONS: ReadonlySet<string> = new Set([
  'password',
  'passphrase',
  'token',
  'access_key_id',
  'secret_access_key',
  'session_token',
  'sse_customer_key',
  'account_key',
  'sas_token',
  'connection_string',
  'client_secret',
  'custom_auth_header',
  'bearer_token_command',
  'oss_key_id',
  'oss_key_secret',
  'gdrive_client_secret',
]);

/** Words that make an unknown option's value a secret: better one masked too many. */
const SECRET_WORD = /password|passphrase|secret|token|credential_json|private_key$/;

/** Whether the value of this option of a config section must never be shown. Names are compared in lower case. */
export function isSecretOption(option: string): boolean {
  const name = option.toLowerCase();
  if (name.startsWith('ask_') || name.startsWith('exclude_')) return false; // Flags which name what they ask for.
  return SECRET_OPTIONS.has(name) || SECRET_WORD.test(name);
}

const USER_INFO = /\b([a-z][a-z0-9+.-]*:\/\/)([^/?#\s@]*(?:@[^/?#\s@]*)*)@/gi;
const SECRET_QUERY =
  /([?&;](?:[^=&;#\s]*[_.-])?(?:sig|signature|token|key|secret|password|pass|pwd|credential|auth|code)=)[^&;#\s]+/gi;

/**
 * Masks what is secret in the URLs of a text: a password before `@`, a bare token there for HTTP, and signed query parameters.
 *
 * User names stay, as `ssh://me@host` is what tells two remotes apart.
 */
export const redactUrl = (text: string): string =>
  text
    .replace(USER_INFO, (_, scheme: string, userInfo: string) => {
      const colon = userInfo.indexOf(':');
      if (colon >= 0) return `${scheme}${userInfo.slice(0, colon)}:${REDACTED}@`;
      return /^(?:https?|webdavs?):/i.test(scheme) ? `${scheme}${REDACTED}@` : `${scheme}${userInfo}@`;
    })
    .replace(SECRET_QUERY, `$1${REDACTED}`);

/** The value of a config option as it may be shown. */
export const redactOption = (option: string, value: string): string =>
  isSecretOption(option) ? REDACTED : redactUrl(value);
