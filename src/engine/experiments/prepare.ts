import * as fs from 'node:fs';
import { DvcError, errnoOf, fromErrno } from '../core/errors.ts';
import type { RepoPath } from '../core/ids.ts';
import type { OpContext } from '../core/op-context.ts';
import type { GitId } from '../git/git.ts';
import type { Repo } from '../repo.ts';
import { type Override, parseOverride } from './override-grammar.ts';
import { overrideParams, overridesByFile } from './params-edit.ts';
import { randomName } from './random-name.ts';
import { checkExperimentName, experimentExists, listExperiments } from './refs.ts';
import { noCommits } from './snapshots.ts';

/** Overrides as they were written, by file from the user's folder. */
export type OverridesByFile = ReadonlyMap<string, readonly string[]>;

/** An experiment that could start: it has a name that is free. */
export interface Planned {
  readonly head: GitId;
  readonly name: string;
}

/** Reads `-S` as it was typed. @throws `bad-override` */
export function readOverrides(given: readonly string[]): Map<string, Override[]> {
  return new Map([...overridesByFile(given)].map(([file, texts]) => [file, texts.map(parseOverride)]));
}

/**
 * The experiment's name, given or made up, and the commit it starts from.
 *
 * @param taken Names that wait in a queue. @throws `bad-name`, `experiment-exists`, `git-failed` without a commit
 */
export async function planExperiment(
  repo: Repo,
  {
    name,
    force,
    command = 'run',
  }: { readonly name: string | undefined; readonly force: boolean; readonly command?: string },
  taken: ReadonlySet<string> = new Set(),
): Promise<Planned> {
  const head = repo.git.present ? repo.git.head() : await repo.git.resolve('HEAD');
  if (head === undefined) throw noCommits();
  if (name !== undefined) checkExperimentName(name);
  const here = (await listExperiments(repo.git)).filter(({ baseline }) => baseline === head);
  if (name !== undefined && !force && here.some((one) => one.name === name)) throw experimentExists(name, command);
  const names = new Set(here.map((one) => one.name));
  return { head, name: name ?? randomName((one) => names.has(one) || taken.has(one)) };
}

/**
 * The params files as they are after the overrides: nothing is written.
 *
 * @throws `bad-override`, `invalid-file`, `output-missing` for a file that is not there
 */
export function editedParams(
  repo: Repo,
  overrides: ReadonlyMap<string, readonly Override[]>,
  { hydra = true }: { readonly hydra?: boolean },
  ctx: OpContext,
): Map<RepoPath, string> {
  if (hydra && repo.config.get('hydra', 'enabled') === 'true')
    throw new DvcError('unsupported', 'Hydra composition (`hydra.enabled`) is not supported.', {
      hint: 'Give `--no-hydra`, and set params with `-S`.',
    });
  const edits = new Map<RepoPath, string>();
  for (const [file, list] of overrides) {
    const path = repo.locate(file, ctx.cwd);
    if (path === undefined)
      throw new DvcError('bad-override', `'${file}' is outside of the repository.`, { data: { path: file } });
    edits.set(path, overrideParams(file, readText(repo.absolute(path), file), list));
  }
  return edits;
}

function readText(file: string, shown: string): string {
  try {
    return fs.readFileSync(file, 'utf8');
  } catch (error) {
    if (errnoOf(error) !== 'ENOENT') throw fromErrno(error, 'read', file);
    throw new DvcError('output-missing', `the params file '${shown}' does not exist`, {
      hint: 'Make it, or name another one: `-S file.yaml:key=value`.',
      data: { path: shown },
    });
  }
}
