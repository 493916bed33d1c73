import * as fs from 'node:fs';
import * as path from 'node:path';
import { DvcError, errnoOf, outputTrackedByGit } from '../core/errors.ts';
import { asRepoPath, type Oid, type RepoPath } from '../core/ids.ts';
import { checkAborted, type OpContext, startProgress, warn } from '../core/op-context.ts';
import { below, fromCwd, nameOf, parentOf } from '../core/paths.ts';
import { type DvcFile, newDvcFile, newOut } from '../files/dvc-file.ts';
import type { Gitignores } from '../files/gitignore.ts';
import { isStageFile } from '../graph/collect-files.ts';
import { buildGraph } from '../graph/graph.ts';
import { pointerStage } from '../graph/load-pointer.ts';
import { isTracked } from '../graph/output.ts';
import type { DataStage, ImportStage, Stage } from '../graph/stage.ts';
import { keepVersions } from '../graph/versioned.ts';
import { Tree } from '../hash/tree.ts';
import { encodeTree, treeOid } from '../hash/tree-encode.ts';
import type { DataState, FolderData } from '../odb/workspace-data.ts';
import { type ContentHash, digestHex } from '../platform/digest.ts';
import { expandGlob } from '../platform/glob.ts';
import { giveWay } from '../platform/slices.ts';
import type { Repo } from '../repo.ts';
import { recordOf } from '../repo-data.ts';
import { relinkFile, relinkFolder } from '../workspace/relink.ts';
import type { WriteResult } from './write-result.ts';

export interface AddOptions {
  /** Files or folders: absolute, or from the user's folder. */
  readonly targets: readonly string[];
  /** Targets are patterns. */
  readonly glob?: boolean;
  /** Write pointers, put nothing into the cache. */
  readonly noCommit?: boolean;
  /** Copy the one target there, and track the copy. */
  readonly out?: string;
  /** Send the one target to the remote; nothing of it comes into the workspace. */
  readonly toRemote?: boolean;
  readonly remote?: string;
  readonly jobs?: number;
  /** Overwrite what is at `out`. */
  readonly force?: boolean;
  /** Replace files by links to the cache, where `cache.type` asks for links. Default true. */
  readonly relink?: boolean;
  /** Name of the pointer file, for one target. */
  readonly file?: string;
  /** Description kept in the pointer file. */
  readonly desc?: string;
}

export interface AddedOutput {
  readonly path: RepoPath;
  readonly pointer: RepoPath;
  readonly oid: Oid;
  readonly files: number;
  /** Of content, in bytes. */
  readonly bytes: number;
  /** False where the pointer said the same before. */
  readonly changed: boolean;
}

export interface AddResult extends WriteResult {
  readonly outputs: readonly AddedOutput[];
}

/**
 * Tracks files and folders: bytes into the cache, a pointer beside the data, a line in `.gitignore`.
 *
 * A pointer is written when its objects are on the device, and the data stays where it is all the time: killed anywhere, every file
 * is readable in place. Source: dvc-format 9.9.
 *
 * @throws `output-missing`, `output-overlap`, `output-outside-repo`, `output-is-dvc-file`, `output-ignored`, `output-tracked-by-git`,
 * `output-in-symlink`, `output-reserved`, and what reading the data can meet.
 */
