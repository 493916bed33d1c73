import * as fs from 'node:fs';
import { DvcError, dataMissing } from '../core/errors.ts';
import { asRepoPath, type RepoPath } from '../core/ids.ts';
import { type OpContext, warn } from '../core/op-context.ts';
import { parentOf } from '../core/paths.ts';
import type { PyValue } from '../core/python.ts';
import { stageChecksum } from '../files/dvc-file.ts';
import { type LockEntry, type LockFileEntry, updateLockEntries } from '../files/lockfile.ts';
import { allParams, DEFAULT_PARAMS_FILE, lookupParam, readParams } from '../files/params-file.ts';
import { isTracked, type Output, type Place, repoPathOf } from '../graph/output.ts';
import {
  type DataStage,
  type ImportStage,
  isCallback,
  type ParamsDependency,
  type PipelineStage,
  type Stage,
} from '../graph/stage.ts';
import { keepVersions } from '../graph/versioned.ts';
import type { DataState, ReadOptions } from '../odb/workspace-data.ts';
import { RunCache } from '../pipeline/run-cache.ts';
import { writeAtomic } from '../platform/atomic-write.ts';
import type { ContentHash } from '../platform/digest.ts';
import { isLocalUrl } from '../remote/registry.ts';
import type { Repo } from '../repo.ts';
import { recordOf } from '../repo-data.ts';
import { refuseLinkedParents } from '../workspace/own-copies.ts';
import { relinkFile, relinkFolder } from '../workspace/relink.ts';
import { showPlace } from './stage-checks.ts';

type Item = Pick<Output, 'place' | 'defPath' | 'hash' | 'meta' | 'files'>;
type Present = Exclude<DataState, { kind: 'missing' }>;
/** What an output holds now, and by which hash it is known. */
export type StoredOutput = { readonly state: Present; readonly hash: ContentHash };

/** What goes into a stage, as it is in the workspace now. @throws `output-missing`, `params-missing` */
export async function inputsNow(
  repo: Repo,
  stage: PipelineStage,
  ctx: OpContext,
): Promise<Pick<LockEntry, 'cmd' | 'deps' | 'params'>> {
  const deps: LockFileEntry[] = [];
  for (const dep of stage.deps)
    deps.push(
      dep.place.kind === 'url'
        ? await externalEntry(repo, dep, ctx)
        : recordEntry(dep, await readItem(repo, 'dependency', dep, ctx)),
    );
  const params = new Map<string, ReadonlyMap<string, PyValue>>();
  for (const one of stage.params) params.set(one.defPath, await paramValues(repo, one, ctx));
  return { cmd: stage.cmd, deps, params };
}

/**
 * What a stage depends on and has made, as it is in the workspace now: the entry a lock file gets.
 *
 * @throws `output-missing`, `params-missing`
 */
export async function lockEntryNow(repo: Repo, stage: PipelineStage, ctx: OpContext): Promise<LockEntry> {
  const outs: LockFileEntry[] = [];
  for (const output of stage.outs) outs.push(recordEntry(output, await readItem(repo, 'output', output, ctx)));
  return { ...(await inputsNow(repo, stage, ctx)), outs };
}

/** A dependency in a store is recorded by the store's own mark of its content. */
async function externalEntry(repo: Repo, dep: Item, ctx: OpContext): Promise<LockFileEntry> {
  const { externalRecord } = await import('./external-data.ts');
  const record = await externalRecord(repo, dep.place, ctx);
  if (!record) throw dataMissing('dependency', showPlace(repo, dep, ctx.cwd), { pipeline: true });
  return { path: dep.defPath, legacy: false, hash: record.hash, meta: record.meta, files: undefined };
}

async function readItem(repo: Repo, kind: 'output' | 'dependency', item: Item, ctx: OpContext): Promise<StoredOutput> {
  const hash = await hashOf(repo, item, ctx);
  const state = await repo.readPlace(item.place, hash, ctx);
  if (state.kind === 'missing') throw dataMissing(kind, showPlace(repo, item, ctx.cwd), { pipeline: true });
  return { state, hash };
}

const hashOf = async (repo: Repo, { place, hash }: Item, ctx: OpContext): Promise<ContentHash> =>
  place.kind === 'repo' ? await repo.data.hashToSave(place.path, hash, repo.ignore, ctx) : 'md5';

