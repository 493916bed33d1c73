import type { OpContext } from '../core/op-context.ts';
import type { Output } from '../graph/output.ts';
import type { Stage } from '../graph/stage.ts';
import { selectStages } from '../pipeline/select-stages.ts';
import { isFolder } from '../platform/exists.ts';
import type { Repo } from '../repo.ts';
import { showAddress } from '../stages/stage-checks.ts';

export interface StageListOptions {
  /** Files, stages, with `recursive` folders; `./dvc.yaml` unless told. */
  readonly targets?: readonly string[];
  readonly recursive?: boolean;
  /** Every stage of the repository. */
  readonly all?: boolean;
  /** Fail for a stage file that cannot be read; else it is left out. */
  readonly fail?: boolean;
}

export interface ListedStage {
  /** From the user's folder. */
  readonly address: string;
  /** One line: its own, or made from what it reads and makes. */
  readonly description: string;
  readonly stage: Stage;
}

/** Stages with a line about each. @throws `target-not-found`, and with `fail` what is wrong with a stage file. Source: dvc-format 9.14. */
export async function stageList(repo: Repo, options: StageListOptions, ctx: OpContext): Promise<ListedStage[]> {
  const { targets = [], recursive = false, all = false, fail = false } = options;
  const index = fail
    ? await repo.index()
    : await repo.readableIndex((file, error) => {
        ctx.log.debug(`Stages from ${file} failed to load: ${String(error)}`);
        if (!all && !recursive) throw error;
      });
  const given = targets.length > 0 ? targets : ['dvc.yaml'];
  const stages = all
    ? index.stages
    : selectStages(index, given, { root: repo.root, cwd: ctx.cwd, recursive, isFolder });
  return stages.map((stage) => ({
    address: showAddress(repo, stage, ctx.cwd),
    description: shortened(ownLine(stage) ?? describe(stage)),
    stage,
  }));
}

const LONGEST = 80;
const shortened = (text: string): string =>
  [...text].length > LONGEST ? `${[...text].slice(0, LONGEST - 1).join('')}…` : text;

function ownLine(stage: Stage): string | undefined {
  const desc = stage.kind === 'pipeline' ? stage.desc : stage.pointer.desc;
  return desc
    ?.split(/\r?\n/)
    .find((line) => line !== '')
    ?.trim();
}

function describe(stage: Stage): string {
  const paths = (items: readonly { readonly defPath: string }[]): string =>
    items.map(({ defPath }) => defPath).join(', ');
  const deps = stage.kind === 'data' ? [] : [...stage.deps, ...(stage.kind === 'pipeline' ? stage.params : [])];
  if (stage.outs.length === 0) return deps.length === 0 ? 'No outputs or dependencies' : `Depends on ${paths(deps)}`;
  const isReport = ({ kind }: Output): boolean => kind !== 'out';
  const [outs, reports] = [stage.outs.filter((out) => !isReport(out)), stage.outs.filter(isReport)];
  return [
    ...(outs.length > 0 ? [`Outputs ${paths(outs)}`] : []),
    ...(reports.length > 0 ? [`Reports ${paths(reports)}`] : []),
  ].join('; ');
}
