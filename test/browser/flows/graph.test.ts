import * as assert from 'node:assert/strict';
import type { Frame, Locator } from 'playwright-core';
import { makeSandbox, type Sandbox } from '../../support/sandbox.ts';
import { useVSCode } from '../support/vscode.ts';
import type { Workbench } from '../support/workbench.ts';
import { makePipeline } from './support/pipeline.ts';
import { until } from './support/project.ts';

/** The graph's page, once a stage is drawn. */
async function openGraph(workbench: Workbench): Promise<Frame> {
  await workbench.openContainer('Lode');
  await workbench.waitForRow(workbench.view('Pipelines'), 'dvc.yaml');
  await workbench.runCommand('Lode: Show Pipeline Graph');
  const page = await workbench.webview();
  await page.locator('.node').first().waitFor();
  return page;
}

/** Names and states of the nodes that are drawn, as a screen reader has them. */
const spoken = (page: Frame): Promise<string[]> =>
  page
    .locator('[role=treeitem]')
    .evaluateAll((nodes) =>
      nodes.map((node) => ['.name', '.hidden'].map((part) => node.querySelector(part)?.textContent).join('')).sort(),
    );

const nodeOf = (page: Frame, id: string, state = ''): Locator =>
  page.locator(`[data-id="${id}"]${state === '' ? '' : `.${state}`}`);

/** The node that has the focus of the keyboard. */
const focused = (page: Frame): Promise<string> =>
  page.evaluate(() => (document.activeElement as HTMLElement | null)?.dataset['id'] ?? '');

