import type { RepoPath, StageAddress } from '../core/ids.ts';
import { checkAborted, type OpContext } from '../core/op-context.ts';
import { nameOf } from '../core/paths.ts';
import { ChangedPaths } from '../graph/changed-paths.ts';
import { isStageFile } from '../graph/collect-files.ts';
import { surveyGraph } from '../graph/graph.ts';
import { loadStageFile } from '../graph/load-index.ts';
import { lockFileOf } from '../graph/load-pipeline.ts';
import type { Stage } from '../graph/stage.ts';
import type { Repo } from '../repo.ts';
import { changeInputs } from '../stage-checks.ts';
import type { PipelineFile, PipelinesOptions, StageView } from './pipelines.ts';
import { type StageCheck, StageChecks } from './pipelines-check.ts';
import { type FileReading, readPipelineFile } from './pipelines-file.ts';
import { problemsOfGraph, staleStages } from './pipelines-graph.ts';

/** What may have changed since the last call: paths, or nobody knows. */
export type PipelineChanges = readonly RepoPath[] | 'everything';

/** Files that say which stage files there are, and what counts in a folder. */
const IGNORE_FILE = /(^|\/)\.(dvc|git)ignore$/;

/**
 * Pipelines as an editor follows them: asked again and again, it reads only the files that changed and compares only the stages that a
 * change touches. Calls must not overlap.
 */
export class PipelinesReader {
  readonly #repo: Repo;
  readonly #checks: StageChecks;
  readonly #pipelines = new Map<RepoPath, FileReading>();
  readonly #pointers = new Map<RepoPath, readonly Stage[]>();
  /** False before the first answer, and after one that did not come to its end. */
  #isWhole = false;

  constructor(repo: Repo, { compare = true }: PipelinesOptions = {}) {
    this.#repo = repo;
    this.#checks = new StageChecks(repo, compare);
  }

  async read(changes: PipelineChanges, ctx: OpContext): Promise<readonly PipelineFile[]> {
    const isEverything = changes === 'everything' || !this.#isWhole || changes.some((path) => IGNORE_FILE.test(path));
    const changed = isEverything ? undefined : new ChangedPaths(changes);
    this.#isWhole = false;
    if (!changed) this.#checks.forget();
    const stages = await this.#readFiles(changed);
    const survey = surveyGraph(stages);
    const inputs = changeInputs(this.#repo, ctx);
    const checks = new Map<StageAddress, StageCheck>();
    for (const { file, stages: own } of this.#pipelines.values())
      for (const { stage } of own) {
        checkAborted(ctx.signal);
        checks.set(stage.address, await this.#checks.of(stage, file.failure, changed, inputs, ctx));
      }
    this.#checks.keepOnly(checks);
    this.#isWhole = true;
    if (this.#repo.trusted) this.#repo.state.save();
    const stale = staleStages(survey.graph, checks);
    const problems = problemsOfGraph(survey.problems, this.#pipelines);
    return [...this.#pipelines.values()].map(({ file, stages: own }): PipelineFile => {
      const view = ({ stage, at, where }: (typeof own)[number]): StageView => {
        const check = checks.get(stage.address)!;
        return {
          address: stage.address,
          file: stage.file,
          where,
          at,
          stage,
          ...check,
          needs: survey.graph.needs.get(stage.address) ?? [],
          awaitsUpstream: check.state === 'up-to-date' && stale.has(stage.address),
        };
      };
      return { ...file, stages: own.map(view), problems: [...file.problems, ...(problems.get(file.file) ?? [])] };
    });
  }

  /** Brings both maps up to date, in the order of the files. @returns every stage there is */
  async #readFiles(changed: ChangedPaths | undefined): Promise<readonly Stage[]> {
    const [pipelines, pointers] = [new Map(this.#pipelines), new Map(this.#pointers)];
    this.#pipelines.clear();
    this.#pointers.clear();
    const load = async (file: RepoPath): Promise<readonly Stage[]> => {
      if (nameOf(file) === 'dvc.yaml') {
        const known = pipelines.get(file);
        const isFresh =
          known && changed && ![file, lockFileOf(file), ...known.file.reads].some((path) => changed.touch(path));
        const reading = isFresh ? known : await readPipelineFile(this.#repo, file);
        if (!reading) return [];
        this.#pipelines.set(file, reading);
        return reading.stages.map(({ stage }) => stage);
      }
      const known = pointers.get(file);
      const stages =
        known && changed && !changed.touch(file)
          ? known
          : await loadStageFile(this.#repo.workspace, file, this.#repo.loadOptions);
      this.#pointers.set(file, stages);
      return stages;
    };
    const files =
      changed && ![...changed].some((path) => isStageFile(nameOf(path)) && !pipelines.has(path) && !pointers.has(path))
        ? [...pipelines.keys(), ...pointers.keys()]
        : undefined;
    const { stages } = await this.#repo.indexReadBy(load, () => {}, files);
    return stages;
  }
}
