import type { ContentHash } from '../platform/digest.ts';
import type { Backend } from '../remote/backend.ts';
import { LocalOdb, type LocalOdbOptions } from './local-odb.ts';
import type { Odb } from './odb.ts';
import { objectPrefix, RemoteOdb } from './remote-odb.ts';

/** What a remote that is a folder takes over from the cache. */
export type FolderRemoteOptions = Pick<LocalOdbOptions, 'privateDir' | 'pool' | 'durability' | 'readOnly'>;

/** The objects of one kind on a remote. A folder is worked on as a cache is, file by file without streams. */
export function openRemoteOdb(backend: Backend, hash: ContentHash, options: FolderRemoteOptions): Odb {
  if (backend.folder === undefined) return new RemoteOdb(backend, hash);
  const root = `${backend.folder}/${objectPrefix(hash)}`.replace(/\/+$/, '');
  return new LocalOdb({ ...options, root, hash, linkTypes: ['reflink', 'copy'] });
}
