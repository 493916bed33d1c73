import type { DATA_SETS } from './data-sets.ts';

/** What the raw limit of a row is: programs that do the unavoidable part. */
export type Limit = 'node' | 'cp' | 'walk' | 'md5sum' | 'cp+md5sum' | 'commands' | 'one-job' | 'cat-file' | 'read';

/** One line of the table. */
export interface Row {
  readonly id: string;
  readonly set: keyof typeof DATA_SETS | undefined;
  readonly title: string;
  /** The command measured; `data` is the tracked folder or file, `{n}` a number that was not there before. */
  readonly args: readonly string[];
  /** Stages of the pipeline it is about, instead of data; `wide` ones need nothing of each other and take a while. */
  readonly stages?: { readonly count: number; readonly wide?: boolean };
  /** What has to be the case before: see `Workspace`. */
  readonly before:
    | 'untracked'
    | 'tracked'
    | 'no-data'
    | 'pushable'
    | 'pullable'
    | 'not-run'
    | 'recorded'
    | 'committed'
    | 'measured'
    | 'series';
  /** Experiments on top of the pipeline, of which nobody remembers any where `unread`. */
  readonly experiments?: { readonly count: number; readonly unread: boolean };
  /** Values in each file of metrics, params and points of plots. */
  readonly values?: number;
  readonly limit: Limit;
  /** DVC ÷ Lode, in CPU and in wall time: at least. */
  readonly factor?: number;
  /** The same of what each costs beyond the limit: at least. */
  readonly overhead?: number;
  /** Lode ÷ limit, in wall time: at most. */
  readonly ofLimit?: number;
  /** Wall time of Lode in seconds: at most. */
  readonly seconds?: number;
  /** MiB: at most. */
  readonly memory?: number;
  /** Not measured with DVC: it takes too long, or has no such thing. */
  readonly alone?: true;
  /** How often in a row it is run for one figure, where a single run is too short for the clock. */
  readonly times?: number;
  /** Runs of it, where one takes DVC minutes; as many as told otherwise. */
  readonly runs?: number;
  /** Measured with `--long` only. */
  readonly long?: boolean;
}

const many = (set: '10k' | '50k'): Row[] => [
  { id: `add-${set}`, set, title: 'add', args: ['add', 'data'], before: 'untracked', limit: 'cp', factor: 5 },
  {
    id: `add-again-${set}`,
    set,
    title: 'add, unchanged',
    args: ['add', 'data'],
    before: 'tracked',
    limit: 'walk',
    factor: 5,
  },
  {
    id: `status-${set}`,
    set,
    title: 'status, unchanged',
    args: ['status'],
    before: 'tracked',
    limit: 'walk',
    factor: 5,
  },
  {
    id: `data-status-${set}`,
    set,
    title: 'data status, unchanged',
    args: ['data', 'status'],
    before: 'tracked',
    limit: 'walk',
    factor: 5,
  },
  {
    id: `checkout-${set}`,
    set,
    title: 'checkout into nothing',
    args: ['checkout'],
    before: 'no-data',
    limit: 'cp',
    factor: 4,
  },
  { id: `push-${set}`, set, title: 'push to a folder', args: ['push'], before: 'pushable', limit: 'cp', factor: 4 },
  { id: `pull-${set}`, set, title: 'pull into nothing', args: ['pull'], before: 'pullable', limit: 'cp', factor: 4 },
];

const NODE = { set: undefined, limit: 'node' } as const;
const FIFTY = { ...NODE, stages: { count: 51 }, before: 'recorded' } as const;
const PIPELINES: readonly Row[] = [
  {
    ...FIFTY,
    id: 'repro-cold',
    title: 'repro, nothing run',
    args: ['repro'],
    before: 'not-run',
    limit: 'commands',
    factor: 10,
  },
  { ...FIFTY, id: 'repro-idle', title: 'repro, nothing to do', args: ['repro'], factor: 6 },
  { ...FIFTY, id: 'status-51', title: 'status', args: ['status'], factor: 6 },
  { ...FIFTY, id: 'dag-51', title: 'dag', args: ['dag'], factor: 5 },
  {
    ...NODE,
    id: 'repro-wide',
    title: 'repro -j 2',
    args: ['repro', '-j', '2'],
    stages: { count: 12, wide: true },
    before: 'not-run',
    limit: 'one-job',
    ofLimit: 1 / 1.7,
    alone: true,
  },
  {
    ...NODE,
    id: 'status-2000',
    title: 'status',
    args: ['status'],
    stages: { count: 2000 },
    before: 'recorded',
    seconds: 1,
    alone: true,
  },
  {
    ...NODE,
    id: 'load-5000',
    title: 'dag --dot',
    args: ['dag', '--dot'],
    stages: { count: 5000 },
    before: 'not-run',
    seconds: 1,
    alone: true,
  },
];

