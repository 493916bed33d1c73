import * as fs from 'node:fs';
import * as path from 'node:path';
import { errnoOf, fromErrno } from '../core/errors.ts';
import { asOid, asRepoPath, isDirOid, type Oid, type RepoPath } from '../core/ids.ts';
import { checkAborted, type OpContext, startProgress, warn } from '../core/op-context.ts';
import { parentOf } from '../core/paths.ts';
import type { DataRecord } from '../files/data-entry.ts';
import { type DvcFileOut, stageChecksum } from '../files/dvc-file.ts';
import { type LockFileEntry, parseLockfile, updateLockfile } from '../files/lockfile.ts';
import { type Place, repoPathOf } from '../graph/output.ts';
import { placeOf } from '../graph/place.ts';
import type { DataStage, ImportStage, PipelineStage, Stage } from '../graph/stage.ts';
import { Tree } from '../hash/tree.ts';
import { objectKey } from '../odb/odb.ts';
import { syncFolder, writeAtomic } from '../platform/atomic-write.ts';
import { digestHex } from '../platform/digest.ts';
import { exists } from '../platform/exists.ts';
import { FileList } from '../platform/file-list.ts';
import { flushFile, flushFileSystem } from '../platform/flush.ts';
import { ioFailureError } from '../platform/io-failure.ts';
import { hashFiles } from '../platform/io-jobs.ts';
import { makeFolder } from '../platform/io-thread.ts';
import { OidSet } from '../platform/oid-set.ts';
import { sweepOnce, tempName } from '../platform/temp-name.ts';
import type { Repo } from '../repo.ts';
import { recordOf } from '../repo-data.ts';
import type { WriteResult } from './write-result.ts';

export interface CacheMigrateOptions {
  /** Rewrite what `.dvc` and `dvc.lock` files record, too. */
  readonly dvcFiles?: boolean;
  /** Only say what would be done. */
  readonly dry?: boolean;
}

export interface CacheMigrateResult extends WriteResult {
  /** Objects of DVC 2 in the cache. */
  readonly legacy: number;
  /** Of these, those that were new under their DVC 3 name; 0 in a dry run. */
  readonly migrated: number;
  /** Stage files with records of DVC 2: rewritten, or to be rewritten in a dry run. A pipeline is named by its dvc.yaml. */
  readonly files: readonly RepoPath[];
  /** Stage files of which some records are left as they are, as nobody has the data. */
  readonly incomplete: readonly RepoPath[];
}

/**
 * Gives objects of DVC 2 their DVC 3 names beside the old ones, as links, and with `dvcFiles` rewrites records to the new names.
 *
 * Old objects stay, for older commits. Safe to stop anywhere and to repeat. A record is rewritten only to data that is the same as
 * before: what lies in the workspace unchanged, else what the cache has. Source: dvc-format 9.14, 2.7.
 *
 * @throws What is wrong with a stage file; `no-space`, `permission`, `io`
 */
export async function cacheMigrate(
  repo: Repo,
  { dvcFiles = false, dry = false }: CacheMigrateOptions,
  ctx: OpContext,
): Promise<CacheMigrateResult> {
  await using _lock = await repo.lock(ctx);
  const stages = dvcFiles ? (await repo.index()).stages.filter(hasLegacyOutput) : [];
  const named = [...new Set(stages.map((stage) => stage.file))];
  const oids = [...(await repo.cache('md5-dos2unix').list(ctx))].sort();
  if (dry) return { legacy: oids.length, migrated: 0, files: named, incomplete: [], touched: [] };
  try {
    const { migrated, names } = await migrateObjects(repo, oids, ctx);
    const records = new Records(repo, names, ctx);
    const incomplete = new Set<RepoPath>();
    const files = new Set<RepoPath>();
    const touched = new Set<string>();
    for (const stage of stages) {
      checkAborted(ctx.signal);
      const done =
        stage.kind === 'pipeline'
          ? await migrateLock(repo, stage, records)
          : await migratePointer(repo, stage, records);
      await repo.data.flush(ctx);
      if (!done.complete) incomplete.add(stage.file);
      const written = done.write();
      if (written === undefined) continue;
      touched.add(written);
      files.add(stage.file);
    }
    for (const file of incomplete)
      warn(ctx, `'${file}' keeps records of DVC 2: their data is neither unchanged in the workspace nor in the cache.`);
    await repo.autostage([...touched]);
    return { legacy: oids.length, migrated, files: [...files], incomplete: [...incomplete], touched: [...touched] };
  } finally {
    repo.forgetIndex();
    repo.state.save();
  }
}

