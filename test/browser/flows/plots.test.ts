import * as assert from 'node:assert/strict';
import * as fs from 'node:fs';
import type { Frame } from 'playwright-core';
import { makeRepo, type RepoBuilder } from '../../support/repo-builder.ts';
import { makeSandbox, type Sandbox } from '../../support/sandbox.ts';
import { checkAccessibility } from '../support/accessibility.ts';
import { useVSCode } from '../support/vscode.ts';
import type { Workbench } from '../support/workbench.ts';

const TRAIN = `const fs = require('node:fs');
const [, lr] = /lr: (.*)/.exec(fs.readFileSync('params.yaml', 'utf8'));
const loss = [...Array(20).keys()].map((epoch) => Math.exp(-epoch * Number(lr)));
fs.writeFileSync('loss.csv', 'epoch,loss\\n' + loss.map((one, epoch) => epoch + ',' + one + '\\n').join(''));
fs.writeFileSync('metrics.json', JSON.stringify({ loss: loss.at(-1) }));
fs.writeFileSync('look.svg', '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><circle cx="4" cy="4" r="' + 4 * Number(lr) + '"/></svg>');
`;

/** One stage that writes a curve, a metric and a picture. */
function makeTraining(sandbox: Sandbox, name: string): RepoBuilder {
  const repo = makeRepo(sandbox, name)
    .write('train.js', TRAIN)
    .write('params.yaml', 'lr: 0.5\n')
    .write(
      'dvc.yaml',
      `stages:
  train:
    cmd: node train.js
    deps: [train.js]
    params: [lr]
    metrics:
      - metrics.json: {cache: false}
    plots:
      - loss.csv: {cache: false, x: epoch, y: loss}
      - look.svg: {cache: false}
`,
    );
  repo.lode('init', '-q');
  repo.lode('repro', '-q');
  repo.commitAll('A training');
  repo.lode('exp', 'run', '-q', '-n', 'slow', '-S', 'lr=0.1');
  return repo;
}

describe('plots', () => {
  const vscode = useVSCode();
  let sandbox: Sandbox;
  let repo: RepoBuilder;
  let workbench: Workbench;
  let page: Frame;
  before(async () => {
    sandbox = makeSandbox('plots');
    repo = makeTraining(sandbox, 'plots');
    workbench = await vscode().open(repo.root);
    await workbench.openContainer('Lode');
    await workbench.runCommand('Lode: Show Plots');
    page = await workbench.webview();
  });
  after(() => sandbox?.dispose());

  const plot = (id: string) => page.locator(`.plot[data-id="${id}"]`);
  const picture = (id: string): Promise<string> =>
    plot(id)
      .locator('canvas')
      .evaluate((canvas) => (canvas as HTMLCanvasElement).toDataURL());
  async function until(what: string, ready: () => Promise<boolean>): Promise<void> {
    for (const end = Date.now() + 30_000; !(await ready()); await page.waitForTimeout(100))
      if (Date.now() > end) assert.fail(`waited in vain for ${what}`);
  }

  it('are those of the workspace at first, a curve and a picture', async () => {
    await plot('loss.csv').locator('canvas').waitFor();
    await plot('look.svg').locator('img').first().waitFor();
    const isLoaded = () =>
      plot('look.svg')
        .locator('img')
        .first()
        .evaluate((image) => (image as HTMLImageElement).naturalWidth > 0);
    await until('the picture', isLoaded);
    assert.equal(await page.locator('.ribbon .chip').count(), 1);
  });

  it('are those of the experiments that are chosen, by the keyboard', async () => {
    const before = await picture('loss.csv');
    await page.getByRole('button', { name: 'Choose Experiments…' }).press('Enter');
    await workbench.page.locator('.quick-input-list .monaco-list-row', { hasText: 'slow' }).waitFor();
    await workbench.page.keyboard.type('slow');
    await workbench.press('ArrowDown', 'Space', 'Enter');
    await page.locator('.ribbon .chip', { hasText: 'slow' }).waitFor();
    await until('another picture', async () => (await picture('loss.csv')) !== before);
    await until('two images', async () => (await plot('look.svg').locator('img').count()) === 2);
    await workbench.screenshotInThemes('plots');
    page = await workbench.webview();
  });

  it('grow with the file they are drawn from', async () => {
    await plot('loss.csv').locator('canvas').waitFor();
    const before = await picture('loss.csv');
    fs.appendFileSync(repo.path('loss.csv'), '20,3\n');
    await until('another picture', async () => (await picture('loss.csv')) !== before);
  });

  it('keep nobody out', async () => {
    assert.deepEqual(await checkAccessibility(page), []);
  });
});
