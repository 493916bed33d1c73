import { DvcError } from '../core/errors.ts';
import { asRepoPath, type RepoPath } from '../core/ids.ts';
import { type OpContext, withJobs } from '../core/op-context.ts';
import { fromCwd, nameOf } from '../core/paths.ts';
import { redactUrl } from '../core/redact.ts';
import { newDvcFile, newOut } from '../files/dvc-file.ts';
import { buildGraph } from '../graph/graph.ts';
import { pointerStage } from '../graph/load-pointer.ts';
import { placeOf } from '../graph/place.ts';
import { localPathOf } from '../remote/local-url.ts';
import { isLocalUrl } from '../remote/registry.ts';
import type { Repo } from '../repo.ts';
import { recordOfContent, storeExternal } from '../stages/external-data.ts';
import { placedOf } from '../stages/import-stage.ts';
import { storeOnRemote } from '../stages/import-to-remote.ts';
import { resolveOut } from '../stages/new-import.ts';
import { placeOutput } from '../stages/place-output.ts';
import type { AddOptions, AddResult } from './add.ts';

/**
 * `add --out` and `add --to-remote`: data from outside the repository, from a path or a URL, goes into the cache and from there into the
 * workspace, or past both to a remote.
 *
 * @throws `output-missing`, `output-outside-repo`, `output-overlap`, `output-tracked-by-git`, and what a store says
 */
export async function addFromElsewhere(
  repo: Repo,
  given: string,
  options: AddOptions,
  context: OpContext,
): Promise<AddResult> {
  const ctx = withJobs(context, options.jobs);
  const target = targetOf(repo, given, options, ctx);
  const shown = fromCwd(ctx.cwd, repo.absolute(target));
  const pointer = asRepoPath(`${target}.dvc`);
  const index = await repo.index();
  const stage = pointerStage(newDvcFile([newOut(nameOf(target))]), pointer, repo.root);
  buildGraph([...index.stages.filter((other) => other.address !== stage.address), stage]);
  await using _paths = await repo.usePaths('lode add', [target], ctx);
  const source = isLocalUrl(given) ? localPathOf(given, ctx.cwd) : given;
  const ignores = repo.newIgnores();
  const lines = options.toRemote ? [] : [{ path: repo.absolute(target), shown }];
  await ignores.check(lines);
  const place = placeOf(repo.root, asRepoPath(''), source);
  const cache = repo.cache('md5');
  const stored = options.toRemote
    ? await storeOnRemote(repo, place, { remote: options.remote, command: 'add' }, ctx)
    : await storeExternal(repo, place, cache, ctx);
  if (!stored) throw missing(given, source);
  const { content } = stored;
  await repo.data.flush(ctx);
  const { hash, meta } = recordOfContent(content);
  repo.writePointer(pointer, {
    ...newDvcFile([{ ...newOut(nameOf(target)), hash, meta }]),
    desc: options.desc,
  });
  // The workspace comes last: where something is at the output's path, the same command would take that for another's.
  await ignores.add(lines);
  if (!options.toRemote)
    await placeOutput(repo, stage.outs[0]!, placedOf(content), cache, { force: true, durable: true }, ctx);
  repo.state.save();
  repo.outputsMade.save();
  const touched = [repo.absolute(pointer), ...ignores.touched];
  await repo.autostage(touched);
  const files = content.kind === 'file' ? 1 : content.tree.length;
  return { outputs: [{ path: target, pointer, oid: content.oid, files, bytes: content.size, changed: true }], touched };
}

/** A folder given as `out` takes the source's name. */
function targetOf(repo: Repo, from: string, { out, toRemote, force }: AddOptions, ctx: OpContext): RepoPath {
  const wanted = resolveOut(
    { from, force: force === true || toRemote === true, ...(out === undefined ? {} : { out }) },
    ctx.cwd,
  );
  const target = repo.locate(wanted, ctx.cwd);
  if (target === undefined || target === '')
    throw new DvcError('output-outside-repo', `Cached output(s) outside of DVC project: ${wanted}.`, {
      hint: 'Choose a path inside the repository.',
    });
  return target;
}

const missing = (given: string, source: string) =>
  new DvcError(
    'output-missing',
    isLocalUrl(given)
      ? `output '${given}' does not exist: [Errno 2] No such file or directory: '${source}'`
      : `output '${redactUrl(given)}' does not exist`,
    { data: { path: redactUrl(given) } },
  );