const hasLegacyOutput = (stage: Stage): boolean => stage.outs.some(({ hash }) => hash?.name === 'md5-dos2unix');

/** Links every whole object of DVC 2 to its new name. @returns the new name of each */
async function migrateObjects(
  repo: Repo,
  all: readonly Oid[],
  ctx: OpContext,
): Promise<{ migrated: number; names: ReadonlyMap<Oid, Oid> }> {
  const [legacy, cache] = [repo.cache('md5-dos2unix'), repo.cache('md5')];
  const names = new Map<Oid, Oid>();
  if (all.length === 0) return { migrated: 0, names };
  const progress = startProgress(ctx, 'migrate', all.length);
  const { corrupt, missing, unreadable } = await legacy.verify(OidSet.of(all), ctx);
  for (const oid of corrupt) warn(ctx, `'${legacy.pathOf(oid)}' is damaged and is left as it is.`);
  for (const { failure } of unreadable) warn(ctx, ioFailureError(failure, 'read').message);
  const bad = new Set<Oid>([...corrupt, ...missing, ...unreadable.map(({ oid }) => oid)]);
  const oids = all.filter((oid) => !bad.has(oid));
  const files = FileList.of(oids.map((oid) => [objectKey(oid), legacy.statObject(oid)!])); // It was read just now.
  const { digests, failures } = await hashFiles(repo.pool, { root: legacy.root, files }, 'md5', ctx, (count, bytes) =>
    progress.advance(count, bytes),
  );
  if (failures[0]) throw ioFailureError(failures[0], 'read');
  const fans = new Set<string>();
  let migrated = 0;
  for (const [i, oid] of oids.entries()) {
    checkAborted(ctx.signal);
    if (i % 500 === 499) await new Promise<void>((resume) => setImmediate(resume));
    const name = asOid(digestHex(digests, i) + (isDirOid(oid) ? '.dir' : ''));
    names.set(oid, name);
    if (!linkObject(repo, legacy.pathOf(oid), cache.pathOf(name))) continue;
    migrated++;
    fans.add(path.dirname(cache.pathOf(name)));
  }
  if (fans.size > 0 && !(await flushFileSystem(cache.root))) for (const fan of fans) syncFolder(fan);
  progress.done();
  return { migrated, names };
}

/** One more name for the same file; where the file system has no hard links, a copy. @returns false if the name was there */
function linkObject(repo: Repo, source: string, target: string): boolean {
  const sharedMode = repo.config.cache.shared ? 0o2775 : undefined;
  try {
    makeFolder(path.dirname(target), sharedMode);
    try {
      fs.linkSync(source, target);
    } catch (error) {
      if (errnoOf(error) === 'EEXIST') return false;
      if (!NO_LINKS.has(errnoOf(error) ?? '') || exists(target)) throw error;
      sweepOnce(path.dirname(target));
      const temp = `${path.dirname(target)}/${tempName()}`;
      fs.copyFileSync(source, temp, fs.constants.COPYFILE_EXCL);
      flushFile(temp);
      fs.renameSync(temp, target);
    }
    if ((fs.statSync(target).mode & 0o777) !== 0o444) fs.chmodSync(target, 0o444);
    return true;
  } catch (error) {
    throw fromErrno(error, 'link', target);
  }
}

const NO_LINKS: ReadonlySet<string> = new Set(['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK', 'EXDEV']);

interface Migrated {
  /** False where a record had to be left. */
  readonly complete: boolean;
  /** To be called when what is named is on the device. @returns the file, absolute, if it changed */
  readonly write: () => string | undefined;
}

