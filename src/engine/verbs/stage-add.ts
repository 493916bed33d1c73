import * as fs from 'node:fs';
import * as path from 'node:path';
import { DvcError, type DvcErrorDetails } from '../core/errors.ts';
import { asRepoPath, type RepoPath } from '../core/ids.ts';
import { type OpContext, warn } from '../core/op-context.ts';
import { fromCwd, toRepoPath } from '../core/paths.ts';
import type { OutEntry, ParamsEntry } from '../files/dvc-yaml.ts';
import { addStage, type StageSpec } from '../files/dvc-yaml-edit.ts';
import { checkStageName } from '../files/stage-name.ts';
import { buildGraph } from '../graph/graph.ts';
import { addressOf, loadPipeline, stageOf } from '../graph/load-pipeline.ts';
import { isTracked } from '../graph/output.ts';
import { definedPath } from '../graph/place.ts';
import type { RepoIndex } from '../graph/repo-index.ts';
import type { PipelineStage } from '../graph/stage.ts';
import { writeAtomic } from '../platform/atomic-write.ts';
import type { OutputStreams } from '../platform/process.ts';
import type { Repo } from '../repo.ts';
import { prepareReproduction, runNow, type StageOutcome } from '../stages/reproduce-stage.ts';
import { showAddress, showPlace } from '../stages/stage-checks.ts';
import { StageLocks } from '../stages/stage-lock.ts';
import type { WriteResult } from './write-result.ts';

/** An output as a command line gives it. */
export type NewOutput = Pick<OutEntry, 'path' | 'kind' | 'cache' | 'persist'>;

export interface StageAddOptions {
  readonly name: string;
  readonly cmd: string;
  readonly deps?: readonly string[];
  readonly params?: readonly ParamsEntry[];
  /** In the order in which `.gitignore` gets them. */
  readonly outs?: readonly NewOutput[];
  /** From the user's folder, where the dvc.yaml is. */
  readonly wdir?: string;
  readonly alwaysChanged?: boolean;
  readonly desc?: string;
  /** Overwrite a stage of the name. */
  readonly force?: boolean;
  /** Run it too. */
  readonly run?: boolean;
  /** With `run`: the command writes to this process's terminal. */
  readonly inherit?: boolean | OutputStreams;
  /** Told once the stage is written, before it runs. */
  onAdded?(shown: string, file: string): void;
}

export interface StageAddResult extends WriteResult {
  readonly shown: string;
  /** The dvc.yaml, from the user's folder. */
  readonly file: string;
  readonly outcome: StageOutcome | undefined;
}

/**
 * Writes a stage into the dvc.yaml of the user's folder, keeping comments and order of what is there.
 *
 * @throws `stage-exists`, `bad-name`, `usage`, `output-overlap`, `cycle`; with `run` what running throws. Source: dvc-format 4.9, 4.10.
 */
export async function stageAdd(repo: Repo, options: StageAddOptions, ctx: OpContext): Promise<StageAddResult> {
  await using locks = new StageLocks(repo, await repo.lock(ctx), ctx);
  await using lock = await locks.enter();
  const folder = toRepoPath(repo.root, ctx.cwd);
  if (folder === undefined) throw new DvcError('usage', `'${ctx.cwd}' is outside of the repository.`);
  const file = asRepoPath(folder === '' ? 'dvc.yaml' : `${folder}/dvc.yaml`);
  const spec = specOf(repo, options, ctx);
  const index = await repo.index();
  const stage = checked(repo, index, file, spec, options, ctx);
  const absolute = repo.absolute(file);
  const old = fs.existsSync(absolute) ? fs.readFileSync(absolute, 'utf8') : undefined;
  const shownFile = fromCwd(ctx.cwd, absolute);
  const before =
    old === undefined ? undefined : (await loadPipeline(repo.workspace, file, { root: repo.root })).resolved;
  const replaced = before?.stages.find(({ name }) => name === spec.name);
  const ignores = repo.newIgnores();
  const text = addStage(old, spec, shownFile, replaced);
  if (text !== old) writeAtomic(absolute, text);
  repo.forgetIndex();
  const waiting = await ignores.addAhead(
    stage.outs
      .filter(isTracked)
      .map((output) => ({ path: repo.absolute(output.place.path), shown: showPlace(repo, output, ctx.cwd) })),
  );
  if (waiting !== undefined && !options.run)
    warn(ctx, `'${waiting}' is written when the stage has run: its folder is not there yet.`);
  const shown = showAddress(repo, stage, ctx.cwd);
  options.onAdded?.(shown, shownFile);
  const touched = new Set([...ignores.touched, absolute]);
  let outcome: StageOutcome | undefined;
  if (options.run) {
    const settings = { inherit: options.inherit ?? false, env: process.env };
    const reproduction = await prepareReproduction(repo, await repo.index(), [stage], settings);
    try {
      outcome = await runNow(reproduction, stage, { force: false, lock }, ctx);
    } finally {
      repo.state.save();
      repo.outputsMade.save();
    }
    for (const one of reproduction.touched) touched.add(one);
  }
  await repo.autostage([...touched]);
  return { shown, file: shownFile, outcome, touched: [...touched].sort() };
}

