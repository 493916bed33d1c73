import type { RepoPath, StageAddress } from '../core/ids.ts';
import type { OpContext } from '../core/op-context.ts';
import { nameOf } from '../core/paths.ts';
import { isStageFile } from '../graph/collect-files.ts';
import { surveyGraph } from '../graph/graph.ts';
import { loadStageFile } from '../graph/load-index.ts';
import { lockFileOf } from '../graph/load-pipeline.ts';
import { PathSet } from '../graph/path-set.ts';
import type { Stage } from '../graph/stage.ts';
import { turnTaking } from '../platform/slices.ts';
import type { Repo } from '../repo.ts';
import { changeInputs } from '../stages/stage-checks.ts';
import type { PipelineFile, PipelinesOptions, StageView } from './pipelines.ts';
import { comparedPaths, type StageCheck, StageChecks } from './pipelines-check.ts';
import { type FileReading, readPipelineFile } from './pipelines-file.ts';
import { problemsOfGraph, staleStages } from './pipelines-graph.ts';
import { KnownInputs } from './pipelines-inputs.ts';

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
  readonly #known = new KnownInputs();
  readonly #pipelines = new Map<RepoPath, FileReading>();
  readonly #pointers = new Map<RepoPath, readonly Stage[]>();
  /** Everything the last answer was made from. */
  #inputs = new PathSet([]);
  /** False before the first answer, and after one that did not come to its end. */
  #isWhole = false;

  constructor(repo: Repo, { compare = true }: PipelinesOptions = {}) {
    this.#repo = repo;
    this.#checks = new StageChecks(repo, compare);
  }

  /** @param atWork Stages that write at this moment: they, and what reads from them, stay as they were. */
  async read(
    changes: PipelineChanges,
    ctx: OpContext,
    atWork: ReadonlySet<StageAddress> = new Set(),
  ): Promise<readonly PipelineFile[]> {
    const isEverything = changes === 'everything' || !this.#isWhole || changes.some((path) => IGNORE_FILE.test(path));
    const changed = isEverything ? undefined : new PathSet(changes);
    this.#isWhole = false;
    if (!changed) this.#checks.forget();
    this.#known.forget(changed);
    const stages = await this.#readFiles(changed);
    const survey = surveyGraph(stages);
    const inputs = this.#known.over(changeInputs(this.#repo, ctx));
    const takeTurn = turnTaking(ctx);
    const checks = new Map<StageAddress, StageCheck>();
    for (const { file, stages: own } of this.#pipelines.values())
      for (const { stage } of own) {
        await takeTurn();
        const needs = survey.graph.needs.get(stage.address) ?? [];
        const isBusy = atWork.has(stage.address) || needs.some((need) => atWork.has(need));
        const known = isBusy ? this.#checks.known(stage) : undefined;
        checks.set(stage.address, known ?? (await this.#checks.of(stage, file.failure, changed, inputs, ctx)));
      }
    this.#checks.keepOnly(checks);
    this.#inputs = new PathSet(this.#everyInput());
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

  /** Whether a change at `path` can make another answer. */
  isTouchedBy(path: RepoPath): boolean {
    return isStageFile(nameOf(path)) || IGNORE_FILE.test(path) || this.#inputs.touches(path);
  }

  *#everyInput(): Generator<RepoPath> {
    yield* this.#pointers.keys();
    for (const { file, stages } of this.#pipelines.values()) {
      yield* [file.file, lockFileOf(file.file), ...file.reads];
      for (const { stage } of stages) yield* comparedPaths(stage);
    }
  }

  /** Brings both maps up to date, in the order of the files. @returns every stage there is */
  async #readFiles(changed: PathSet | undefined): Promise<readonly Stage[]> {
    const [pipelines, pointers] = [new Map(this.#pipelines), new Map(this.#pointers)];
    this.#pipelines.clear();
    this.#pointers.clear();
    const load = async (file: RepoPath): Promise<readonly Stage[]> => {
      if (nameOf(file) === 'dvc.yaml') {
        const known = pipelines.get(file);
        const isFresh =
          known && changed && ![file, lockFileOf(file), ...known.file.reads].some((path) => changed.touches(path));
        const reading = isFresh ? known : await readPipelineFile(this.#repo, file, known);
        if (!reading) return [];
        this.#pipelines.set(file, reading);
        return reading.stages.map(({ stage }) => stage);
      }
      const known = pointers.get(file);
      const stages =
        known && changed && !changed.touches(file)
          ? known
          : await loadStageFile(this.#repo.workspace, file, this.#repo.loadOptions);
      this.#pointers.set(file, stages);
      return stages;
    };
    const files =
      changed && ![...changed].some((path) => isStageFile(nameOf(path)) && !pipelines.has(path) && !pointers.has(path))
        ? [...pipelines.keys(), ...pointers.keys()]
        : undefined;
    const index = await this.#repo.indexReadBy(load, () => {}, files);
    // A search may begin anew once Git has to be asked what it ignores.
    for (const map of [this.#pipelines, this.#pointers])
      for (const file of map.keys()) if (!index.hasFile(file)) map.delete(file);
    return index.stages;
  }
}
