import * as fs from 'node:fs';
import * as path from 'node:path';
import { DvcError, errnoOf, fromErrno, moveRefused, pathReserved, withMessagePrefix } from '../core/errors.ts';
import { asOid, asRepoPath, type RepoPath } from '../core/ids.ts';
import { type OpContext, startProgress, warn } from '../core/op-context.ts';
import { fromCwd, isWithin, nameOf, parentOf } from '../core/paths.ts';
import { type DvcFile, type DvcFileDep, dumpDvcFile, stageChecksum } from '../files/dvc-file.ts';
import { isStageFile } from '../graph/collect-files.ts';
import { buildGraph } from '../graph/graph.ts';
import { pointerStage } from '../graph/load-pointer.ts';
import type { Output } from '../graph/output.ts';
import { placeOf } from '../graph/place.ts';
import type { RepoIndex } from '../graph/repo-index.ts';
import { isReserved } from '../graph/reserved.ts';
import type { DataStage, ImportStage } from '../graph/stage.ts';
import type { DataState } from '../odb/workspace-data.ts';
import { syncFolder } from '../platform/atomic-write.ts';
import { FileList, fileStatOf } from '../platform/file-list.ts';
import { FolderChain } from '../platform/folder-chain.ts';
import { scratchFolder } from '../platform/scratch.ts';
import { tempName } from '../platform/temp-name.ts';
import type { Repo } from '../repo.ts';
import { refuseLinkedParents } from '../workspace/own-copies.ts';
import { relinkFile, relinkFolder } from '../workspace/relink.ts';
import type { WriteResult } from './write-result.ts';

export interface MoveOptions {
  /** A tracked file or folder: absolute, or from the user's folder, as `to`. */
  readonly from: string;
  /** The new path, or a folder to move it into. */
  readonly to: string;
}

export interface MoveResult extends WriteResult {
  readonly from: RepoPath;
  readonly to: RepoPath;
  readonly pointer: RepoPath;
}

/**
 * Renames tracked data, and its pointer file where that is named after it. What the pointer records stays: data that was changed is
 * changed afterwards. Never replaces anything.
 *
 * The content goes into the cache first, as in DVC. Then the data is renamed in one step, and the pointer follows; killed in between,
 * the same command takes it up again. Source: dvc-format 9.13.
 *
 * @throws `move-failed`, `output-overlap`, `output-is-dvc-file`, `output-reserved`, `output-tracked-by-git`
 */
export async function move(repo: Repo, options: MoveOptions, ctx: OpContext): Promise<MoveResult> {
  await using _lock = await repo.lock(ctx);
  try {
    return await moveLocked(repo, options, ctx);
  } catch (error) {
    throw withMessagePrefix(`failed to move '${options.from}' -> '${options.to}'`, error);
  } finally {
    repo.forgetIndex();
    repo.state.save();
    repo.outputsMade.save();
  }
}

interface Plan {
  readonly from: RepoPath;
  readonly to: RepoPath;
  readonly output: Output;
  readonly stage: DataStage | ImportStage;
  /** Where the pointer will be; the stage's own file where it is not named after the data. */
  readonly pointer: RepoPath;
  readonly content: DvcFile;
}

