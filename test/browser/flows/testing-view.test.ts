import * as assert from 'node:assert/strict';
import { makeSandbox, type Sandbox } from '../../support/sandbox.ts';
import { useVSCode } from '../support/vscode.ts';
import { makePipeline } from './support/pipeline.ts';

describe('stages in the Testing view', () => {
  const vscode = useVSCode();
  let sandbox: Sandbox;
  before(() => {
    sandbox = makeSandbox('testing');
  });
  after(() => sandbox?.dispose());

  it('are run, and a failure is told at its place with its last lines', async () => {
    const repo = makePipeline(sandbox, 'testing').write('params.yaml', 'lr: 0.2\n');
    repo.write('src/evaluate.js', 'console.log("what went wrong");\nprocess.exit(3);\n');
    const lock = repo.read('dvc.lock');
    const workbench = await vscode().open(repo.root);
    await workbench.openContainer('Lode');
    await workbench.waitForRow(workbench.view('Pipelines'), 'dvc.yaml');
    await workbench.openContainer('Testing');
    const tree = workbench.page.locator('.test-explorer');
    const item = (name: string) => tree.locator('.monaco-list-row').filter({ hasText: name }).first();
    await item('dvc.yaml').waitFor();
    await item('dvc.yaml').click();
    await workbench.press('ArrowRight');
    await item('train').waitFor();
    await item('train').click();
    await workbench.press('ArrowRight');
    await item('train@vit').waitFor();
    await workbench.screenshot('testing');

    await workbench.runCommand('Test: Run All Tests');
    await item('evaluate').locator('.codicon-testing-failed-icon, .codicon-testing-error-icon').waitFor();
    await item('train@vit').locator('.codicon-testing-passed-icon').waitFor();
    await item('lint').locator('.codicon-testing-passed-icon').waitFor();
    const after = repo.read('dvc.lock');
    assert.notEqual(after, lock, 'what went well is recorded');
    assert.match(after, /lr: 0\.2/);
    await item('evaluate').dblclick();
    await workbench.page.getByText('what went wrong').first().waitFor();
    await workbench.screenshotInThemes('testing-failed');
  });
});
