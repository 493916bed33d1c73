// `npm run bench -- --pages`: the pages in Chromium, as a person meets them: how long until something is there, and how long a frame takes.
import * as fs from 'node:fs';
import { parseArgs } from 'node:util';
import { PlotsReader } from '../../src/engine/verbs/plots-view.ts';
import { tableParts } from '../../src/extension/experiments/table-parts.ts';
import type { ExperimentsTable } from '../../src/protocol/experiments-page.ts';
import { PageServer } from '../browser/support/page-server.ts';
import { makeEngineRepo } from '../support/engine-repo.ts';
import { experimentsTable } from '../support/experiments-data.ts';
import { makeSandbox } from '../support/sandbox.ts';

const { values } = parseArgs({
  options: {
    pages: { type: 'boolean' },
    runs: { type: 'string', default: '3' },
    strict: { type: 'boolean', default: false },
  },
});

/** Texts of a page are of no interest here: each is its own name. */
const wordsOf = (file: string): Record<string, string> =>
  Object.fromEntries(
    [...fs.readFileSync(file, 'utf8').matchAll(/^ {2}(\w+): l10n\.t/gm)].map((match) => [match[1], match[1]]),
  ) as Record<string, string>;

interface Line {
  readonly what: string;
  /** Milliseconds of each run. */
  readonly times: readonly number[];
  /** Milliseconds of a processor for each of them: what others do on the machine is no part of it. */
  readonly cpu: number;
  readonly most: number;
}

const lines: Line[] = [];

/** Milliseconds that this process and the page's thread have worked so far. */
type Clock = () => Promise<number>;

async function clockOf(server: PageServer): Promise<Clock> {
  const cdp = await server.page.context().newCDPSession(server.page);
  await cdp.send('Performance.enable', { timeDomain: 'threadTicks' });
  return async () => {
    const { metrics } = await cdp.send('Performance.getMetrics');
    return 1000 * (metrics.find(({ name }) => name === 'TaskDuration')?.value ?? Number.NaN);
  };
}

/** Measures a thing some times over. @param work Gives the times of one run. @param prepare What is no part of them. */
async function measure(
  what: string,
  most: number,
  clock: Clock,
  runs: number,
  work: (run: number) => Promise<readonly number[]>,
  prepare: () => Promise<void> = async () => {},
): Promise<void> {
  const times: number[] = [];
  let cpu = 0;
  for (let run = 0; run < runs; run++) {
    await prepare();
    const began = await clock();
    times.push(...(await work(run)));
    cpu += (await clock()) - began;
  }
  lines.push({ what, times, cpu: cpu / times.length, most });
}

const sorted = (times: readonly number[]): number[] => [...times].sort((a, b) => a - b);
const median = (times: readonly number[]): number => sorted(times)[times.length >> 1] ?? Number.NaN;
const high = (times: readonly number[]): number => sorted(times)[Math.floor(times.length * 0.95)] ?? Number.NaN;

async function openPage(server: PageServer): Promise<void> {
  await server.open('experiments');
  const words = wordsOf('src/extension/panels/experiments-words.ts');
  const page = { type: 'page', root: '/', words, locale: 'en', trusted: true, hasPlots: true, views: [] };
  await server.send(page);
}

/** As the host sends it. @param until `first` or `last`: the rows that are waited for. */
const showTable = (server: PageServer, table: ExperimentsTable, until: 'first' | 'last'): Promise<number> =>
  server.page.evaluate(
    async ([sent, wanted]) => {
      const messages = JSON.parse(sent) as object[];
      const rows = (): string => document.querySelector('[role=treegrid]')?.getAttribute('aria-rowcount') ?? '';
      const started = performance.now();
      for (const message of messages) window.postMessage(message);
      while (wanted === '' ? !document.querySelector('.row') : rows() !== wanted)
        await new Promise((done) => setTimeout(done));
      await new Promise((done) => requestAnimationFrame(() => setTimeout(done)));
      return performance.now() - started;
    },
    [JSON.stringify([...tableParts(table)]), until === 'first' ? '' : String(table.rows.length + 3)] as const,
  );

/** Time from the beginning of each frame until it is painted. */
const frameTimes = (server: PageServer, x: number, y: number): Promise<number[]> =>
  server.page.evaluate(
    async ([dx, dy]) => {
      const grid = document.querySelector('.grid')!;
      const { port1, port2 } = new MessageChannel();
      const times: number[] = [];
      for (let frame = 0; frame < 90; frame++) {
        grid.scrollBy(dx, dy);
        await new Promise<void>((done) =>
          requestAnimationFrame(() => {
            const began = performance.now();
            port1.onmessage = () => {
              times.push(performance.now() - began);
              done();
            };
            port2.postMessage(0); // It arrives once the frame is painted.
          }),
        );
      }
      return times.slice(5);
    },
    [x, y] as const,
  );

