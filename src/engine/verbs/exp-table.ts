import { createHash } from 'node:crypto';
import { DvcError } from '../core/errors.ts';
import type { OpContext } from '../core/op-context.ts';
import { isPyMap, type PyKey, type PyMap, type PyValue, pyStr, toPlain } from '../core/python.ts';
import { parsePyJson } from '../core/python-json.ts';
import {
  type Collected,
  type CollectedRev,
  type CollectedTask,
  type CollectOptions,
  collectExperiments,
} from '../experiments/collect.ts';
import { NO_MARKS, readMarks } from '../experiments/marks.ts';
import type { RevFailure } from '../experiments/rev-facts.ts';
import { type RunRule, StopRuleStore } from '../experiments/stop-rule-store.ts';
import type { DataFact, ExperimentRow, ExperimentsTable, FileValues, PlainValue } from '../experiments/table-rows.ts';
import { type DirectionRule, declaredDirections } from '../metrics/direction.ts';
import type { Repo } from '../repo.ts';
import { requireCommits } from './exp-list.ts';

export interface ExperimentsTableOptions extends CollectOptions {
  readonly hideQueued?: boolean;
  readonly hideFailed?: boolean;
}

/**
 * The table of experiments, for an editor: one reader for each open table. What a commit says is read once and kept, so that reading
 * again costs no more than what is new.
 */
export class ExperimentsReader {
  readonly #repo: Repo;
  readonly #known = new Map<string, Values>();

  constructor(repo: Repo) {
    this.#repo = repo;
  }

  /** @throws `unknown-revision`, `git-failed` without Git or without a commit */
  async read(options: ExperimentsTableOptions, ctx: OpContext): Promise<ExperimentsTable> {
    requireCommits(this.#repo);
    const collected = await collectExperiments(this.#repo, options, ctx);
    const marks = await readMarks(this.#repo.git, collected.refs);
    const rules = collected.tasks.length > 0 ? new StopRuleStore(this.#repo).all() : new Map();
    const rows: ExperimentRow[] = [];
    if (collected.workspace) rows.push(this.#row(collected.workspace, { kind: 'workspace', id: 'workspace' }));
    for (const commit of collected.commits) {
      const { names } = collected;
      rows.push(
        this.#row(commit, {
          kind: 'commit',
          id: commit.rev,
          name: names.shown(commit.rev) ?? null,
          branches: names.branches(commit.rev),
          tags: names.tags(commit.rev),
        }),
      );
      const tasks = collected.tasks.filter(({ baseline }) => baseline === commit.rev);
      const of = (...states: CollectedTask['status'][]) =>
        tasks.filter(({ status }) => states.includes(status)).map((task) => this.#taskRow(task, rules));
      rows.push(...of('running'));
      for (const { experiment, revs } of commit.experiments) {
        const [tip] = revs;
        if (!tip) continue;
        rows.push(
          this.#row(tip, {
            kind: 'experiment',
            id: experiment.ref,
            parent: commit.rev,
            name: experiment.name,
            ref: experiment.ref,
            status: 'success',
            executor: collected.executors.get(experiment.ref) ?? null,
            branches: names.branches(tip.rev),
            tags: names.tags(tip.rev),
            marks: marks.get(experiment.ref) ?? NO_MARKS,
          }),
        );
      }
      if (!options.hideQueued) rows.push(...of('queued'));
      if (!options.hideFailed) rows.push(...of('failed'));
    }
    return { rows, hasMore: hasMore(collected), directions: await this.#directions(options) };
  }

  async #directions({ hideWorkspace }: ExperimentsTableOptions): Promise<readonly DirectionRule[]> {
    try {
      return hideWorkspace ? [] : declaredDirections(await this.#repo.index());
    } catch (error) {
      if (!DvcError.is(error) || error.code === 'cancelled') throw error;
      return []; // The workspace's row says what is wrong with its files.
    }
  }

  #taskRow(task: CollectedTask, rules: ReadonlyMap<string, readonly RunRule[]>): ExperimentRow {
    const { executor, name } = task;
    const run = executor.task ?? `${executor.kind}-${executor.pid}-${name}`;
    const header = { time: Math.floor(task.time / 1000), author: '', message: '', parent: task.baseline };
    const row = this.#row(
      { rev: task.rev, header, facts: task.facts },
      {
        kind: 'experiment',
        id: `task:${run}`,
        parent: task.baseline,
        name,
        status: task.status,
        executor,
        rules: rules.get(run) ?? [],
      },
    );
    const error = task.reason === undefined ? row.error : { message: task.reason, type: 'experiment-failed' };
    return withKey({ ...row, rev: null, author: null, message: null, error });
  }

  #row(
    { rev, header, facts }: CollectedRev,
    given: Partial<ExperimentRow> & Pick<ExperimentRow, 'id' | 'kind'>,
  ): ExperimentRow {
    const values = this.#values(rev, facts);
    return withKey({
      parent: null,
      rev: rev === 'workspace' ? null : rev,
      name: null,
      ref: null,
      branches: [],
      tags: [],
      created: header ? header.time * 1000 : null,
      author: header?.author ?? null,
      message: header?.message ?? null,
      status: null,
      executor: null,
      marks: NO_MARKS,
      rules: [],
      ...values,
      ...given,
    });
  }

