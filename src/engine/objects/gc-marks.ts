import * as path from 'node:path';
import { DvcError, manifestMissing } from '../core/errors.ts';
import { asOid, isDirOid, type Oid, type RepoPath } from '../core/ids.ts';
import { checkAborted, type OpContext, warn } from '../core/op-context.ts';
import { readLevel } from '../files/config-levels.ts';
import { sectionAt } from '../files/config-sections.ts';
import type { FileRecord } from '../files/data-entry.ts';
import type { RevisionScope } from '../git/git.ts';
import type { Output } from '../graph/output.ts';
import type { RepoIndex } from '../graph/repo-index.ts';
import type { Stage } from '../graph/stage.ts';
import { Tree } from '../hash/tree.ts';
import { encodeTree, treeOid } from '../hash/tree-encode.ts';
import type { ContentHash } from '../platform/digest.ts';
import { OidSet } from '../platform/oid-set.ts';
import type { Repo } from '../repo.ts';
import { contentOf } from '../repo-data.ts';
import type { Remote } from '../repo-remotes.ts';

export type Marks = Readonly<Record<ContentHash, OidSet>>;

export const noMarks = (): Marks => ({ md5: new OidSet(), 'md5-dos2unix': new OidSet() });

/** Objects in use whose remote is the same: the one an output names, or the default one. */
export interface MarkedGroup {
  readonly repo: Repo;
  /** Undefined for the default remote. */
  readonly remote: string | undefined;
  readonly used: Marks;
}

export interface MarkOptions {
  readonly scope: RevisionScope;
  /** Where a directory object is looked for that the cache lacks; the default remote without it. */
  readonly remote?: string;
  /** Leave out stage files of revisions that cannot be read. */
  readonly skipFailed?: boolean;
  /** Give up the files of a directory whose list is nowhere, without asking. */
  readonly force?: boolean;
  /** Nothing will be deleted: nothing has to be asked. */
  readonly dry?: boolean;
  /** Objects of the remote are in question, too. */
  readonly cloud?: boolean;
}

/**
 * What a project needs: every object of every output in the workspace and in the revisions of the scope.
 *
 * A stage file that cannot be read stops it, as it may name anything (faults 51): in a revision `skipFailed` leaves it out, in the
 * workspace nothing does.
 *
 * @throws The first such failure, with the revision's name in front; `object-missing` for a directory whose files are unknown.
 */
export async function collectMarks(repo: Repo, options: MarkOptions, ctx: OpContext): Promise<MarkedGroup[]> {
  const marker = new Marker(repo, options);
  await named('workspace', async () => marker.mark(await repo.index(), undefined, ctx));
  const { scope, skipFailed } = options;
  const isWider = [
    scope.revs?.length,
    scope.allBranches,
    scope.allTags,
    scope.allCommits,
    scope.allExperiments,
    scope.date,
  ];
  // Without Git there are no branches, tags and commits; to name a revision or ask for experiments is an error, as in DVC.
  if (!isWider.some(Boolean) || (!repo.git.present && !scope.revs && !scope.allExperiments)) return marker.groups();
  for (const [id, names] of await repo.git.revisions(scope)) {
    checkAborted(ctx.signal);
    const name = names[0] ?? id;
    const skip = (file: RepoPath, error: unknown): void =>
      warn(ctx, `Failed to collect '${file}' of '${name}', skipping: ${(error as Error).message}`);
    try {
      await named(name, async () => marker.mark(await repo.indexAt(id, skipFailed ? skip : undefined), name, ctx));
    } catch (error) {
      if (!skipFailed || !(error instanceof DvcError) || error.code === 'cancelled') throw error;
      warn(ctx, `${error.message}, skipping`);
    }
  }
  return marker.groups();
}

async function named(rev: string, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (!(error instanceof DvcError) || error.code === 'cancelled') throw error;
    const { code, message, hint, data } = error;
    throw new DvcError(code, `Failed to collect '${rev}': ${message}`, {
      cause: error,
      hint: hint ?? 'Nothing was deleted.',
      data,
      exitCode: 255,
    });
  }
}

class Marker {
  readonly #repo: Repo;
  readonly #options: MarkOptions;
  readonly #groups = new Map<string, MarkedGroup>();
  /** Directories whose files nobody knows. */
  readonly #givenUp = new Set<Oid>();

  constructor(repo: Repo, options: MarkOptions) {
    this.#repo = repo;
    this.#options = options;
    this.#group(undefined); // Also of a project without outputs.
  }

