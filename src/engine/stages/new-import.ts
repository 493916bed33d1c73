import * as fs from 'node:fs';
import * as path from 'node:path';
import { DvcError, errnoOf, pathReserved } from '../core/errors.ts';
import { asRepoPath, type RepoPath } from '../core/ids.ts';
import type { OpContext } from '../core/op-context.ts';
import { fromCwd, nameOf, parentOf } from '../core/paths.ts';
import { type DvcFileDep, newDvcFile, newOut, parseDvcFile } from '../files/dvc-file.ts';
import { isStageFile } from '../graph/collect-files.ts';
import { buildGraph } from '../graph/graph.ts';
import { pointerStage } from '../graph/load-pointer.ts';
import { repoPathOf } from '../graph/output.ts';
import { isForbiddenOutput } from '../graph/reserved.ts';
import type { ImportStage } from '../graph/stage.ts';
import { exists, isFolder } from '../platform/exists.ts';
import type { Repo } from '../repo.ts';
import { refuseLinkedParents } from '../workspace/own-copies.ts';

/** Where something from elsewhere is written to. */
export interface WantedOut {
  /** A path or a URL; its last part is the name unless `out` is another. */
  readonly from: string;
  /** From the user's folder; a folder takes the name of the source. */
  readonly out?: string;
  /** Overwrite what is there. */
  readonly force?: boolean;
}

/** The path that is written to, absolute. @throws `output-exists` */
export function resolveOut({ from, out, force = false }: WantedOut, cwd: string): string {
  const plain = /^[a-z][a-z0-9+.-]+:\/\//i.test(from)
    ? from.replace(/[?#].*$/, '').replace(/^[^:]+:\/\/[^/]*/, '')
    : from;
  const name = path.basename(path.normalize(plain || '.'));
  const given = out === undefined || out === '' ? name : isFolder(path.resolve(cwd, out)) ? path.join(out, name) : out;
  const absolute = path.resolve(cwd, given);
  if (!force && exists(absolute)) {
    const kind = isFolder(absolute) ? 'directory' : 'file';
    throw new DvcError('output-missing', `The ${kind} '${given}' already exists locally.`, {
      hint: 'To override it, re-run with `--force`, or choose another name.',
      exitCode: 1,
      data: { path: absolute },
    });
  }
  return absolute;
}

export interface NewImport extends WantedOut {
  /** What the data comes from. @param wdir Absolute; what its path starts from. */
  dep(wdir: string): DvcFileDep;
  /** Name of the pointer file, from the user's folder. */
  readonly file?: string;
  readonly desc?: string;
  /** False: data is fetched from its source again, never pushed. */
  readonly push?: boolean;
}

/**
 * The stage of an import that is yet to be made, everything that names alone can tell being refused first.
 *
 * What a pointer file of the same name says of the user's own, such as descriptions and labels, is kept.
 *
 * @throws `output-outside-repo`, `output-reserved`, `output-in-symlink`, `output-is-dvc-file`, `output-ignored`, `output-overlap`, `git-ignored`, `cycle`
 */
export async function planImport(repo: Repo, wanted: NewImport, ctx: OpContext): Promise<ImportStage> {
  const absolute = resolveOut(wanted, ctx.cwd);
  const target = repo.locate(absolute, ctx.cwd);
  if (target === undefined || target === '') throw outsideRepo(absolute);
  const shown = fromCwd(ctx.cwd, repo.absolute(target));
  if (isStageFile(nameOf(target)))
    throw new DvcError('output-is-dvc-file', `DVC file '${shown}' cannot be an output.`, {
      hint: 'Choose a name that does not end in `.dvc`.',
    });
  if (isForbiddenOutput(target)) throw pathReserved(shown);
  refuseLinkedParents(repo, target);
  const file = pointerOf(repo, target, wanted.file, ctx);
  const folder = repo.absolute(parentOf(file));
  if (!exists(folder))
    throw new DvcError('output-missing', `stage working dir '${folder}' does not exist`, {
      hint: 'Make the folder first.',
      data: { path: folder },
    });
  const rule = await repo.ignore.ignoredBy(target, false);
  if (rule !== undefined)
    throw new DvcError('output-ignored', `Path '${repo.absolute(target)}' is ignored by ${rule}`, {
      hint: 'Change the rule in .dvcignore, or choose another name.',
      data: { path: target },
    });
  if ((await repo.git.ignored([repo.absolute(file)])).size > 0)
    throw new DvcError('git-ignored', `bad DVC file name '${fromCwd(ctx.cwd, repo.absolute(file))}' is git-ignored.`, {
      hint: 'The .dvc file goes into Git: choose a place that Git does not ignore.',
    });
  const stage = stageAt(repo, file, target, wanted);
  const source = stage.deps[0] && !stage.deps[0].source ? repoPathOf(stage.deps[0]) : undefined;
  if (source === target)
    throw new DvcError('cycle', `'${shown}' is specified as an output and as a dependency.`, {
      hint: 'Give the import another name.',
    });
  const index = await repo.index();
  buildGraph([...index.stages.filter((other) => other.address !== stage.address), stage]);
  return stage;
}

function stageAt(repo: Repo, file: RepoPath, target: RepoPath, { dep, desc, push = true }: NewImport): ImportStage {
  const wdir = path.posix.relative(parentOf(file), parentOf(target));
  const old = oldPointer(repo, file);
  const fresh = newOut(nameOf(target));
  const before = old?.outs.find((out) => out.path === fresh.path);
  const kept = before && {
    desc: before.desc,
    type: before.type,
    labels: before.labels,
    annotation: before.annotation,
    remote: before.remote,
  };
  const pointer = {
    ...newDvcFile([{ ...fresh, ...kept, push: push && (before?.push ?? true) }]),
    deps: [dep(repo.absolute(parentOf(target)))],
    wdir: wdir === '' ? undefined : wdir,
    frozen: true,
    desc: desc ?? old?.desc,
    meta: old?.meta,
  };
  const stage = pointerStage(pointer, file, repo.root);
  if (stage.kind !== 'import') throw new Error(`${file} has no dependency`);
  return stage;
}

function oldPointer(repo: Repo, file: RepoPath) {
  try {
    return parseDvcFile(fs.readFileSync(repo.absolute(file), 'utf8'), file);
  } catch (error) {
    if (errnoOf(error) === 'ENOENT' || DvcError.is(error)) return undefined; // A file that is damaged is written anew.
    throw error;
  }
}

function pointerOf(repo: Repo, target: RepoPath, file: string | undefined, ctx: OpContext): RepoPath {
  if (file === undefined) return asRepoPath(`${target}.dvc`);
  const at = repo.locate(file, ctx.cwd);
  if (at === undefined || at === '') throw outsideRepo(path.resolve(ctx.cwd, file));
  if (!at.endsWith('.dvc'))
    throw new DvcError('bad-name', `'${file}' is not a name for a pointer file.`, { hint: 'It has to end in `.dvc`.' });
  return at;
}

const outsideRepo = (absolute: string) =>
  new DvcError(
    'output-outside-repo',
    `Cached output(s) outside of DVC project: ${absolute}. See <https://dvc.org/doc/user-guide/data-management/importing-external-data> for more info.`,
    { hint: 'Choose a path inside the repository.', data: { path: absolute } },
  );
