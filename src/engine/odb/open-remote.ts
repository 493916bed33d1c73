import type { ContentHash } from '../platform/digest.ts';
import type { Backend } from '../remote/backend.ts';
import { LocalOdb, type LocalOdbOptions } from './local-odb.ts';
import type { Odb } from './odb.ts';
import { objectPrefix, RemoteOdb, type RemoteOdbOptions } from './remote-odb.ts';

/** What a remote that is a folder takes over from the cache, and what tells another one from its like. */
export type OpenRemoteOptions = Pick<LocalOdbOptions, 'privateDir' | 'pool' | 'durability' | 'readOnly'> &
  Pick<RemoteOdbOptions, 'store' | 'jobs'>;

/** The objects of one kind on a remote. A folder is worked on as a cache is, file by file without streams. */
export function openRemoteOdb(
  backend: Backend,
  hash: ContentHash,
  { store, jobs, ...options }: OpenRemoteOptions,
): Odb {
  if (backend.folder === undefined) {
    const { privateDir } = options;
    return new RemoteOdb({ backend, hash, jobs, privateDir, ...(store === undefined ? {} : { store }) });
  }
  const root = `${backend.folder}/${objectPrefix(hash)}`.replace(/\/+$/, '');
  return new LocalOdb({ ...options, root, hash, linkTypes: ['reflink', 'copy'] });
}
