import * as fs from 'node:fs';
import { DvcError, sourceMissing } from '../core/errors.ts';
import { asRepoPath, type RepoPath } from '../core/ids.ts';
import { checkAborted, type OpContext, startProgress, warn } from '../core/op-context.ts';
import { parentOf } from '../core/paths.ts';
import { redactUrl } from '../core/redact.ts';
import { defined, type FileRecord } from '../files/data-entry.ts';
import { type DvcFileDep, type RepoSource, stageChecksum } from '../files/dvc-file.ts';
import type { GitId } from '../git/git.ts';
import { type Output, repoPathOf } from '../graph/output.ts';
import type { Dependency, ImportStage } from '../graph/stage.ts';
import type { Content } from '../odb/content.ts';
import type { LocalOdb } from '../odb/local-odb.ts';
import { writeAtomic } from '../platform/atomic-write.ts';
import { exists } from '../platform/exists.ts';
import type { Repo } from '../repo.ts';
import { collectSource, hashOfOutput } from '../source-data.ts';
import { type OpenSource, SourceRepo } from '../source-repo.ts';
import { storeSourceData } from '../source-store.ts';
import { refuseLinkedParents } from '../workspace/own-copies.ts';
import { externalRecord, type Keep, recordOfContent, storeExternal, storeVersions } from './external-data.ts';
import { agreeToSource } from './import-consent.ts';
import { type PlacedContent, type PlaceOptions, placeOutput, restoreOutput } from './place-output.ts';
import { spareOdb } from './spare-odb.ts';
import { showPlace } from './stage-checks.ts';
import { clearOutputs, lackingOutputs } from './stage-outputs.ts';
import { recordedOuts } from './stage-run.ts';

/** Nothing was ever fetched, as after `import --no-download`. */
export const isPartial = ({ outs }: ImportStage): boolean => outs.every(({ hash }) => hash === undefined);

/** Whether `repro` brings the data anew, and does not only look whether it is there. */
export const isFetched = (stage: ImportStage): boolean => !stage.frozen || isPartial(stage);

/** What an import comes from, as it is shown: a path, or `path (repository)`. */
export const showSource = (repo: Repo, dep: Dependency, cwd: string): string =>
  dep.source ? `${dep.defPath} (${dep.source.url})` : showPlace(repo, dep, cwd);

export interface Bringing {
  /** The record is right: what the cache holds is what the source has. */
  readonly isCached: boolean;
  /** Into the cache; else into the workspace alone. */
  readonly commit: boolean;
  /** False: only what the source has is recorded, as by `--no-download`. */
  readonly download?: boolean;
  /** The repository it comes from, opened by the caller; else it is opened at the recorded commit. */
  readonly source?: SourceRepo | undefined;
  readonly ignore: ImportIgnore;
}

/** How Git is made to ignore the output of an import. Whoever gives it takes its line back where the import fails. */
export interface ImportIgnore {
  /** Refuses what cannot be ignored, before anything is written. */
  check(): Promise<unknown>;
  add(): Promise<void>;
  /** The line stays, though the import fails: so does its pointer. */
  keep(): void;
}

/**
 * Brings the data of an import: from the cache where `isCached` says that its record is right, else from its source, which is then recorded.
 *
 * Everything is in the cache before the pointer is written, and that, with its line for Git, before the workspace changes: killed anywhere, the
 * same command goes on. Without `commit` the workspace alone has the data, and the pointer comes last.
 *
 * @returns the pointer file, absolute
 * @throws `output-missing` where the source is gone: the output stays as it is then
 */
export async function bringImport(
  repo: Repo,
  stage: ImportStage,
  { isCached, commit, download = true, source, ignore }: Bringing,
  ctx: OpContext,
): Promise<string> {
  const records = recordedOuts(stage.outs);
  const [output] = stage.outs;
  const target = output && repoPathOf(output);
  if (!output || target === undefined) throw notAnImport(showPlace(repo, output ?? stage.deps[0]!, ctx.cwd));
  refuseLinkedParents(repo, target);
  await ignore.check();
  if (isCached && download && !isPartial(stage) && (await lackingOutputs(repo, records, ctx)).length === 0) {
    await ignore.add();
    await restoreOutput(repo, output, records[0]!, ctx);
    return repo.absolute(stage.file);
  }
  if (!download) {
    const dep = await recordSource(repo, stage, source, ctx);
    await clearOutputs(repo, stage.outs, ctx);
    const file = writeImport(repo, stage, dep, undefined);
    await ignore.add();
    return file;
  }
  await using spare = commit ? undefined : spareOdb(repo);
  const cache = spare?.odb ?? repo.cache('md5');
  const { dep, content } = await storeSource(repo, stage, cache, source, ctx);
  checkAborted(ctx.signal);
  const place = async (options: PlaceOptions): Promise<void> => {
    await ignore.add();
    await placeOutput(repo, output, placedOf(content), cache, options, ctx);
    tellEmpty(repo, output, content, ctx);
  };
  if (!commit) {
    await place({ types: ['reflink', 'copy'] });
    return writeImport(repo, stage, dep, content);
  }
  await repo.data.flush(ctx);
  const file = repo.absolute(stage.file);
  const before = exists(file) ? fs.readFileSync(file) : undefined;
  writeImport(repo, stage, dep, content);
  try {
    await place({ durable: true });
  } catch (error) {
    if (!takeBack(repo, target, file, before)) ignore.keep();
    throw error;
  }
  return file;
}

