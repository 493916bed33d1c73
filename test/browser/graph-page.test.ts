import * as assert from 'node:assert/strict';
import * as path from 'node:path';
import type { Page } from 'playwright-core';
import { openChromium } from '../../scripts/chromium.mjs';
import type { GraphPage, NodeLook, ToGraph } from '../../src/protocol/graph-page.ts';
import { makeSandbox, type Sandbox } from '../support/sandbox.ts';

const STAGES = 500;
const WIDE = 25;
const SITE = 'http://graph.test';
const POLICY = `default-src 'none'; style-src ${SITE} 'unsafe-inline'; script-src 'nonce-n'; worker-src blob:; connect-src ${SITE}`;
/** What VS Code gives a page, as far as this one uses it. */
const HOST = `globalThis.sent = []; globalThis.acquireVsCodeApi = () => ({
  postMessage: (message) => sent.push(message), getState: () => undefined, setState: () => {} });`;
const PAGE = `<!DOCTYPE html><html lang="en"><head><meta http-equiv="Content-Security-Policy" content="${POLICY}">
<meta name="worker" content="/graph-worker.js"><link rel="stylesheet" href="/graph.css"><title>Graph</title>
<script nonce="n">${HOST}</script></head><body><main id="page"></main><script type="module" nonce="n" src="/graph.js"></script></body></html>`;

/** Texts do not matter here, their places do. */
const WORDS = { found: '{0} of {1}', keys: [] as const } as unknown as GraphPage['words'];

const lookOf = (id: string, state: NodeLook['state']): NodeLook => ({
  id,
  state,
  word: state,
  line: state,
  reasons: [],
  spoken: state,
});

/** 20 layers of 25 stages, each reading what the one above it makes. */
function manyStages(): GraphPage {
  const ids = Array.from({ length: STAGES }, (_, i) => `stage-${i}`);
  return {
    root: '/project',
    words: WORDS,
    legend: [],
    graph: {
      nodes: ids.map((id) => ({ id, kind: 'stage', name: id, place: '', group: undefined })),
      groups: [],
      edges: ids.slice(WIDE).map((id, i) => ({ from: `stage-${i}`, to: id, files: [`file-${i}`], size: 1000 * i })),
    },
    looks: ids.map((id) => lookOf(id, 'up-to-date')),
    notice: undefined,
    warnings: [],
    trusted: true,
  };
}

describe(`the page of a graph of ${STAGES} stages`, () => {
  let sandbox: Sandbox;
  let browser: Awaited<ReturnType<typeof openChromium>>;
  let page: Page;
  before(async () => {
    sandbox = makeSandbox('graph-page');
    browser = await openChromium(sandbox.path('browser'));
    browser.setDefaultTimeout(30_000);
    await browser.addInitScript('globalThis.__name ??= (named) => named;');
    page = browser.pages()[0] ?? (await browser.newPage());
    await page.route(`${SITE}/**`, (route) => {
      const name = new URL(route.request().url()).pathname.slice(1);
      return name === ''
        ? route.fulfill({ contentType: 'text/html', body: PAGE })
        : route.fulfill({ path: path.resolve('dist/webview', name) });
    });
    await page.goto(`${SITE}/`);
    await page.waitForFunction('sent.length > 0');
    await send({ type: 'page', page: manyStages() });
    await page.waitForFunction((count) => document.querySelectorAll('.node').length === count, STAGES);
  });
  after(async () => {
    await browser?.close();
    sandbox?.dispose();
  });

  const send = (message: ToGraph): Promise<void> => page.evaluate((sent) => window.postMessage(sent), message);
  const places = (): Promise<string[]> =>
    page
      .locator('.node')
      .evaluateAll((nodes) =>
        nodes.map((node) => `${(node as HTMLElement).dataset['id']} ${node.getAttribute('style')}`),
      );
  /** Turns the wheel over the middle of the drawing. */
  const wheel = (deltaY: number, ctrlKey: boolean): Promise<void> =>
    page.evaluate((event) => void document.querySelector('.scene')?.dispatchEvent(new WheelEvent('wheel', event)), {
      deltaY,
      ctrlKey,
      clientX: 640,
      clientY: 400,
      bubbles: true,
      cancelable: true,
    });
  const untilDrawn = (most: number): Promise<unknown> =>
    page.waitForFunction((count) => document.querySelectorAll('.node').length < count, most);

  it('moves nothing when stages stand differently', async () => {
    const before = await places();
    assert.equal(before.length, STAGES);
    await send({ type: 'looks', looks: [lookOf('stage-7', 'running'), lookOf('stage-8', 'failed')] });
    await page.locator('[data-id="stage-7"].running').waitFor();
    assert.equal(await page.locator('.node.up-to-date').count(), STAGES - 2);
    assert.deepEqual(await places(), before);
  });

  it('has only what is in sight in the document', async () => {
    for (let i = 0; i < 12; i++) await wheel(-60, true);
    await untilDrawn(STAGES / 5);
    for (let i = 0; i < 5; i++) await wheel(100, false);
    await untilDrawn(STAGES / 5);
    const edges = await page.locator('.edge').count();
    assert.ok(edges < STAGES / 5, `${edges} edges`);
  });

  it('finds a stage that is not drawn, and leads on by the arrow keys', async () => {
    await page.locator('#search').fill('stage-499');
    await page.locator('[data-id="stage-499"].selected').waitFor();
    await page.keyboard.press('Escape');
    await page.keyboard.press('ArrowUp');
    await page.locator('[data-id="stage-474"].selected').waitFor();
    assert.equal(await page.evaluate(() => (document.activeElement as HTMLElement).dataset['id']), 'stage-474');
  });
});