const MEASURED = { ...NODE, before: 'measured', values: 10, factor: 5 } as const;
const comparisons = (name: string, title: string, values: number): Row[] =>
  ['metrics', 'params', 'plots'].map((what) => ({
    ...MEASURED,
    id: `${what}-diff${name}`,
    title: `${what} diff, ${title}`,
    args: [what, 'diff', '--json'],
    values,
  }));

/** Reading them for the first time, and again when whatever a tool remembers of them is there. */
const experiments = (count: number): Row[] =>
  [true, false].map((unread) => ({
    ...NODE,
    id: `exp-show-${count}${unread ? '' : '-again'}`,
    title: `exp show --json of ${count} experiments${unread ? '' : ', again'}${unread && count >= 1000 ? ' (one run)' : ''}`,
    args: ['exp', 'show', '--json'],
    stages: { count: 51 },
    before: 'committed',
    experiments: { count, unread },
    limit: 'cat-file',
    factor: 5,
    ...(unread && count >= 1000 ? { runs: 1 } : {}),
  }));

const EXPERIMENTS: readonly Row[] = [
  ...comparisons('', '10 values', 10),
  ...comparisons('-much', '10,000 values', 10_000),
  ...[10, 100, 1000].flatMap(experiments),
  {
    ...NODE,
    id: 'exp-run',
    title: 'exp run -S of one stage',
    args: ['exp', 'run', '-S', 'p50={n}'],
    stages: { count: 51 },
    before: 'committed',
    limit: 'commands',
    overhead: 6,
  },
];

const SERIES = { ...NODE, before: 'series', limit: 'read', alone: true } as const;
/** What the editor does with a long series, in this process. */
const POINTS: readonly Row[] = [
  ...['csv', 'tsv', 'json'].map(
    (kind): Row => ({
      ...SERIES,
      id: `series-${kind}`,
      title: `a ${kind} of 1,000,000 points, read and thinned out`,
      args: [kind],
      values: 1_000_000,
      seconds: 1,
    }),
  ),
  ...[1000, 100_000].map(
    (values): Row => ({
      ...SERIES,
      id: `series-grows-${values}`,
      title: `one more line of a tsv of ${values.toLocaleString('en')} points`,
      args: ['tsv', 'grows'],
      values,
      seconds: 0.05,
    }),
  ),
];

const MILLION = { set: '1m', memory: 1024, long: true } as const;

/** What is to be reached. */
export const ROWS: readonly Row[] = [
  {
    id: 'version',
    set: undefined,
    title: 'version',
    args: ['--version'],
    before: 'tracked',
    limit: 'node',
    ofLimit: 2,
    times: 20,
  },
  ...PIPELINES,
  ...EXPERIMENTS,
  ...POINTS,
  ...many('10k'),
  ...many('50k'),
  {
    id: 'add-1g',
    set: '1g',
    title: 'add',
    args: ['add', 'data'],
    before: 'untracked',
    limit: 'cp+md5sum',
    ofLimit: 1.3,
  },
  {
    id: 'hash-400m',
    set: '400m',
    title: 'add --no-commit: hashing alone',
    args: ['add', '--no-commit', 'data'],
    before: 'untracked',
    limit: 'md5sum',
  },
  { ...MILLION, id: 'add-1m', title: 'add', args: ['add', 'data'], before: 'untracked', limit: 'cp' },
  { ...MILLION, id: 'status-1m', title: 'status, unchanged', args: ['status'], before: 'tracked', limit: 'walk' },
  { ...MILLION, id: 'checkout-1m', title: 'checkout into nothing', args: ['checkout'], before: 'no-data', limit: 'cp' },
];