/** How a lock file records what lies at a dependency or an output. */
export const recordEntry = (item: Item, { state, hash }: StoredOutput): LockFileEntry => ({
  path: item.defPath,
  legacy: hash === 'md5-dos2unix',
  ...keepVersions(item, {
    ...recordOf(state, hash),
    ...(state.kind === 'directory' ? { tree: state.tree, sizeOf: (i) => state.files.statAt(i).size } : {}),
  }),
});

async function paramValues(
  repo: Repo,
  { file, defPath, keys }: ParamsDependency,
  ctx: OpContext,
): Promise<ReadonlyMap<string, PyValue>> {
  const shown = showPlace(repo, { place: file, defPath }, ctx.cwd);
  const bytes = file.kind === 'repo' ? await repo.workspace.read(file.path) : undefined;
  if (!bytes) throw dataMissing('dependency', shown, { pipeline: true });
  const content = readParams(defPath, bytes);
  if (keys === 'all') return allParams(content);
  const values = new Map<string, PyValue>();
  const absent: string[] = [];
  for (const key of keys) {
    const value = lookupParam(content, key);
    if (value === undefined) absent.push(key);
    else values.set(key, value);
  }
  if (absent.length > 0)
    throw new DvcError('params-missing', `Parameters '${absent.join(', ')}' are missing from '${shown}'.`, {
      hint: `Add them to ${shown || DEFAULT_PARAMS_FILE}, or take them out of the stage.`,
    });
  return values;
}

/** Said before a command runs or an output is taken out of its way: what is outside stays as it is. @throws `output-outside-repo` */
export function refuseCachedOutside(repo: Repo, stage: Stage, ctx: OpContext): void {
  const output = stage.outs.find(({ cache, place }) => cache && place.kind !== 'repo');
  if (output) throw cachedOutside(showPlace(repo, output, ctx.cwd));
}

/**
 * Reads a stage's outputs, and with `commit` puts those it caches into the cache.
 *
 * @throws `output-missing`, `output-outside-repo`, `unsupported` for a binary metrics file
 */
export async function storeOutputs(
  repo: Repo,
  stage: Stage,
  { commit, reading = {} }: { readonly commit: boolean; readonly reading?: ReadOptions },
  ctx: OpContext,
): Promise<Map<Output, StoredOutput>> {
  refuseCachedOutside(repo, stage, ctx);
  const stored = new Map<Output, StoredOutput>();
  for (const output of stage.outs) {
    if (isTracked(output)) refuseLinkedParents(repo, output.place.path);
    const hash = await hashOf(repo, output, ctx);
    const state =
      commit && isTracked(output)
        ? await repo.data.store(output.place.path, repo.ignore, ctx, reading, hash)
        : await repo.readPlace(output.place, hash, ctx);
    if (state.kind === 'missing') throw dataMissing('output', showPlace(repo, output, ctx.cwd));
    checkContent(repo, output, state, ctx);
    stored.set(output, { state, hash });
  }
  return stored;
}

/** Where `cache.type` asks for links, the workspace's files become links to what was stored. */
export async function relinkOutputs(
  repo: Repo,
  stored: ReadonlyMap<Output, StoredOutput>,
  ctx: OpContext,
): Promise<void> {
  for (const [output, { state, hash }] of stored) {
    if (!isTracked(output)) continue;
    if (state.kind === 'file') await relinkFile(repo, output.place.path, state, ctx, hash);
    else await relinkFolder(repo, output.place.path, state, ctx, hash);
    repo.outputsMade.remember(output.place.path, state.oid);
  }
}

function checkContent(repo: Repo, output: Output, state: Present, ctx: OpContext): void {
  const shown = showPlace(repo, output, ctx.cwd);
  const isEmpty = state.kind === 'file' ? state.stat.size === 0 : state.tree.length === 0;
  if (isEmpty) warn(ctx, `'${shown}' is empty.`);
  const target = repoPathOf(output);
  if (output.kind === 'metric' && state.kind === 'file' && target !== undefined && !isText(repo.absolute(target)))
    throw new DvcError('unsupported', `binary file '${repo.absolute(target)}' cannot be used as metrics.`, {
      hint: 'Write metrics as JSON, YAML or TOML.',
    });
}

const LOOKED_AT = 512;
const CONTROL = new Set([...Array(32).keys()].filter((code) => ![7, 8, 9, 10, 12, 13, 27].includes(code)));

