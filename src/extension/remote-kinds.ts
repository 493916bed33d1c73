import { l10n } from 'vscode';

/** One question about a remote; its answer becomes an option of DVC's. */
export interface RemoteField {
  readonly option: string;
  readonly prompt: string;
  readonly placeHolder?: string;
  /** Typed unseen, kept in the editor's secret storage and in no file. */
  readonly isSecret?: true;
  /** May be left empty. */
  readonly isOptional?: true;
  /** Of this person or machine and not of the project: into `config.local`. */
  readonly isPersonal?: true;
}

/** A way to sign in. */
export interface SignIn {
  readonly label: string;
  readonly detail: string;
  readonly fields: readonly RemoteField[];
  /** Options that this way sets without asking; they go where the personal ones go. */
  readonly sets?: Readonly<Record<string, string>>;
}

/** A kind of store as the wizard offers it. */
export interface RemoteKind {
  readonly icon: string;
  readonly label: string;
  readonly detail: string;
  readonly placeHolder: string;
  readonly prompt: string;
  /** Makes the address of what was typed, or says what is wrong with it. */
  readonly address: (typed: string) => { readonly url: string } | { readonly problem: string };
  readonly fields: readonly RemoteField[];
  readonly signIns: readonly SignIn[];
}

const USUAL = (detail: string): SignIn => ({ label: l10n.t('The Usual Places'), detail, fields: [] });

const secret = (option: string, prompt: string, more: Partial<RemoteField> = {}): RemoteField => ({
  option,
  prompt,
  isSecret: true,
  ...more,
});
const personal = (option: string, prompt: string, more: Partial<RemoteField> = {}): RemoteField => ({
  option,
  prompt,
  isPersonal: true,
  ...more,
});

/** Takes an address with the scheme, or without it. */
const withScheme =
  (schemes: readonly string[], example: string) =>
  (typed: string): { url: string } | { problem: string } => {
    const text = typed.trim();
    const scheme = /^([a-z][a-z0-9+.-]*):\/\//i.exec(text)?.[1]?.toLowerCase();
    const rest = scheme === undefined ? text.replace(/^\/+/, '') : text.slice(scheme.length + 3);
    const isRight = scheme === undefined || schemes.includes(scheme);
    if (!isRight || rest === '' || /\s/.test(rest) || /^[/:@]/.test(rest))
      return { problem: l10n.t('An address such as {0} is needed.', example) };
    if (/^[^/@]*:[^/@]*@/.test(rest))
      return {
        problem: l10n.t('Passwords do not belong into an address, which goes into Git: they are asked for later.'),
      };
    return { url: `${scheme ?? schemes[0]}://${rest}` };
  };

/** `user@host:path`, as scp and Git write it, is an address too. */
const sshAddress = (typed: string): { url: string } | { problem: string } => {
  const [, host, path = ''] = /^([^/:\s]+(?:@[^/:\s]+)?):(?!\/\/|\d+(?:\/|$))(.*)$/.exec(typed.trim()) ?? [];
  return withScheme(
    ['ssh', 'sftp', 'scp'],
    'ssh://me@host/data',
  )(host === undefined ? typed : `ssh://${host}${path.startsWith('/') ? '' : '/'}${path}`);
};

const s3SignIns = (): SignIn[] => [
  USUAL(l10n.t('Environment, ~/.aws, SSO, container or instance role: whatever the AWS tools use')),
  {
    label: l10n.t('AWS Profile'),
    detail: l10n.t('A section of ~/.aws, by its name'),
    fields: [personal('profile', l10n.t('The name of the profile'))],
  },
  {
    label: l10n.t('Access Key'),
    detail: l10n.t('Kept in the secret storage of VS Code'),
    fields: [
      secret('access_key_id', l10n.t('Access key ID')),
      secret('secret_access_key', l10n.t('Secret access key')),
      secret('session_token', l10n.t('Session token, if the key is a temporary one'), { isOptional: true }),
    ],
  },
  {
    label: l10n.t('Without Signing In'),
    detail: l10n.t('A bucket that everybody may read'),
    fields: [],
    sets: { allow_anonymous_login: 'true' },
  },
];

/** User and password, as several kinds ask for them. */
const passwordFields = (): RemoteField[] => [
  personal('user', l10n.t('User name')),
  secret('password', l10n.t('Password')),
];

