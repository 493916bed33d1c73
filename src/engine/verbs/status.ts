import { type OpContext, startProgress, warn } from '../core/op-context.ts';
import type { PyValue } from '../core/python.ts';
import type { ImportStage, Stage } from '../graph/stage.ts';
import { selectTargets } from '../graph/targets.ts';
import { type ChangeInputs, changeReasons } from '../pipeline/changed.ts';
import { type ExplainedReason, explain } from '../pipeline/explain.ts';
import type { Repo } from '../repo.ts';
import { changeInputs, showAddress } from '../stages/stage-checks.ts';

export interface StatusOptions {
  readonly targets?: readonly string[];
  readonly withDeps?: boolean;
  readonly recursive?: boolean;
  /** Ask the sources of imports whether they have something newer. */
  readonly checkUpdates?: boolean;
}

export interface StageStatus {
  /** As it is shown: relative to the user's folder. */
  readonly address: string;
  readonly stage: Stage;
  readonly reasons: readonly ExplainedReason[];
}

/** What is not as recorded, for every stage asked for, with the reasons as data. Writes nothing but hints. */
export async function status(repo: Repo, options: StatusOptions, ctx: OpContext): Promise<StageStatus[]> {
  const index = await repo.index();
  const selections = selectTargets(index, options.targets ?? [], {
    root: repo.root,
    cwd: ctx.cwd,
    withDeps: options.withDeps ?? false,
    recursive: options.recursive ?? false,
  });
  const progress = startProgress(ctx, 'status', selections.length);
  const inputs: ChangeInputs = {
    ...changeInputs(repo, ctx),
    ...(options.checkUpdates ? { hasUpdate: (_, stage) => isNewer(repo, stage, ctx) } : {}),
  };
  const found: StageStatus[] = [];
  for (const { stage } of selections) {
    ctx.signal.throwIfAborted();
    if (stage.frozen && !isRepoImport(stage))
      warn(
        ctx,
        `stage: '${showAddress(repo, stage, ctx.cwd)}' is frozen. Its dependencies are not going to be shown in the status output.`,
      );
    const reasons = await changeReasons(stage, inputs);
    found.push({ address: showAddress(repo, stage, ctx.cwd), stage, reasons: reasons.map(explain) });
    progress.advance(1, 0, stage.address);
  }
  progress.done();
  repo.state.save();
  return found;
}

/** Few repositories import: what asks is loaded where one does. */
async function isNewer(repo: Repo, stage: ImportStage, ctx: OpContext): Promise<boolean | undefined> {
  const { hasNewerSource } = await import('../stages/import-stage.ts');
  return hasNewerSource(repo, stage, ctx);
}

/** Imports whose sources are asked although they are frozen. */
const isRepoImport = (stage: Stage): boolean =>
  stage.kind === 'import' && stage.deps.some((dep) => dep.source !== undefined || dep.isVersioned === true);

/** DVC's `status --json`: per stage a list of `changed deps`, `changed outs`, and words of its own. Source: dvc-format 9.2. */
export function statusJson(stages: readonly StageStatus[]): Map<string, PyValue> {
  const json = new Map<string, PyValue>();
  for (const { address, reasons } of stages) {
    if (reasons.length === 0) continue;
    const deps = new Map<string, PyValue>();
    const outs = new Map<string, PyValue>();
    const words: string[] = [];
    for (const { reason } of reasons)
      switch (reason.kind) {
        case 'dependency':
          deps.set(reason.path, reason.word);
          break;
        case 'output':
          outs.set(reason.path, reason.word);
          break;
        case 'params-file':
          deps.set(reason.file, reason.word);
          break;
        case 'param': {
          const keys = deps.get(reason.file);
          deps.set(reason.file, new Map([...(keys instanceof Map ? keys : []), [reason.key, reason.word]]));
          break;
        }
        case 'always-changed':
          words.push('always changed');
          break;
        case 'command':
          words.push('changed command');
          break;
        case 'checksum':
          words.push('changed checksum');
          break;
      }
    const list: PyValue[] = [];
    if (deps.size > 0) list.push(new Map([['changed deps', deps]]));
    if (outs.size > 0) list.push(new Map([['changed outs', outs]]));
    json.set(address, [...list, ...words]);
  }
  return json;
}
