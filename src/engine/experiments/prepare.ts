import * as fs from 'node:fs';
import * as path from 'node:path';
import { DvcError, errnoOf, fromErrno } from '../core/errors.ts';
import type { RepoPath } from '../core/ids.ts';
import type { OpContext } from '../core/op-context.ts';
import { DEFAULT_PARAMS_FILE } from '../files/params-file.ts';
import type { GitId } from '../git/git.ts';
import type { Repo } from '../repo.ts';
import { composeHydra } from './hydra-compose.ts';
import { isFolder } from './hydra-source.ts';
import { type Override, parseOverride } from './override-grammar.ts';
import { overrideParams, overridesByFile } from './params-edit.ts';
import { randomName } from './random-name.ts';
import { checkExperimentName, experimentExists, listExperiments } from './refs.ts';
import { noCommits } from './snapshots.ts';
import { refuseSweeps } from './sweeps.ts';

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
  const composed = hydra && hydraEnabled(repo);
  const edits = new Map<RepoPath, string>();
  const files = composed && !overrides.has(DEFAULT_PARAMS_FILE) ? [...overrides, ONLY_COMPOSED] : overrides;
  for (const [file, list] of files) {
    const at = repo.locate(file, ctx.cwd);
    if (at === undefined)
      throw new DvcError('bad-override', `'${file}' is outside of the repository.`, { data: { path: file } });
    if (composed && file === DEFAULT_PARAMS_FILE) {
      refuseSweeps(new Map([[file, list]]));
      edits.set(at, composeHydra({ ...hydraPlace(repo), cwd: ctx.cwd }, list));
    } else edits.set(at, overrideParams(file, readText(repo.absolute(at), file, list), list));
  }
  return edits;
}

const ONLY_COMPOSED = [DEFAULT_PARAMS_FILE, []] as const;

/** Whether experiments begin with params.yaml made from a Hydra configuration. */
export const hydraEnabled = (repo: Repo): boolean => repo.config.flag('hydra', 'enabled', false);

/** Where the Hydra configuration is. @throws `unsupported` for a Python package that is nowhere as a folder */
function hydraPlace(repo: Repo): { readonly folder: string; readonly name: string } {
  const option = (name: string): string | undefined => repo.config.get('hydra', name)?.toString();
  const name = option('config_name') ?? 'config';
  const module = option('config_module');
  if (module === undefined) return { folder: path.join(repo.root, option('config_dir') ?? 'conf'), name };
  const inPath = (process.env['PYTHONPATH'] ?? '').split(path.delimiter).filter((one) => one !== '');
  const places = [repo.root, path.join(repo.root, 'src'), ...inPath].map((one) => path.join(one, ...module.split('.')));
  const folder = places.find(isFolder);
  if (folder !== undefined) return { folder, name };
  throw new DvcError('unsupported', `Primary config module '${module}' not found: Python packages are not searched.`, {
    hint: 'Set `hydra.config_dir` to the folder of its files instead: `lode config --unset hydra.config_module`, then `lode config hydra.config_dir FOLDER`.',
    data: { places },
  });
}

/** A file that is not there is made by overrides that only add to it. */
function readText(file: string, shown: string, overrides: readonly Override[]): string {
  try {
    return fs.readFileSync(file, 'utf8');
  } catch (error) {
    if (errnoOf(error) !== 'ENOENT') throw fromErrno(error, 'read', file);
    if (overrides.every(({ kind }) => kind === 'add' || kind === 'force-add')) return /\.json$/i.test(file) ? '{}' : '';
    throw new DvcError('output-missing', `the params file '${shown}' does not exist`, {
      hint: 'Make it, or name another one: `-S file.yaml:key=value`.',
      data: { path: shown },
    });
  }
}
