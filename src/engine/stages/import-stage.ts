import * as fs from 'node:fs';
import * as path from 'node:path';
import { fileURLToPath } from 'node:url';
import { DvcError, dataMissing, fromErrno } from '../core/errors.ts';
import { checkAborted, type OpContext, warn } from '../core/op-context.ts';
import { stageChecksum } from '../files/dvc-file.ts';
import { openGit } from '../git/git-cli.ts';
import { repoPathOf } from '../graph/output.ts';
import type { Dependency, ImportStage } from '../graph/stage.ts';
import { isFolder } from '../platform/exists.ts';
import type { Repo } from '../repo.ts';
import { showPlace } from './stage-checks.ts';
import { clearOutputs, lackingOutputs, restoreOutput } from './stage-outputs.ts';
import { recordEntry, relinkOutputs, storeOutputs } from './stage-records.ts';
import { recordedOuts } from './stage-run.ts';

/** Nothing was ever fetched, as after `import --no-download`. */
const isPartial = ({ outs }: ImportStage): boolean => outs.every(({ hash }) => hash === undefined);

/** Whether `repro` brings the data anew, and does not only look whether it is there. */
export const isFetched = (stage: ImportStage): boolean => !stage.frozen || isPartial(stage);

/** What an import comes from, as it is shown: a path, or `path (repository)`. */
export const showSource = (repo: Repo, dep: Dependency, cwd: string): string =>
  dep.source ? `${dep.defPath} (${dep.source.url})` : showPlace(repo, dep, cwd);

/**
 * Brings the data of an import: from the cache where `isCached` says that its record is right, else from its source, which is then recorded.
 *
 * @param ignore Makes Git ignore it. @returns the pointer file, absolute
 * @throws `output-missing` where the source is gone: the output stays as it is then; `unsupported` for sources on other machines
 */
export async function bringImport(
  repo: Repo,
  stage: ImportStage,
  { isCached, commit, ignore }: { readonly isCached: boolean; readonly commit: boolean; ignore(): Promise<void> },
  ctx: OpContext,
): Promise<string> {
  const records = recordedOuts(stage.outs);
  const [dep] = stage.deps;
  const [output] = stage.outs;
  const target = output && repoPathOf(output);
  if (!dep || !output || target === undefined) throw unsupportedSource(stage.file);
  if (isCached && !isPartial(stage) && (await lackingOutputs(repo, records, ctx)).length === 0) {
    await ignore();
    await restoreOutput(repo, output, records[0]!, ctx);
    return repo.absolute(stage.file);
  }
  if (dep.source || dep.place.kind === 'url') throw unsupportedSource(showSource(repo, dep, ctx.cwd));
  const source = dep.place.kind === 'repo' ? repo.absolute(dep.place.path) : dep.place.path;
  const state = await repo.readPlace(dep.place, 'md5', ctx);
  if (state.kind === 'missing') throw dataMissing('dependency', showPlace(repo, dep, ctx.cwd));
  await clearOutputs(repo, stage.outs, ctx);
  const to = repo.absolute(target);
  if (state.kind === 'file') copyData(source, to);
  else {
    makeFolder(to);
    for (const below of state.tree.paths) {
      checkAborted(ctx.signal);
      copyData(path.join(source, below), path.join(to, below));
    }
  }
  await ignore();
  const stored = await storeOutputs(repo, stage, { commit }, ctx);
  if (commit) {
    await repo.data.flush(ctx);
    await relinkOutputs(repo, stored, ctx);
  }
  const { pointer } = stage;
  const made = stored.get(output)!;
  const changed = {
    ...pointer,
    deps: pointer.deps.map((one) => ({ ...one, ...recordEntry(dep, { state, hash: 'md5' }) })),
    outs: pointer.outs.map((one) => ({ ...one, ...recordEntry(output, made) })),
  };
  repo.writePointer(stage.file, { ...changed, md5: stageChecksum(changed) });
  return repo.absolute(stage.file);
}

/** Copies a file's bytes; like DVC not whether it can be executed. */
function copyData(from: string, to: string): void {
  try {
    fs.mkdirSync(path.dirname(to), { recursive: true });
    fs.copyFileSync(from, to, fs.constants.COPYFILE_FICLONE);
    fs.chmodSync(to, 0o666 & ~process.umask());
  } catch (error) {
    throw fromErrno(error, 'copy', from);
  }
}

function makeFolder(folder: string): void {
  try {
    fs.mkdirSync(folder, { recursive: true });
  } catch (error) {
    throw fromErrno(error, 'create', folder);
  }
}

/**
 * Whether the repository that data was imported from has another commit by now than the one it was taken from.
 *
 * @param folders Where a relative path may start from. @returns undefined, with a warning, where nobody can tell
 */
export async function hasNewerSource(
  { source, defPath }: Dependency,
  folders: readonly string[],
  ctx: OpContext,
): Promise<boolean | undefined> {
  if (!source) return false;
  const unknown = (why: string): undefined => {
    warn(ctx, `whether '${source.url}' has a newer '${defPath}' is not known: ${why}`);
    return undefined;
  };
  const folder = localRepository(source.url, folders);
  const git = folder === undefined ? undefined : openGit(folder, ctx.signal);
  if (!git) return unknown('it is no repository on this machine.');
  try {
    return (await git.resolve(source.rev ?? 'HEAD')) !== source.revLock;
  } catch (error) {
    if (!DvcError.is(error) || error.code === 'cancelled') throw error;
    return unknown(error.message);
  } finally {
    git.close();
  }
}

/** What a relative path to a repository may start from: the user's folder, as in DVC; the import's own; the root. */
export const sourceFolders = (repo: Repo, stage: ImportStage, ctx: OpContext): string[] => [
  ctx.cwd,
  repo.absolute(stage.wdir),
  repo.root,
];

/** The folder that a repository's URL names, where it is one of this machine. */
export function localRepository(url: string, folders: readonly string[]): string | undefined {
  const written = url.startsWith('file://') ? fileURLToPath(url) : url;
  return folders.map((folder) => path.resolve(folder, written)).find(isFolder);
}

const unsupportedSource = (shown: string) =>
  new DvcError('unsupported', `'${shown}' cannot be fetched: only files and folders of this machine can.`, {
    hint: 'Freeze the stage with `lode freeze`, so that it stays as it is.',
    data: { path: shown },
  });
