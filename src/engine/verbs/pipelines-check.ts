import * as path from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { DvcError } from '../core/errors.ts';
import type { RepoPath, StageAddress } from '../core/ids.ts';
import type { OpContext } from '../core/op-context.ts';
import { inputsOf } from '../graph/graph.ts';
import { repoPathOf } from '../graph/output.ts';
import type { PathSet } from '../graph/path-set.ts';
import type { PipelineStage } from '../graph/stage.ts';
import type { ChangeReason } from '../pipeline/change-reason.ts';
import { type ChangeInputs, changeReasons } from '../pipeline/changed.ts';
import { explain } from '../pipeline/explain.ts';
import { lastRun } from '../pipeline/run-record.ts';
import type { Repo } from '../repo.ts';
import { findRun } from '../stages/stage-run.ts';
import type { StageState, StageView } from './pipelines.ts';

/** What a comparison of one stage with the workspace has found. */
export type StageCheck = Pick<StageView, 'state' | 'reasons' | 'failure' | 'lastRun'>;

/** Compares stages with the workspace, and remembers what it found for as long as nothing touches them. */
export class StageChecks {
  readonly #repo: Repo;
  readonly #compare: boolean;
  readonly #known = new Map<StageAddress, { readonly stage: PipelineStage; readonly check: StageCheck }>();

  constructor(repo: Repo, compare: boolean) {
    this.#repo = repo;
    this.#compare = compare;
  }

  forget(): void {
    this.#known.clear();
  }

  keepOnly(addresses: ReadonlyMap<StageAddress, unknown>): void {
    for (const address of this.#known.keys()) if (!addresses.has(address)) this.#known.delete(address);
  }

  /** What was found last. */
  known({ address }: PipelineStage): StageCheck | undefined {
    return this.#known.get(address)?.check;
  }

  /** @param broken Why the stage cannot be compared, where that is known. */
  async of(
    stage: PipelineStage,
    broken: string | undefined,
    changed: PathSet | undefined,
    inputs: ChangeInputs,
    ctx: OpContext,
  ): Promise<StageCheck> {
    const known = broken === undefined ? this.#known.get(stage.address) : undefined;
    if (known && changed && !comparedPaths(stage).some((at) => changed.touches(at)) && isSame(stage, known.stage))
      return known.check;
    const run = lastRun(path.join(this.#repo.privateDir, 'logs'), stage.address);
    const found = broken === undefined && this.#compare ? await this.#compareNow(stage, inputs, ctx) : NOT_COMPARED;
    const check = { ...found, ...(broken === undefined ? {} : { failure: broken }), lastRun: run };
    this.#known.set(stage.address, { stage, check });
    return check;
  }

  async #compareNow(stage: PipelineStage, inputs: ChangeInputs, ctx: OpContext): Promise<Omit<StageCheck, 'lastRun'>> {
    try {
      const reasons = await changeReasons(stage, inputs);
      return { state: await this.#stateOf(stage, reasons, ctx), reasons: reasons.map(explain), failure: undefined };
    } catch (error) {
      if (!DvcError.is(error) || error.code === 'cancelled') throw error;
      return { ...NOT_COMPARED, failure: error.message };
    }
  }

  async #stateOf(stage: PipelineStage, reasons: readonly ChangeReason[], ctx: OpContext): Promise<StageState> {
    if (stage.frozen) return 'frozen';
    if (stage.lockedCmd !== undefined && reasons.length === 0) return 'up-to-date';
    if (await this.#isRemembered(stage, reasons, ctx)) return 'restorable';
    return stage.lockedCmd === undefined ? 'never-run' : 'stale';
  }

  async #isRemembered(stage: PipelineStage, reasons: readonly ChangeReason[], ctx: OpContext): Promise<boolean> {
    try {
      return (await findRun(this.#repo, stage, reasons, { useRunCache: true, look: true }, ctx)) !== undefined;
    } catch (error) {
      if (!DvcError.is(error) || error.code === 'cancelled') throw error;
      return false; // Something it needs is not there: the run says which.
    }
  }
}

const NOT_COMPARED = { state: 'unknown', reasons: [], failure: undefined } as const;

/** Paths whose change can change what a comparison says. */
export const comparedPaths = (stage: PipelineStage): RepoPath[] => [
  ...inputsOf(stage),
  ...stage.outs.flatMap((output) => repoPathOf(output) ?? []),
];

/** Read again from a file that changed elsewhere, a stage is another object with the same facts. */
const isSame = (a: PipelineStage, b: PipelineStage): boolean => a === b || isDeepStrictEqual(a, b);