async function measureTable(server: PageServer, clock: Clock, runs: number): Promise<void> {
  const table = experimentsTable({ rows: 5000, columns: 300 });
  for (const [what, until] of [
    ['first paint', 'first'],
    ['all rows are there', 'last'],
  ] as const) {
    const show = async (): Promise<number[]> => [await showTable(server, table, until)];
    await measure(`table of 5,000 × 300: ${what}`, 1000, clock, runs, show, () => openPage(server));
  }
  await measure('… a frame while scrolling down', 16, clock, runs, () => frameTimes(server, 0, 137));
  await measure('… a frame while scrolling to the right', 16, clock, runs, () => frameTimes(server, 173, 0));
  await measure('… a live value is in its cell', 250, clock, 10 * runs, async (run) => {
    const workspace = table.rows[0]!;
    const row = { ...workspace, values: workspace.values.with(0, 1000 + run) };
    const patch = { base: run + 1, version: run + 2, rows: [row], removed: [] };
    return server.page.evaluate(
      async ([sent, text]) => {
        document.querySelector('.grid')!.scrollTo(0, 0);
        await new Promise((done) => setTimeout(done, 50));
        const started = performance.now();
        window.postMessage(sent);
        while (document.querySelector('[data-row="workspace"] [data-column^="metric"]')?.textContent !== text)
          await new Promise((done) => requestAnimationFrame(done));
        return [performance.now() - started];
      },
      [{ type: 'patch', patch }, String(1000 + run)] as const,
    );
  });
}

const POINTS = 1_000_000;

async function measureCurve(server: PageServer, clock: Clock, runs: number): Promise<void> {
  const sandbox = makeSandbox('bench-curve');
  const repo = await makeEngineRepo(sandbox);
  const text = Array.from({ length: POINTS }, (_, i) => `${i}\t${Math.exp(-i / 300_000) + 0.1 * Math.sin(i)}`);
  repo.writeAll([
    ['dvc.yaml', 'plots:\n- loss.tsv: {x: step, y: loss}\n'],
    ['loss.tsv', `step\tloss\n${text.join('\n')}\n`],
  ]);
  repo.commitAll('one');
  const revisions = [{ id: 'workspace', label: 'workspace', detail: '', color: '#945dd6', isRunning: true }];
  const words = wordsOf('src/extension/panels/plots-words.ts');
  const both: Clock = async () => {
    const { user, system } = process.cpuUsage();
    return (user + system) / 1000 + (await clock());
  };
  await repo.open(async (open, ctx) => {
    let reader = new PlotsReader(open);
    let version = 0;
    /** What the host does for a plot in sight, and the page after it. */
    const show = async (): Promise<number[]> => {
      const started = performance.now();
      const { plots } = await reader.read({ revs: ['workspace'] }, ctx);
      const [plot] = plots;
      if (!plot) throw new Error('there is no plot');
      version += 1;
      const header = { ...plot, kind: 'series', version, isCustom: false };
      const page = { root: '/', words, revisions, plots: [header], warnings: [] };
      const content = { ...reader.draw(plot.id), problems: [] };
      await server.page.evaluate(
        async (messages) => {
          for (const message of messages) {
            window.postMessage(message);
            await new Promise((done) => setTimeout(done));
          }
          while (!document.querySelector('canvas')) await new Promise((done) => requestAnimationFrame(done));
          await new Promise((done) => requestAnimationFrame(() => setTimeout(done)));
        },
        [
          { type: 'page', page },
          { type: 'content', plot: plot.id, version, content },
        ],
      );
      return [performance.now() - started];
    };
    await measure('curve of 1,000,000 points: read, thinned and drawn', 1000, both, runs, show, async () => {
      reader = new PlotsReader(open);
      await server.open('plots');
    });
    await measure('… one line more: read and drawn', 1000, both, runs, async (run) => {
      fs.appendFileSync(repo.path('loss.tsv'), `${POINTS + run}\t0.5\n`);
      return show();
    });
  });
  sandbox.dispose();
}

async function main(): Promise<void> {
  const runs = Number(values.runs);
  const server = await PageServer.start();
  try {
    const clock = await clockOf(server);
    await measureTable(server, clock, runs);
    await measureCurve(server, clock, runs);
  } finally {
    await server.stop();
  }
  const isReached = ({ cpu, times, most }: Line): boolean => Math.min(cpu, median(times)) <= most;
  for (const line of lines) {
    const { what, times, cpu, most } = line;
    const [middle, top, own] = [median(times), high(times), cpu].map((ms) => ms.toFixed(1).padStart(7));
    const verdict = isReached(line) ? 'reached' : 'MISSED';
    console.log(`${what.padEnd(51)} ${middle} ms, 95 % ${top} ms, processor ${own} ms   ${verdict}: ≤ ${most} ms`);
  }
  if (values.strict && !lines.every(isReached)) process.exitCode = 1;
}

main().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
