import type { Rule } from './config-rules.ts';

/** Options of a section by name. */
export type OptionRules = Readonly<Record<string, Rule>>;

const text: Rule = { type: 'text' };
const bool: Rule = { type: 'bool' };
const int: Rule = { type: 'int' };
const count: Rule = { type: 'int', min: 1 };
const seconds: Rule = { type: 'float', min: 0 };
const links: Rule = { type: 'link-types' };
const lower: Rule = { type: 'lower' };
const boolOrText: Rule = { type: 'bool-or-text' };
const oneOf = (...of: string[]): Rule => ({ type: 'choice', of });
const all = (rule: Rule, ...names: string[]): OptionRules => Object.fromEntries(names.map((name) => [name, rule]));

const LOCAL: OptionRules = {
  type: links,
  shared: oneOf('group'),
  ...all(bool, 'protected', 'slow_link_warning', 'verify'),
};

/** Sections with a fixed name, in the order DVC adds missing ones. The three named kinds hold the rules of one entry. */
export const SECTIONS: Readonly<Record<string, OptionRules>> = {
  core: {
    ...all(lower, 'remote', 'machine'),
    checksum_jobs: count,
    ...all(bool, 'interactive', 'analytics', 'hardlink_lock', 'no_scm', 'autostage', 'experiments', 'check_update'),
    site_cache_dir: text,
  },
  cache: { ...all(text, 'local', 's3', 'gs', 'hdfs', 'webhdfs', 'ssh', 'azure', 'dir'), ...LOCAL },
  remote: {},
  state: { dir: text, row_limit: count, row_cleanup_quota: { type: 'int', min: 0, max: 100 } },
  index: { dir: text },
  machine: {
    cloud: oneOf('aws', 'azure'),
    region: oneOf('us-west', 'us-east', 'eu-west', 'eu-north'),
    spot: bool,
    spot_price: { type: 'float' },
    instance_hdd_size: int,
    ...all(lower, 'instance_type', 'instance_gpu'),
    ...all(text, 'image', 'ssh_private', 'startup_script', 'setup_script'),
  },
  feature: { machine: bool },
  plots: { html_template: text, auto_open: bool, out_dir: text },
  exp: {
    ...all(text, 'code', 'data', 'models', 'metrics', 'params', 'plots', 'live', 'git_remote'),
    auto_push: bool,
  },
  parsing: { bool: oneOf('store_true', 'boolean_optional'), list: oneOf('nargs', 'append') },
  hydra: { enabled: bool, ...all(text, 'config_dir', 'config_module', 'config_name', 'plugins_path') },
  studio: { ...all(text, 'token', 'url', 'repo_url'), offline: bool },
  db: all(text, 'url', 'username', 'password'),
};

/** Accepted so that old repositories open, and without effect. */
export const OBSOLETE: Readonly<Record<string, readonly string[]>> = {
  core: ['experiments', 'machine'],
  cache: ['local', 's3', 'gs', 'hdfs', 'webhdfs', 'ssh', 'azure', 'protected'],
  state: ['dir', 'row_limit', 'row_cleanup_quota'],
  index: ['dir'],
  exp: ['code', 'data', 'models', 'metrics', 'params', 'plots', 'live'],
};

/** Sections written as `['remote "name"']`: one section per name. */
export const NAMED_KINDS = ['remote', 'machine', 'db'] as const;
export type NamedKind = (typeof NAMED_KINDS)[number];
export const isNamedKind = (section: string): section is NamedKind =>
  (NAMED_KINDS as readonly string[]).includes(section);

const REMOTE_COMMON: OptionRules = {
  url: text,
  ...all(count, 'checksum_jobs', 'jobs'),
  ...all(bool, 'worktree', 'no_traverse', 'version_aware'),
};

const HTTP: OptionRules = {
  auth: oneOf('basic', 'digest', 'custom'),
  ...all(text, 'custom_auth_header', 'user', 'password', 'method'),
  ...all(bool, 'ask_password', 'verify'),
  ssl_verify: boolOrText,
  ...all(seconds, 'connect_timeout', 'read_timeout'),
};