async function migratePointer(repo: Repo, stage: DataStage | ImportStage, records: Records): Promise<Migrated> {
  let complete = true;
  const outs: DvcFileOut[] = [];
  for (const [i, out] of stage.pointer.outs.entries()) {
    const { place } = stage.outs[i]!; // Made from these entries.
    const record = out.legacy ? await records.renew(out, place, out.cache) : undefined;
    if (out.legacy && !record) complete = false;
    outs.push(record ? { ...out, ...record, legacy: false } : out);
  }
  const pointer = { ...stage.pointer, outs };
  return {
    complete,
    write() {
      if (outs.every((out, i) => out === stage.pointer.outs[i])) return undefined;
      repo.writePointer(stage.file, pointer.md5 === undefined ? pointer : { ...pointer, md5: stageChecksum(pointer) });
      return repo.absolute(stage.file);
    },
  };
}

async function migrateLock(repo: Repo, stage: PipelineStage, records: Records): Promise<Migrated> {
  const folder = parentOf(stage.file);
  const lock = asRepoPath(folder === '' ? 'dvc.lock' : `${folder}/dvc.lock`);
  const file = repo.absolute(lock);
  const text = fs.readFileSync(file, 'utf8');
  const entry = parseLockfile(text, lock).stages.get(stage.name);
  if (!entry) return { complete: true, write: () => undefined };
  let complete = true;
  let changed = false;
  const renewAll = async (entries: readonly LockFileEntry[], isOutput: boolean): Promise<LockFileEntry[]> => {
    const renewed: LockFileEntry[] = [];
    for (const one of entries) {
      const place = placeOf(repo.root, stage.wdir, one.path);
      const isCached = isOutput && stage.outs.some((output) => output.defPath === one.path && output.cache);
      const record = one.legacy && one.hash ? await records.renew(one, place, isCached) : undefined;
      if (one.legacy && one.hash && !record) complete = false;
      if (record) changed = true;
      renewed.push(record ? { ...one, ...record, legacy: false } : one);
    }
    return renewed;
  };
  const renewed = { ...entry, deps: await renewAll(entry.deps, false), outs: await renewAll(entry.outs, true) };
  return {
    complete,
    write() {
      if (!changed) return undefined;
      writeAtomic(file, updateLockfile(fs.readFileSync(file, 'utf8'), stage.name, renewed, lock));
      return file;
    },
  };
}

/** Finds the DVC 3 name of what a record of DVC 2 stands for. */
class Records {
  readonly #repo: Repo;
  readonly #names: ReadonlyMap<Oid, Oid>;
  readonly #ctx: OpContext;

  constructor(repo: Repo, names: ReadonlyMap<Oid, Oid>, ctx: OpContext) {
    this.#repo = repo;
    this.#names = names;
    this.#ctx = ctx;
  }

  /** @param isCached The data belongs into the cache. @returns undefined where the same data is nowhere */
  async renew({ hash, meta }: DataRecord, place: Place, isCached: boolean): Promise<DataRecord | undefined> {
    if (hash?.name !== 'md5-dos2unix') return undefined;
    const at = repoPathOf({ place });
    const data = this.#repo.data.workspace;
    const { ignore } = this.#repo;
    const now = at === undefined ? undefined : await data.read(at, 'md5-dos2unix', ignore, this.#ctx);
    if (at !== undefined && now && now.kind !== 'missing' && now.oid === hash.value) {
      const state = isCached
        ? await this.#repo.data.store(at, ignore, this.#ctx)
        : await data.read(at, 'md5', ignore, this.#ctx);
      if (state.kind !== 'missing') return recordOf(state);
    }
    const oid = asOid(hash.value);
    const name = isDirOid(oid) ? await this.#renewTree(oid) : this.#names.get(oid);
    if (name === undefined) return undefined;
    const size = isDirOid(oid) ? undefined : this.#repo.cache('md5').statObject(name)?.size;
    return { hash: { name: 'md5', value: name }, meta: size === undefined ? meta : { ...meta, size } };
  }

  async #renewTree(oid: Oid): Promise<Oid | undefined> {
    if (!this.#names.has(oid)) return undefined;
    const before = await this.#repo.cache('md5-dos2unix').readTree(oid, this.#ctx);
    const entries: { relpath: string; md5: string }[] = [];
    for (const { relpath, md5 } of before.entries()) {
      const name = this.#names.get(asOid(md5));
      if (name === undefined) return undefined;
      entries.push({ relpath, md5: name });
    }
    return this.#repo.cache('md5').addTree(Tree.from(entries));
  }
}
