import { parseKnownFiles } from '@smithy/core/config';
import type { S3Settings } from './s3-options.ts';

/** What the files of AWS tools say of a remote beside its credentials. */
export interface S3Profile {
  readonly name: string;
  readonly region?: string;
  readonly endpoint?: string;
  /** `path` or `virtual`. */
  readonly addressing?: string;
  readonly authorities?: string;
}

/** Reads the profile that the settings or the environment name. Files that are not there, or cannot be read, say nothing. */
export async function readProfile({ login }: S3Settings, env = process.env): Promise<S3Profile> {
  const name = (login.kind === 'chain' ? login.profile : undefined) ?? (env['AWS_PROFILE'] || 'default');
  const [filepath, configFilepath] = login.kind === 'chain' ? [login.credentialsFile, login.configFile] : [];
  const profiles: Partial<Awaited<ReturnType<typeof parseKnownFiles>>> = await parseKnownFiles({
    ignoreCache: true,
    ...(filepath === undefined ? {} : { filepath }),
    ...(configFilepath === undefined ? {} : { configFilepath }),
  }).catch(() => ({}));
  const {
    region,
    endpoint_url: endpoint,
    ca_bundle: authorities,
    's3.addressing_style': addressing,
  } = profiles[name] ?? {};
  return {
    name,
    ...(region === undefined ? {} : { region }),
    ...(endpoint === undefined ? {} : { endpoint }),
    ...(addressing === undefined ? {} : { addressing }),
    ...(authorities === undefined ? {} : { authorities }),
  };
}
