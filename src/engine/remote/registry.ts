import { fileURLToPath } from 'node:url';
import { configError, DvcError } from '../core/errors.ts';
import { redactUrl } from '../core/redact.ts';
import type { Backend } from './backend.ts';
import { localBackend } from './local.ts';
import { memoryBackend } from './memory.ts';
import { openStore, type StoreKind } from './store-bundles.ts';

/** What a remote's section in the configuration says, beside its URL. */
export type RemoteOptions = Readonly<Record<string, string>>;

type Factory = (url: string, options: RemoteOptions) => Backend | Promise<Backend>;

/** One row for each URL scheme; '' is a path. */
const FACTORIES: Readonly<Record<string, Factory>> = {
  '': (path) => localBackend(path),
  file: (url) => localBackend(fileURLToPath(url)),
  memory: () => memoryBackend(),
};

/** Stores whose client libraries are bundles of their own, loaded when one of them is first opened. */
const STORES: Readonly<Record<string, StoreKind>> = {
  s3: 's3',
  gs: 'gcs',
  gcs: 'gcs',
  azure: 'azure',
  abfs: 'azure',
  abfss: 'azure',
  adl: 'azure',
  adls: 'azure',
  ssh: 'ssh',
  sftp: 'ssh',
  scp: 'ssh',
  http: 'http',
  https: 'http',
  webdav: 'webdav',
  webdavs: 'webdav',
};

/** Schemes of DVC's that Lode does not have, and what to use instead. */
const INSTEAD: Readonly<Record<string, string>> = {
  gdrive: 'Use a folder that the Google Drive program keeps in step, or a bucket of Google Cloud Storage (gs://).',
  hdfs: 'Use a mount of HDFS as a local remote.',
  webhdfs: 'Use a mount of HDFS as a local remote.',
  oss: 'Use s3://bucket/path with the `endpointurl` of OSS, which speaks the language of S3.',
};

/** `s3` of `s3://bucket/path`; '' for a path, Windows' with a drive too. */
export const schemeOf = (url: string): string => /^([a-z][a-z0-9+.-]*):\/\//i.exec(url)?.[1]?.toLowerCase() ?? '';

export const isLocalUrl = (url: string): boolean => ['', 'file'].includes(schemeOf(url));

/** @param url As in the configuration, a path made absolute. @throws `remote-unsupported`, `config` */
export async function openBackend(url: string, options: RemoteOptions = {}): Promise<Backend> {
  const scheme = schemeOf(url);
  const factory = FACTORIES[scheme];
  if (factory !== undefined) return factory(url, options);
  const kind = STORES[scheme];
  if (kind !== undefined) return openStore(kind, url, options);
  const instead = INSTEAD[scheme];
  if (instead !== undefined) throw remoteUnsupported(scheme, url, instead);
  throw configError(`Unsupported URL type ${scheme}://`);
}

const remoteUnsupported = (scheme: string, url: string, hint: string) =>
  new DvcError('remote-unsupported', `Lode has no ${scheme}:// remotes: '${redactUrl(url)}' cannot be used.`, {
    hint,
    data: { scheme },
  });