export const placedOf = (content: Content): PlacedContent => ({
  oid: content.oid,
  hash: 'md5',
  ...(content.kind === 'directory' ? { tree: content.tree } : {}),
});

/** Where nothing has been placed, the pointer is what it was again. @returns false where it stays, as after a kill */
function takeBack(repo: Repo, target: RepoPath, file: string, before: Buffer | undefined): boolean {
  try {
    if (fs.lstatSync(repo.absolute(target), { throwIfNoEntry: false })) return false;
    if (before) writeAtomic(file, before);
    else fs.rmSync(file, { force: true });
    repo.forgetIndex();
    return true;
  } catch {
    return false; // Why the import failed is what the user is told.
  }
}

/** The entry of the dependency with what it records of the source as it is now. @throws `output-missing` */
async function recordSource(
  repo: Repo,
  stage: ImportStage,
  opened: SourceRepo | undefined,
  ctx: OpContext,
): Promise<DvcFileDep> {
  const { dep, entry } = onlyDep(stage);
  await agreeToSource(repo, stage, sourceFolders(repo, stage, ctx), ctx);
  if (entry.repo) {
    if (opened) return lockedTo(entry, opened.commit);
    await using source = await openImportSource(repo, stage, entry.repo, ctx);
    return lockedTo(entry, source.commit);
  }
  const record = await externalRecord(repo, dep.place, ctx);
  if (!record) throw sourceMissing(showPlace(repo, dep, ctx.cwd));
  return { ...entry, ...record };
}

async function storeSource(
  repo: Repo,
  stage: ImportStage,
  cache: LocalOdb,
  opened: SourceRepo | undefined,
  ctx: OpContext,
): Promise<{ readonly dep: DvcFileDep; readonly content: Content }> {
  const { dep, entry } = onlyDep(stage);
  await agreeToSource(repo, stage, sourceFolders(repo, stage, ctx), ctx);
  if (entry.repo) {
    const { revLock, ...spec } = entry.repo;
    await using own = opened
      ? undefined
      : await openImportSource(repo, stage, revLock === undefined ? spec : { ...spec, rev: revLock }, ctx);
    const source = opened ?? own!;
    const content = await storeFromRepo(repo, stage, dep, source, cache, ctx);
    return { dep: revLock === undefined ? lockedTo(entry, source.commit) : entry, content };
  }
  const stored = await storeExternal(repo, dep.place, cache, ctx, await keeping(repo, stage));
  if (!stored) throw sourceMissing(showPlace(repo, dep, ctx.cwd));
  return { dep: { ...entry, ...stored.record }, content: stored.content };
}

/** Brings what an import recorded into `cache`: of the recorded commit, or of the recorded versions. @throws `output-missing` */
export async function storeRecorded(repo: Repo, stage: ImportStage, cache: LocalOdb, ctx: OpContext): Promise<Content> {
  const { dep, entry } = onlyDep(stage);
  if (entry.repo) return (await storeSource(repo, stage, cache, undefined, ctx)).content;
  await agreeToSource(repo, stage, sourceFolders(repo, stage, ctx), ctx);
  const stored = await storeVersions(repo, dep.place, entry, cache, ctx);
  if (!stored) throw sourceMissing(showPlace(repo, dep, ctx.cwd));
  return stored;
}

const lockedTo = (entry: DvcFileDep, commit: GitId): DvcFileDep => ({
  ...entry,
  repo: entry.repo && { url: entry.repo.url, ...rest(entry.repo), revLock: commit },
});

/** In the order in which they are written. */
const rest = ({ rev, config, remote }: RepoSource): Omit<RepoSource, 'url' | 'revLock'> =>
  defined({ rev, config, remote });

/** How the source of an import is opened. */
export const importSourceOptions = (repo: Repo, stage: ImportStage, ctx: OpContext): OpenSource => ({
  folders: sourceFolders(repo, stage, ctx),
  privateDir: repo.privateDir,
  pool: repo.pool,
  async readTree(oid, output) {
    if (hashOfOutput(output) !== 'md5' || !repo.cache('md5').has(oid)) return undefined;
    return repo.cache('md5').readTree(oid, ctx);
  },
});

/** @throws `git-failed` where the repository cannot be reached, `unknown-revision` */
export async function openImportSource(
  repo: Repo,
  stage: ImportStage,
  spec: RepoSource,
  ctx: OpContext,
): Promise<SourceRepo> {
  await agreeToSource(repo, stage, sourceFolders(repo, stage, ctx), ctx);
  return SourceRepo.open(spec, importSourceOptions(repo, stage, ctx), ctx);
}

