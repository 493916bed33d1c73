import * as fs from 'node:fs';
import * as path from 'node:path';
import { DvcError } from '../core/errors.ts';
import { asRepoPath, type Oid, type RepoPath } from '../core/ids.ts';
import { type OpContext, startProgress } from '../core/op-context.ts';
import { fromCwd, nameOf } from '../core/paths.ts';
import { newDvcFile, newOut } from '../files/dvc-file.ts';
import { buildGraph } from '../graph/graph.ts';
import { pointerStage } from '../graph/load-pointer.ts';
import { refuseVersioned } from '../objects/versioned-remote.ts';
import { transferObjects } from '../odb/transfer.ts';
import { throwFailures } from '../odb/workspace-data.ts';
import type { Repo } from '../repo.ts';
import { recordOf } from '../repo-data.ts';
import type { AddOptions, AddResult } from './add.ts';

/**
 * `add --out` and `add --to-remote`: data from outside the repository goes into the cache, and from there into the workspace or to a remote.
 *
 * @throws `output-missing`, `output-exists`, `output-outside-repo`, `output-overlap`, `output-tracked-by-git`
 */
export async function addFromElsewhere(
  repo: Repo,
  given: string,
  options: AddOptions,
  ctx: OpContext,
): Promise<AddResult> {
  const source = path.resolve(ctx.cwd, given);
  if (!fs.existsSync(source))
    throw new DvcError(
      'output-missing',
      `output '${given}' does not exist: [Errno 2] No such file or directory: '${source}'`,
    );
  const target = targetOf(repo, source, options, ctx);
  const shown = fromCwd(ctx.cwd, repo.absolute(target));
  const pointer = asRepoPath(`${target}.dvc`);
  const index = await repo.index();
  const stage = pointerStage(newDvcFile([newOut(nameOf(target))]), pointer, repo.root);
  buildGraph([...index.stages.filter((other) => other.address !== stage.address), stage]);
  await using _paths = await repo.usePaths('lode add', [target], ctx);
  const progress = startProgress(ctx, 'add');
  const state = await repo.data.storeOutside(source, ctx, {
    onProgress: (files, bytes) => progress.advance(files, bytes, shown),
    onExpect: (files, bytes) => progress.expect(files, bytes),
  });
  if (state.kind === 'missing') throw new DvcError('output-missing', `output '${given}' does not exist.`);
  await repo.data.flush(ctx);
  const record = recordOf(state);
  const ignores = repo.newIgnores();
  if (options.toRemote) await sendToRemote(repo, state.oid, options, ctx);
  else {
    await ignores.add([{ path: repo.absolute(target), shown }]);
    if (fs.existsSync(repo.absolute(target))) fs.rmSync(repo.absolute(target), { recursive: true, force: true });
    if (state.kind === 'file')
      await repo.data.placeFile(target, { oid: state.oid, hash: 'md5', exec: state.isExec }, ctx);
    else {
      const result = await repo
        .cache('md5')
        .place({ root: repo.root, folder: target, paths: state.tree.paths, digests: state.tree.digests }, ctx);
      throwFailures(result, 'create');
    }
    repo.outputsMade.remember(target, state.oid);
  }
  repo.writePointer(pointer, {
    ...newDvcFile([{ ...newOut(nameOf(target)), hash: record.hash, meta: record.meta }]),
    desc: options.desc,
  });
  repo.state.save();
  repo.outputsMade.save();
  progress.done();
  const touched = [repo.absolute(pointer), ...ignores.touched];
  await repo.autostage(touched);
  const bytes = record.meta.size ?? 0;
  const files = record.meta.nfiles ?? 1;
  return { outputs: [{ path: target, pointer, oid: state.oid, files, bytes, changed: true }], touched };
}

/** A folder given as `out` takes the source's name. */
function targetOf(repo: Repo, source: string, { out, toRemote, force }: AddOptions, ctx: OpContext): RepoPath {
  let wanted = path.resolve(ctx.cwd, out ?? path.basename(source));
  if (fs.statSync(wanted, { throwIfNoEntry: false })?.isDirectory() && out !== undefined)
    wanted = path.join(wanted, path.basename(source));
  const target = repo.locate(wanted, ctx.cwd);
  if (target === undefined || target === '')
    throw new DvcError('output-outside-repo', `Cached output(s) outside of DVC project: ${wanted}.`, {
      hint: 'Choose a path inside the repository.',
    });
  if (!toRemote && !force && fs.existsSync(wanted))
    throw new DvcError('output-missing', `The file '${fromCwd(ctx.cwd, wanted)}' already exists locally.`, {
      hint: 'To overwrite it, use --force.',
      exitCode: 1,
    });
  return target;
}

async function sendToRemote(repo: Repo, oid: Oid, { remote }: AddOptions, ctx: OpContext): Promise<void> {
  const store = await repo.remote(remote, 'add', ctx);
  refuseVersioned(store, 'add');
  const result = await transferObjects(repo.cache('md5'), store.odb('md5'), [{ oid }], ctx, {});
  const failure = result.failed[0];
  if (failure) throw failure.error;
}