export async function add(repo: Repo, options: AddOptions, ctx: OpContext): Promise<AddResult> {
  const given = options.glob ? await expandAll(options.targets, ctx.cwd) : options.targets;
  if (given.length === 0) return { outputs: [], touched: [] };
  await using _lock = await repo.lock(ctx);
  if (options.out !== undefined || options.toRemote) {
    const { addFromElsewhere } = await import('./add-from-elsewhere.ts');
    return addFromElsewhere(repo, given[0]!, options, ctx);
  }
  const jobs: AddJob[] = [];
  for (const target of new Set(given)) jobs.push(await planTarget(repo, target, options, ctx));
  await checkGraph(repo, jobs);
  await using _paths = await repo.usePaths(
    'lode add',
    jobs.map((job) => job.target),
    ctx,
  );
  const ignores = repo.newIgnores();
  const progress = startProgress(ctx, 'add');
  let files = 0;
  let bytes = 0;
  const outputs: AddedOutput[] = [];
  const touched = new Set<string>();
  try {
    for (const planned of jobs) {
      checkAborted(ctx.signal);
      // A target before it may have changed the pointer: two paths inside one tracked folder.
      const job = touched.has(repo.absolute(planned.pointer))
        ? await planTarget(repo, planned.given, options, ctx)
        : planned;
      outputs.push(
        await addOne(repo, job, options, ignores, ctx, {
          onProgress: (count, size) => progress.advance(count, size, job.shown),
          onExpect: (count, size) => progress.expect((files += count), (bytes += size)),
        }),
      );
      touched.add(repo.absolute(job.pointer));
    }
    await giveWay(ctx);
  } finally {
    repo.state.save();
    repo.outputsMade.save();
  }
  progress.done();
  for (const file of ignores.touched) touched.add(file);
  await repo.autostage([...touched]);
  return { outputs, touched: [...touched] };
}

interface AddJob {
  /** As the user wrote it. */
  readonly given: string;
  /** The path that was asked for. */
  readonly target: RepoPath;
  readonly shown: string;
  /** The output it belongs to: itself, or a tracked folder around it. */
  readonly output: RepoPath;
  readonly pointer: RepoPath;
  readonly stage: DataStage | ImportStage;
  readonly isNew: boolean;
}

async function expandAll(patterns: readonly string[], cwd: string): Promise<string[]> {
  const found: string[] = [];
  for (const pattern of patterns) found.push(...(await expandGlob(pattern, cwd)));
  return found;
}

/** What can be refused by looking at names alone is refused here, before a byte is read. */
async function planTarget(repo: Repo, given: string, options: AddOptions, ctx: OpContext): Promise<AddJob> {
  const absolute = path.resolve(ctx.cwd, given);
  const target = repo.locate(given, ctx.cwd);
  if (target === undefined || target === '') throw outsideRepo(absolute);
  const shown = fromCwd(ctx.cwd, repo.absolute(target));
  if (isStageFile(nameOf(target))) throw isDvcFile(shown);
  refuseReserved(target, shown);
  refuseLinkedParents(repo, target);
  const index = await repo.index();
  const known = index.outputs.around(target).find((output) => output.place.kind === 'repo');
  if (known) {
    const stage = index.stage(known.stage);
    if (!stage || stage.kind === 'pipeline') throw madeByPipeline(shown, known.stage);
    const output = known.place.kind === 'repo' ? known.place.path : target;
    if (output !== target && known.hash && !known.hash.value.endsWith('.dir'))
      throw new DvcError('output-overlap', `Cannot modify '${output}' which is being tracked as a file`);
    return { given, target, shown, output, pointer: stage.file, stage, isNew: false };
  }
  // Whether it is there is asked when its turn comes: like DVC, the targets before it are added all the same.
  const isFolder = fs.statSync(repo.absolute(target), { throwIfNoEntry: false })?.isDirectory() ?? false;
  const rule = await repo.ignore.ignoredBy(target, isFolder);
  if (rule !== undefined) throw ignoredOutput(repo.absolute(target), rule);
  const pointer = pointerPath(repo, target, options, ctx);
  const wdir = path.posix.relative(parentOf(pointer), parentOf(target));
  const file: DvcFile = {
    ...newDvcFile([newOut(nameOf(target))]),
    wdir: wdir === '' ? undefined : wdir,
  };
  return { given, target, shown, output: target, pointer, stage: pointerStage(file, pointer, repo.root), isNew: true };
}

function pointerPath(repo: Repo, target: RepoPath, { file }: AddOptions, ctx: OpContext): RepoPath {
  if (file === undefined) return asRepoPath(`${target}.dvc`);
  const at = repo.locate(file, ctx.cwd);
  if (at === undefined || at === '') throw outsideRepo(path.resolve(ctx.cwd, file));
  if (!at.endsWith('.dvc'))
    throw new DvcError('bad-name', `'${file}' is not a name for a pointer file.`, { hint: 'It has to end in `.dvc`.' });
  return at;
}

