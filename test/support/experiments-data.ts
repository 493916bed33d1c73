import type {
  CellValue,
  ExperimentColumn,
  ExperimentRow,
  ExperimentsTable,
} from '../../src/protocol/experiments-page.ts';
import { seededRandom } from './random.ts';

export interface TableSize {
  readonly rows: number;
  readonly columns: number;
}

const OPTIMIZERS = ['adam', 'sgd', 'adamw', 'rmsprop'];
const WORDS = ['amber', 'brisk', 'calm', 'dusky', 'eager', 'fawn', 'grand', 'husky', 'inner', 'jolly', 'keen', 'lunar'];
const NOUNS = ['acre', 'bolt', 'cove', 'dale', 'echo', 'fern', 'gate', 'hawk', 'isle', 'jade', 'knot', 'lark'];

const metric = (...keys: string[]): ExperimentColumn => ({
  id: `metric:metrics.json:${keys.join('.')}`,
  kind: 'metric',
  file: 'metrics.json',
  keys,
  better: /loss|seconds/.test(keys.at(-1) ?? '') ? 'lower' : 'higher',
});
const param = (...keys: string[]): ExperimentColumn => ({
  id: `param:params.yaml:${keys.join('.')}`,
  kind: 'param',
  file: 'params.yaml',
  keys,
  better: undefined,
});
const dep = (path: string): ExperimentColumn => ({
  id: `dep:${path}`,
  kind: 'dep',
  file: '',
  keys: [path],
  better: undefined,
});

const COLUMNS: readonly ExperimentColumn[] = [
  metric('acc'),
  metric('loss'),
  metric('val', 'acc'),
  metric('val', 'loss'),
  metric('seconds'),
  param('seed'),
  param('train', 'lr'),
  param('train', 'epochs'),
  param('train', 'optimizer'),
  param('model', 'layers'),
  param('model', 'dropout'),
  param('model', 'augment'),
  dep('data/train'),
  dep('src/train.py'),
];

/** A table as a team has one after weeks: two branches, commits, experiments in all states. The same for the same size. */
export function experimentsTable({ rows, columns }: TableSize, seed = 7): ExperimentsTable {
  const { next: random, pick } = seededRandom(seed);
  const all = [
    ...COLUMNS.slice(0, columns),
    ...Array.from({ length: Math.max(0, columns - COLUMNS.length) }, (_, i) =>
      i % 2 === 0 ? metric(`group${i % 14}`, `m${i}`) : param(`block${i % 10}`, `p${i}`),
    ),
  ];
  const cellOf = ({ kind, keys }: ExperimentColumn): CellValue => {
    const name = keys.at(-1);
    if (kind === 'dep')
      return Math.floor(random() * 3 + 11)
        .toString(16)
        .repeat(32);
    if (name === 'optimizer') return pick(OPTIMIZERS);
    if (name === 'augment') return random() < 0.5;
    if (name === 'lr') return pick([0.1, 0.01, 0.003, 0.001, 0.00005]);
    if (name === 'layers' || name === 'epochs' || name === 'seed') return Math.floor(random() * 90) + 10;
    return random() < 0.02 ? null : random();
  };
  const hex = (length: number): string => Array.from({ length }, () => Math.floor(random() * 16).toString(16)).join('');
  const start = Date.UTC(2026, 9, 1, 9);
  const make = (
    index: number,
    part: Partial<ExperimentRow> & Pick<ExperimentRow, 'id' | 'kind' | 'name'>,
  ): ExperimentRow => ({
    parent: undefined,
    detail: '',
    facts: [],
    state: 'success',
    problem: undefined,
    created: start - index * 600_000,
    branch: 'main',
    values: all.map(cellOf),
    errors: {},
    changed: [6, 12].filter((at) => at < all.length && random() < 0.6),
    series: {},
    starred: false,
    pushed: false,
    rules: 'none',
    progress: undefined,
    colour: undefined,
    ...part,
  });
  const made: ExperimentRow[] = [
    make(0, {
      id: 'workspace',
      kind: 'workspace',
      name: 'workspace',
      created: undefined,
      changed: [6].filter((at) => at < all.length),
    }),
  ];
  let index = 1;
  for (const branch of ['main', 'feature/augment']) {
    const target = branch === 'main' ? Math.ceil(rows * 0.7) : rows;
    made.push(
      make(index++, {
        id: `branch:${branch}`,
        kind: 'branch',
        name: branch,
        branch,
        values: [],
        changed: [],
        created: undefined,
      }),
    );
    while (made.length < target) {
      const sha = hex(40);
      made.push(
        make(index++, {
          id: sha,
          kind: 'commit',
          name: sha.slice(0, 7),
          detail: pick(['Train on more data', 'Tune dropout', 'Fix the loader', 'Add augmentation']),
          parent: `branch:${branch}`,
          facts: [
            ['Author', 'Ada Example'],
            ['Commit', sha],
          ],
          branch,
        }),
      );
      const experiments = Math.min(8 + Math.floor(random() * 30), target - made.length);
      for (let i = 0; i < experiments; i++) {
        const draw = random();
        const isRecent = made.length < 14;
        const state =
          isRecent && i === 0 ? 'running' : isRecent && i === 1 ? 'queued' : draw < 0.03 ? 'failed' : 'success';
        const id = hex(40);
        const progress = state === 'running' ? 'step 12' : undefined;
        const series =
          state === 'queued' || all.length < 2 ? {} : { 0: curve(random, 24, 1), 1: curve(random, 24, -1) };
        const problem = state === 'failed' ? 'The stage train failed: exit code 1.' : undefined;
        made.push(
          make(index++, {
            id,
            kind: 'experiment',
            name: `${pick(WORDS)}-${pick(NOUNS)}`,
            detail: state === 'queued' ? '' : id.slice(0, 7),
            parent: sha,
            branch,
            state,
            problem,
            progress,
            series,
            errors: state === 'failed' && all.length > 1 ? { 1: 'metrics.json: line 3 is no JSON.' } : {},
            starred: draw > 0.95,
            pushed: draw > 0.6,
            rules: draw > 0.95 ? 'waiting' : 'none',
            ...(state === 'queued'
              ? { values: all.map((column) => (column.kind === 'param' ? cellOf(column) : null)) }
              : {}),
          }),
        );
      }
    }
  }
  return {
    version: 1,
    columns: all,
    rows: made.slice(0, rows),
    queue: { queued: 1, running: 1, isStarted: true },
    history: { hasMore: true, canShowLess: false },
    warnings: [],
  };
}

function curve(random: () => number, length: number, direction: 1 | -1): number[] {
  let value = direction > 0 ? 0.3 : 2;
  return Array.from({ length }, () => (value += direction * 0.05 * random() - 0.01 * direction));
}
