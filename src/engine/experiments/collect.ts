import { DvcError } from '../core/errors.ts';
import type { OpContext } from '../core/op-context.ts';
import { isPyMap, pyJson } from '../core/python.ts';
import { parsePyJson } from '../core/python-json.ts';
import type { GitId, GitRef } from '../git/git.ts';
import { mapLimit } from '../platform/map-limit.ts';
import { Repo } from '../repo.ts';
import { WORKSPACE } from '../repo-revision.ts';
import { activeRuns } from './active-runs.ts';
import { type CommitNames, commitNames } from './describe.ts';
import { type QueueEntry, QueueStore } from './queue-store.ts';
import { EXPERIMENTS, type ExperimentRef, parseExperimentRef } from './refs.ts';
import { type FactsOptions, type RevFailure, revFacts } from './rev-facts.ts';
import { headerOf, RowCache, type RowHeader } from './row-cache.ts';
import type { ExperimentExecutor } from './table-rows.ts';

/** A revision with what is known of it. */
export interface CollectedRev {
  readonly rev: GitId | typeof WORKSPACE;
  /** Undefined for the workspace. */
  readonly header: RowHeader | undefined;
  /** As {@link RevFacts.text}, or why there is none. */
  readonly facts: string | RevFailure;
}

export interface CollectedExperiment {
  readonly experiment: ExperimentRef;
  /** The tip first; more than one only of experiments with commits on the way. */
  readonly revs: readonly CollectedRev[];
}

export interface CollectedCommit extends CollectedRev {
  readonly rev: GitId;
  /** Newest first. */
  readonly experiments: readonly CollectedExperiment[];
}

/** An experiment that is no commit yet, or has failed to become one. */
export interface CollectedTask {
  readonly name: string;
  readonly baseline: GitId;
  readonly status: 'queued' | 'running' | 'failed';
  readonly executor: ExperimentExecutor;
  /** Milliseconds since 1970. */
  readonly time: number;
  readonly reason: string | undefined;
  /** The commit it starts from; `workspace` for what runs there. */
  readonly rev: GitId | typeof WORKSPACE;
  /** As {@link RevFacts.text}, or why there is none. */
  readonly facts: string | RevFailure;
}

export interface Collected {
  readonly workspace: CollectedRev | undefined;
  readonly commits: readonly CollectedCommit[];
  /** Newest first. */
  readonly tasks: readonly CollectedTask[];
  /** How experiments that came out of the queue ran, by ref. */
  readonly executors: ReadonlyMap<string, ExperimentExecutor>;
  readonly names: CommitNames;
  /** All refs of the repository, as they were listed. */
  readonly refs: readonly GitRef[];
}

export interface CollectOptions {
  readonly revs?: readonly string[];
  readonly num?: number;
  readonly allBranches?: boolean;
  readonly allTags?: boolean;
  readonly allCommits?: boolean;
  readonly paramDeps?: boolean;
  readonly hideWorkspace?: boolean;
  /** Reads everything again, whatever is remembered. */
  readonly force?: boolean;
}

const AT_ONCE = 16;

/**
 * The commits of a scope with the experiments that started from them. Git is asked for its refs once; a commit that was read before is
 * not read again.
 *
 * @throws `unknown-revision`, `git-failed`
 */
export async function collectExperiments(repo: Repo, options: CollectOptions, ctx: OpContext): Promise<Collected> {
  const refs = await repo.git.refs('refs/');
  const names = await commitNames(repo.git, refs);
  const baselines = await baselinesOf(repo, options);
  const reader = new RevReader(repo, options, ctx);
  const workspace = options.hideWorkspace ? undefined : await reader.workspace();
  const experiments = experimentsOf(refs, new Set(baselines));
  const commits: CollectedCommit[] = [];
  for (const baseline of baselines) {
    const own = experiments.get(baseline) ?? [];
    const found = await mapLimit(own, AT_ONCE, ctx.signal, async ({ experiment, tip }) => ({
      experiment,
      revs: await reader.chain(tip, baseline),
    }));
    const rev = await reader.baseline(baseline);
    commits.push({ ...rev, rev: baseline, experiments: found.filter(({ revs }) => revs.length > 0).sort(newestFirst) });
  }
  const store = new QueueStore(repo);
  const entries = store.list();
  const tasks = await tasksOf(repo, store, entries, new Set(baselines), reader, ctx);
  reader.done();
  const executors = new Map(
    entries.flatMap((entry) => (entry.ref && entry.state === 'success' ? [[entry.ref, executorOf(store, entry)]] : [])),
  );
  return { workspace, commits, tasks, executors, names, refs };
}

