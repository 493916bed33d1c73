import * as assert from 'node:assert/strict';
import * as fs from 'node:fs';
import type { Locator } from 'playwright-core';
import { tableParts } from '../../src/extension/experiments/table-parts.ts';
import type {
  ExperimentsTable,
  ExperimentsWords,
  FromExperiments,
  TableView,
} from '../../src/protocol/experiments-page.ts';
import { experimentsTable } from '../support/experiments-data.ts';
import { checkAccessibility } from './support/accessibility.ts';
import { PageServer } from './support/page-server.ts';

/** The English texts, as the sources have them: the module itself is of the extension host. */
const WORDS = Object.fromEntries(
  [
    ...fs
      .readFileSync('src/extension/panels/experiments-words.ts', 'utf8')
      .matchAll(/(\w+): l10n\.t\((['"])(.*?)\2\)/g),
  ].map((match) => [match[1], match[3]]),
) as unknown as ExperimentsWords;

type Sent<T extends FromExperiments['type']> = Extract<FromExperiments, { type: T }>;

const ACC = 'metric:metrics.json:acc';
const LR = 'param:params.yaml:train.lr';
const OPTIMIZER = 'param:params.yaml:train.optimizer';

describe('the page of experiments', () => {
  let server: PageServer;
  before(async () => {
    server = await PageServer.start();
  });
  after(() => server?.stop());

  async function open(table: ExperimentsTable, view?: Partial<TableView>, trusted = true): Promise<void> {
    await server.open('experiments');
    await server.send({
      type: 'page',
      root: '/project',
      words: WORDS,
      locale: 'en-GB',
      trusted,
      hasPlots: true,
      view,
      views: [],
    });
    await server.send({ type: 'table', table });
    await server.page.locator('.row').first().waitFor();
  }
  const small = (): ExperimentsTable => experimentsTable({ rows: 60, columns: 14 });
  const cell = (row: string, column: string): Locator =>
    server.page.locator(`[data-row="${row}"] [data-column="${column}"]`);
  const press = (...keys: string[]): Promise<void> =>
    keys.reduce((before, key) => before.then(() => server.page.keyboard.press(key)), Promise.resolve());
  /** Row and column that have the focus of the keyboard; a header's row is ''. */
  const focused = (): Promise<string> =>
    server.page.evaluate(() => {
      const { activeElement } = document;
      const row = activeElement?.closest<HTMLElement>('[data-row]')?.dataset['row'] ?? '';
      return `${row} ${(activeElement as HTMLElement | null)?.dataset['column'] ?? ''}`;
    });
  const names = (): Promise<string[]> =>
    server.page.locator('.row .label').evaluateAll((labels) => labels.map((label) => label.textContent ?? ''));

  it('is moved through by the keyboard alone', async () => {
    const table = small();
    await open(table);
    const [workspace, branch, commit, first] = table.rows.map(({ id }) => id) as [string, string, string, string];
    await server.page.locator('[data-row="workspace"] [data-column="name"]').focus();
    await press('ArrowDown', 'ArrowDown', 'ArrowDown');
    assert.equal(await focused(), `${first} name`);
    await press('ArrowRight', 'ArrowRight');
    assert.equal(await focused(), `${first} ${ACC}`);
    await press('Home', 'ArrowLeft');
    assert.equal(await focused(), `${commit} name`);
    await press('ArrowLeft');
    await cell(first, 'name').waitFor({ state: 'detached' });
    assert.equal(await cell(commit, 'name').locator('..').getAttribute('aria-expanded'), 'false');
    await press('ArrowRight');
    await cell(first, 'name').waitFor();
    await press('Control+End', 'End');
    assert.equal((await focused()).split(' ')[0], table.rows.at(-1)?.id);
    await press('Control+Home', 'ArrowUp');
    assert.equal(await focused(), ' name');
    await press('ArrowDown', 'ArrowDown');
    assert.equal(await focused(), `${branch} name`);
    assert.equal(await server.page.locator('[tabindex="0"]').count(), 1);
    assert.ok(workspace);
  });

  it('sorts by a header, by several with Shift, and by its menu', async () => {
    await open(small());
    const header = (column: string): Locator => server.page.locator(`.leafs [data-column="${column}"]`);
    await header(ACC).focus();
    await press('Enter');
    assert.equal(await header(ACC).getAttribute('aria-sort'), 'ascending');
    await press('ArrowRight', 'Shift+Enter', 'Shift+Enter');
    const { view } = await server.sent<Sent<'view'>>('view');
    assert.deepEqual(view.sorts, [
      { column: ACC, descending: false },
      { column: 'metric:metrics.json:loss', descending: true },
    ]);
    await press('Shift+F10');
    await server.page.getByRole('menuitem', { name: 'Do Not Sort' }).waitFor();
    await press('d', 'd', 'Enter');
    await server.page.locator('#chip-sort-metric\\:metrics\\.json\\:loss').waitFor({ state: 'detached' });
    assert.match(await focused(), /loss$/);
  });

  it('filters by a query, with proposals, and shows an error where it is', async () => {
    const table = small();
    await open(table);
    await cell('workspace', 'name').focus();
    await press('/');
    await server.page.keyboard.type('optim');
    await press('ArrowDown', 'Enter');
    assert.equal(await server.page.inputValue('#query'), 'optimizer ');
    await server.page.keyboard.type('= adam and is:starred or name ~ fern', { delay: 1 });
    await press('Escape');
    const wanted = table.rows.filter(
      ({ values, starred, name }) => (values[8] === 'adam' && starred) || name.includes('fern'),
    );
    await server.page.getByText(`${wanted.length} match`).waitFor();
    await server.page.fill('#query', 'optimiser = adam');
    await server.page.getByText('There is no column “optimiser”. Is train.optimizer meant?').waitFor();
    assert.equal(await server.page.locator('.wrong').textContent(), 'optimiser');
    assert.equal(await server.page.getAttribute('#query', 'aria-invalid'), 'true');
    await server.page.fill('#query', 'acc > 2');
    await server.page.getByText('No experiment matches the filter.').waitFor();
    assert.deepEqual(await names(), ['workspace']);
  });

  it('selects by Space, ranges by Shift, and compares what is selected', async () => {
    const table = small();
    await open(table);
    const rows = table.rows
      .filter(({ state, kind }) => kind === 'experiment' && state === 'success')
      .map(({ id }) => id);
    await cell(rows[0]!, 'name').focus();
    await press(' ', 'ArrowDown', 'ArrowDown', ' ', 'Control+d');
    const compare = await server.sent<Sent<'run'>>('run');
    assert.deepEqual(compare, { type: 'run', command: 'lode.expCompare', rows: [rows[0], rows[2]] });
    await press('Escape');
    assert.equal(await server.page.locator('[aria-selected="true"]').count(), 0);
    await press('Shift+ArrowDown', 'Shift+ArrowDown');
    assert.equal(await server.page.locator('[aria-selected="true"]').count(), 3);
    await press('Control+a');
    const all = await server.sent<Sent<'selected'>>('selected');
    assert.equal(all.rows.length, table.rows.filter(({ kind }) => kind !== 'branch').length);
    await server.page.getByText(`${all.rows.length} of`).waitFor();
  });

  it('takes values that are typed over, and runs the workspace with them', async () => {
    await open(small());
    await cell('workspace', LR).focus();
    await press('F2');
    await server.page.keyboard.type('0.5');
    await press('Tab');
    assert.equal(await server.page.locator('.cell.edited').textContent(), '0.5, typed over');
    await server.page.keyboard.type('120');
    await press('Enter', 'Control+Enter');
    const launch = await server.sent<Sent<'launch'>>('launch');
    assert.deepEqual(launch, {
      type: 'launch',
      how: 'run',
      changes: [
        { column: LR, text: '0.5' },
        { column: 'param:params.yaml:train.epochs', text: '120' },
      ],
    });
    await server.send({ type: 'refused', column: LR, message: 'lr must be below 0.1.' });
    await server.page.locator('.cell.edited.error', { hasText: 'lr must be below 0.1.' }).waitFor();
    await server.send({ type: 'taken' });
    await server.page.locator('.cell.edited').first().waitFor({ state: 'detached' });
  });

  it('shows live values of a running experiment where they are, and asks for all it has missed', async () => {
    const table = small();
    await open(table);
    const running = table.rows.find(({ state }) => state === 'running')!;
    await cell(running.id, ACC).focus();
    const row = { ...running, values: running.values.with(0, 0.4242), progress: 'step 13' };
    const patch = { base: 1, version: 2, rows: [row], removed: [], order: undefined, queue: undefined };
    await server.send({ type: 'patch', patch });
    await cell(running.id, ACC).getByText('0.4242').waitFor();
    assert.equal(await focused(), `${running.id} ${ACC}`);
    await server.send({ type: 'patch', patch });
    await server.sent('resend');
    await cell(running.id, 'name').locator('[data-part="stop"]').click();
    assert.deepEqual(await server.sent('run'), { type: 'run', command: 'lode.expStop', rows: [running.id] });
  });

  it('tells which rows are in sight once scrolling rests, and draws series that come for them', async () => {
    const made = experimentsTable({ rows: 400, columns: 14 });
    const table = { ...made, rows: made.rows.map((row) => ({ ...row, series: {} })) };
    await open(table);
    const first = await server.sent<Sent<'inSight'>>('inSight');
    assert.ok(first.rows.includes('workspace') && first.rows.length < 60, `${first.rows.length}`);
    await server.page.locator('.grid').evaluate((grid) => grid.scrollBy(0, 3000));
    await server.page.waitForFunction(
      (row) =>
        (globalThis as unknown as { sent: Sent<'inSight'>[] }).sent.some(
          ({ type, rows }) => type === 'inSight' && rows.includes(row),
        ),
      table.rows[130]!.id,
    );
    const { id } = table.rows[130]!;
    assert.equal(await cell(id, ACC).locator('.spark').count(), 0);
    const row = { ...table.rows[130]!, series: { 0: [0.1, 0.5, 0.4] } };
    await server.send({ type: 'patch', patch: { base: 1, version: 2, rows: [row], removed: [] } });
    await cell(id, ACC).locator('.spark').waitFor();
  });

  it('shows the first rows of a long table before the others are there', async () => {
    const table = experimentsTable({ rows: 900, columns: 14 });
    await server.open('experiments');
    const page = { root: '/project', words: WORDS, locale: 'en-GB', trusted: true, hasPlots: true, views: [] };
    await server.send({ type: 'page', ...page });
    const [first, ...others] = tableParts(table);
    await server.send(first!);
    await server.page.locator('.row').first().waitFor();
    const rows = (count: number): Promise<void> =>
      server.page.locator(`[role=treegrid][aria-rowcount="${count + 3}"]`).waitFor({ state: 'attached' });
    await rows(150);
    assert.ok(others.length > 1);
    for (const part of others) await server.send(part);
    await rows(table.rows.length);
    const patch = { base: 1, version: 2, rows: [], removed: [table.rows[850]!.id] };
    await server.send({ type: 'patch', patch });
    await rows(table.rows.length - 1);
  });

  it('hides, pins and moves columns, groups rows, and shows only columns that differ', async () => {
    const table = small();
    await open({
      ...table,
      rows: table.rows.map((row) => (row.values.length > 0 ? { ...row, values: row.values.with(0, 1) } : row)),
    });
    await server.page.getByRole('button', { name: 'Show Only Columns That Differ' }).click();
    await cell('workspace', ACC).waitFor({ state: 'detached' });
    const header = server.page.locator(`.leafs [data-column="${OPTIMIZER}"]`);
    await header.focus();
    await press('Alt+ArrowLeft', 'Shift+ArrowRight', 'ContextMenu');
    await server.page.getByRole('menuitemcheckbox', { name: 'Group by This Column' }).click();
    await server.page.locator('.row.grouping').first().waitFor();
    const { view } = await server.sent<Sent<'view'>>('view');
    const order = view.order.filter((id) => id.startsWith('param:'));
    assert.ok(order.indexOf(OPTIMIZER) < order.indexOf('param:params.yaml:train.epochs'), order.join());
    assert.equal(view.widths[OPTIMIZER], 120);
    await server.page.getByRole('button', { name: 'Show or Hide Columns' }).click();
    await server.page.keyboard.type('seed');
    await press('ArrowDown', 'ArrowDown', ' ', 'Escape');
    assert.ok((await server.sent<Sent<'view'>>('view')).view.hidden.includes('param:params.yaml:seed'));
  });

  it('copies what is meant, as text', async () => {
    const table = small();
    await open(table);
    const [first] = table.rows.filter(({ kind, state }) => kind === 'experiment' && state === 'success');
    await cell(first!.id, ACC).focus();
    await press('Control+c');
    assert.equal((await server.sent<Sent<'copy'>>('copy')).text, String(first!.values[0]));
    await press('Shift+F10');
    await server.page.getByRole('menuitem', { name: 'Copy as Markdown' }).click();
    await server.page.waitForFunction(() =>
      (globalThis as unknown as { sent: { text?: string }[] }).sent.some(({ text }) =>
        text?.startsWith('| Experiment'),
      ),
    );
  });

  it('runs and shows nothing that data says it should', async () => {
    const evil = '<img src=x onerror="document.title=`ran`"><b>bold</b>';
    const table = small();
    const rows = table.rows.map((row) => ({
      ...row,
      name: evil,
      detail: evil,
      values: row.values.map(() => evil),
      problem: evil,
      errors: row.kind === 'experiment' ? { 0: evil } : {},
      facts: [[evil, evil]] as const,
    }));
    const columns = table.columns.map((column) => ({ ...column, file: evil, keys: [evil, evil] }));
    await open({ ...table, rows, columns, warnings: [evil] });
    assert.equal(await server.page.locator('main img, main b').count(), 0);
    assert.equal(await server.page.title(), 'experiments');
    assert.equal((await names())[0], evil);
  });

  it('runs nothing in Restricted Mode', async () => {
    await open(small(), undefined, false);
    await cell('workspace', LR).focus();
    await press('F2', 'Control+Enter', 'Delete');
    assert.equal(await server.page.locator('.cell-input').count(), 0);
    await press('Shift+F10');
    const items = await server.page.getByRole('menuitem').allInnerTexts();
    assert.ok(
      items.every((text) => /Copy/.test(text)),
      items.join(),
    );
  });

  it('has nothing that axe finds fault with', async () => {
    await open({ ...small(), warnings: ['metrics.json: line 3 is no JSON.'] });
    const check = (part?: string): Promise<string[]> => checkAccessibility(server.page.mainFrame(), part);
    assert.deepEqual(await check(), []);
    await cell('workspace', LR).focus();
    await press('F2');
    await server.page.keyboard.type('1');
    await press('Enter', 'Control+a', 'Shift+F10');
    assert.deepEqual(await check(), []);
    await press('Escape', '/');
    await server.page.keyboard.type('a');
    assert.deepEqual(await check(), []);
    await server.page.getByRole('button', { name: 'Show or Hide Columns' }).click();
    assert.deepEqual(await check(), []);
    await server.open('experiments');
    const notice = { kind: 'error', title: 'No', text: 'Why', buttons: [{ label: 'Again', command: 'lode.refresh' }] };
    await server.send({ type: 'notice', notice });
    await server.page.getByText('Why').waitFor();
    assert.deepEqual(await check(), []);
  });

  it('scrolls 5,000 rows of 300 columns; has only what is in sight in the document', async () => {
    const table = experimentsTable({ rows: 5000, columns: 300 });
    await server.open('experiments');
    await server.send({
      type: 'page',
      root: '/project',
      words: WORDS,
      locale: 'en-GB',
      trusted: true,
      hasPlots: true,
      views: [],
    });
    const firstPaint = await server.page.evaluate(
      async (sent) => {
        const messages = JSON.parse(sent) as object[];
        const started = performance.now();
        for (const message of messages) window.postMessage(message);
        while (!document.querySelector('.row')) await new Promise((done) => setTimeout(done));
        await new Promise((done) => requestAnimationFrame(() => setTimeout(done)));
        return performance.now() - started;
      },
      JSON.stringify([...tableParts(table)]),
    );
    await server.page
      .locator(`[role=treegrid][aria-rowcount="${table.rows.length + 3}"]`)
      .waitFor({ state: 'attached' });
    const count = await server.page.locator('.cell').count();
    assert.ok(count < 1500, `${count} cells`);
    assert.equal(await server.page.getAttribute('[role=treegrid]', 'aria-rowcount'), String(table.rows.length + 3));
    const cdp = await server.page.context().newCDPSession(server.page);
    // The thread's own time: what others do on the machine is no part of it.
    await cdp.send('Performance.enable', { timeDomain: 'threadTicks' });
    const busy = async (): Promise<number> => {
      const { metrics } = await cdp.send('Performance.getMetrics');
      return 1000 * (metrics.find(({ name }) => name === 'TaskDuration')?.value ?? Number.NaN);
    };
    const frames = 30;
    const measure = async (x: number, y: number): Promise<string> => {
      const began = await busy();
      await server.page.evaluate(
        async ([dx, dy, times]) => {
          for (let i = 0; i < times; i++) {
            await new Promise((done) => requestAnimationFrame(done));
            document.querySelector('.grid')?.scrollBy(dx, dy);
          }
          await new Promise((done) => requestAnimationFrame(() => setTimeout(done)));
        },
        [x, y, frames] as const,
      );
      return ((await busy()) - began).toFixed(0);
    };
    const [down, right] = [await measure(0, 137), await measure(173, 0)].map((ms) => (Number(ms) / frames).toFixed(1));
    console.log(
      `      5,000 × 300: first paint after ${firstPaint.toFixed(0)} ms; a frame takes ${down} ms scrolling down, ${right} ms to the right`,
    );
    const after = await server.page.locator('.cell').count();
    assert.ok(after < 1500, `${after} cells`);
    assert.ok((await server.page.evaluate(() => document.querySelector('.grid')!.scrollLeft)) > 5000);
  });
});