async function moveLocked(repo: Repo, options: MoveOptions, ctx: OpContext): Promise<MoveResult> {
  const plan = await planMove(repo, options, ctx);
  const { from, to, output, stage, pointer, content } = plan;
  await using _paths = await repo.usePaths('lode move', [from, to], ctx);
  const isThere = isSomething(repo, from);
  if (isThere && isSomething(repo, to))
    throw moveRefused(`'${shownIn(repo, to, ctx)}' already exists`, 'Move it out of the way first.');
  if (!isThere) warn(ctx, `'${repo.absolute(from)}' missing`);
  const asOf = repo.state.clock();
  const data = isThere ? await storeData(repo, output, from, ctx) : undefined;
  const ignores = repo.newIgnores();
  const isIgnored = output.cache || output.imported;
  makeFolderOf(repo, to);
  if (isIgnored) await ignores.add([{ path: repo.absolute(to), shown: shownIn(repo, to, ctx) }]);
  try {
    if (isThere) await renameData(repo, from, to, ctx);
  } catch (error) {
    ignores.undo();
    throw error;
  }
  // From here on the same command takes it up again: what has been done stays.
  for (const folder of new Set([parentOf(from), parentOf(to)])) if (isThere) syncFolder(repo.absolute(folder));
  if (isIgnored) ignores.remove([repo.absolute(from)]);
  repo.writePointer(pointer, content);
  if (data) await settle(repo, plan, data, asOf, ctx);
  // Last: as long as it is there, the same command finds what it has to finish.
  if (pointer !== stage.file) fs.rmSync(repo.absolute(stage.file), { force: true });
  repo.outputsMade.forget(from);
  if (data && output.hash?.value === data.oid) repo.outputsMade.remember(to, data.oid);
  const touched = [...new Set([pointer, stage.file])].map((file) => repo.absolute(file));
  touched.push(...ignores.touched);
  await repo.autostage(touched);
  return { from, to, pointer, touched };
}

/** Everything that can be refused is refused here, before anything is read or changed. */
async function planMove(repo: Repo, options: MoveOptions, ctx: OpContext): Promise<Plan> {
  const index = await repo.index();
  buildGraph(index.stages);
  const { from, output, stage } = findSource(repo, index, options.from, ctx);
  const to = (await resumedDestination(repo, from, options, ctx)) ?? destination(repo, options, ctx);
  if (to !== from && isWithin(to, from)) throw moveRefused('cannot move a folder into itself');
  const isNamedAfter = nameOf(stage.file) === `${nameOf(from)}.dvc`;
  if (!isNamedAfter && to === from) throw moveRefused(`'${shownIn(repo, to, ctx)}' already exists`);
  const pointer = isNamedAfter ? asRepoPath(`${to}.dvc`) : stage.file;
  const content = movedPointer(repo, { stage, output, to, pointer });
  // The command was killed before its last step, and is finished now.
  const isResumed = !isSomething(repo, from) && isSomething(repo, to) && holds(repo, pointer, content);
  if (isNamedAfter && !isResumed) await checkPointer(repo, pointer, ctx);
  const rule = await repo.ignore.ignoredBy(to, false);
  if (rule !== undefined)
    throw new DvcError('output-ignored', `Path '${repo.absolute(to)}' is ignored by ${rule}`, {
      hint: 'Change the rule in .dvcignore.',
    });
  const moved = pointerStage(content, pointer, repo.root);
  buildGraph([...index.stages.filter(({ address }) => address !== stage.address && address !== moved.address), moved]);
  return { from, to, output, stage, pointer, content };
}

/**
 * Where a killed run had brought a folder to already: it must not be taken for a folder to move into.
 *
 * That run had ignored it in Git first, and no pointer may lie in an ignored folder.
 */
async function resumedDestination(
  repo: Repo,
  from: RepoPath,
  options: MoveOptions,
  ctx: OpContext,
): Promise<RepoPath | undefined> {
  const to = repo.locate(options.to, ctx.cwd);
  if (!to || isSomething(repo, from) || !isSomething(repo, to)) return undefined;
  return (await repo.git.ignored([repo.absolute(to)])).size > 0 ? to : undefined;
}

function findSource(
  repo: Repo,
  index: RepoIndex,
  given: string,
  ctx: OpContext,
): { from: RepoPath; output: Output; stage: DataStage | ImportStage } {
  const from = repo.locate(given, ctx.cwd);
  const output = from === undefined ? undefined : index.outputs.at(from)[0];
  if (from === undefined || !output) {
    const outer = from === undefined ? undefined : index.outputs.around(from)[0];
    throw moveRefused(
      `Unable to find DVC file with output '${given}'`,
      outer &&
        `It is part of '${outer.defPath}': move it with your file manager, then run \`lode add ${outer.defPath}\`.`,
    );
  }
  const stage = index.stage(output.stage);
  if (!stage || stage.kind === 'pipeline')
    throw moveRefused(
      `move is not permitted for stages that are not data sources. You need to either move '${output.stage}' to a new location ` +
        `and edit it by hand, or remove '${output.stage}' and create a new one at the desired location.`,
    );
  if (stage.outs.length > 1) throw moveRefused(`'${stage.file}' has more than one output`, 'Edit it by hand.');
  if (isReserved(from)) throw pathReserved(given);
  refuseLinkedParents(repo, from);
  return { from, output, stage };
}

