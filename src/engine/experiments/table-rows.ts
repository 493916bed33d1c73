import type { DirectionRule } from '../metrics/direction.ts';
import type { RunRule } from './stop-rule-store.ts';

export type { RunRule } from './stop-rule-store.ts';

/** A value as it travels to a page: what JSON can hold, and NaN and the infinities, which a metric may be. Dates are ISO texts. */
export type PlainValue =
  | null
  | boolean
  | number
  | string
  | readonly PlainValue[]
  | { readonly [key: string]: PlainValue };

/** Why a value, a file or a whole row could not be read. */
export interface CellError {
  readonly message: string;
  /** DVC's name for the kind of error, such as `YAMLFileCorruptedError`. */
  readonly type: string;
}

/** The values of one params or metrics file, nested as in the file; its error instead where it cannot be read. */
export interface FileValues {
  /** From the repository's root. */
  readonly path: string;
  readonly values?: PlainValue;
  readonly error?: CellError;
}

/** A dependency or an output as a commit records it; hash and sizes are null where nothing is recorded. */
export interface DataFact {
  /** From the repository's root. */
  readonly path: string;
  readonly hash: string | null;
  /** Bytes. */
  readonly size: number | null;
  readonly files: number | null;
}

export type ExperimentStatus = 'queued' | 'running' | 'failed' | 'success';

/** Where an experiment runs, ran or waits. */
export interface ExperimentExecutor {
  readonly kind: 'workspace' | 'temp' | 'queue';
  /** Of the queue's entry; what `queue logs`, `queue kill` and `queue remove` take. */
  readonly task: string | null;
  readonly pid: number | null;
  /** The folder it runs in: absolute. */
  readonly root: string | null;
  /** The file with everything it printed: absolute. */
  readonly log: string | null;
  /** Milliseconds since 1970. */
  readonly startedAt: number | null;
}

/** What people say about an experiment. Kept under `refs/lode`, and taken along by `exp push` and `exp pull`. */
export interface ExperimentMarks {
  readonly starred: boolean;
  readonly labels: readonly string[];
  readonly note: string;
}

/** One row of the table of experiments. */
export interface ExperimentRow {
  /** `workspace`, a commit's id, an experiment's full ref name, or `task:` and the id of an entry of the queue. Unique in a table. */
  readonly id: string;
  readonly kind: 'workspace' | 'commit' | 'experiment';
  /** The row it hangs below: experiments below the commit they started from. */
  readonly parent: string | null;
  /** Another value whenever anything else of the row has changed. */
  readonly key: string;
  /** The commit; null for the workspace, and for what has not finished. */
  readonly rev: string | null;
  /** Of an experiment its name; of a commit the current branch, a tag or a branch, as DVC names it; else null. */
  readonly name: string | null;
  /** Full name of an experiment's ref. */
  readonly ref: string | null;
  /** Short names of the branches and tags at the commit. */
  readonly branches: readonly string[];
  readonly tags: readonly string[];
  /** Milliseconds since 1970: of the commit, or when it was put into the queue. */
  readonly created: number | null;
  readonly author: string | null;
  readonly message: string | null;
  /** Null for the workspace and for commits. */
  readonly status: ExperimentStatus | null;
  readonly executor: ExperimentExecutor | null;
  /** Why a failed one failed, and why a row has no values. */
  readonly error: CellError | null;
  readonly params: readonly FileValues[];
  readonly metrics: readonly FileValues[];
  readonly deps: readonly DataFact[];
  readonly outs: readonly DataFact[];
  readonly marks: ExperimentMarks;
  /** Stop rules of what runs, waits, or has failed in the queue. */
  readonly rules: readonly RunRule[];
}

export interface ExperimentsTable {
  /** The workspace first, then each commit with its experiments behind it, newest first. */
  readonly rows: readonly ExperimentRow[];
  /** True where the branches go further back than `num` commits. */
  readonly hasMore: boolean;
  /** What the workspace's dvc.yaml files say of its metrics. */
  readonly directions: readonly DirectionRule[];
}

/** What has changed between two tables, by id. */
export interface TableChange {
  readonly changed: readonly ExperimentRow[];
  readonly removed: readonly string[];
  /** The ids of the new table in order; absent where neither order nor membership has changed. */
  readonly order?: readonly string[];
}

/** What a page that shows `before` has to be told to show `after`. */
export function tableChange(before: ExperimentsTable, after: ExperimentsTable): TableChange {
  const known = new Map(before.rows.map((row) => [row.id, row.key]));
  const changed = after.rows.filter((row) => known.get(row.id) !== row.key);
  const there = new Set(after.rows.map((row) => row.id));
  const removed = before.rows.map((row) => row.id).filter((id) => !there.has(id));
  const sameOrder =
    before.rows.length === after.rows.length && after.rows.every((row, i) => row.id === before.rows[i]?.id);
  return { changed, removed, ...(sameOrder ? {} : { order: after.rows.map((row) => row.id) }) };
}
