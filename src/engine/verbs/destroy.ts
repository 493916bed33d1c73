import * as fs from 'node:fs';
import * as path from 'node:path';
import { destroyUnconfirmed, fromErrno } from '../core/errors.ts';
import { asRepoPath, type RepoPath } from '../core/ids.ts';
import { checkAborted, type OpContext } from '../core/op-context.ts';
import { parentOf } from '../core/paths.ts';
import { IGNORE_FILE } from '../files/ignore.ts';
import { repoPathOf } from '../graph/output.ts';
import { isReserved } from '../graph/reserved.ts';
import { syncFolder } from '../platform/atomic-write.ts';
import { flushFile, flushFileSystem } from '../platform/flush.ts';
import type { Repo } from '../repo.ts';
import { makeOwn } from '../workspace/own-copies.ts';
import type { WriteResult } from './write-result.ts';

export interface DestroyOptions {
  /** Don't ask. */
  readonly force?: boolean;
}

/**
 * Takes DVC out of a project: pointer files, pipelines, `.dvcignore`, and `.dvc` with the cache in it. The data of the workspace stays.
 *
 * Links into the cache become copies, and those are on the device, before anything is deleted. Killed anywhere, it can be run again. As
 * in DVC, lines of `.gitignore` stay: without them Git would take the data. The repository is of no use afterwards.
 *
 * @throws `usage` where nobody agreed; what is wrong with a stage file; `no-space`, `output-in-symlink`. Source: dvc-format 9.14.
 */
export async function destroy(repo: Repo, { force }: DestroyOptions, ctx: OpContext): Promise<WriteResult> {
  if (!force && !(await ctx.confirm(QUESTION))) throw destroyUnconfirmed();
  const touched: string[] = [];
  {
    await using _lock = await repo.lock(ctx);
    repo.invalidate();
    const index = await repo.index();
    const copied: RepoPath[] = [];
    for (const output of outputsOf(index.allOutputs.filter(({ cache }) => cache).map(repoPathOf), repo))
      copied.push(...((await makeOwn(repo, output, ctx)) ?? []));
    if (copied.length > 0 && !(await flushFileSystem(repo.root)))
      for (const file of copied) flushFile(repo.absolute(file));
    checkAborted(ctx.signal);
    for (const file of index.files) {
      touched.push(repo.absolute(file));
      if (!file.endsWith('.dvc')) touched.push(repo.absolute(lockOf(file)));
    }
    touched.push(path.join(repo.root, IGNORE_FILE));
    for (const file of touched) remove(file);
    // Without `.dvc` nobody could finish this: a power cut must not bring the pointers back and not the folder.
    for (const folder of new Set(touched.map((file) => path.dirname(file)))) syncFolder(folder);
    repo.state.save(); // Nothing is left to be written when the repository is closed.
  }
  await removeFolder(repo.dvcDir);
  return { touched: [...touched, repo.dvcDir] };
}

const QUESTION =
  'This will destroy all information about your pipelines, all .dvc files, as well as cache in .dvc/cache.\n' +
  'The data in the workspace stays. Are you sure you want to continue?';

/** Outputs that are tracked now, and those that were and may still be links. */
const outputsOf = (tracked: readonly (RepoPath | undefined)[], repo: Repo): Set<RepoPath> =>
  new Set(
    [...tracked, ...repo.outputsMade.entries().map(([output]) => output)].filter(
      (output): output is RepoPath => output !== undefined && !isReserved(output),
    ),
  );

function lockOf(file: RepoPath): RepoPath {
  const folder = parentOf(file);
  return asRepoPath(folder === '' ? 'dvc.lock' : `${folder}/dvc.lock`);
}

function remove(file: string): void {
  try {
    fs.rmSync(file, { force: true });
  } catch (error) {
    throw fromErrno(error, 'remove', file);
  }
}

async function removeFolder(folder: string): Promise<void> {
  try {
    await fs.promises.rm(folder, { recursive: true, force: true });
  } catch (error) {
    throw fromErrno(error, 'remove', folder);
  }
}