function destination(repo: Repo, { from, to }: MoveOptions, ctx: OpContext): RepoPath {
  const absolute = path.resolve(ctx.cwd, to);
  const isFolder = fs.statSync(absolute, QUIET)?.isDirectory() === true;
  if (!isFolder && /[\\/]$/.test(to)) throw noFolder(absolute, 'does not exist');
  const target = isFolder ? path.join(absolute, path.basename(path.resolve(ctx.cwd, from))) : absolute;
  const at = repo.locate(target, ctx.cwd);
  if (at === undefined || at === '') throw noFolder(path.dirname(target), 'is outside of DVC repo');
  if (isReserved(at)) throw pathReserved(to);
  refuseLinkedParents(repo, at);
  if (isStageFile(nameOf(at)))
    throw new DvcError('output-is-dvc-file', `DVC file '${shownIn(repo, at, ctx)}' cannot be an output.`);
  return at;
}

async function checkPointer(repo: Repo, pointer: RepoPath, ctx: OpContext): Promise<void> {
  const folder = repo.absolute(parentOf(pointer));
  const stats = fs.statSync(folder, QUIET);
  if (!stats) throw noFolder(folder, 'does not exist');
  if (!stats.isDirectory()) throw noFolder(folder, 'is not directory');
  const shown = shownIn(repo, pointer, ctx);
  if (isSomething(repo, pointer)) throw moveRefused(`'${shown}' already exists`);
  const ignored = await repo.git.ignored([repo.absolute(pointer)]);
  if (ignored.size > 0) throw moveRefused(`bad DVC file name '${shown}' is git-ignored.`);
}

const noFolder = (folder: string, problem: string) => moveRefused(`stage working dir '${folder}' ${problem}`);

/** The same record under the new path, relative to where the pointer will be. */
function movedPointer(
  repo: Repo,
  { stage, output, to, pointer }: Pick<Plan, 'stage' | 'output' | 'to' | 'pointer'>,
): DvcFile {
  const { pointer: before } = stage;
  const isNew = pointer !== stage.file;
  const wdir = isNew ? parentOf(pointer) : stage.wdir;
  const moved: DvcFile = {
    ...before,
    wdir: isNew ? undefined : before.wdir,
    deps: isNew ? before.deps.map((dep) => movedDep(repo, dep, stage.wdir, wdir)) : before.deps,
    outs: before.outs.map((out) =>
      out.path === output.defPath ? { ...out, path: path.posix.relative(wdir, to) || nameOf(to) } : out,
    ),
  };
  return before.md5 === undefined ? moved : { ...moved, md5: stageChecksum(moved) };
}

/** A relative path goes on meaning the same file; URLs, absolute paths and other repositories' paths stay. */
function movedDep(repo: Repo, dep: DvcFileDep, before: RepoPath, after: RepoPath): DvcFileDep {
  const place = placeOf(repo.root, before, dep.path);
  if (dep.repo || dep.db || place.kind === 'url' || path.isAbsolute(dep.path)) return dep;
  const absolute = place.kind === 'repo' ? repo.absolute(place.path) : place.path;
  return { ...dep, path: fromCwd(repo.absolute(after), absolute) };
}

