import type { Oid, RepoPath } from '../core/ids.ts';
import type { OpContext } from '../core/op-context.ts';
import { below } from '../core/paths.ts';
import { isTracked } from '../graph/output.ts';
import { isContentHash, isDirHash } from '../hash/hash-info.ts';
import type { Repo } from '../repo.ts';

/**
 * The content of a tracked file as recorded at `rev`, from the cache; undefined where that revision does not track it.
 *
 * @param rev A Git revision; without one, what the stage files of the workspace say.
 * @throws `object-missing`, `object-corrupt`, `unknown-revision`, and what is wrong with a stage file
 */
export async function readObject(
  repo: Repo,
  path: RepoPath,
  rev: string | undefined,
  ctx: OpContext,
): Promise<Buffer | undefined> {
  const index = rev === undefined ? await repo.index() : await repo.indexAt(rev);
  const output = index.outputs.around(path).find(isTracked);
  if (!output?.hash || !isContentHash(output.hash.name)) return undefined;
  const cache = repo.cache(output.hash.name === 'md5' ? 'md5' : 'md5-dos2unix');
  const recorded = output.hash.value as Oid; // Read from a stage file, which checks it.
  const inside = below(path, output.place.path);
  if (!isDirHash(output.hash)) return inside === '' ? cache.readObject(recorded, ctx) : undefined;
  const oid = (await cache.readTree(recorded, ctx)).get(inside);
  return oid === undefined ? undefined : cache.readObject(oid, ctx);
}