async function tasksOf(
  repo: Repo,
  store: QueueStore,
  entries: readonly QueueEntry[],
  baselines: ReadonlySet<GitId>,
  reader: RevReader,
  ctx: OpContext,
): Promise<CollectedTask[]> {
  const tasks: CollectedTask[] = [];
  for (const { name, baseline, kind, root, startedAt, owner } of activeRuns(repo)) {
    if (!baselines.has(baseline)) continue;
    const executor = { kind, task: null, pid: owner.pid, root, log: null, startedAt };
    const facts = kind === 'workspace' ? (await reader.workspace()).facts : await factsIn(root, ctx);
    tasks.push({
      name,
      baseline,
      status: 'running',
      executor,
      time: startedAt,
      reason: undefined,
      rev: WORKSPACE,
      facts,
    });
  }
  for (const entry of entries) {
    if (entry.state === 'success' || !baselines.has(entry.baseline)) continue;
    const isLive = entry.state === 'running' && entry.root !== null;
    const facts = isLive ? await factsIn(entry.root ?? '', ctx) : (await reader.commit(entry.id)).facts;
    tasks.push({
      name: entry.name,
      baseline: entry.baseline,
      status: entry.state,
      executor: executorOf(store, entry),
      time: entry.startedAt ?? entry.queuedAt,
      reason: entry.reason ?? undefined,
      rev: entry.id,
      // What has not run has no metrics of its own.
      facts: entry.state === 'queued' && typeof facts === 'string' ? withoutMetrics(facts) : facts,
    });
  }
  return tasks.sort((a, b) => b.time - a.time);
}

/** What a work tree holds at this moment. A run that ends meanwhile takes it away. */
async function factsIn(root: string, ctx: OpContext): Promise<string | RevFailure> {
  try {
    await using repo = await Repo.open(root, { ...ctx, cwd: root }, { trusted: false });
    const facts = await revFacts(repo, WORKSPACE, { paramDeps: false }, ctx);
    return 'text' in facts ? facts.text : facts;
  } catch (error) {
    if (DvcError.is(error, 'cancelled')) throw error;
    return { message: 'the experiment has just ended', type: 'FileNotFoundError' };
  }
}

const withoutMetrics = (facts: string): string => {
  const value = parsePyJson(`{${facts}}`);
  if (!isPyMap(value)) return facts;
  return [...value].map(([name, part]) => `${pyJson(name)}: ${name === 'metrics' ? '{}' : pyJson(part)}`).join(', ');
};

const executorOf = (store: QueueStore, entry: QueueEntry): ExperimentExecutor => ({
  kind: 'queue',
  task: entry.id,
  pid: entry.worker?.pid ?? null,
  root: entry.root,
  log: entry.startedAt === null ? null : store.logOf(entry.id),
  startedAt: entry.startedAt,
});

async function baselinesOf(repo: Repo, options: CollectOptions): Promise<GitId[]> {
  const { allBranches, allTags, allCommits, num } = options;
  const isScoped = allBranches || allTags || allCommits;
  const revs = (options.revs ?? []).length > 0 ? options.revs! : isScoped ? [] : ['HEAD'];
  const head = repo.git.head();
  if (!isScoped && revs.length === 1 && revs[0] === 'HEAD' && (num ?? 1) === 1 && head !== undefined) return [head];
  const scope = {
    revs,
    ...(num === undefined ? {} : { num }),
    ...(allBranches ? { allBranches } : {}),
    ...(allTags ? { allTags } : {}),
    ...(allCommits ? { allCommits } : {}),
  };
  return [...(await repo.git.revisions(scope)).keys()];
}

