import * as path from 'node:path';
import { DvcError } from '../core/errors.ts';
import type { OpContext } from '../core/op-context.ts';
import { commitTree } from '../experiments/git-trees.ts';
import { parseOverride } from '../experiments/override-grammar.ts';
import { overridesByFile } from '../experiments/params-edit.ts';
import { hydraEnabled, planExperiment } from '../experiments/prepare.ts';
import { type QueueEntry, QueueStore } from '../experiments/queue-store.ts';
import { experimentExists } from '../experiments/refs.ts';
import { stashTree } from '../experiments/stash.ts';
import { StopRuleStore } from '../experiments/stop-rule-store.ts';
import { expandSweeps } from '../experiments/sweeps.ts';
import { DEFAULT_PARAMS_FILE } from '../files/params-file.ts';
import { stopRuleTexts } from '../metrics/stop-rule.ts';
import type { Repo } from '../repo.ts';
import type { ExpRunTempOptions } from './exp-run-temp.ts';

export { shownOverrides } from '../experiments/params-edit.ts';

export interface QueueAddOptions extends ExpRunTempOptions {
  /** Runs before entries with a smaller one; 0 unless told. */
  readonly priority?: number;
}

export interface QueuedExperiment {
  readonly entry: QueueEntry;
  /** What it runs with, by file, sweeps resolved. */
  readonly overrides: ReadonlyMap<string, readonly string[]>;
}

/**
 * Puts experiments into the queue: one, or with sweeps one for each of their combinations. Each starts from the workspace as it is now,
 * whatever happens to it until it runs.
 *
 * @throws `bad-override`, `bad-stop-rule`, `bad-name`, `experiment-exists`
 */
export async function queueAdd(repo: Repo, options: QueueAddOptions, ctx: OpContext): Promise<QueuedExperiment[]> {
  const given = overridesByFile(options.params ?? []);
  if (options.hydra !== false && hydraEnabled(repo) && !given.has(DEFAULT_PARAMS_FILE))
    given.set(DEFAULT_PARAMS_FILE, []);
  const sweeps = expandSweeps(given);
  const isSweep = sweeps.length > 1 || sweeps.some(({ swept }) => swept);
  const store = new QueueStore(repo);
  const rules = stopRuleTexts(options.stopWhen);
  const added: QueuedExperiment[] = [];
  await using _lock = await repo.lock(ctx);
  for (const [i, { overrides }] of sweeps.entries()) {
    const wanted = options.name === undefined || !isSweep ? options.name : `${options.name}-${i + 1}`;
    const force = options.force ?? false;
    const waiting = store.list().filter(({ state }) => state === 'queued' || state === 'running');
    const taken = new Set(waiting.map(({ name }) => name));
    const { head, name } = await planExperiment(repo, { name: wanted, force }, taken);
    if (taken.has(name) && !force && waiting.some((one) => one.name === name && one.baseline === head))
      throw experimentExists(name);
    const { targets = [], recursive = false } = options;
    const parsed = new Map([...overrides].map(([file, texts]) => [file, texts.map(parseOverride)]));
    const tree = await stashTree(
      repo,
      parsed,
      { targets, recursive, ...(options.hydra === undefined ? {} : { hydra: options.hydra }) },
      ctx,
    );
    const queuedAt = Date.now();
    const order = store.nextOrder();
    const id = await commitTree(repo.git, tree, [head], JSON.stringify({ lode: 1, name, queuedAt, order }));
    const entry: QueueEntry = {
      id,
      name,
      baseline: head,
      tree,
      priority: options.priority ?? 0,
      order,
      overrides: [...overrides].flatMap(([file, texts]) =>
        texts.map((text) => (file === 'params.yaml' ? text : `${file}:${text}`)),
      ),
      options: remembered(repo, options, ctx),
      state: 'queued',
      queuedAt,
      startedAt: null,
      endedAt: null,
      worker: null,
      root: null,
      rev: null,
      ref: null,
      reason: null,
    };
    new StopRuleStore(repo).set(id, rules); // First: a worker takes what it sees.
    await store.add(entry);
    added.push({ entry, overrides });
  }
  repo.state.save();
  return added;
}

function remembered(repo: Repo, options: QueueAddOptions, ctx: OpContext): QueueEntry['options'] {
  if (options.dry) throw new DvcError('usage', '--dry and --queue do not go together', { exitCode: 255 });
  return {
    targets: options.targets ?? [],
    recursive: options.recursive ?? false,
    glob: options.glob ?? false,
    singleItem: options.singleItem ?? false,
    pipeline: options.pipeline ?? false,
    allPipelines: options.allPipelines ?? false,
    downstream: options.downstream ?? false,
    force: options.force ?? false,
    forceDownstream: options.forceDownstream ?? false,
    pull: options.pull ?? false,
    allowMissing: options.allowMissing ?? false,
    onError: options.onError ?? 'fail',
    copyPaths: options.copyPaths ?? [],
    message: options.message ?? null,
    folder: path.relative(repo.git.root, ctx.cwd).split(path.sep).join('/'),
  };
}
