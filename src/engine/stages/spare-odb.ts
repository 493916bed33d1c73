import * as fs from 'node:fs';
import * as path from 'node:path';
import { LocalOdb } from '../odb/local-odb.ts';
import { tempName } from '../platform/temp-name.ts';
import type { Repo } from '../repo.ts';

/** Objects for the length of one command, where nothing is to go into the cache. */
export function spareOdb(repo: Repo): AsyncDisposable & { readonly odb: LocalOdb } {
  const root = path.join(repo.privateDir, 'scratch', tempName());
  const odb = new LocalOdb({
    root,
    hash: 'md5',
    privateDir: repo.privateDir,
    pool: repo.pool,
    durability: 'off',
    linkTypes: ['reflink', 'copy'],
    readOnly: true,
  });
  return {
    odb,
    async [Symbol.asyncDispose]() {
      await odb.close();
      fs.rmSync(root, { recursive: true, force: true });
    },
  };
}