interface Tip {
  readonly experiment: ExperimentRef;
  readonly tip: GitId;
}

function experimentsOf(refs: readonly GitRef[], baselines: ReadonlySet<GitId>): Map<GitId, Tip[]> {
  const found = new Map<GitId, Tip[]>();
  for (const { name, id } of refs) {
    if (!name.startsWith(EXPERIMENTS)) continue;
    const experiment = parseExperimentRef(name);
    if (!experiment || !baselines.has(experiment.baseline)) continue;
    const known = found.get(experiment.baseline);
    if (known) known.push({ experiment, tip: id });
    else found.set(experiment.baseline, [{ experiment, tip: id }]);
  }
  return found;
}

/** By commit time; of the same second the greater id first. */
const newestFirst = (a: CollectedExperiment, b: CollectedExperiment): number =>
  (b.revs[0]?.header?.time ?? 0) - (a.revs[0]?.header?.time ?? 0) ||
  ((a.revs[0]?.rev ?? '') < (b.revs[0]?.rev ?? '') ? 1 : -1);

/** Reads revisions, each once: from the cache of rows where it is there. */
export class RevReader {
  readonly #repo: Repo;
  readonly #options: CollectOptions;
  readonly #ctx: OpContext;
  readonly #cache: RowCache | undefined;
  readonly #read = new Map<GitId, Promise<CollectedRev>>();

  constructor(repo: Repo, options: CollectOptions, ctx: OpContext) {
    this.#repo = repo;
    this.#options = options;
    this.#ctx = ctx;
    // Rows hold all params: where only some are wanted, nothing remembered is of use.
    this.#cache = options.paramDeps ? undefined : RowCache.open(repo.privateDir);
  }

  async workspace(): Promise<CollectedRev> {
    const facts = await revFacts(this.#repo, WORKSPACE, this.#facts, this.#ctx);
    return { rev: WORKSPACE, header: undefined, facts: 'text' in facts ? facts.text : facts };
  }

  commit(rev: GitId): Promise<CollectedRev> {
    let reading = this.#read.get(rev);
    if (!reading) this.#read.set(rev, (reading = this.#commit(rev, this.#facts)));
    return reading;
  }

  /** A commit of a branch: it always has all params, also where of experiments only those of stages are wanted, as in DVC. */
  baseline(rev: GitId): Promise<CollectedRev> {
    return this.#options.paramDeps ? this.#commit(rev, { paramDeps: false }) : this.commit(rev);
  }

  /** From a tip down to, not including, the commit it started from. */
  async chain(tip: GitId, baseline: GitId): Promise<CollectedRev[]> {
    const revs: CollectedRev[] = [];
    for (let next: GitId | undefined = tip; next !== undefined && next !== baseline; ) {
      const one: CollectedRev = await this.commit(next);
      revs.push(one);
      next = one.header?.parent;
    }
    return revs;
  }

  /** Remembers what was read. */
  done(): void {
    if (this.#repo.trusted) this.#cache?.save();
  }

  async #commit(rev: GitId, options: FactsOptions): Promise<CollectedRev> {
    const known = this.#options.force ? undefined : this.#cache?.get(rev);
    if (known) return { rev, header: known.header, facts: known.text };
    const header = headerOf(await this.#repo.git.commit(rev));
    const facts = await revFacts(this.#repo, rev, options, this.#ctx);
    if ('text' in facts && facts.isWhole) this.#cache?.add(rev, { header, text: facts.text });
    return { rev, header, facts: 'text' in facts ? facts.text : facts };
  }

  get #facts(): FactsOptions {
    return { paramDeps: this.#options.paramDeps ?? false };
  }
}