  #values(rev: string, facts: string | RevFailure): Values {
    if (typeof facts !== 'string') return { ...EMPTY, error: { message: facts.message, type: facts.type } };
    const key = rev === 'workspace' ? facts : rev;
    const known = this.#known.get(key);
    if (known?.text === facts) return known;
    const values = valuesOf(facts);
    if (rev !== 'workspace') this.#known.set(key, values);
    return values;
  }
}

/** The table once, for who does not look again. */
export const experimentsTable = (
  repo: Repo,
  options: ExperimentsTableOptions,
  ctx: OpContext,
): Promise<ExperimentsTable> => new ExperimentsReader(repo).read(options, ctx);

type Values = Pick<ExperimentRow, 'params' | 'metrics' | 'deps' | 'outs' | 'error'> & {
  readonly text: string;
  readonly digest: string;
};

const EMPTY: Values = { text: '', digest: '', params: [], metrics: [], deps: [], outs: [], error: null };

function valuesOf(facts: string): Values {
  const whole = parsePyJson(`{${facts}}`);
  const part = (name: string): PyMap => {
    const value = isPyMap(whole) ? whole.get(name) : undefined;
    return isPyMap(value) ? value : new Map<PyKey, PyValue>();
  };
  return {
    text: facts,
    digest: createHash('md5').update(facts).digest('hex'),
    params: filesOf(part('params')),
    metrics: filesOf(part('metrics')),
    deps: dataOf(part('deps')),
    outs: dataOf(part('outs')),
    error: null,
  };
}

const filesOf = (files: PyMap): FileValues[] =>
  [...files].map(([path, one]) => {
    const [data, error] = isPyMap(one) ? [one.get('data'), one.get('error')] : [];
    if (isPyMap(error))
      return {
        path: pyStr(path),
        error: { message: pyStr(error.get('msg') ?? ''), type: pyStr(error.get('type') ?? '') },
      };
    return { path: pyStr(path), values: toPlain(data ?? null) as PlainValue }; // What Python's values become is plain.
  });

const dataOf = (files: PyMap): DataFact[] =>
  [...files].map(([path, one]) => {
    const get = (key: string): PyValue => (isPyMap(one) ? (one.get(key) ?? null) : null);
    const number = (key: string): number | null => (get(key) === null ? null : Number(get(key)));
    const hash = get('hash');
    return {
      path: pyStr(path),
      hash: hash === null ? null : pyStr(hash),
      size: number('size'),
      files: number('nfiles'),
    };
  });

/** Values are known by their digest: they need not be looked at again. */
function withKey(row: Omit<ExperimentRow, 'key'> & Partial<Values>): ExperimentRow {
  const { text: _text, digest, params, metrics, deps, outs, ...own } = row;
  const key = createHash('md5')
    .update(`${digest ?? ''}${JSON.stringify(own)}`)
    .digest('hex');
  return { ...own, params, metrics, deps, outs, key };
}

const hasMore = ({ commits }: Collected): boolean => commits.at(-1)?.header?.parent !== undefined;
