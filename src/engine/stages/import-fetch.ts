import { createHash } from 'node:crypto';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { DvcError } from '../core/errors.ts';
import { checkAborted, type OpContext } from '../core/op-context.ts';
import { type PyValue, pyMap, pyRepr } from '../core/python.ts';
import { deliver, filesOfFolder, writeFiles } from '../deliver.ts';
import { resolveUrl } from '../external.ts';
import { repoPathOf } from '../graph/output.ts';
import type { ImportStage } from '../graph/stage.ts';
import { exists, isFolder } from '../platform/exists.ts';
import type { Repo } from '../repo.ts';
import { collectSource } from '../source-data.ts';
import { deliverSourceData } from '../source-deliver.ts';
import { refuseLinkedParents } from '../workspace/own-copies.ts';
import { deliverExternal } from './external-data.ts';
import { agreeToSource } from './import-consent.ts';
import {
  importSourceOptions,
  isPartial,
  notInSource,
  openImportSource,
  sourceFolders,
  storeRecorded,
} from './import-stage.ts';
import { showPlace } from './stage-checks.ts';

/** What one import's source has given. */
export interface FetchedImport {
  readonly files: number;
  readonly error: DvcError | undefined;
}

/**
 * Brings into the cache what an import recorded, from where it came from: the commit or the version that is recorded.
 *
 * Of an import without a record, as `--no-download` leaves it, the files go into the cache's folder for such, where DVC looks for them.
 */
export async function fetchImport(repo: Repo, stage: ImportStage, ctx: OpContext): Promise<FetchedImport> {
  try {
    return {
      files: isPartial(stage) ? await fetchUnrecorded(repo, stage, ctx) : await fetchRecorded(repo, stage, ctx),
      error: undefined,
    };
  } catch (error) {
    if (!DvcError.is(error) || error.code === 'cancelled') throw error;
    return { files: 0, error };
  }
}

async function fetchRecorded(repo: Repo, stage: ImportStage, ctx: OpContext): Promise<number> {
  const content = await storeRecorded(repo, stage, repo.cache('md5'), ctx);
  const output = stage.outs[0]!;
  if (content.oid !== output.hash?.value)
    throw new DvcError(
      'remote-changed',
      `the source of '${showPlace(repo, output, ctx.cwd)}' no longer has what was recorded of it.`,
      {
        hint: `Bring what it has now with \`lode update ${stage.file}\`.`,
        exitCode: 1,
        data: { recorded: output.hash?.value, found: content.oid },
      },
    );
  await repo.data.flush(ctx);
  return content.kind === 'file' ? 1 : content.tree.length;
}

async function fetchUnrecorded(repo: Repo, stage: ImportStage, ctx: OpContext): Promise<number> {
  const folder = unrecordedPath(repo, stage);
  if (exists(folder)) return 0;
  const dep = stage.deps[0]!;
  await agreeToSource(repo, stage, sourceFolders(repo, stage, ctx), ctx);
  let count = 0;
  const fill = async (aside: string): Promise<void> => {
    const from = stage.pointer.deps[0]?.repo;
    if (!from) {
      count = await deliverExternal(repo, dep.place, aside, ctx);
      return;
    }
    const { revLock, ...spec } = from;
    await using source = await openImportSource(
      repo,
      stage,
      revLock === undefined ? spec : { ...spec, rev: revLock },
      ctx,
    );
    const located = await source.find(dep.defPath);
    if (!located) throw notInSource(dep.defPath, source.url);
    const how = { ...importSourceOptions(repo, stage, ctx), shown: source.url };
    count = (await deliverSourceData(await collectSource(located, ctx), aside, how, ctx)).files;
  };
  await deliver(folder, { fill }, ctx);
  return count;
}

/** Puts what {@link fetchImport} has got of an import without a record into the workspace; what is there stays. @returns whether it did */
export async function placeUnrecorded(
  repo: Repo,
  stage: ImportStage,
  ctx: OpContext,
): Promise<'file' | 'directory' | undefined> {
  const target = stage.outs[0] && repoPathOf(stage.outs[0]);
  const from = unrecordedPath(repo, stage);
  if (target === undefined || !exists(from)) return undefined;
  const to = repo.absolute(target);
  if (fs.lstatSync(to, { throwIfNoEntry: false })) return undefined;
  refuseLinkedParents(repo, target);
  checkAborted(ctx.signal);
  const data = await filesOfFolder(from, ctx);
  if (!data) return undefined;
  const fill = async (aside: string): Promise<void> => {
    if (data.isFolder) fs.mkdirSync(aside);
    await writeFiles(aside, data.files, JOBS, ctx, () => {});
  };
  await deliver(to, { fill }, ctx);
  return isFolder(to) ? 'directory' : 'file';
}

const JOBS = 4;

/** Where DVC keeps files that it knows no hash of: named by their source and by what is recorded of it. */
function unrecordedPath(repo: Repo, stage: ImportStage): string {
  const { defPath, place, hash, meta, source } = stage.deps[0]!;
  const facts: PyValue = pyMap([
    ['size', meta.size],
    ['nfiles', meta.nfiles],
    ['isexec', meta.isexec ? true : undefined],
    ['version_id', meta.versionId],
    ['etag', meta.etag],
    ['checksum', meta.checksum],
    ['md5', hash?.name === 'md5' ? hash.value : undefined],
  ]);
  const about = hash?.value.endsWith('.dir') ? hash.value : token(facts);
  const [scheme, from] = source ? ['local', path.posix.normalize(defPath)] : addressOf(repo, place);
  return path.join(repo.config.cache.dir, 'fs', scheme, token(from, about));
}

function addressOf(repo: Repo, place: ImportStage['deps'][number]['place']): [scheme: string, path: string] {
  if (place.kind === 'repo') return ['local', repo.absolute(place.path)];
  if (place.kind === 'outside') return ['local', place.path];
  const { url } = resolveUrl(place.url, { config: repo.config, folder: repo.root });
  const [, scheme, rest] = /^([a-z0-9+.-]+):\/\/(.*)$/i.exec(url) ?? [];
  return scheme === undefined ? ['local', url] : [scheme, scheme.startsWith('http') ? url : (rest ?? '')];
}

/** As Python's `fsspec` makes a name of values. */
const token = (...values: readonly PyValue[]): string =>
  createHash('md5')
    .update(values.length === 1 ? `(${pyRepr(values[0]!)},)` : `(${values.map(pyRepr).join(', ')})`)
    .digest('hex');