/** The kinds of stores that are not folders, in the order in which they are offered. */
export const remoteKinds = (): readonly RemoteKind[] => [
  {
    icon: 'cloud',
    label: 'Amazon S3',
    detail: 's3://bucket/path',
    prompt: l10n.t('The bucket, and the folder in it'),
    placeHolder: 's3://bucket/path',
    address: withScheme(['s3'], 's3://bucket/path'),
    fields: [{ option: 'region', prompt: l10n.t('The region of the bucket, if it has to be said'), isOptional: true }],
    signIns: s3SignIns(),
  },
  {
    icon: 'server',
    label: l10n.t('S3-Compatible Storage'),
    detail: l10n.t('MinIO, Ceph, R2, Wasabi and others: s3://bucket/path at an address of its own'),
    prompt: l10n.t('The bucket, and the folder in it'),
    placeHolder: 's3://bucket/path',
    address: withScheme(['s3'], 's3://bucket/path'),
    fields: [
      {
        option: 'endpointurl',
        prompt: l10n.t('The address of the server'),
        placeHolder: 'https://minio.example.com:9000',
      },
    ],
    signIns: s3SignIns(),
  },
  {
    icon: 'azure',
    label: 'Azure Blob Storage',
    detail: 'azure://container/path',
    prompt: l10n.t('The container, and the folder in it'),
    placeHolder: 'azure://container/path',
    address: withScheme(['azure', 'abfs', 'abfss'], 'azure://container/path'),
    fields: [],
    signIns: [
      {
        label: l10n.t('The Usual Places'),
        detail: l10n.t('Environment, Azure CLI, managed identity: whatever the Azure tools use'),
        fields: [{ option: 'account_name', prompt: l10n.t('The name of the storage account') }],
      },
      {
        label: l10n.t('Account Key'),
        detail: l10n.t('Kept in the secret storage of VS Code'),
        fields: [
          { option: 'account_name', prompt: l10n.t('The name of the storage account') },
          secret('account_key', l10n.t('Account key')),
        ],
      },
      {
        label: l10n.t('Connection String'),
        detail: l10n.t('Kept in the secret storage of VS Code'),
        fields: [secret('connection_string', l10n.t('Connection string'))],
      },
      {
        label: l10n.t('Shared Access Signature'),
        detail: l10n.t('Kept in the secret storage of VS Code'),
        fields: [
          { option: 'account_name', prompt: l10n.t('The name of the storage account') },
          secret('sas_token', l10n.t('SAS token')),
        ],
      },
    ],
  },
  {
    icon: 'cloud',
    label: 'Google Cloud Storage',
    detail: 'gs://bucket/path',
    prompt: l10n.t('The bucket, and the folder in it'),
    placeHolder: 'gs://bucket/path',
    address: withScheme(['gs', 'gcs'], 'gs://bucket/path'),
    fields: [],
    signIns: [
      USUAL(l10n.t('gcloud, environment, service of the machine: whatever the Google tools use')),
      {
        label: l10n.t('Service Account'),
        detail: l10n.t('A JSON file on this machine'),
        fields: [personal('credentialpath', l10n.t('The path of the file, absolute'))],
      },
    ],
  },
  {
    icon: 'terminal',
    label: 'SSH',
    detail: 'ssh://me@host/folder',
    prompt: l10n.t('The host, and the folder on it'),
    placeHolder: 'ssh://me@host/folder',
    address: sshAddress,
    fields: [],
    signIns: [
      USUAL(l10n.t('ssh-agent and ~/.ssh/config: whatever ssh uses')),
      {
        label: l10n.t('Key File'),
        detail: l10n.t('A private key on this machine'),
        fields: [
          personal('keyfile', l10n.t('The path of the key file')),
          secret('passphrase', l10n.t('Passphrase of the key, if it has one'), { isOptional: true }),
        ],
      },
      {
        label: l10n.t('Password'),
        detail: l10n.t('Kept in the secret storage of VS Code'),
        fields: [secret('password', l10n.t('Password'))],
      },
    ],
  },
  {
    icon: 'globe',
    label: 'WebDAV',
    detail: 'webdavs://host/folder',
    prompt: l10n.t('The address of the folder'),
    placeHolder: 'webdavs://host/folder',
    address: (typed) =>
      withScheme(
        ['webdavs', 'webdav'],
        'webdavs://host/folder',
      )(typed.trim().replace(/^http(s?):\/\//i, (_, s: string) => `webdav${s.toLowerCase()}://`)),
    fields: [],
    signIns: [
      { label: l10n.t('Password'), detail: l10n.t('Kept in the secret storage of VS Code'), fields: passwordFields() },
      {
        label: l10n.t('Token'),
        detail: l10n.t('Kept in the secret storage of VS Code'),
        fields: [secret('token', l10n.t('Token'))],
      },
      { label: l10n.t('Without Signing In'), detail: l10n.t('Everybody may read and write there'), fields: [] },
    ],
  },
  {
    icon: 'globe',
    label: 'HTTP',
    detail: 'https://host/folder',
    prompt: l10n.t('The address of the folder'),
    placeHolder: 'https://host/folder',
    address: withScheme(['https', 'http'], 'https://host/folder'),
    fields: [],
    signIns: [
      { label: l10n.t('Without Signing In'), detail: l10n.t('Everybody may read there'), fields: [] },
      {
        label: l10n.t('Password'),
        detail: l10n.t('Kept in the secret storage of VS Code'),
        fields: passwordFields(),
        sets: { auth: 'basic' },
      },
    ],
  },
];

/** The kind whose addresses look like this one; undefined for folders and for stores Lode has no questions for. */
export const kindOf = (url: string, hasEndpoint: boolean): RemoteKind | undefined => {
  const scheme = /^([a-z][a-z0-9+.-]*):\/\//i.exec(url)?.[1];
  if (scheme === undefined) return undefined;
  const fitting = remoteKinds().filter(({ address }) => {
    const result = address(url);
    return 'url' in result && result.url.toLowerCase().startsWith(`${scheme.toLowerCase()}://`);
  });
  return hasEndpoint
    ? (fitting.find(({ fields }) => fields.some(({ option }) => option === 'endpointurl')) ?? fitting[0])
    : fitting[0];
};
