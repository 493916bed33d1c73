import { type OpContext, startProgress, warn } from '../core/op-context.ts';
import { type PyValue, pyStr } from '../core/python.ts';
import type { Stage } from '../graph/stage.ts';
import { selectTargets } from '../graph/targets.ts';
import type { TreeDiff } from '../hash/tree.ts';
import type { ChangeReason } from '../pipeline/change-reason.ts';
import { changeReasons } from '../pipeline/changed.ts';
import type { Repo } from '../repo.ts';
import { changeInputs, showAddress } from '../stage-checks.ts';

export interface StatusOptions {
  readonly targets?: readonly string[];
  readonly withDeps?: boolean;
  readonly recursive?: boolean;
  /** Ask the sources of imports whether they have something newer. */
  readonly checkUpdates?: boolean;
}

/** One cause, with a sentence for people and what stands behind it. */
export interface ExplainedReason {
  readonly reason: ChangeReason;
  readonly text: string;
  readonly details: readonly string[];
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
  const inputs = changeInputs(repo, ctx);
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

const isRepoImport = (stage: Stage): boolean => stage.kind === 'import' && stage.deps.some((dep) => dep.source);

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

const SHOWN_FILES = 10;

function explain(reason: ChangeReason): ExplainedReason {
  switch (reason.kind) {
    case 'dependency':
    case 'output': {
      const digests =
        reason.old && reason.new ? ` (${reason.old.value.slice(0, 8)} → ${reason.new.value.slice(0, 8)})` : '';
      const lost = reason.missing?.length ?? 0;
      const count = lost > 0 ? ` (${lost} ${lost === 1 ? 'object' : 'objects'})` : '';
      return {
        reason,
        text: `${reason.kind} ${reason.path} ${reason.word}${digests}${count}`,
        details: [...fileDetails(reason.files), ...(reason.missing ?? []).slice(0, SHOWN_FILES)],
      };
    }
    case 'params-file':
      return { reason, text: `params file ${reason.file} ${reason.word}`, details: [] };
    case 'param':
      return { reason, text: `${reason.file}:${reason.key} ${shown(reason.old)} → ${shown(reason.new)}`, details: [] };
    case 'always-changed':
      return { reason, text: 'always changed', details: [] };
    case 'command':
      return { reason, text: 'command changed', details: [`- ${command(reason.old)}`, `+ ${command(reason.new)}`] };
    case 'checksum':
      return { reason, text: 'the file was changed by hand: its checksum is not what it says', details: [] };
  }
}

function fileDetails(files: TreeDiff | undefined): string[] {
  if (!files) return [];
  const all = [
    ...files.added.map((file) => `+ ${file}`),
    ...files.modified.map((file) => `~ ${file}`),
    ...files.deleted.map((file) => `- ${file}`),
  ];
  return all.length <= SHOWN_FILES ? all : [...all.slice(0, SHOWN_FILES), `… and ${all.length - SHOWN_FILES} more`];
}

const shown = (value: PyValue | undefined): string => (value === undefined ? '(none)' : pyStr(value));
const command = (cmd: string | readonly string[] | undefined): string =>
  cmd === undefined ? '(none)' : typeof cmd === 'string' ? cmd : cmd.join(' && ');
