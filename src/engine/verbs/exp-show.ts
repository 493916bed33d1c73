import type { OpContext } from '../core/op-context.ts';
import { isPyMap, type PyKey, type PyMap, type PyValue, pyJsonString } from '../core/python.ts';
import { parsePyJson } from '../core/python-json.ts';
import {
  type Collected,
  type CollectedExperiment,
  type CollectedRev,
  type CollectedTask,
  collectExperiments,
} from '../experiments/collect.ts';
import type { RevFailure } from '../experiments/rev-facts.ts';
import type { ExperimentExecutor } from '../experiments/table-rows.ts';
import type { Repo } from '../repo.ts';
import type { ExperimentsTableOptions } from './exp-table.ts';

export interface ExpShowOptions extends ExperimentsTableOptions {
  /** Commits have no names of branches and tags. */
  readonly shaOnly?: boolean;
}

/** One revision as DVC lists it: its facts are Python's JSON, parsed only when somebody asks. */
export interface ShownRev {
  readonly rev: string;
  readonly name: string | undefined;
  /** Seconds since 1970; undefined for the workspace. */
  readonly time: number | undefined;
  /** `"params": …, "metrics": …` without braces, or why there is nothing. */
  readonly facts: string | RevFailure;
  /** Why an experiment of the queue failed, where its facts are known. */
  readonly reason: string | undefined;
}

export interface ShownExperiment {
  readonly name: string;
  readonly revs: readonly ShownRev[];
  readonly executor: { readonly state: string; readonly name: string; readonly of: ExperimentExecutor } | undefined;
}

export interface ShownCommit extends ShownRev {
  readonly experiments: readonly ShownExperiment[];
}

/** The workspace and the commits of a scope, each with its experiments in DVC's order: running, done, waiting, failed. Source: dvc-format 10.7. */
export async function expShow(repo: Repo, options: ExpShowOptions, ctx: OpContext): Promise<ShownCommit[]> {
  if (!repo.git.present) await repo.git.resolve('HEAD');
  if (repo.git.head() === undefined) return [];
  const collected = await collectExperiments(repo, options, ctx);
  const { workspace, commits, names } = collected;
  const top = workspace ? [{ ...shown(workspace, undefined), experiments: [] }] : [];
  return [
    ...top,
    ...commits.map((commit) => ({
      ...shown(commit, options.shaOnly ? undefined : names.shown(commit.rev)),
      experiments: [
        ...tasks(collected, commit.rev, 'running'),
        ...commit.experiments.map((one) => done(collected, one)),
        ...(options.hideQueued ? [] : tasks(collected, commit.rev, 'queued')),
        ...(options.hideFailed ? [] : tasks(collected, commit.rev, 'failed')),
      ],
    })),
  ];
}

const shown = ({ rev, header, facts }: CollectedRev, name: string | undefined): ShownRev => ({
  rev,
  name,
  time: header?.time,
  facts,
  reason: undefined,
});

function done({ executors }: Collected, { experiment, revs }: CollectedExperiment): ShownExperiment {
  const of = executors.get(experiment.ref);
  return {
    name: experiment.name,
    revs: revs.map((rev, i) => shown(rev, i === 0 ? experiment.name : undefined)),
    executor: of && { state: 'success', name: 'dvc-task', of },
  };
}

const tasks = (collected: Collected, baseline: string, status: CollectedTask['status']): ShownExperiment[] =>
  collected.tasks
    .filter((task) => task.baseline === baseline && task.status === status)
    .map(({ name, rev, time, facts, executor, reason }) => ({
      name,
      revs: [{ rev, name, time: rev === 'workspace' ? undefined : Math.floor(time / 1000), facts, reason }],
      executor: { state: status, name: executor.kind === 'workspace' ? 'workspace' : 'dvc-task', of: executor },
    }));

/** All of it as DVC prints it with `--json`: one line. */
export function shownJson(commits: readonly ShownCommit[]): string {
  const text = (value: string | undefined): string => (value === undefined ? 'null' : pyJsonString(value));
  const state = ({ rev, name, time, facts, reason }: ShownRev, experiments: string): string => {
    const [data, error] =
      typeof facts === 'string'
        ? [
            `{"rev": ${text(rev)}, "timestamp": ${text(time === undefined ? undefined : localIso(time))}, ${facts}}`,
            reason,
          ]
        : ['null', facts.message];
    const type = typeof facts === 'string' ? '' : facts.type;
    const shownError = error === undefined ? 'null' : `{"msg": ${text(error)}, "type": ${text(type)}}`;
    return `{"rev": ${text(rev)}, "name": ${text(name)}, "data": ${data}, "error": ${shownError}, "experiments": ${experiments}}`;
  };
  const executor = (one: ShownExperiment['executor']): string => {
    if (!one) return 'null';
    const { root, log, pid, task } = one.of;
    const number = (value: number | null): string => (value === null ? 'null' : String(value));
    return `{"state": ${text(one.state)}, "name": ${text(one.name)}, "local": {"root": ${text(root ?? undefined)}, "log": ${text(log ?? undefined)}, "pid": ${number(pid)}, "returncode": null, "task_id": ${text(task ?? undefined)}}}`;
  };
  const range = (one: ShownExperiment): string =>
    `{"revs": [${one.revs.map((rev) => state(rev, 'null')).join(', ')}], "executor": ${executor(one.executor)}, "name": ${text(one.name)}}`;
  const rows = commits.map((commit) =>
    state(commit, commit.experiments.length === 0 ? 'null' : `[${commit.experiments.map(range).join(', ')}]`),
  );
  return `[${rows.join(', ')}]`;
}

/** Local time without its zone, as Python's `datetime.fromtimestamp(…).isoformat()` prints it. @param time Seconds since 1970 */
export function localIso(time: number): string {
  const date = new Date(time * 1000);
  const two = (value: number): string => String(value).padStart(2, '0');
  const day = `${String(date.getFullYear()).padStart(4, '0')}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
  return `${day}T${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`;
}

export type FactKind = 'params' | 'metrics' | 'deps' | 'outs';

/** One kind of a revision's facts, by path; empty where nothing can be told. */
export function factsOf({ facts }: Pick<ShownRev, 'facts'>): (kind: FactKind) => PyMap {
  const whole = typeof facts === 'string' ? parsePyJson(`{${facts}}`) : undefined;
  return (kind) => {
    const value: PyValue | undefined = isPyMap(whole) ? whole.get(kind) : undefined;
    return isPyMap(value) ? value : new Map<PyKey, PyValue>();
  };
}
