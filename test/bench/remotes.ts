import * as fs from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { parseArgs } from 'node:util';
import { dvcCommand, lodeCommand } from '../support/cli.ts';
import { isolatedEnv, removeTree } from '../support/sandbox.ts';
import { programOnPath } from '../support/servers/programs.ts';
import { clear } from './clear.ts';
import { type Cost, measure, run } from './measure.ts';
import { type BenchStore, STORES } from './stores.ts';

/** `npm run bench -- --remotes`: transfers to servers on this machine, by Lode, real DVC and rclone in turns. */
interface Row {
  readonly id: string;
  /** S3 unless told. */
  readonly store?: keyof typeof STORES;
  readonly files: number;
  /** Bytes of each. */
  readonly size: number;
  readonly what: 'push' | 'fetch' | 'push again';
  /** DVC ÷ Lode and rclone ÷ Lode, in wall time: at least. */
  readonly overDvc?: number;
  readonly overRclone?: number;
}

const SMALL = { files: 5000, size: 20 << 10 };
const FEWER = { files: 2000, size: 20 << 10 };
const BIG = { files: 1, size: 1 << 30 };
const ROWS: readonly Row[] = [
  { id: 'push-small', ...SMALL, what: 'push', overDvc: 4, overRclone: 1 },
  { id: 'fetch-small', ...SMALL, what: 'fetch', overDvc: 4, overRclone: 1 },
  { id: 'push-big', ...BIG, what: 'push', overRclone: 0.9 },
  { id: 'fetch-big', ...BIG, what: 'fetch', overRclone: 0.9 },
  { id: 'ssh-push-small', store: 'ssh', ...FEWER, what: 'push', overDvc: 3 },
  { id: 'ssh-fetch-small', store: 'ssh', ...FEWER, what: 'fetch', overDvc: 3 },
  { id: 'push-nothing', files: 50_000, size: 16, what: 'push again', overDvc: 10 },
];
/** MiB, in every row. */
const MOST_MEMORY = 300;

type ToolName = 'lode' | 'dvc' | 'rclone';

/** A folder with the data tracked, one for each program, and its place in the bucket. */
class Project {
  readonly root: string;
  readonly #env: Readonly<Record<string, string>>;
  readonly #tool: ToolName;
  readonly #command: readonly string[];
  readonly #store: BenchStore;
  #pushes = 0;

  constructor(root: string, tool: ToolName, env: Readonly<Record<string, string>>, store: BenchStore) {
    this.root = root;
    this.#tool = tool;
    this.#store = store;
    this.#env = { ...env, ...store.env };
    const programs = {
      lode: lodeCommand,
      dvc: () => dvcCommand() ?? [],
      rclone: () => [programOnPath('rclone', 'rclone')],
    };
    this.#command = programs[tool]();
  }

