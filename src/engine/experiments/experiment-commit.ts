import { createHash } from 'node:crypto';
import type { OpContext } from '../core/op-context.ts';
import { type PyValue, pyJson, pyMap } from '../core/python.ts';
import { type LockEntry, lockEntryValue } from '../files/lockfile.ts';
import type { GitId } from '../git/git.ts';
import { loadPipeline } from '../graph/load-pipeline.ts';
import type { Stage } from '../graph/stage.ts';
import type { Repo } from '../repo.ts';
import { stageFiles, topLevelFiles } from './experiment-files.ts';
import { changeRefs, commitTree, NO_COMMIT, type SideIndex } from './git-trees.ts';
import { experimentExists, experimentRef } from './refs.ts';

export interface CommitInput {
  readonly name: string;
  readonly baseline: GitId;
  /** What the commit's parent is: HEAD of the work tree the experiment ran in. */
  readonly head: GitId;
  /** Overwrites an experiment of the same name. */
  readonly force: boolean;
  readonly message: string | undefined;
  /** The stages of the run, in order. */
  readonly stages: readonly Stage[];
  /** Those that were not up to date. */
  readonly ran: readonly Stage[];
  /** Files whose params were set, which belong to it though Git may not track them: absolute. */
  readonly paramsFiles?: readonly string[];
  /** Untracked files to take along, ignored ones too: absolute. */
  readonly alsoFiles?: readonly string[];
}

/**
 * Makes the commit of an experiment, with its ref, from a work tree: tracked files as they are, and what DVC adds to them.
 *
 * @param repo Of the work tree the experiment ran in. @throws `experiment-exists`
 */
export async function commitExperiment(
  repo: Repo,
  side: SideIndex,
  input: CommitInput,
  ctx: OpContext,
): Promise<{ readonly rev: GitId; readonly ref: string }> {
  const { git } = repo;
  repo.forgetIndex();
  const index = await repo.index();
  await side.update();
  const own = [...stageFiles(repo, index, input.stages), ...(await topLevelFiles(repo, index))];
  await side.addFiles([...own, ...(input.paramsFiles ?? [])]);
  await side.addFiles(input.alsoFiles ?? [], { force: true });
  const tree = await side.tree();
  const message = input.message ?? `dvc: commit experiment ${await experimentHash(repo, input.ran)}`;
  const { ref } = experimentRef(input.baseline, input.name);
  const known = (await git.refs(ref)).find(({ name }) => name === ref)?.id;
  if (known !== undefined && !input.force) {
    if ((await git.commit(known)).tree === tree) return { rev: known, ref };
    throw experimentExists(input.name);
  }
  const rev = await commitTree(git, tree, [input.head], message);
  await changeRefs(git, [{ ref, to: rev, from: known ?? NO_COMMIT }], `dvc: commit experiment`);
  ctx.emit({ type: 'file-written', path: ref });
  return { rev, ref };
}

/** The sha256 of what the lock files hold of the stages that ran, sizes included. */
async function experimentHash(repo: Repo, ran: readonly Stage[]): Promise<string> {
  const entries: [string, PyValue][] = [];
  const files = new Set(ran.filter((stage) => stage.kind === 'pipeline').map((stage) => stage.file));
  for (const file of files) {
    const { lock } = await loadPipeline(repo.workspace, file, repo.loadOptions);
    for (const stage of ran) {
      const entry: LockEntry | undefined =
        stage.kind === 'pipeline' && stage.file === file ? lock?.stages.get(stage.name) : undefined;
      if (entry && stage.kind === 'pipeline') entries.push([stage.name, lockEntryValue(entry)]);
    }
  }
  return createHash('sha256')
    .update(pyJson(pyMap(entries), { sortKeys: true }))
    .digest('hex');
}
