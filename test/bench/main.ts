import * as fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { dvcCommand, lodeCommand, projectRoot } from '../support/cli.ts';
import { isolatedEnv, removeTree } from '../support/sandbox.ts';
import { clear } from './clear.ts';
import { DATA_SETS, lstatWalk, makeDataSet } from './data-sets.ts';
import { type Cost, measure, measureHere, median, run } from './measure.ts';
import { commandsAlone } from './pipelines.ts';
import { isReached, line, type Result, record, table } from './report.ts';
import { ROWS, type Row } from './rows.ts';
import { measureSeries, readAlone } from './series.ts';
import { type Tool, Workspace } from './workspace.ts';

const HELP = `npm run bench -- [--rows NAMES] [--runs N] [--long] [--no-dvc] [--strict]

  --rows NAMES  only these rows, or those whose names begin so, separated by commas; ${ROWS.map(({ id }) => id).join(', ')}
  --runs N      runs of each, of which the one in the middle counts; 3 unless told
  --long        also a million files
  --no-dvc      against the raw limits only
  --strict      end with 1 if something was missed

LODE_BENCH_TMP names a folder for the data, on the file system to be measured.`;

const { values } = parseArgs({
  options: {
    rows: { type: 'string' },
    runs: { type: 'string', default: '3' },
    long: { type: 'boolean', default: false },
    'no-dvc': { type: 'boolean', default: false },
    strict: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});

const READ = new Set<Row['before']>(['tracked', 'recorded', 'measured']);

/** Millions of files take real DVC many minutes: Lode is then measured against the limit alone. */
const tools = (row: Row): Tool[] => {
  const dvc = values['no-dvc'] || row.long || row.alone ? undefined : dvcCommand();
  const lode = lodeCommand();
  const writes = !(READ.has(row.before) || row.experiments);
  return [
    ...(dvc === undefined ? [] : [{ name: 'dvc', command: dvc, env: {} } as const]),
    { name: 'lode', command: lode, env: {} },
    ...(writes ? [{ name: 'lode-off', command: lode, env: { LODE_DURABILITY: 'off' } } as const] : []),
  ];
};

async function measureLimit(row: Row, source: string, scratch: string): Promise<Cost> {
  const { limit, stages, experiments } = row;
  const env = isolatedEnv(scratch);
  const copy = join(scratch, 'limit-copy');
  const cp = async (): Promise<Cost> => {
    clear(copy, scratch);
    await run(['sync'], scratch, env);
    const cost = await measure(['cp', '-r', source, copy], scratch, env);
    clear(copy, scratch);
    return cost;
  };
  const md5sum = (): Promise<Cost> =>
    measure(['sh', '-c', `find "$1" -type f -print0 | xargs -0 -n 8 -P "$(nproc)" md5sum`, '-', source], scratch, env);
  switch (limit) {
    case 'node':
      return measure([process.execPath, '-e', ''], scratch, env, row.times);
    case 'walk':
      return measureHere(() => lstatWalk(source));
    case 'commands':
      return measure(commandsAlone(row.overhead === undefined ? (stages?.count ?? 0) : 1), join(scratch, 'tmp'), env);
    case 'cat-file': {
      const lode = { name: 'lode', command: lodeCommand(), env: {} } as const;
      return new Workspace(join(scratch, `objects-${experiments?.count}`), source, lode).measureObjects(row);
    }
    case 'read':
      return readAlone(row, join(scratch, 'series'));
    case 'one-job': {
      const lode = { name: 'lode', command: lodeCommand(), env: {} } as const;
      return new Workspace(join(scratch, 'one-job'), source, lode).measure({ ...row, args: ['repro'] });
    }
    case 'cp':
      return cp();
    case 'md5sum':
      return md5sum();
    case 'cp+md5sum': {
      const [a, b] = [await cp(), await md5sum()];
      return { cpu: a.cpu + b.cpu, wall: a.wall + b.wall, memory: Math.max(a.memory, b.memory) };
    }
  }
}

const isRow = (name: string): boolean => ROWS.some(({ id }) => id === name);

/** Rows of one set share a folder. */
function setOf({ before, stages, values, experiments, set }: Row): string {
  if (experiments) return `experiments-${experiments.count}`;
  if (stages) return before === 'committed' ? `committed-${stages.count}` : `stages-${stages.count}`;
  return values === undefined ? (set ?? 'none') : `${before}-${values}`;
}

async function measureRow(row: Row, runs: number, scratch: string): Promise<Result> {
  const set = setOf(row);
  const source = join(scratch, 'data', set);
  if (row.set !== undefined) makeDataSet(source, DATA_SETS[row.set]);
  const costs = new Map<string, Cost[]>();
  const note = (name: string, cost: Cost): void => void costs.set(name, [...(costs.get(name) ?? []), cost]);
  // In turns, so that whatever else the machine does meets both.
  for (let time = 0; time < (row.runs ?? runs); time++) {
    note('limit', await measureLimit(row, source, scratch));
    if (row.before === 'series') note('lode', await measureSeries(row, join(scratch, 'series')));
    else
      for (const tool of tools(row))
        note(tool.name, await new Workspace(join(scratch, `${set}-${tool.name}`), source, tool).measure(row));
  }
  const of = (name: string): Cost | undefined => (costs.has(name) ? median(costs.get(name)!) : undefined);
  const [dvc, off] = [of('dvc'), of('lode-off')];
  const about =
    row.set === undefined ? row.stages && !row.experiments && `${row.stages.count} stages` : DATA_SETS[row.set].name;
  const title = !about ? row.title : `${row.title}, ${about}`;
  return { id: row.id, title, lode: of('lode')!, limit: of('limit')!, ...(dvc && { dvc }), ...(off && { off }) };
}

async function main(): Promise<void> {
  if (values.help) {
    console.log(HELP);
    return;
  }
  const names = values.rows?.split(',');
  const rows = ROWS.filter(({ id, long }) =>
    names ? names.some((name) => id === name || (!isRow(name) && id.startsWith(name))) : !long || values.long,
  );
  if (rows.length === 0) throw new Error(`no row is called ${values.rows}`);
  const scratch = fs.mkdtempSync(join(process.env['LODE_BENCH_TMP'] ?? tmpdir(), 'lode-bench-'));
  for (const folder of ['home', 'tmp']) fs.mkdirSync(join(scratch, folder));
  const results: Result[] = [];
  try {
    for (const [i, row] of rows.entries()) {
      process.stderr.write(`${i + 1}/${rows.length} ${row.id}\n`);
      const result = await measureRow(row, Number(values.runs), scratch);
      results.push(result);
      // Shown at once as well: a long bench may be stopped, or fail in a later row.
      process.stderr.write(`${table([line(row, result)])}\n`);
      // One data set at a time: a million files twice over would fill small disks.
      if (row.set !== undefined && !rows.slice(i + 1).some(({ set }) => set === row.set))
        for (const name of fs.readdirSync(scratch).filter((name) => name.startsWith(`${row.set}-`)))
          clear(join(scratch, name), scratch);
    }
  } finally {
    removeTree(scratch);
  }
  const rowOf = (id: string): Row => rows.find((row) => row.id === id)!;
  console.log(table(results.map((result) => line(rowOf(result.id), result))));
  for (const text of record(join(projectRoot(), '.cache/bench.json'), results))
    console.log(`slower than the last time: ${text}`);
  if (values.strict && !results.every((result) => isReached(rowOf(result.id), result))) process.exitCode = 1;
}

main().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