/** What lies at the source, its bytes in the cache; of a 2.x record that still holds, in the cache of 2.x, where they are. */
async function storeData(
  repo: Repo,
  output: Output,
  from: RepoPath,
  ctx: OpContext,
): Promise<Exclude<DataState, { kind: 'missing' }> | undefined> {
  const legacy = output.hash?.name === 'md5-dos2unix';
  if (!output.cache) return undefined;
  if (legacy) {
    const state = await repo.data.workspace.read(from, 'md5-dos2unix', repo.ignore, ctx);
    if (state.kind === 'missing' || state.oid === output.hash?.value) return undefined;
  }
  const progress = startProgress(ctx, 'move');
  const state = await repo.data.store(from, repo.ignore, ctx, {
    onProgress: (files, bytes) => progress.advance(files, bytes),
    onExpect: (files, bytes) => progress.expect(files, bytes),
  });
  await repo.data.flush(ctx);
  progress.done();
  return state.kind === 'missing' ? undefined : state;
}

/** A pointer that is not named after its data may send it to a folder that is yet to be. */
function makeFolderOf(repo: Repo, to: RepoPath): void {
  using chain = new FolderChain(repo.root);
  chain.enter(parentOf(to));
}

async function renameData(repo: Repo, from: RepoPath, to: RepoPath, ctx: OpContext): Promise<void> {
  using source = new FolderChain(repo.root);
  using target = new FolderChain(repo.root);
  const oldPath = `${source.enter(parentOf(from))}/${nameOf(from)}`;
  const newPath = `${target.enter(parentOf(to))}/${nameOf(to)}`;
  try {
    fs.renameSync(oldPath, newPath);
  } catch (error) {
    if (errnoOf(error) !== 'EXDEV') throw fromErrno(error, 'move', repo.absolute(from));
    await copyAcross(repo, oldPath, newPath, to, ctx);
  }
}

/** Between file systems: the copy is whole, under its final name, before the first byte of the source goes. */
async function copyAcross(repo: Repo, oldPath: string, newPath: string, to: RepoPath, ctx: OpContext): Promise<void> {
  const folder = path.dirname(repo.absolute(to));
  const temp = `${scratchFolder(path.join(repo.privateDir, 'scratch'), repo.root, folder)}/${tempName()}`;
  try {
    await fs.promises.cp(oldPath, temp, {
      recursive: true,
      errorOnExist: true,
      force: false,
      preserveTimestamps: true,
      verbatimSymlinks: true,
    });
    ctx.signal.throwIfAborted();
    fs.renameSync(temp, newPath);
    await fs.promises.rm(oldPath, { recursive: true, force: true });
  } catch (error) {
    fs.rmSync(temp, { recursive: true, force: true });
    throw fromErrno(error, 'move', repo.absolute(to));
  }
}

/** Links of the type that is asked for, and hints, so that the next status reads nothing. */
async function settle(
  repo: Repo,
  { from, to }: Plan,
  data: Exclude<DataState, { kind: 'missing' }>,
  asOf: number,
  ctx: OpContext,
): Promise<void> {
  repo.state.forget(from);
  if (data.kind === 'directory') {
    repo.state.record(to, 'md5', data.files, data.tree.digests, { asOf, tree: data.oid });
    await relinkFolder(repo, to, data, ctx);
    return;
  }
  const stat = fileStatOf(fs.statSync(repo.absolute(to)));
  const isSame = stat.ino === data.stat.ino && stat.size === data.stat.size && stat.mtime === data.stat.mtime;
  if (isSame) {
    const settled = await repo.state.clockAfter(FileList.of([[nameOf(to), stat]]));
    repo.state.recordFile(to, 'md5', stat, asOid(data.oid), settled);
  }
  await relinkFile(repo, to, data, ctx);
}

function holds(repo: Repo, pointer: RepoPath, content: DvcFile): boolean {
  const file = repo.absolute(pointer);
  return isSomething(repo, pointer) && fs.readFileSync(file, 'utf8') === dumpDvcFile(content);
}

const isSomething = (repo: Repo, at: RepoPath): boolean => fs.lstatSync(repo.absolute(at), QUIET) !== undefined;

const shownIn = (repo: Repo, at: RepoPath, ctx: OpContext): string => fromCwd(ctx.cwd, repo.absolute(at));

const QUIET = { throwIfNoEntry: false } as const;
