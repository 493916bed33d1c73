import * as assert from 'node:assert/strict';
import * as path from 'node:path';
import type { Page } from 'playwright-core';
import { openChromium } from '../../scripts/chromium.mjs';
import type {
  FromPlots,
  PlotContent,
  PlotHeader,
  PlotRevision,
  PlotsPage,
  ToPlots,
} from '../../src/protocol/plots-page.ts';
import { makeSandbox, type Sandbox } from '../support/sandbox.ts';
import { checkAccessibility } from './support/accessibility.ts';

const SITE = 'http://plots.test';
const POLICY = `default-src 'none'; style-src ${SITE} 'unsafe-inline'; img-src ${SITE} data:; script-src 'nonce-n'`;
/** What VS Code gives a page, as far as this one uses it. */
const HOST = `globalThis.sent = []; globalThis.acquireVsCodeApi = () => ({
  postMessage: (message) => sent.push(message), getState: () => undefined, setState: (state) => { globalThis.kept = state; } });`;
const COLORS = '--vscode-editor-background:#fff;--vscode-foreground:#222;--vscode-descriptionForeground:#555;';
const PAGE = `<!DOCTYPE html><html lang="en" style="${COLORS}"><head><meta http-equiv="Content-Security-Policy" content="${POLICY}">
<link rel="stylesheet" href="/plots.css"><title>Plots</title>
<script nonce="n">${HOST}</script></head><body class="vscode-light"><main id="page"></main><script type="module" nonce="n" src="/plots.js"></script></body></html>`;

/** Each text is its own name. */
const WORDS = new Proxy({}, { get: (_, name) => String(name), ownKeys: () => [] }) as PlotsPage['words'];
const wordsOf = (names: readonly string[]): PlotsPage['words'] =>
  Object.fromEntries(
    names.map((name) => [name, WORDS[name as keyof PlotsPage['words']]]),
  ) as unknown as PlotsPage['words'];
const NAMES =
  'title search addPlot selectRevisions refresh report revisions hide templates images custom size smoothing logX logY bands resetZoom enlarge close more remove moveUp moveDown exportAs step difference noImage thinned loading cannotDraw mean dataChanged brush collapse expand drag openImage'.split(
    ' ',
  );

const revision = (id: string, color: string): PlotRevision => ({
  id,
  label: id,
  detail: id,
  color,
  isRunning: false,
  problem: undefined,
});
const REVISIONS = [revision('workspace', '#945dd6'), revision('main', '#13adc7')];
const header = (id: string, kind: PlotHeader['kind']): PlotHeader => ({
  id,
  title: id,
  kind,
  place: 'dvc.yaml',
  version: 1,
  isCustom: kind === 'parallel',
});
const DOT = 'data:image/gif;base64,R0lGODlhAQABAIAAAAAAAP///ywAAAAAAQABAAACAUwAOw==';

/** A line for each revision. @param y The value at a step */
const lines = (y: (x: number, at: number) => number): PlotContent => ({
  kind: 'series',
  xLabel: 'step',
  yLabel: 'loss',
  problems: [],
  series: REVISIONS.map(({ id }, at) => {
    const x = Array.from({ length: 50 }, (_, i) => i);
    return { rev: id, source: '', x, y: x.map((one) => y(one, at)), total: 50 };
  }),
});

