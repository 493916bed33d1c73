import type { DATA_SETS } from './data-sets.ts';

/** What the raw limit of a row is: programs that do the unavoidable part. */
export type Limit = 'node' | 'cp' | 'walk' | 'md5sum' | 'cp+md5sum' | 'commands' | 'one-job';

/** One line of the table. */
export interface Row {
  readonly id: string;
  readonly set: keyof typeof DATA_SETS | undefined;
  readonly title: string;
  /** The command measured; `data` is the tracked folder or file. */
  readonly args: readonly string[];
  /** Stages of the pipeline it is about, instead of data; `wide` ones need nothing of each other and take a while. */
  readonly stages?: { readonly count: number; readonly wide?: boolean };
  /** What has to be the case before: see `Workspace`. */
  readonly before: 'untracked' | 'tracked' | 'no-data' | 'pushable' | 'pullable' | 'not-run' | 'recorded' | 'measured';
  readonly limit: Limit;
  /** DVC ÷ Lode, in CPU and in wall time: at least. */
  readonly factor?: number;
  /** Lode ÷ limit, in wall time: at most. */
  readonly ofLimit?: number;
  /** Wall time of Lode in seconds: at most. */
  readonly seconds?: number;
  /** MiB: at most. */
  readonly memory?: number;
  /** Not measured with DVC: it takes too long, or has no such thing. */
  readonly alone?: true;
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

const MEASURED = { ...NODE, before: 'measured', factor: 5 } as const;
const METRICS: readonly Row[] = [
  { ...MEASURED, id: 'metrics-diff', title: 'metrics diff', args: ['metrics', 'diff', '--json'] },
  { ...MEASURED, id: 'params-diff', title: 'params diff', args: ['params', 'diff', '--json'] },
  { ...MEASURED, id: 'plots-diff', title: 'plots diff, 1,000 points of 2 lines', args: ['plots', 'diff', '--json'] },
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
  },
  ...PIPELINES,
  ...METRICS,
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