const WEBDAV: OptionRules = {
  ...all(text, 'user', 'password', 'token', 'bearer_token_command', 'custom_auth_header', 'cert_path', 'key_path'),
  ...all(bool, 'ask_password', 'verify'),
  timeout: int,
  ssl_verify: boolOrText,
};

/** Options of a remote by the scheme of its URL; '' is a path. `remote://` takes any option: they are checked on what it refers to. */
export const REMOTES: Readonly<Record<string, OptionRules>> = Object.fromEntries(
  Object.entries<OptionRules>({
    '': LOCAL,
    s3: {
      ...all(text, 'region', 'profile', 'credentialpath', 'configpath', 'endpointurl'),
      ...all(text, 'access_key_id', 'secret_access_key', 'session_token'),
      ...all(bool, 'listobjects', 'use_ssl', 'allow_anonymous_login', 'verify'),
      ssl_verify: boolOrText,
      ...all(text, 'sse', 'sse_kms_key_id', 'sse_customer_algorithm', 'sse_customer_key'),
      ...all(text, 'acl', 'grant_read', 'grant_read_acp', 'grant_write_acp', 'grant_full_control'),
      cache_regions: { type: 'never-bool' },
      ...all(int, 'read_timeout', 'connect_timeout'),
    },
    gs: {
      ...all(text, 'projectname', 'credentialpath', 'endpointurl'),
      ...all(bool, 'verify', 'allow_anonymous_login'),
    },
    ssh: {
      type: links,
      ...all(int, 'port', 'timeout', 'max_sessions'),
      ...all(text, 'user', 'password', 'passphrase', 'keyfile'),
      ...all(bool, 'ask_password', 'ask_passphrase', 'gss_auth', 'allow_agent', 'verify'),
    },
    hdfs: { ...all(text, 'user', 'kerb_ticket'), replication: { type: 'never-int' } },
    webhdfs: {
      ...all(bool, 'kerberos', 'use_https', 'verify'),
      ...all(text, 'kerberos_principal', 'proxy_to', 'token', 'user', 'password', 'data_proxy_target'),
      ssl_verify: boolOrText,
    },
    azure: {
      ...all(text, 'connection_string', 'sas_token', 'account_name', 'account_key'),
      ...all(text, 'tenant_id', 'client_id', 'client_secret'),
      ...all(bool, 'allow_anonymous_login', 'exclude_environment_credential', 'exclude_managed_identity_credential'),
      ...all(bool, 'exclude_visual_studio_code_credential', 'exclude_shared_token_cache_credential', 'verify'),
      ...all(int, 'timeout', 'read_timeout', 'connection_timeout'),
    },
    oss: { ...all(text, 'oss_key_id', 'oss_key_secret', 'oss_endpoint'), verify: bool },
    gdrive: {
      ...all(text, 'profile', 'gdrive_client_id', 'gdrive_client_secret', 'gdrive_user_credentials_file'),
      ...all(text, 'gdrive_service_account_user_email', 'gdrive_service_account_json_file_path'),
      ...all(bool, 'gdrive_use_service_account', 'gdrive_trash_only', 'gdrive_acknowledge_abuse', 'verify'),
    },
    http: HTTP,
    https: HTTP,
    webdav: WEBDAV,
    webdavs: WEBDAV,
  }).map(([scheme, rules]) => [scheme, { ...rules, ...REMOTE_COMMON }]),
);

/** Remotes that re-hash what they download unless told otherwise. */
export const VERIFIED_BY_DEFAULT: readonly string[] = ['oss', 'gdrive'];

/** Options of every remote that hold a path, resolved against the folder of the file they stand in. */
export const REMOTE_PATHS: readonly string[] = [
  'url',
  'gdrive_user_credentials_file',
  'gdrive_service_account_json_file_path',
  'credentialpath',
  'configpath',
  'keyfile',
  'cert_path',
  'key_path',
];