const HOSTILE = '<img src=x onerror="globalThis.pwned=1"><script>globalThis.pwned=1</script>';
const CONTENT: Readonly<Record<string, PlotContent>> = {
  loss: lines((x, at) => Math.exp(-x / (10 + 5 * at))),
  matrix: {
    kind: 'vega',
    problems: [],
    spec: {
      mark: 'rect',
      title: HOSTILE,
      encoding: { x: { field: 'p', type: 'nominal' }, y: { field: 'a', type: 'nominal' } },
    },
    rows: [{ p: 'a', a: HOSTILE }],
  },
  hostile: {
    kind: 'vega',
    problems: [],
    spec: {
      data: { url: `${SITE}/secret.json` },
      datasets: {},
      transform: [{ calculate: "'' + (globalThis.pwned = 1)", as: 'x' }],
      mark: { type: 'point', href: 'javascript:globalThis.pwned=1' },
      encoding: { x: { field: 'x' }, url: { value: `${SITE}/pixel.png` } },
    },
    rows: [],
  },
  broken: { kind: 'vega', problems: ['logs.csv has no column acc'], spec: { mark: 'nonsense', encoding: 5 }, rows: [] },
  samples: {
    kind: 'images',
    problems: [],
    images: REVISIONS.flatMap(({ id: rev }) => [0, 1, 2].map((step) => ({ rev, step, src: DOT, path: 'a.png' }))),
  },
  runs: {
    kind: 'parallel',
    problems: [],
    columns: ['lr', 'acc'],
    better: [undefined, 'higher'],
    points: [1, 2, 3].map((i) => ({ rev: `exp-${i}`, label: `exp-${i}`, color: '#945dd6', values: [i, i / 4] })),
  },
};
const PLOTS = [
  header('loss', 'series'),
  header('matrix', 'vega'),
  header('hostile', 'vega'),
  header('broken', 'vega'),
  header('samples', 'images'),
  header('runs', 'parallel'),
];