function statTarget(absolute: string, given: string): fs.Stats {
  try {
    return fs.statSync(absolute);
  } catch (error) {
    if (errnoOf(error) === 'ENOENT' || errnoOf(error) === 'ENOTDIR')
      throw new DvcError(
        'output-missing',
        `output '${given}' does not exist: [Errno 2] No such file or directory: '${absolute}'`,
        { cause: error, data: { path: absolute } },
      );
    if (errnoOf(error) === 'ELOOP')
      throw new DvcError('link-loop', `'${given}' is part of a loop of symbolic links.`, { cause: error });
    throw error;
  }
}

/** Folders that belong to tools, in any spelling a folding file system takes for the same. */
const RESERVED = /^(\.git|\.dvc|\.hg)[ .]*$|^(git|dvc)~\d+$/i;

function refuseReserved(target: RepoPath, shown: string): void {
  const part = target.split('/').find((name) => RESERVED.test(name));
  if (part !== undefined)
    throw new DvcError('output-reserved', `'${shown}' leads into '${part}', which belongs to another tool.`, {
      hint: 'Track data outside of it.',
    });
}

function refuseLinkedParents(repo: Repo, target: RepoPath): void {
  for (let folder = parentOf(target); folder !== ''; folder = parentOf(folder)) {
    if (fs.lstatSync(repo.absolute(folder), { throwIfNoEntry: false })?.isSymbolicLink()) throw insideLink();
  }
  const stats = fs.lstatSync(repo.absolute(target), { throwIfNoEntry: false });
  if (stats?.isSymbolicLink() && fs.statSync(repo.absolute(target), { throwIfNoEntry: false })?.isDirectory())
    throw insideLink();
}

async function checkGraph(repo: Repo, jobs: readonly AddJob[]): Promise<void> {
  const index = await repo.index();
  const added = jobs.filter((job) => job.isNew);
  const fresh = new Set(added.map((job) => job.stage.address));
  const existing = index.stages.filter((stage) => !fresh.has(stage.address));
  for (const job of added) {
    const inside = index.outputs.below(job.output).filter(isTracked)[0];
    if (inside)
      throw new DvcError(
        'output-overlap',
        `Cannot add '${job.shown}', because it is overlapping with other DVC tracked output: '${inside.defPath}'.\n` +
          `To include '${inside.defPath}' in '${job.shown}', run 'lode remove ${inside.stage}' and then 'lode add ${job.shown}'`,
      );
  }
  const stages: Stage[] = [...existing, ...added.map((job) => job.stage)];
  buildGraph(stages);
}

/** Before anything of it is stored; {@link Gitignores} asks again when it writes. */
async function refuseTrackedByGit(repo: Repo, job: AddJob, ctx: OpContext): Promise<void> {
  const output = repo.absolute(job.output);
  if ((await repo.git.tracked([output])).size > 0) throw outputTrackedByGit(fromCwd(ctx.cwd, output));
}

type Reading = {
  readonly onProgress: (files: number, bytes: number) => void;
  readonly onExpect: (files: number, bytes: number) => void;
};

