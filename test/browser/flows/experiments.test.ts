import * as assert from 'node:assert/strict';
import * as fs from 'node:fs';
import * as path from 'node:path';
import type { Frame } from 'playwright-core';
import { makeRepo, type RepoBuilder } from '../../support/repo-builder.ts';
import { makeSandbox, type Sandbox } from '../../support/sandbox.ts';
import { useVSCode } from '../support/vscode.ts';
import type { Workbench } from '../support/workbench.ts';
import { until, whenAsked } from './support/project.ts';

const LR = 'param:params.yaml:lr';
const ACC = 'metric:metrics.json:acc';
const TRAIN = `const fs = require('node:fs');
const [, lr] = /lr: (.*)/.exec(fs.readFileSync('params.yaml', 'utf8'));
if (!(Number(lr) > 0)) throw new Error('lr is ' + lr);
fs.writeFileSync('metrics.json', JSON.stringify({ acc: 1 - Number(lr), loss: Number(lr) }));
fs.mkdirSync('plots/metrics', { recursive: true });
const steps = [0, 1, 2, 3].map((step) => step + '\\t' + (1 - Number(lr) / (step + 1)));
fs.writeFileSync('plots/metrics/acc.tsv', 'step\\tacc\\n' + steps.join('\\n') + '\\n');
`;

/** One stage, whose accuracy is what its learning rate leaves of 1. */
function makeTraining(sandbox: Sandbox, name: string): RepoBuilder {
  const repo = makeRepo(sandbox, name)
    .write('data.csv', 'x\n1\n')
    .write('train.js', TRAIN)
    .write('params.yaml', 'lr: 0.5\nepochs: 3\n')
    .write(
      'dvc.yaml',
      'plots:\n- plots/metrics:\n    x: step\nstages:\n  train:\n    cmd: node train.js\n    deps: [data.csv, train.js]\n    params: [lr]\n    outs: [plots]\n    metrics:\n      - metrics.json:\n          cache: false\n',
    );
  repo.lode('init', '-q');
  repo.lode('add', '-q', 'data.csv');
  repo.lode('repro', '-q');
  return repo.commitAll('A training');
}

const cell = (page: Frame, row: string, column: string) =>
  page.locator(`[data-row="${row}"] [data-column="${column}"]`);