describe('the page of plots', () => {
  let sandbox: Sandbox;
  let browser: Awaited<ReturnType<typeof openChromium>>;
  let page: Page;
  const asked: string[] = [];

  before(async () => {
    sandbox = makeSandbox('plots-page');
    browser = await openChromium(sandbox.path('browser'));
    browser.setDefaultTimeout(30_000);
    await browser.addInitScript('globalThis.__name ??= (named) => named;');
    page = browser.pages()[0] ?? (await browser.newPage());
    await page.setViewportSize({ width: 1200, height: 1600 });
    await page.route(`${SITE}/**`, (route) => {
      const name = new URL(route.request().url()).pathname.slice(1);
      asked.push(name);
      return name === ''
        ? route.fulfill({ contentType: 'text/html', body: PAGE })
        : route.fulfill({ path: path.resolve('dist/webview', name) });
    });
    await page.goto(`${SITE}/`);
    await until('the page', async () => (await received('ready')).length > 0);
    await show({});
    await until('a need of data', async () => (await received('need')).length > 0);
    for (const [plot, content] of Object.entries(CONTENT)) await send({ type: 'content', plot, version: 1, content });
    await card('loss').locator('canvas').waitFor();
  });
  after(async () => {
    await browser?.close();
    sandbox?.dispose();
  });

  const send = (message: ToPlots): Promise<void> => page.evaluate((sent) => window.postMessage(sent), message);
  const show = (change: Partial<PlotsPage>): Promise<void> =>
    send({
      type: 'page',
      page: {
        root: '/project',
        words: wordsOf(NAMES),
        revisions: REVISIONS,
        plots: PLOTS,
        warnings: [],
        notice: undefined,
        ...change,
      },
    });
  const card = (id: string) => page.locator(`.plot[data-id="${id}"]`);
  const received = (type: FromPlots['type']): Promise<FromPlots[]> =>
    page.evaluate(
      (wanted) => (globalThis as unknown as { sent: FromPlots[] }).sent.filter((one) => one.type === wanted),
      type,
    );
  const pixels = (id: string): Promise<string> =>
    card(id)
      .locator('canvas')
      .evaluate((canvas) => (canvas as HTMLCanvasElement).toDataURL());
  const until = async (what: string, ready: () => Promise<boolean>): Promise<void> => {
    for (let tries = 0; tries < 300; tries++) {
      if (await ready()) return;
      await page.waitForTimeout(50);
    }
    assert.fail(`waited in vain for ${what}`);
  };

  it('runs nothing that data or a template says, and loads nothing', async () => {
    await card('matrix').locator('canvas').waitFor();
    await card('hostile').locator('.problems p, canvas').first().waitFor();
    assert.equal(await page.evaluate(() => 'pwned' in globalThis), false);
    assert.deepEqual(
      asked.filter((name) => !['', 'plots.css', 'plots.js'].includes(name)),
      [],
    );
  });

  it('says in the place of a plot what is wrong with it', async () => {
    const problems = card('broken').locator('.problems p');
    await until('the reason', async () => (await problems.count()) === 2);
    assert.equal(await problems.first().innerText(), 'logs.csv has no column acc');
  });

  it('draws lines that grow without drawing the plot anew', async () => {
    const before = await pixels('loss');
    await card('loss')
      .locator('canvas')
      .evaluate((canvas) => canvas.setAttribute('data-mark', 'first'));
    await send({ type: 'content', plot: 'loss', version: 1, content: lines((x, at) => Math.sin(x / 5) + at) });
    await until('another picture', async () => (await pixels('loss')) !== before);
    assert.equal(await card('loss').locator('canvas').getAttribute('data-mark'), 'first');
  });

  it('smooths, by the keyboard too, and keeps how', async () => {
    const before = await pixels('loss');
    await card('loss').locator('.slider').focus();
    for (let i = 0; i < 10; i++) await page.keyboard.press('PageUp');
    await until(
      'another picture',
      async () => (await card('loss').locator('canvas').count()) > 0 && (await pixels('loss')) !== before,
    );
    const kept = await page.evaluate(
      () => (globalThis as unknown as { kept: { looks: Record<string, { smoothing: number }> } }).kept,
    );
    assert.ok(kept.looks['loss']!.smoothing > 0.5);
  });

  it('saves the picture and the data, chosen from a menu by the keyboard', async () => {
    await card('loss').getByRole('button', { name: 'more' }).focus();
    await page.keyboard.press('Enter');
    await page.getByRole('menu').waitFor();
    await page.keyboard.press('Enter');
    await until('the picture', async () => (await received('save')).length === 1);
    await page.keyboard.press('Enter');
    for (let i = 0; i < 2; i++) await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Enter');
    await until('the data', async () => (await received('save')).length === 2);
    const [svg, csv] = (await received('save')) as Extract<FromPlots, { type: 'save' }>[];
    assert.match(svg!.data, /^<svg/);
    assert.match(csv!.data, /^rev,step,loss\nworkspace,0,/);
  });

  it('shows one step of all pictures, and their difference', async () => {
    const samples = card('samples');
    assert.equal(await samples.locator('img').count(), 2);
    await samples.locator('.slider').focus();
    await page.keyboard.press('Home');
    await until('step 0', async () =>
      /, step 0$/.test((await samples.locator('img').first().getAttribute('alt')) ?? ''),
    );
    await samples.getByRole('button', { name: 'difference' }).press('Enter');
    await until('two layers', async () => (await samples.locator('.frame.difference img').count()) === 2);
  });

  it('chooses experiments by ranges on axes, with arrow keys', async () => {
    await card('runs').getByRole('slider', { name: 'lr ≥' }).focus();
    for (let i = 0; i < 3; i++) await page.keyboard.press('PageUp');
    await until('the choice', async () => {
      const last = (await received('brushed')).at(-1) as Extract<FromPlots, { type: 'brushed' }> | undefined;
      return last?.revs?.join() === 'exp-3';
    });
  });

  it('moves plots, folds sections and enlarges one', async () => {
    await card('matrix').getByRole('button', { name: 'more' }).click();
    await page.getByRole('menuitem', { name: 'moveUp' }).click();
    const order = () =>
      page
        .locator('.section.templates .plot')
        .evaluateAll((all) => all.map((one) => (one as HTMLElement).dataset['id']));
    await until('the new order', async () => (await order()).slice(0, 2).join() === 'matrix,loss');
    await page.locator('#section-images').press('Enter');
    await until('the fold', async () => (await card('samples').count()) === 0);
    await page.locator('#section-images').press('Enter');
    await card('samples').waitFor();
    await card('loss').getByRole('button', { name: 'enlarge' }).press('Enter');
    await page.locator('.plot.enlarged[data-id="loss"]').waitFor();
    await page.keyboard.press('Escape');
    await until('its old size', async () => (await page.locator('.plot.enlarged').count()) === 0);
  });

  it('takes a revision away from the ribbon', async () => {
    await page.getByRole('button', { name: 'hide: main' }).press('Enter');
    assert.deepEqual((await received('toggle')).at(-1), { type: 'toggle', rev: 'main' });
  });

  it('has nothing that keeps anybody out', async () => {
    assert.deepEqual(await checkAccessibility(page.mainFrame()), []);
  });
});
