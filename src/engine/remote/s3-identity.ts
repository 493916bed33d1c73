import { fromEnv, fromNodeProviderChain } from '@aws-sdk/credential-providers';
import type { S3Login } from './s3-options.ts';

export interface AwsKeys {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
  readonly expiration?: Date;
  /** Marks of the chain for where they come from. */
  readonly $source?: Readonly<Record<string, string>>;
}

/** Finds keys, and keeps them until shortly before they expire. */
export type KeySource = () => Promise<AwsKeys>;

/** How long the metadata service of a machine may take to answer, in milliseconds, and how often it is asked again. */
const METADATA = { timeout: 1000, maxRetries: 1 };

/** @param region For roles that are assumed. @param requestHandler Makes the requests for them. */
export function keySource(
  login: Exclude<S3Login, { kind: 'anonymous' }>,
  region: string,
  requestHandler: object,
): KeySource {
  if (login.kind === 'keys') {
    const { id: accessKeyId, secret: secretAccessKey, token } = login;
    const keys = { accessKeyId, secretAccessKey, ...(token === undefined ? {} : { sessionToken: token }) };
    return async () => keys;
  }
  const { profile, credentialsFile, configFile } = login;
  // As in DVC: keys of the environment are those of whoever has set them now, unless the remote itself names a profile.
  if (profile === undefined && process.env['AWS_ACCESS_KEY_ID'] && process.env['AWS_SECRET_ACCESS_KEY'])
    return fromEnv();
  return fromNodeProviderChain({
    ...METADATA,
    ignoreCache: true,
    clientConfig: { region, requestHandler },
    logger: SILENT,
    ...(profile === undefined ? {} : { profile }),
    ...(credentialsFile === undefined ? {} : { filepath: credentialsFile }),
    ...(configFile === undefined ? {} : { configFilepath: configFile }),
  }) as KeySource;
}

/** The libraries would write to the console otherwise. */
export const SILENT = { trace() {}, debug() {}, info() {}, warn() {}, error() {} };

const SOURCES: readonly (readonly [string, string])[] = [
  ['CREDENTIALS_PROFILE_SSO', 'an SSO session'],
  ['CREDENTIALS_SSO', 'an SSO session'],
  ['CREDENTIALS_PROFILE_LOGIN', 'a console login'],
  ['CREDENTIALS_STS_ASSUME_ROLE_WEB_ID', 'a web identity'],
  ['CREDENTIALS_ENV_VARS_STS_WEB_ID_TOKEN', 'a web identity'],
  ['CREDENTIALS_STS_ASSUME_ROLE', 'an assumed role'],
  ['CREDENTIALS_PROFILE_PROCESS', 'a credential process'],
  ['CREDENTIALS_PROCESS', 'a credential process'],
  ['CREDENTIALS_HTTP', 'the container'],
  ['CREDENTIALS_IMDS', 'the role of this machine'],
  ['CREDENTIALS_ENV_VARS', 'the environment'],
  ['CREDENTIALS_PROFILE', 'a profile'],
];

/** `access key AKIA…WXYZ, from the environment`. @param profile The one in use. */
export function describeKeys({ accessKeyId, $source = {} }: AwsKeys, login: S3Login, profile: string): string {
  const shown = accessKeyId.length < 12 ? '' : ` ${accessKeyId.slice(0, 4)}…${accessKeyId.slice(-4)}`;
  if (login.kind === 'keys') return `access key${shown}, from the remote's own options`;
  const source = SOURCES.find(([mark]) => mark in $source)?.[1] ?? 'the chain of AWS';
  const isOfProfile = Object.keys($source).some((mark) => mark.includes('PROFILE'));
  return `access key${shown}, from ${source}${isOfProfile ? ` ('${profile}')` : ''}`;
}