describe('experiments', () => {
  const vscode = useVSCode();
  let sandbox: Sandbox;
  before(() => {
    sandbox = makeSandbox('experiments');
  });
  after(() => sandbox?.dispose());

  /** The row of the experiment whose value of lr is this one, once it has finished. */
  async function finished(page: Frame, lr: string): Promise<string> {
    const cells = page.locator('.strip.experiment', {
      has: page.locator(`[data-column="${LR}"]`, { hasText: new RegExp(`^${lr}$`) }),
    });
    for (let again = 0; again < 300; again++) {
      const ids = await cells.evaluateAll((all) => all.map((one) => (one as HTMLElement).dataset['row'] ?? ''));
      for (const id of ids)
        if ((await page.locator(`.row[data-row="${id}"]:has(.state.success)`).count()) > 0) return id;
      await page.waitForTimeout(100);
    }
    throw new Error(`no experiment with lr = ${lr} has finished`);
  }

  async function runWith(workbench: Workbench, page: Frame, lr: string): Promise<string> {
    await cell(page, 'workspace', LR).focus();
    await workbench.press('F2');
    await page.locator('.cell-input').fill(lr);
    await workbench.press('Enter');
    await page.locator('.cell.edited').waitFor();
    await workbench.press('Control+Enter');
    const row = await finished(page, lr);
    await page.locator('.cell.edited').waitFor({ state: 'detached' });
    return row;
  }

  it('are run from an edited cell, filtered, compared, applied and taken back by the keyboard', async () => {
    const repo = makeTraining(sandbox, 'keyboard');
    const workbench = await vscode().open(repo.root);
    await workbench.openContainer('Lode');
    await workbench.runCommand('Lode: Show Experiments');
    const page = await workbench.webview();
    await cell(page, 'workspace', LR).waitFor();
    const one = await runWith(workbench, page, '0.2');
    const two = await runWith(workbench, page, '0.1');
    assert.match(repo.read('params.yaml'), /lr: 0\.1\b/);
    for (const row of ['workspace', one, two]) await cell(page, row, ACC).locator('.spark').waitFor();
    await workbench.assertAccessible(page);
    await workbench.screenshotInThemes('experiments');

    await cell(page, one, 'name').focus();
    await workbench.press('/');
    await page.locator('#query').pressSequentially('acc > 0.85');
    await cell(page, one, 'name').waitFor({ state: 'detached' });
    await page.getByText('1 match').waitFor();
    await workbench.press('Control+a');
    await page.locator('#query').pressSequentially('is:experiment');
    await workbench.press('Escape');
    await workbench.press('Escape');

    await cell(page, one, ACC).focus();
    await workbench.press('Space');
    await cell(page, two, ACC).focus();
    await workbench.press('Space');
    await workbench.press('Control+d');
    const comparison = await workbench.webview();
    await comparison.locator('td.better .delta').first().waitFor();
    const explained = await comparison.locator('#section-explains tbody tr').allInnerTexts();
    assert.equal(explained.length, 1, explained.join('\n'));
    await comparison.locator('.compared-plots canvas').waitFor();
    await workbench.assertAccessible(comparison);
    await workbench.screenshotInThemes('experiments-compared');

    await workbench.runCommand('View: Close Editor');
    const table = await workbench.webview();
    await cell(table, one, 'name').focus();
    await workbench.press('Escape');
    await workbench.press('Shift+F10');
    await table.getByRole('menuitem', { name: 'Apply to Workspace…' }).press('Enter');
    await workbench.pressDialogButton('Apply');
    await until(() => /lr: 0\.2\b/.test(repo.read('params.yaml')));
    await workbench.runCommand('Lode: Undo Applying an Experiment');
    await until(() => /lr: 0\.1\b/.test(repo.read('params.yaml')));
  });

  it('lie in the tree below the commit they started from', async () => {
    const repo = makeTraining(sandbox, 'tree');
    repo.lode('exp', 'run', '-q', '-n', 'first', '-S', 'lr=0.25');
    repo.lode('exp', 'run', '-q', '-n', 'waiting', '--queue', '-S', 'lr=0.3');
    const workbench = await vscode().open(repo.root);
    await workbench.openContainer('Lode');
    const view = workbench.view('Experiments');
    const first = await workbench.waitForRow(view, 'first');
    assert.equal(first.description, 'acc 0.75 · loss 0.25');
    assert.match((await workbench.waitForRow(view, 'waiting')).spoken, /queued/);
    await workbench.runCommand('Lode: Start Experiment Queue');
    await workbench.waitForRow(view, 'waiting', ({ description }) => description.startsWith('acc 0.7'));
  });

  it('are told where parameters are written: best, last, HEAD, and a sweep from there', async () => {
    const repo = makeTraining(sandbox, 'written');
    for (const lr of ['0.4', '0.1', '0.2']) repo.lode('exp', 'run', '-q', '-n', `lr-${lr}`, '-S', `lr=${lr}`);
    const workbench = await vscode().open(repo.root);
    await workbench.openFile('params.yaml');
    const lens = workbench.page.locator('.codelens-decoration a', { hasText: 'best 0.1 (acc 0.9)' });
    await lens.waitFor();
    assert.match(await lens.innerText(), /last 0\.\d, 0\.\d, 0\.\d · HEAD 0\.5 · [▁-█]{3}/);
    await workbench.screenshotInThemes('params-lens');
    await workbench.page.locator('.view-line', { hasText: 'lr' }).getByText('lr', { exact: true }).first().hover();
    const hover = workbench.page.locator('.monaco-hover', { hasText: 'Best Runs' });
    await hover.waitFor();
    await workbench.page.screenshot({ path: 'test-results/screenshots/dark/params-hover.png' });
    await workbench.page.locator('.codelens-decoration a', { hasText: 'Sweep…' }).click();
    await whenAsked(workbench, /Values, separated by commas/);
    assert.equal(await workbench.quickInput().inputValue(), '0.1,0.2,0.4');
    await workbench.answer('0.03,0.3');
    await workbench.notification(/lr waits in the queue/).waitFor();
    assert.equal(repo.lode('queue', 'status').match(/Queued/g)?.length, 2);
    await lens.click();
    const plots = await workbench.webview();
    await plots.getByText('acc / lr').first().waitFor();
  });

  it('take a stop rule while they run, which is shown, ends them, and is told of', async () => {
    const repo = makeTraining(sandbox, 'rules');
    repo.write(
      'train.js',
      `const fs = require('node:fs');
const write = (loss) => fs.writeFileSync('metrics.json', JSON.stringify({ acc: 0.5, loss }));
write(1);
setInterval(() => fs.existsSync('worse') && write(12), 100);
`,
    );
    const workbench = await vscode().open(repo.root);
    await workbench.openContainer('Lode');
    await workbench.runCommand('Lode: Show Experiments');
    const page = await workbench.webview();
    await cell(page, 'workspace', LR).waitFor();
    await workbench.runCommand('Lode: Run Experiment');
    const row = page.locator('.row.experiment:has(.state.running)');
    await row.first().waitFor();
    await until(() => fs.existsSync(path.join(repo.root, 'metrics.json')));
    await row.first().click({ button: 'right' });
    await page.getByRole('menuitem', { name: 'Add Stop Rule…' }).click();
    await workbench.quickInput().fill('loss > 10');
    await workbench.page.getByText('ends the experiment').first().waitFor();
    await workbench.screenshot('stop-rule-typed');
    await workbench.press('Enter');
    await row.locator('.rules').first().waitFor();
    await workbench.assertAccessible(page);
    await workbench.screenshotInThemes('stop-rule-row');
    repo.write('worse', '');
    await workbench.notification(/was stopped, as loss > 10: it is 12/).waitFor();
    await row.first().waitFor({ state: 'detached' });
    await workbench.screenshotInThemes('stop-rule-met');
    assert.equal(repo.git('for-each-ref', 'refs/exps').includes('refs/exps/exec'), false);
  });
});