function specOf(repo: Repo, options: StageAddOptions, ctx: OpContext): StageSpec {
  const { name, cmd, deps = [], params = [], outs = [], wdir = '.' } = options;
  if (cmd === '') throw refused('usage', 'command is not specified');
  checkStageName(name);
  const folder = path.resolve(ctx.cwd, wdir);
  const stats = fs.statSync(folder, { throwIfNoEntry: false });
  if (!stats) throw refused('usage', `stage working dir '${folder}' does not exist`);
  if (!stats.isDirectory()) throw refused('usage', `stage working dir '${folder}' is not directory`);
  const inside = toRepoPath(repo.root, folder);
  if (inside === undefined) throw refused('usage', `stage working dir '${folder}' is outside of DVC repo`);
  const defined = (written: string): string => definedPath(repo.root, inside, written);
  for (const dep of deps) requireRemote(repo, dep);
  return {
    name,
    cmd,
    wdir: fromCwd(ctx.cwd, folder),
    deps: deps.map(defined),
    params: params.map((one) => ({ ...one, path: defined(one.path) })),
    outs: outs.map((out) => ({
      ...out,
      path: defined(out.path),
      push: true,
      remote: undefined,
      desc: undefined,
      type: undefined,
      labels: [],
      meta: null,
      plot: new Map(),
    })),
    frozen: false,
    alwaysChanged: options.alwaysChanged ?? false,
    desc: options.desc,
    meta: null,
  };
}

/** @throws `remote-not-found` */
function requireRemote(repo: Repo, dep: string): void {
  const name = /^remote:\/\/([^/]*)/.exec(dep)?.[1];
  if (name !== undefined) repo.config.remote(name, 'use');
}

/** The stage as it will be, where it fits in with all others. */
function checked(
  repo: Repo,
  index: RepoIndex,
  file: RepoPath,
  spec: StageSpec,
  { force = false }: StageAddOptions,
  ctx: OpContext,
): PipelineStage {
  const stage = stageOf(spec, file, repo.root);
  checkPaths(repo, stage, ctx);
  const taken = index
    .stagesIn(file)
    .find((one) => one.kind === 'pipeline' && (one.name === spec.name || one.group === spec.name));
  if (taken && !force)
    throw refused('stage-exists', `Stage '${spec.name}' already exists in 'dvc.yaml'. Use '--force' to overwrite.`);
  const address = addressOf(file, spec.name);
  const others = index.stages.filter(
    (one) => one.address !== address && !(one.kind === 'pipeline' && one.file === file && one.group === spec.name),
  );
  for (const output of stage.outs) {
    const owners =
      output.place.kind === 'repo'
        ? others.filter((one) =>
            one.outs.some(
              (out) => out.place.kind === 'repo' && out.place.path === (output.place as { path: string }).path,
            ),
          )
        : [];
    if (owners[0]) throw alreadySpecified(showPlace(repo, output, ctx.cwd), showAddress(repo, owners[0], ctx.cwd));
  }
  buildGraph([...others, stage]);
  return stage;
}

function checkPaths(repo: Repo, stage: PipelineStage, ctx: OpContext): void {
  const absolute = (defPath: string): string => path.resolve(repo.absolute(stage.wdir), defPath);
  const outside = stage.outs.filter((output) => output.cache && output.place.kind !== 'repo');
  if (outside.length > 0)
    throw refused(
      'output-outside-repo',
      `Cached output(s) outside of DVC project: ${outside.map((out) => showPlace(repo, out, ctx.cwd)).join(', ')}. See <https://dvc.org/doc/user-guide/pipelines/external-dependencies-and-outputs> for more info.`,
    );
  const reserved = stage.outs.find(({ defPath }) => /(^|\/)(dvc\.yaml|dvc\.lock|[^/]+\.dvc)$/.test(defPath));
  if (reserved) throw refused('output-is-dvc-file', `DVC file '${reserved.defPath}' cannot be an output.`);
  const inputs = [...stage.deps, ...stage.params].map(({ defPath }) => absolute(defPath));
  const outputs = stage.outs.map(({ defPath }) => absolute(defPath));
  const circular = outputs.find((one) => inputs.includes(one));
  if (circular !== undefined) throw refused('cycle', `'${circular}' is specified as an output and as a dependency.`);
  const all = [...inputs, ...outputs];
  const twice = all.find((one, i) => all.indexOf(one) !== i);
  if (twice !== undefined) throw refused('usage', `file '${twice}' is specified more than once.`);
}

const alreadySpecified = (output: string, owner: string) =>
  refused(
    'output-overlap',
    `output '${output}' is already specified in stage: '${owner}'.\nUse \`dvc remove ${owner}\` to stop tracking the overlapping output.`,
  );

const refused = (code: ConstructorParameters<typeof DvcError>[0], message: string, more: DvcErrorDetails = {}) =>
  new DvcError(code, message, { exitCode: 255, ...more });
