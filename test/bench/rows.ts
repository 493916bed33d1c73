import type { DATA_SETS } from './data-sets.ts';

/** What the raw limit of a row is: programs that do the unavoidable part. */
export type Limit = 'node' | 'cp' | 'walk' | 'md5sum' | 'cp+md5sum';

/** One line of the table. */
export interface Row {
  readonly id: string;
  readonly set: keyof typeof DATA_SETS | undefined;
  readonly title: string;
  /** The command measured; `data` is the tracked folder or file. */
  readonly args: readonly string[];
  /** What has to be the case before: see `Workspace`. */
  readonly before: 'untracked' | 'tracked' | 'no-data' | 'pushable' | 'pullable';
  readonly limit: Limit;
  /** DVC ÷ Lode, in CPU and in wall time: at least. */
  readonly factor?: number;
  /** Lode ÷ limit, in wall time: at most. */
  readonly ofLimit?: number;
  /** MiB: at most. */
  readonly memory?: number;
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

const MILLION = { set: '1m', memory: 1024, long: true } as const;

/** The data side of what is to be reached. */
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
