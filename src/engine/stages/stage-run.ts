import * as fs from 'node:fs';
import * as path from 'node:path';
import { DvcError, dataMissing, errnoOf } from '../core/errors.ts';
import { monotonicMs } from '../core/monotonic.ts';
import { checkAborted, type OpContext } from '../core/op-context.ts';
import type { LockEntry, LockFileEntry } from '../files/lockfile.ts';
import type { Output } from '../graph/output.ts';
import type { PipelineStage, Stage } from '../graph/stage.ts';
import type { ChangeReason } from '../pipeline/change-reason.ts';
import { RunCache } from '../pipeline/run-cache.ts';
import { RunLog } from '../pipeline/run-log.ts';
import { commandsOf, shellCommand } from '../pipeline/shell.ts';
import { exists } from '../platform/exists.ts';
import { type OutputStreams, runCommand } from '../platform/process.ts';
import type { Repo } from '../repo.ts';
import { restoreOutput } from './place-output.ts';
import { showPlace } from './stage-checks.ts';
import { clearOutputs, lackingOutputs } from './stage-outputs.ts';
import {
  inputsNow,
  isRecordable,
  isRestorable,
  recordEntry,
  refuseCachedOutside,
  relinkOutputs,
  saveRun,
  storeOutputs,
} from './stage-records.ts';

/** Ways to what only a remote has. What it has not is left missing. */
export interface Pulling {
  /** Into the cache, each from the remote that the output of that path names. */
  fetch(outs: readonly LockFileEntry[], of: readonly Output[]): Promise<void>;
  /** Into the workspace, what of a stage's dependencies is not there. */
  fetchDependencies(stage: PipelineStage): Promise<void>;
}

/** How stages are run, the same for all stages of one command. */
export interface RunOptions {
  /** Run even where a run is remembered. */
  readonly force: boolean;
  /** Look for remembered runs. */
  readonly useRunCache: boolean;
  /** Put outputs into the cache, and remember the run. */
  readonly commit: boolean;
  /** The command writes to the terminal itself, or its output is copied to these streams; else its lines come as events. */
  readonly inherit: boolean | OutputStreams;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Around every command: gives the repository lock to others while it runs. */
  unlocked<T>(work: () => Promise<T>): Promise<T>;
  /** Absent where no remote is to be asked. */
  readonly pulling?: Pulling;
  /** Makes Git ignore what a stage has made. */
  ignore(stage: Stage): Promise<void>;
}

/** What a stage has become: its records, and how. */
export interface RunResult {
  readonly how: 'ran' | 'restored';
  readonly entry: LockEntry;
  /** Of a run. */
  readonly log: string | undefined;
  /** Seconds the commands took. */
  readonly seconds: number;
}

/**
 * Brings a stage up to date: from the run cache, or by running its commands. Nothing is written to the lock file.
 *
 * @param shown Its address from the user's folder; what the command finds in `DVC_STAGE`.
 * @param reasons Why it is not up to date.
 * @throws `stage-failed` with the command and its exit code; `output-missing`, `params-missing`, `cancelled`. Source: dvc-format 6.5.
 */
export async function runStage(
  repo: Repo,
  stage: PipelineStage,
  shown: string,
  reasons: readonly ChangeReason[],
  options: RunOptions,
  ctx: OpContext,
): Promise<RunResult> {
  refuseCachedOutside(repo, stage, ctx);
  await clearOutputs(repo, stage.outs, ctx);
  if (!options.force) await options.pulling?.fetchDependencies(stage);
  let inputs: Promise<Inputs> | undefined;
  const readInputs = (): Promise<Inputs> => (inputs ??= inputsNow(repo, stage, ctx));
  const restored = options.force
    ? undefined
    : await restore(repo, stage, shown, reasons, { ...options, readInputs }, ctx);
  const began = monotonicMs();
  let log: string | undefined;
  if (!restored) {
    // What is missing is told before the command, as the command may not tell. DVC leaves that out with --force.
    if (!options.force) await readInputs();
    log = await options.unlocked(() => runCommands(repo, stage, shown, options, ctx));
  }
  const seconds = (monotonicMs() - began) / 1000;
  return { how: restored ? 'restored' : 'ran', entry: await saveStage(repo, stage, options, ctx), log, seconds };
}

/** Hashes and stores what a stage has made. @returns the entry for its lock file */
export async function saveStage(
  repo: Repo,
  stage: PipelineStage,
  options: Pick<RunOptions, 'commit' | 'ignore'>,
  ctx: OpContext,
): Promise<LockEntry> {
  const inputs = await inputsNow(repo, stage, ctx);
  const [missing] = missingOutputs(repo, stage, ctx);
  if (missing !== undefined) throw dataMissing('output', missing, { pipeline: true });
  await options.ignore(stage);
  const stored = await storeOutputs(repo, stage, { commit: options.commit }, ctx);
  const outs = stage.outs.flatMap((output) => {
    const one = stored.get(output);
    return one ? [recordEntry(output, one)] : [];
  });
  const entry = { ...inputs, outs };
  if (options.commit) {
    await repo.data.flush(ctx);
    if (isRecordable(repo, stage)) await saveRun(repo, stage, entry, ctx);
    await relinkOutputs(repo, stored, ctx);
  }
  return entry;
}

/** Outputs that are not there, as they are shown. */
export const missingOutputs = (repo: Repo, stage: Stage, ctx: OpContext): string[] =>
  stage.outs
    .filter(
      ({ place }) => place.kind !== 'url' && !exists(place.kind === 'repo' ? repo.absolute(place.path) : place.path),
    )
    .map((output) => showPlace(repo, output, ctx.cwd));