/** A file whose first bytes hold no NUL and are not mostly control characters or beyond ASCII, as DVC tells text from the rest. */
function isText(file: string): boolean {
  const buffer = Buffer.alloc(LOOKED_AT);
  const fd = fs.openSync(file, 'r');
  const length = fs.readSync(fd, buffer, 0, LOOKED_AT, 0);
  fs.closeSync(fd);
  const head = buffer.subarray(0, length);
  if (head.includes(0)) return false;
  if (isPrefixOfUtf8(head)) return true;
  return head.filter((byte) => CONTROL.has(byte) || byte > 126).length <= length * 0.3;
}

function isPrefixOfUtf8(bytes: Uint8Array): boolean {
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(bytes, { stream: true });
    return true;
  } catch {
    return false;
  }
}

const cachedOutside = (shown: string) =>
  new DvcError(
    'output-outside-repo',
    `Saving cached external output ${shown} is not supported since DVC 3.0. See <https://dvc.org/doc/user-guide/upgrade> for more info.`,
    { hint: 'Give it `cache: false`, or write into the repository.', data: { path: shown } },
  );

/** Writes what was stored into a pointer file; an output that was not keeps its record. @returns that file, absolute */
export function writePointerRecords(
  repo: Repo,
  stage: DataStage | ImportStage,
  stored: ReadonlyMap<Output, StoredOutput>,
): string {
  const outs = stage.pointer.outs.map((out, i) => {
    const output = stage.outs[i];
    const saved = output && stored.get(output);
    return saved ? { ...out, ...recordEntry(output, saved) } : out;
  });
  const pointer = { ...stage.pointer, outs };
  repo.writePointer(stage.file, pointer.md5 === undefined ? pointer : { ...pointer, md5: stageChecksum(pointer) });
  return repo.absolute(stage.file);
}

/** The lock file beside a dvc.yaml. */
export function lockPathOf(pipelineFile: RepoPath): RepoPath {
  const folder = parentOf(pipelineFile);
  return asRepoPath(folder === '' ? 'dvc.lock' : `${folder}/dvc.lock`);
}

/** Puts entries of stages, by name, into the lock file beside their dvc.yaml. @returns the lock file, absolute */
export function writeLockEntries(repo: Repo, pipelineFile: RepoPath, entries: ReadonlyMap<string, LockEntry>): string {
  const lock = lockPathOf(pipelineFile);
  const file = repo.absolute(lock);
  const old = fs.existsSync(file) ? fs.readFileSync(file, 'utf8') : undefined;
  const text = updateLockEntries(old, entries, lock);
  if (text !== old) writeAtomic(file, text);
  repo.forgetIndex();
  return file;
}

/** Remembers a run in the run cache, where DVC would (dvc-format 7); a later run with the same inputs is restored from it. */
export async function saveRun(repo: Repo, stage: PipelineStage, entry: LockEntry, ctx: OpContext): Promise<void> {
  if (!isRestorable(repo, stage)) return;
  for (const output of stage.outs)
    if (!output.cache && output.place.kind === 'repo') await repo.data.store(output.place.path, repo.ignore, ctx);
  await repo.data.flush(ctx);
  new RunCache(repo.config.cache.dir).save(entry);
}

/** What comes out is wholly given by what goes in, and can be found again: a run of it may be restored. */
export function isRestorable(repo: Repo, stage: PipelineStage): boolean {
  if (stage.alwaysChanged || isCallback(stage)) return false;
  if (stage.deps.length + stage.params.length === 0 || stage.outs.length === 0) return false;
  if (stage.deps.some(({ place }) => place.kind === 'url' && !isOnThisMachine(repo, place))) return false;
  return stage.outs.every((output) => output.place.kind === 'repo' && !output.persist);
}

/** `remote://` may lead to a folder, which DVC takes for a place like any other. */
function isOnThisMachine(repo: Repo, place: Place): boolean {
  const name = place.kind === 'url' ? /^remote:\/\/([^/]+)/i.exec(place.url)?.[1] : undefined;
  return name !== undefined && isLocalUrl(repo.config.remote(name).url);
}

/** Like {@link isRestorable}, and nothing is made that its author keeps out of the cache, reports aside: then a run is remembered. */
export const isRecordable = (repo: Repo, stage: PipelineStage): boolean =>
  isRestorable(repo, stage) && stage.outs.every((output) => output.cache || output.kind !== 'out');