async function addOne(
  repo: Repo,
  job: AddJob,
  options: AddOptions,
  ignores: Gitignores,
  ctx: OpContext,
  reading: Reading,
): Promise<AddedOutput> {
  if (job.isNew) {
    statTarget(repo.absolute(job.target), job.given);
    await refuseTrackedByGit(repo, job, ctx);
  }
  const state = await readTarget(repo, job, options, ctx, reading);
  const out = job.stage.pointer.outs[0]!;
  const next = state.kind === 'whole' ? recordOf(state.data, state.hash) : state.record;
  const before = job.stage.outs[0]!;
  const kept = keepVersions(before, { ...next, ...treeOf(repo, state) });
  const legacy = next.hash.name === 'md5-dos2unix';
  try {
    await ignores.add([{ path: repo.absolute(job.output), shown: fromCwd(ctx.cwd, repo.absolute(job.output)) }]);
    if (!options.noCommit) {
      await repo.data.flush(ctx);
      if (state.kind === 'whole' && (options.relink ?? true)) await relink(repo, job, state.data, state.hash, ctx);
    }
    checkAborted(ctx.signal);
    const pointer: DvcFile = {
      ...job.stage.pointer,
      outs: [{ ...out, ...kept, legacy }],
      ...(options.desc === undefined ? {} : { desc: options.desc }),
    };
    repo.writePointer(job.pointer, pointer);
    ignores.keep();
    if (!options.noCommit) repo.outputsMade.remember(job.output, next.hash.value);
  } catch (error) {
    ignores.undo();
    throw error;
  }
  const files = next.meta.nfiles ?? 1;
  return {
    path: job.output,
    pointer: job.pointer,
    oid: next.hash.value as Oid, // Just computed.
    files,
    bytes: next.meta.size ?? 0,
    changed: before.hash?.value !== next.hash.value,
  };
}

type ReadTarget =
  | { readonly kind: 'whole'; readonly data: Exclude<DataState, { kind: 'missing' }>; readonly hash: ContentHash }
  | { readonly kind: 'part'; readonly record: Merged };

type Merged = ReturnType<typeof recordOf> & { readonly tree: Tree };

/** What a folder holds now, to find its unchanged files by. */
function treeOf(repo: Repo, state: ReadTarget): Pick<Parameters<typeof keepVersions>[1], 'tree' | 'sizeOf'> {
  if (state.kind === 'part') {
    const { tree } = state.record;
    return { tree, sizeOf: (i) => repo.cache('md5').statObject(tree.oid(i))?.size };
  }
  const { data } = state;
  return data.kind === 'directory' ? { tree: data.tree, sizeOf: (i) => data.files.statAt(i).size } : {};
}

async function readTarget(
  repo: Repo,
  job: AddJob,
  options: AddOptions,
  ctx: OpContext,
  reading: Reading,
): Promise<ReadTarget> {
  const recorded = job.stage.outs[0]?.hash;
  const hash = job.target === job.output ? await repo.data.hashToSave(job.target, recorded, repo.ignore, ctx) : 'md5';
  const data = options.noCommit
    ? await repo.data.workspace.read(job.target, hash, repo.ignore, ctx, reading)
    : await repo.data.store(job.target, repo.ignore, ctx, reading, hash);
  if (job.target !== job.output) return { kind: 'part', record: await mergePart(repo, job, data, options, ctx) };
  if (data.kind === 'missing') {
    statTarget(repo.absolute(job.target), job.shown);
    const rule = await repo.ignore.ignoredBy(job.target, false);
    throw ignoredOutput(repo.absolute(job.target), rule ?? '.dvcignore');
  }
  await giveWay(ctx);
  if (data.kind === 'directory') tellOfLeftOut(job, data, ctx);
  else if (data.stat.size === 0) warn(ctx, `'${job.shown}' is empty.`);
  return { kind: 'whole', data, hash };
}

function tellOfLeftOut(job: AddJob, { tree, emptyFolders }: FolderData, ctx: OpContext): void {
  if (tree.length === 0) warn(ctx, `'${job.shown}' is empty.`);
  else if (emptyFolders.length > 0)
    warn(
      ctx,
      `Empty folders are not tracked: ${emptyFolders
        .slice(0, 3)
        .map((folder) => `'${job.shown}/${folder}'`)
        .join(', ')}${emptyFolders.length > 3 ? ` and ${emptyFolders.length - 3} more` : ''}.`,
    );
  const twins = caseTwins(tree);
  if (twins)
    warn(ctx, `'${job.shown}/${twins[0]}' and '${job.shown}/${twins[1]}' are the same name on Windows and macOS.`);
}