  groups(): MarkedGroup[] {
    return [...this.#groups.values()];
  }

  /** @param rev Undefined for the workspace. */
  async mark(index: RepoIndex, rev: string | undefined, ctx: OpContext): Promise<void> {
    for (const stage of index.stages)
      for (const [i, output] of stage.outs.entries()) {
        checkAborted(ctx.signal);
        // What is imported from another repository comes from there again.
        if (!output.cache || output.imported) continue;
        const used = this.#group(output.remote).used;
        markVersioned(stage, i, used);
        const { oid, hash } = contentOf(output.hash);
        if (oid === undefined || used[hash].has(oid)) continue;
        if (!isDirOid(oid)) used[hash].add(oid);
        else await this.#markFolder(output, oid, hash, rev, ctx);
      }
  }

  async #markFolder(output: Output, oid: Oid, hash: ContentHash, rev: string | undefined, ctx: OpContext) {
    if (this.#givenUp.has(oid)) return;
    const used = this.#group(output.remote).used[hash];
    const tree = await this.#readTree(output, oid, hash, rev, ctx);
    if (tree) {
      used.add(oid);
      used.files.addAll(tree.digests);
      return;
    }
    const { force, dry } = this.#options;
    const shown = rev === undefined ? output.defPath : `${output.defPath}' of '${rev}`;
    const lost = `Missing cache for directory '${shown}'. Cache for files inside will be lost.`;
    if (force || dry) warn(ctx, lost);
    else if (!(await ctx.confirm(`${lost} Would you like to continue? Use '-f' to force.`)))
      throw manifestMissing(output.defPath, oid);
    this.#givenUp.add(oid);
  }

  /** From the cache, else from the remote; undefined where neither has it whole. */
  async #readTree(
    output: Output,
    oid: Oid,
    hash: ContentHash,
    rev: string | undefined,
    ctx: OpContext,
  ): Promise<Tree | undefined> {
    const local = await orLost(this.#repo.cache(hash).readTree(oid, ctx));
    if (local) return local;
    const remote = await this.#remoteOf(output, rev, ctx);
    return remote && orLost(remote.odb(hash).readTree(oid, ctx));
  }

  async #remoteOf(output: Output, rev: string | undefined, ctx: OpContext): Promise<Remote | undefined> {
    const { config } = this.#repo;
    const { remote: asked, force, cloud } = this.#options;
    const name = output.remote ?? asked ?? config.defaultRemote;
    if (name === undefined) return undefined;
    // DVC does not find a remote of a relative path from within a revision; with `-f`, what it would give up is given up.
    if (force && cloud && rev !== undefined && isWrittenRelative(this.#repo, name)) return undefined;
    return this.#repo.remote(name, 'gc', ctx);
  }

  #group(remote: string | undefined): MarkedGroup {
    const key = remote?.toLowerCase() ?? '';
    let group = this.#groups.get(key);
    if (!group) this.#groups.set(key, (group = { repo: this.#repo, remote, used: noMarks() }));
    return group;
  }
}

/** Absent or damaged is undefined; a failure to look is none of both, and stops everything. */
async function orLost(reading: Promise<Tree>): Promise<Tree | undefined> {
  try {
    return await reading;
  } catch (error) {
    if (DvcError.is(error) && LOST.has(error.code)) return undefined;
    throw error;
  }
}

const LOST: ReadonlySet<string> = new Set(['object-missing', 'object-corrupt', 'invalid-tree']);

function isWrittenRelative(repo: Repo, name: string): boolean {
  const { config } = repo;
  const remote = config.remote(name);
  const level = remote.origins.get('url');
  const file = level === undefined ? undefined : config.files[level];
  const written = file === undefined ? undefined : sectionAt(readLevel(file), 'remote', remote.name)?.get('url');
  return remote.scheme === '' && typeof written === 'string' && !path.isAbsolute(written) && !written.startsWith('~');
}

/** Files that a cloud keeps versions of are listed one by one in the pointer, in place of a directory object. */
function markVersioned(stage: Stage, output: number, used: Marks): void {
  const files = stage.kind === 'pipeline' ? undefined : stage.pointer.outs[output]?.files;
  if (!files) return;
  const entries = files.flatMap(entryOf);
  for (const { md5 } of entries) used.md5.add(asOid(md5));
  used.md5.add(treeOid(encodeTree(Tree.from(entries))));
}

const entryOf = ({ relpath, hash }: FileRecord): { relpath: string; md5: string }[] =>
  hash?.name === 'md5' ? [{ relpath, md5: hash.value }] : [];