type Inputs = Awaited<ReturnType<typeof inputsNow>>;
type FindOptions = Pick<RunOptions, 'useRunCache' | 'pulling'> & {
  /** Reads them where they have been read already; nothing has run since. */
  readonly readInputs?: () => Promise<Inputs>;
};

/** A run with these inputs whose outputs the cache has whole, or undefined. With `look` nothing is changed anywhere. */
export async function findRun(
  repo: Repo,
  stage: PipelineStage,
  reasons: readonly ChangeReason[],
  options: Pick<RunOptions, 'useRunCache' | 'pulling'> & { readonly look?: boolean },
  ctx: OpContext,
): Promise<readonly LockFileEntry[] | undefined> {
  if (!isRestorable(repo, stage)) return undefined;
  const { useRunCache, look = false } = options;
  const outs = lockedOuts(stage, reasons) ?? (useRunCache ? await remembered(repo, stage, look, ctx) : undefined);
  if (!outs) return undefined;
  await options.pulling?.fetch(outs, stage.outs);
  return (await lackingOutputs(repo, outs, ctx)).length === 0 ? outs : undefined;
}

async function remembered(
  repo: Repo,
  stage: PipelineStage,
  look: boolean,
  ctx: OpContext,
): Promise<readonly LockFileEntry[] | undefined> {
  const outs = recordedOuts(stage.outs);
  return new RunCache(repo.config.cache.dir).find({ ...(await inputsNow(repo, stage, ctx)), outs }, ctx, { look })
    ?.outs;
}

/** The outputs of the lock file, where only they are not as recorded. */
function lockedOuts(stage: PipelineStage, reasons: readonly ChangeReason[]): readonly LockFileEntry[] | undefined {
  if (stage.lockedCmd === undefined || reasons.some((reason) => reason.kind !== 'output')) return undefined;
  return stage.outs.some((output) => output.hash === undefined) ? undefined : recordedOuts(stage.outs);
}

/** Outputs as they are recorded, in their order. */
export const recordedOuts = (outs: readonly Output[]): LockFileEntry[] =>
  outs.map(({ defPath, hash, meta }) => ({
    path: defPath,
    hash,
    meta,
    legacy: hash?.name === 'md5-dos2unix',
    files: undefined,
  }));

async function restore(
  repo: Repo,
  stage: PipelineStage,
  shown: string,
  reasons: readonly ChangeReason[],
  options: FindOptions,
  ctx: OpContext,
): Promise<boolean> {
  const outs = await findRun(repo, stage, reasons, options, ctx);
  if (!outs) return false;
  ctx.emit({ type: 'stage-restored', stage: shown });
  const byPath = new Map(outs.map((out) => [out.path, out]));
  for (const output of stage.outs) {
    const record = byPath.get(output.defPath);
    if (record) await restoreOutput(repo, output, record, ctx);
  }
  return true;
}

/** Runs a stage's commands one after another. @returns the log's path. @throws `stage-failed`, `cancelled` */
export async function runCommands(
  repo: Repo,
  stage: PipelineStage,
  shown: string,
  options: Pick<RunOptions, 'inherit' | 'env'>,
  ctx: OpContext,
): Promise<string> {
  const cwd = repo.absolute(stage.wdir);
  requireFolder(cwd);
  const env = { ...options.env, DVC_ROOT: options.env['DVC_ROOT'] ?? repo.root, DVC_STAGE: shown };
  const log = new RunLog(path.join(repo.privateDir, 'logs'), stage.address);
  ctx.emit({
    type: 'stage-started',
    stage: shown,
    cmd: typeof stage.cmd === 'string' ? stage.cmd : stage.cmd.join('\n'),
  });
  let ended = 'stopped';
  try {
    for (const line of commandsOf(stage.cmd)) {
      checkAborted(ctx.signal);
      log.command(line);
      ctx.emit({ type: 'stage-command', stage: shown, cmd: line });
      const { program, args, verbatim = false } = shellCommand(line, options.env);
      const { code } = await runCommand(program, args, {
        cwd,
        env,
        verbatim,
        signal: ctx.signal,
        inherit: options.inherit,
        onLine(text, stream) {
          log.line(text);
          if (!options.inherit) ctx.emit({ type: 'stage-line', stage: shown, stream, line: text });
        },
      }).catch((error: unknown) => {
        throw errnoOf(error) === undefined ? error : notStarted(program, error);
      });
      ended = `exited with ${code}`;
      if (code !== 0) throw commandFailed(shown, line, code, log);
    }
    return log.file;
  } finally {
    log.end(ended);
  }
}

function requireFolder(cwd: string): void {
  if (!fs.statSync(cwd, { throwIfNoEntry: false })?.isDirectory())
    throw new DvcError('output-missing', `stage working dir '${cwd}' does not exist`, {
      hint: "Make the folder, or correct the stage's `wdir`.",
      data: { path: cwd },
    });
}

const notStarted = (program: string, cause: unknown) =>
  new DvcError('stage-failed', `the shell '${program}' cannot be started.`, {
    hint: 'Set the environment variable SHELL to a shell that is installed.',
    cause,
  });

const commandFailed = (stage: string, cmd: string, code: number, log: RunLog) =>
  new DvcError('stage-failed', `failed to run: ${cmd}, exited with ${code}`, {
    data: { stage, cmd, code, log: log.file, tail: [...log.tail] },
  });