/** The first two paths that a file system which folds case, or composes letters, cannot keep apart. Limited to what is quick. */
function caseTwins(tree: Tree): readonly [string, string] | undefined {
  if (tree.length > 20_000) return undefined;
  const seen = new Map<string, string>();
  for (let i = 0; i < tree.length; i++) {
    const name = tree.relpath(i);
    const folded = name.normalize('NFC').toLowerCase();
    const other = seen.get(folded);
    if (other !== undefined) return [other, name];
    seen.set(folded, name);
  }
  return undefined;
}

/**
 * A tracked folder with one path in it read anew, or gone. As DVC does, its size is forgotten unless files were only added.
 *
 * @throws `output-missing` for a path that neither is nor was there
 */
async function mergePart(
  repo: Repo,
  job: AddJob,
  data: DataState,
  options: AddOptions,
  ctx: OpContext,
): Promise<Merged> {
  const out = job.stage.outs[0]!;
  const cache = repo.cache('md5');
  const relative = below(job.target, job.output);
  const legacy = out.hash?.name === 'md5-dos2unix';
  const before = out.hash
    ? await repo.cache(legacy ? 'md5-dos2unix' : 'md5').readTree(out.hash.value as Oid, ctx)
    : Tree.EMPTY;
  const { from, to } = before.within(relative);
  if (data.kind === 'missing' && from === to) statTarget(repo.absolute(job.target), job.target);
  const changes = new Map<string, string | undefined>();
  for (let i = from; i < to; i++) changes.set(before.relpath(i), undefined);
  if (data.kind === 'file') changes.set(relative, data.oid);
  else if (data.kind === 'directory')
    for (let i = 0; i < data.tree.length; i++)
      changes.set(`${relative}/${data.tree.relpath(i)}`, digestHex(data.tree.digests, i));
  const tree = before.with(changes);
  const oid = options.noCommit ? treeOid(encodeTree(tree)) : cache.addTree(tree);
  const size = sizeAfter(out.meta.size, oid === out.hash?.value, from === to, data);
  const meta = { nfiles: tree.length, ...(size === undefined ? {} : { size }) };
  return { hash: { name: 'md5', value: oid }, meta, tree };
}

function sizeAfter(before: number | undefined, same: boolean, onlyAdded: boolean, data: DataState): number | undefined {
  if (data.kind === 'missing') return undefined;
  if (onlyAdded && before) return before + (data.kind === 'file' ? data.stat.size : data.size);
  return same ? before : undefined;
}

async function relink(
  repo: Repo,
  job: AddJob,
  data: Exclude<DataState, { kind: 'missing' }>,
  hash: ContentHash,
  ctx: OpContext,
): Promise<void> {
  if (data.kind === 'file') await relinkFile(repo, job.target, data, ctx, hash);
  else await relinkFolder(repo, job.target, data, ctx, hash);
}

const outsideRepo = (absolute: string) =>
  new DvcError(
    'output-outside-repo',
    `Cached output(s) outside of DVC project: ${absolute}. See ` +
      '<https://dvc.org/doc/user-guide/data-management/importing-external-data> for more info.',
    { hint: 'Copy it into the repository and track the copy: `lode add <path> --out <name>`.' },
  );

const isDvcFile = (shown: string) => new DvcError('output-is-dvc-file', `DVC file '${shown}' cannot be an output.`);

const ignoredOutput = (absolute: string, rule: string) =>
  new DvcError('output-ignored', `Path '${absolute}' is ignored by ${rule}`, {
    hint: 'Change the rule in .dvcignore.',
  });

const insideLink = () =>
  new DvcError(
    'output-in-symlink',
    'Cannot add files inside symlinked directories to DVC. See ' +
      '<https://dvc.org/doc/user-guide/troubleshooting#add-symlink> for more information.',
  );

const madeByPipeline = (shown: string, stage: string) =>
  new DvcError(
    'output-overlap',
    `cannot update '${shown}': overlaps with an output of stage: '${stage}'.\nRun the pipeline or use 'lode commit' to force update it.`,
  );
