import { sourceMissing } from '../core/errors.ts';
import type { OpContext } from '../core/op-context.ts';
import { type DvcFileDep, stageChecksum } from '../files/dvc-file.ts';
import type { Place } from '../graph/output.ts';
import type { ImportStage } from '../graph/stage.ts';
import { refuseVersioned } from '../objects/versioned-remote.ts';
import { transferObjects } from '../odb/transfer.ts';
import type { Repo } from '../repo.ts';
import { recordOfContent, type StoredExternal, storeExternal } from './external-data.ts';
import type { ImportIgnore } from './import-stage.ts';
import { spareOdb } from './spare-odb.ts';
import { showPlace } from './stage-checks.ts';

/**
 * Brings external data to a remote, through a folder of its own and past the cache and the workspace; undefined where nothing is at the place.
 *
 * @param remote The default one unless told.
 */
export async function storeOnRemote(
  repo: Repo,
  place: Place,
  { remote, command }: { readonly remote?: string | undefined; readonly command: string },
  ctx: OpContext,
): Promise<StoredExternal | undefined> {
  const store = await repo.remote(remote, command, ctx);
  refuseVersioned(store, command);
  await using spare = spareOdb(repo);
  const stored = await storeExternal(repo, place, spare.odb, ctx);
  if (!stored) return undefined;
  const result = await transferObjects(spare.odb, store.odb('md5'), [{ oid: stored.content.oid }], ctx, {});
  const failure = result.failed[0];
  if (failure) throw failure.error;
  return stored;
}

/** `import-url --to-remote` and `update --to-remote`. @returns the pointer file, absolute. @throws `output-missing`, `no-remote` */
export async function importToRemote(
  repo: Repo,
  stage: ImportStage,
  { remote, command = 'import-url', ignore }: { remote?: string; command?: string; ignore: ImportIgnore },
  ctx: OpContext,
): Promise<string> {
  const dep = stage.deps[0]!;
  await ignore.check();
  const stored = await storeOnRemote(repo, dep.place, { remote, command }, ctx);
  if (!stored) throw sourceMissing(showPlace(repo, dep, ctx.cwd));
  const { pointer } = stage;
  const entry: DvcFileDep = { ...pointer.deps[0]!, ...stored.record };
  const outs = [{ ...pointer.outs[0]!, legacy: false, ...recordOfContent(stored.content) }];
  const written = { ...pointer, deps: [entry], outs };
  // An update leaves the checksum of what was imported, as in DVC.
  const md5 = command === 'update' ? pointer.md5 : stageChecksum(written);
  repo.writePointer(stage.file, { ...written, md5 });
  await ignore.add();
  return repo.absolute(stage.file);
}
