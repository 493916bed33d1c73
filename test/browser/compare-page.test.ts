import * as assert from 'node:assert/strict';
import * as fs from 'node:fs';
import type { ComparePage, ComparePlots, FromCompare } from '../../src/protocol/compare-page.ts';
import type { PlotContent, PlotHeader } from '../../src/protocol/plots-page.ts';
import { checkAccessibility } from './support/accessibility.ts';
import { PageServer } from './support/page-server.ts';

/** The English texts, as the sources have them: the modules themselves are of the extension host. */
const wordsOf = <T>(name: string): T =>
  Object.fromEntries(
    [
      ...fs
        .readFileSync(`src/extension/panels/${name}-words.ts`, 'utf8')
        .matchAll(/(\w+): l10n\.t\(\s*(['"])(.*?)\2,?\s*\)/g),
    ].map((match) => [match[1], match[3]]),
  ) as T;

const NAMES = ['brisk-isle', 'calm-gate', 'grand-fern'];
const COLORS = ['#945dd6', '#13adc7', '#f46837'];

const page = (): ComparePage => {
  const line = (label: string, group: string, texts: readonly string[]) => ({
    label,
    group,
    differs: true,
    cells: texts.map((text) => ({ text, full: text, delta: undefined, verdict: undefined, error: undefined })),
  });
  const lr = line('lr', 'params.yaml', ['0.1', '0.2', '0.3']);
  return {
    root: '/project',
    asked: NAMES,
    words: wordsOf('compare'),
    rows: NAMES.map((name, at) => ({
      id: name,
      name,
      detail: 'a1b2c3d',
      state: 'success',
      color: COLORS[at]!,
      isBaseline: at === 0,
      isFinished: true,
    })),
    explains: [lr],
    sections: [
      { id: 'metrics', title: 'Metrics', lines: [line('acc', 'metrics.json', ['0.8', '0.9', '0.7'])] },
      { id: 'params', title: 'Parameters', lines: [lr] },
    ],
    changes: [],
    notice: undefined,
    trusted: true,
    hasPlots: true,
  };
};

const header = (id: string): PlotHeader => ({
  id,
  title: id,
  kind: 'series',
  place: 'dvc.yaml',
  version: 1,
  isCustom: false,
});

const plots = (): ComparePlots => ({
  words: wordsOf('plots'),
  revisions: NAMES.map((name, at) => ({
    id: name,
    label: name,
    detail: name,
    color: COLORS[at]!,
    isRunning: false,
    problem: undefined,
  })),
  plots: ['loss.tsv', 'acc.tsv'].map(header),
  problem: undefined,
});

const lines = (): PlotContent => {
  const x = Array.from({ length: 50 }, (_, step) => step);
  const series = NAMES.map((rev, at) => ({
    rev,
    source: '',
    x,
    y: x.map((step) => Math.exp(-step / (9 + at))),
    total: 50,
  }));
  return { kind: 'series', xLabel: 'step', yLabel: 'loss', series, problems: [] };
};

describe('the page of a comparison', () => {
  let server: PageServer;
  before(async () => {
    server = await PageServer.start();
  });
  after(() => server?.stop());

  const plotted = async (): Promise<readonly string[]> => {
    const { message } = await server.sent<Extract<FromCompare, { type: 'plot' }>>('plot');
    return message.type === 'need' ? message.plots : [];
  };

  it('draws the plots of all in their colours, loaded once they are in sight', async () => {
    await server.open('compare');
    await server.page.setViewportSize({ width: 1100, height: 120 });
    await server.send({ type: 'page', page: page() });
    await server.page.locator('#section-plots').waitFor({ state: 'attached' });
    assert.equal(await server.page.locator('script[src*="lazy"]').count(), 0);
    await server.page.setViewportSize({ width: 1100, height: 900 });
    await server.sent('plots');
    await server.send({ type: 'plots', plots: plots() });
    assert.deepEqual(await plotted(), ['loss.tsv', 'acc.tsv']);
    for (const { id } of plots().plots) await server.send({ type: 'content', plot: id, version: 1, content: lines() });
    await server.page.locator('canvas').nth(1).waitFor();
    const drawn = await server.page
      .locator('canvas')
      .first()
      .evaluate((canvas) => {
        const { width, height } = canvas as HTMLCanvasElement;
        const pixels = (canvas as HTMLCanvasElement).getContext('2d')!.getImageData(0, 0, width, height).data;
        const found = new Set<string>();
        for (let at = 0; at < pixels.length; at += 4) found.add(`${pixels[at]} ${pixels[at + 1]} ${pixels[at + 2]}`);
        return [...found];
      });
    for (const color of COLORS) {
      const rgb = [1, 3, 5].map((at) => Number.parseInt(color.slice(at, at + 2), 16)).join(' ');
      assert.ok(drawn.includes(rgb), `no line in ${color}`);
    }
    assert.deepEqual(await checkAccessibility(server.page.mainFrame()), []);
  });

  it('keeps what is drawn, and the focus in it, when values change', async () => {
    const mark = (): Promise<string | null> => server.page.locator('canvas').first().getAttribute('data-mark');
    await server.page
      .locator('canvas')
      .first()
      .evaluate((canvas) => canvas.setAttribute('data-mark', 'first'));
    await server.page.locator('.compared-plots .slider').first().focus();
    await server.send({ type: 'page', page: { ...page(), explains: [] } });
    await server.page.getByText('Parameters and dependencies are the same.').waitFor();
    assert.equal(await mark(), 'first');
    assert.equal(await server.page.evaluate(() => document.activeElement?.className), 'slider');
  });

  it('says so where there is nothing to plot, or why it cannot be', async () => {
    await server.send({ type: 'plots', plots: { ...plots(), plots: [] } });
    await server.page.getByText('There is nothing to plot').waitFor();
    await server.send({ type: 'plots', plots: { ...plots(), plots: [], problem: 'dvc.yaml: line 3 is no YAML.' } });
    await server.page.getByText('line 3 is no YAML').waitFor();
    await server.page.getByRole('button', { name: 'Open in the Plots Panel' }).press('Enter');
    assert.deepEqual(await server.sent('run'), { type: 'run', command: 'lode.expShowPlots', rows: NAMES });
  });
});