  get #place(): string {
    return `${this.#tool}-${this.#pushes}`;
  }

  async make(source: string): Promise<void> {
    fs.mkdirSync(this.root, { recursive: true });
    const lode = (...args: string[]) => run([...lodeCommand(), ...args], this.root, this.#env);
    await lode('init', '-q', '--no-scm');
    fs.cpSync(source, join(this.root, 'data'), { recursive: true });
    await lode('add', '-q', 'data');
    await lode('remote', 'add', '-q', '-d', 's', this.#store.urlOf(this.#place));
    for (const [option, value] of Object.entries(this.#store.options))
      await lode('remote', 'modify', '-q', '--local', 's', option, value);
  }

  /** Into an empty place of the bucket. */
  async push(): Promise<Cost> {
    this.#pushes++;
    const url = this.#store.urlOf(this.#place);
    await run([...lodeCommand(), 'remote', 'modify', '-q', 's', 'url', url], this.root, this.#env);
    return this.pushAgain();
  }

  pushAgain(): Promise<Cost> {
    return this.#measure('push', ['copy', '-q', join(this.root, 'data'), this.#store.rclonePlace(this.#place)]);
  }

  async fetch(): Promise<Cost> {
    const back = join(this.root, 'back');
    clear(this.#tool === 'rclone' ? back : join(this.root, '.dvc/cache'), dirname(this.root));
    return this.#measure('fetch', ['copy', '-q', this.#store.rclonePlace(this.#place), back]);
  }

  #measure(verb: string, rclone: readonly string[]): Promise<Cost> {
    return measure([...this.#command, ...(this.#tool === 'rclone' ? rclone : [verb, '-q'])], this.root, this.#env);
  }
}

async function measureRow(row: Row, runs: number, scratch: string, store: BenchStore): Promise<Map<ToolName, Cost>> {
  const env = isolatedEnv(scratch);
  const source = join(scratch, 'source');
  fs.mkdirSync(source);
  const block = Buffer.alloc(Math.min(row.size, 1 << 20));
  for (let i = 0; i < row.files; i++) {
    block.writeUInt32LE(i + 1, 0);
    const file = fs.openSync(join(source, `${i}`), 'w');
    for (let at = 0; at < row.size; at += block.length) {
      if (block.length > 8) block.writeUInt32LE(at, 4);
      fs.writeSync(file, block);
    }
    fs.closeSync(file);
  }
  const names: ToolName[] = [
    'lode',
    ...(dvcCommand() ? ['dvc' as const] : []),
    ...(row.overRclone ? ['rclone' as const] : []),
  ];
  const best = new Map<ToolName, Cost>();
  const projects = new Map(names.map((name) => [name, new Project(join(scratch, name), name, env, store)]));
  for (const project of projects.values()) {
    await project.make(source);
    if (row.what !== 'push') await project.push();
  }
  // In turns, so that whatever else the machine does meets all of them.
  for (let time = 0; time < runs; time++)
    for (const [name, project] of projects) {
      const work = {
        push: () => project.push(),
        fetch: () => project.fetch(),
        'push again': () => project.pushAgain(),
      };
      const cost = await work[row.what]();
      if (cost.wall < (best.get(name)?.wall ?? Infinity)) best.set(name, cost);
    }
  for (const folder of [source, ...[...projects.values()].map(({ root }) => root)]) clear(folder, scratch);
  return best;
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      remotes: { type: 'boolean' },
      rows: { type: 'string' },
      runs: { type: 'string', default: '2' },
      strict: { type: 'boolean', default: false },
    },
  });
  const scratch = fs.mkdtempSync(join(process.env['LODE_BENCH_TMP'] ?? tmpdir(), 'lode-bench-'));
  for (const folder of ['home', 'tmp']) fs.mkdirSync(join(scratch, folder));
  let missed = false;
  const stores: BenchStore[] = []; // What one of them holds is not deleted before all is measured: see `clear`.
  try {
    for (const row of ROWS.filter(
      ({ id }) => !values.rows || values.rows.split(',').some((name) => id.startsWith(name)),
    )) {
      const store = await STORES[row.store ?? 's3']();
      stores.push(store);
      const costs = await measureRow(row, Number(values.runs), scratch, store);
      const lode = costs.get('lode')!;
      const over = (name: ToolName): number | undefined =>
        costs.has(name) ? costs.get(name)!.wall / lode.wall : undefined;
      const isReached =
        lode.memory <= MOST_MEMORY &&
        (over('dvc') ?? Infinity) >= (row.overDvc ?? 0) &&
        (over('rclone') ?? Infinity) >= (row.overRclone ?? 0);
      missed ||= !isReached;
      const shown = [...costs].map(([name, { wall, cpu, memory }]) => {
        const ratio = name === 'lode' ? '' : ` = ${over(name)?.toFixed(2)} ×`;
        return `${name} ${wall.toFixed(2)} s${ratio} (cpu ${cpu.toFixed(2)} s, ${memory.toFixed(0)} MiB)`;
      });
      console.log(`${isReached ? 'reached' : 'MISSED '} ${row.id.padEnd(15)} ${shown.join('; ')}`);
    }
  } finally {
    for (const store of stores) await store.stop();
    removeTree(scratch);
  }
  if (values.strict && missed) process.exitCode = 1;
}

main().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