describe('the pipeline graph', () => {
  const vscode = useVSCode();
  let sandbox: Sandbox;
  before(() => {
    sandbox = makeSandbox('graph');
  });
  after(() => sandbox?.dispose());

  it('shows how every stage stands, follows edits, and says why', async () => {
    const repo = makePipeline(sandbox, 'states');
    const workbench = await vscode().open(repo.root);
    const page = await openGraph(workbench);
    await nodeOf(page, 'evaluate', 'up-to-date').waitFor();
    await workbench.screenshotInThemes('graph');

    repo.write('params.yaml', 'lr: 0.05\n');
    const again = await workbench.webview();
    await nodeOf(again, 'train@vit', 'stale').waitFor();
    assert.deepEqual(await spoken(again), [
      'evaluate, Needs something stale, needs mlp, resnet, vit',
      'lint, Up to date',
      'mlp, Stale, params.yaml:lr 0.01 → 0.05, needs prepare',
      'prepare, Up to date, needs raw.csv',
      'raw.csv, Tracked data, 20 B',
      'resnet, Stale, params.yaml:lr 0.01 → 0.05, needs prepare',
      'train, 3 stages, 3 stale',
      'vit, Stale, params.yaml:lr 0.01 → 0.05, needs prepare',
    ]);
    await nodeOf(again, 'train@vit').click();
    await again.locator('aside.details h2').waitFor();
    await workbench.screenshotInThemes('graph-stale');
    await workbench.assertAccessible(await workbench.webview());
    await workbench.setTheme('light');
    await workbench.assertAccessible(await workbench.webview());
    await workbench.setTheme('dark');
  });

  it('runs a stage, shows it running and then up to date', async () => {
    const repo = makePipeline(sandbox, 'run').write('params.yaml', 'lr: 0.1\n').write('slow', '');
    const workbench = await vscode().open(repo.root);
    const page = await openGraph(workbench);
    await nodeOf(page, 'train@mlp', 'stale').click();
    await page.getByRole('button', { name: 'Run', exact: true }).click();
    await nodeOf(page, 'train@mlp', 'running').waitFor();
    await nodeOf(page, 'train@mlp', 'running').filter({ hasText: 'epoch 3 of 8' }).waitFor();
    assert.deepEqual(
      (await spoken(page)).filter((text) => !text.includes('Up to date')),
      [
        'evaluate, Needs something stale, needs mlp, resnet, vit',
        'mlp, Running, params.yaml:lr 0.01 → 0.1, needs prepare',
        'raw.csv, Tracked data, 20 B',
        'resnet, Stale, params.yaml:lr 0.01 → 0.1, needs prepare',
        'train, 3 stages, 1 running, 2 stale',
        'vit, Stale, params.yaml:lr 0.01 → 0.1, needs prepare',
      ],
    );
    await workbench.screenshot('graph-running');
    await nodeOf(page, 'train@mlp', 'up-to-date').waitFor();
    assert.match(repo.read('models/mlp.json'), /0\.1/);
    assert.match(repo.read('dvc.lock'), /lr: 0\.1/);
    await workbench.screenshot('graph-after-run');
  });

  it('is used by the keyboard alone', async () => {
    const repo = makePipeline(sandbox, 'keys').write('params.yaml', 'lr: 0.2\n');
    const workbench = await vscode().open(repo.root);
    const page = await openGraph(workbench);
    await nodeOf(page, 'train@vit', 'stale').waitFor();
    await page.locator('.scene').focus();
    await workbench.press('ArrowDown');
    assert.equal(await focused(page), 'data/raw.csv.dvc', 'the first node');
    await workbench.press('ArrowDown', 'ArrowDown');
    assert.equal(await focused(page), 'train@resnet', 'along the edges, to the nearest');
    await workbench.press('ArrowRight');
    assert.equal(await focused(page), 'train@vit', 'across the layer');

    await workbench.press('Space');
    await nodeOf(page, 'train', 'group').waitFor();
    assert.equal(await focused(page), 'train', 'a group that is collapsed takes the focus of its members');
    assert.equal(await nodeOf(page, 'train@vit').count(), 0);
    await workbench.screenshot('graph-collapsed');
    await workbench.press('Space');
    await nodeOf(page, 'train@vit').waitFor();
    await page.getByRole('heading', { name: 'train@mlp' }).waitFor();

    await workbench.press('f');
    await nodeOf(page, 'lint').waitFor({ state: 'detached' });
    await workbench.screenshot('graph-path');
    await workbench.press('Escape');
    await nodeOf(page, 'lint').waitFor();

    await workbench.press('/');
    await workbench.page.keyboard.type('lin');
    await page.locator('.count', { hasText: '1 of 1' }).waitFor();
    await workbench.press('Escape');
    assert.equal(await focused(page), 'lint', 'what was found has the focus');
    await workbench.press('Shift+F10');
    await workbench.page.locator('.monaco-menu').getByRole('menuitem', { name: 'Debug Stage' }).waitFor();
    await workbench.screenshot('graph-menu');
    await workbench.press('Escape');
    await nodeOf(page, 'lint').focus();
    await workbench.press('Enter');
    await workbench.page.locator('.monaco-editor .view-line', { hasText: 'lint:' }).first().waitFor();
  });

  it('finds its place again after a reload of the window', async () => {
    const repo = makePipeline(sandbox, 'reload');
    const workbench = await vscode().open(repo.root);
    const page = await openGraph(workbench);
    await nodeOf(page, 'train@vit').click();
    await page.getByRole('button', { name: 'Change Direction' }).click();
    await page.getByRole('button', { name: 'Legend and Keys' }).click();
    await page.locator('.legend').waitFor();
    await workbench.screenshotInThemes('graph-legend');
    await workbench.page.waitForTimeout(1500); // VS Code saves the state of webviews a little later.
    await workbench.page.reload({ waitUntil: 'domcontentloaded' });
    await workbench.page.getByRole('tab', { name: /Pipelines: reload/ }).waitFor();
    const again = await workbench.webview();
    await nodeOf(again, 'train@vit', 'selected').waitFor();
    await again.locator('.legend').waitFor();
    const [prepare, train] = await Promise.all(
      ['prepare', 'train@resnet'].map((id) => nodeOf(again, id).boundingBox()),
    );
    assert.ok(prepare && train && prepare.x + prepare.width < train.x, 'it still leads to the right');
  });

  it('fits a narrow and a wide window', async () => {
    const repo = makePipeline(sandbox, 'sizes').write('params.yaml', 'lr: 0.2\n');
    const workbench = await vscode().open(repo.root);
    const page = await openGraph(workbench);
    await nodeOf(page, 'train@vit', 'stale').click();
    await page.locator('aside.details h2').waitFor();
    await workbench.runCommand('View: Toggle Primary Side Bar Visibility');
    await workbench.page.setViewportSize({ width: 520, height: 800 });
    await workbench.screenshot('graph-narrow');
    await workbench.page.setViewportSize({ width: 1800, height: 900 });
    await page.waitForFunction(() => {
      const seen = document.querySelector('[data-id="train"]')?.getBoundingClientRect();
      return seen !== undefined && seen.left > 0 && seen.right < window.innerWidth - 300;
    });
    await workbench.screenshot('graph-wide');
    await workbench.page.setViewportSize({ width: 1280, height: 800 });
    await workbench.runCommand('View: Toggle Primary Side Bar Visibility');
  });

  it('debugs a stage of Node, and commits nothing', async () => {
    const repo = makePipeline(sandbox, 'debug').write('params.yaml', 'lr: 0.3\n');
    const lock = repo.read('dvc.lock');
    const workbench = await vscode().open(repo.root);
    const page = await openGraph(workbench);
    await nodeOf(page, 'lint').click();
    await page.getByRole('heading', { name: 'lint' }).waitFor();
    await page.getByRole('button', { name: 'Debug', exact: true }).click();
    await workbench.notification(/cannot be debugged. Its command needs a shell for “\|”/).waitFor();
    await workbench.screenshot('graph-not-debuggable');

    await nodeOf(page, 'train@mlp', 'stale').click();
    await page.getByRole('heading', { name: 'train@mlp' }).waitFor();
    await page.getByRole('button', { name: 'Debug', exact: true }).click();
    await until(
      () => repo.exists('models/mlp.json') && repo.read('models/mlp.json').includes('0.3'),
      () => repo.read('models/mlp.json'),
    );
    await workbench.screenshot('graph-debug');
    assert.equal(repo.read('dvc.lock'), lock);
  });
});