async function storeFromRepo(
  repo: Repo,
  stage: ImportStage,
  dep: Dependency,
  source: SourceRepo,
  cache: LocalOdb,
  ctx: OpContext,
): Promise<Content> {
  const located = await source.find(dep.defPath);
  if (!located) throw notInSource(dep.defPath, source.url);
  const data = await collectSource(located, ctx);
  const keep = await keeping(repo, stage);
  const wanted = data.isFolder ? { ...data, files: data.files.filter(({ relpath }) => keep(relpath)) } : data;
  const progress = startProgress(ctx, 'import', wanted.files.length);
  const how = { ...importSourceOptions(repo, stage, ctx), shown: source.url };
  const content = await storeSourceData(wanted, cache, how, ctx, progress);
  progress.done();
  return content;
}

/** What of a folder counts as the output's: what `.dvcignore` does not name, where the output lies. */
async function keeping(repo: Repo, stage: ImportStage): Promise<Keep> {
  const target = stage.outs[0] && repoPathOf(stage.outs[0]);
  if (target === undefined) return () => true;
  const test = await repo.ignore.testFor(parentOf(target));
  return (relpath) => test(asRepoPath(`${target}/${relpath}`), false)?.ignored !== true;
}

function onlyDep(stage: ImportStage): { readonly dep: Dependency; readonly entry: DvcFileDep } {
  const [dep, entry] = [stage.deps[0], stage.pointer.deps[0]];
  if (!dep || !entry || stage.deps.length !== 1 || entry.db) throw notAnImport(stage.file);
  return { dep, entry };
}

/** @param content Undefined where nothing was downloaded: then nothing is recorded of it, and the checksum is over what was, as in DVC. */
function writeImport(repo: Repo, stage: ImportStage, dep: DvcFileDep, content: Content | undefined): string {
  const { pointer } = stage;
  const out = pointer.outs[0]!;
  const made = content && { ...out, legacy: false, ...recordOfContent(content) };
  const summed = { ...pointer, deps: [dep], outs: [made ?? out] };
  const written = made ?? { ...out, legacy: false, hash: undefined, meta: {}, files: undefined };
  repo.writePointer(stage.file, { ...summed, outs: [written], md5: stageChecksum(summed) });
  return repo.absolute(stage.file);
}

function tellEmpty(repo: Repo, output: Output, content: Content, ctx: OpContext): void {
  const isEmpty = content.kind === 'file' ? content.size === 0 : content.tree.length === 0;
  if (isEmpty) warn(ctx, `'${showPlace(repo, output, ctx.cwd)}' is empty.`);
}

/**
 * Whether the source of an import has something else by now than what was taken from it: another commit, another version.
 *
 * @returns undefined, with a warning, where nobody can tell
 */
export async function hasNewerSource(repo: Repo, stage: ImportStage, ctx: OpContext): Promise<boolean | undefined> {
  const [dep, entry] = [stage.deps[0], stage.pointer.deps[0]];
  if (!dep || !entry) return false;
  try {
    if (!entry.repo) {
      await agreeToSource(repo, stage, sourceFolders(repo, stage, ctx), ctx);
      return await hasNewerVersion(repo, dep, ctx);
    }
    const { revLock, ...spec } = entry.repo;
    await using source = await openImportSource(repo, stage, spec, ctx);
    return source.commit !== revLock;
  } catch (error) {
    if (!DvcError.is(error) || error.code === 'cancelled') throw error;
    warn(
      ctx,
      `whether '${redactUrl(entry.repo?.url ?? entry.path)}' has a newer '${dep.defPath}' is not known: ${error.message}`,
    );
    return undefined;
  }
}

/** {@link hasNewerSource} for data that comes from a store. @throws what the store says */
export async function hasNewerVersion(repo: Repo, dep: Dependency, ctx: OpContext): Promise<boolean> {
  const now = await externalRecord(repo, dep.place, ctx);
  if (!now) return true;
  if (dep.files) return marksOf(dep.files) !== marksOf(now.files ?? []);
  if (dep.meta.versionId !== undefined) return now.meta.versionId !== dep.meta.versionId;
  return now.hash?.value !== dep.hash?.value;
}

/** Of a folder, whose versions matter as little to DVC as times do. */
const marksOf = (files: readonly FileRecord[]): string =>
  JSON.stringify(files.map(({ relpath, hash, meta }) => [relpath, meta.etag ?? meta.checksum ?? hash?.value]).sort());

/** What a relative path to a repository may start from: the user's folder, as in DVC; the import's own; the root. */
export const sourceFolders = (repo: Repo, stage: ImportStage, ctx: OpContext): string[] => [
  ctx.cwd,
  repo.absolute(stage.wdir),
  repo.root,
];

export const notInSource = (given: string, url: string) =>
  new DvcError('output-missing', `'${given}' does not exist in '${url}'`, {
    hint: `Paths start at the root of that repository: \`lode list ${url}\` shows what it has.`,
    data: { path: given },
  });

const notAnImport = (shown: string) =>
  new DvcError('unsupported', `'${shown}' cannot be fetched: its stage file is not that of one import.`, {
    hint: 'Freeze the stage with `lode freeze`, so that it stays as it is.',
    data: { path: shown },
  });
