import * as assert from 'node:assert/strict';
import { makeSandbox, type Sandbox } from '../../support/sandbox.ts';
import { useVSCode } from '../support/vscode.ts';
import { makeProject, until } from './support/project.ts';

describe('switching branches', () => {
  const vscode = useVSCode();
  let sandbox: Sandbox;
  before(() => {
    sandbox = makeSandbox('branches');
  });
  after(() => sandbox?.dispose());

  it('brings the data along after a question, and without one when asked to always do so', async () => {
    const repo = makeProject(sandbox, 'branches');
    const [first, second] = [repo.read('labels.csv'), 'image,label\n0003.txt,versicolor\n'];
    repo.git('switch', '-q', '-c', 'batch-2');
    repo.write('labels.csv', second).write('images/0003.txt', 'third');
    repo.lode('add', '-q', 'labels.csv', 'images');
    repo.commitAll('Second batch');
    const workbench = await vscode().open(repo.root);
    await workbench.openContainer('Lode');
    const tree = workbench.view('Tracked Data');
    await workbench.waitForRow(tree, 'labels.csv');

    repo.git('switch', '-q', 'main');
    const question = workbench.notification(/main has another version of 2 data sets/);
    await question.waitFor();
    await workbench.screenshotInThemes('branch-question');
    assert.equal(repo.read('labels.csv'), second, 'nothing is touched before the answer');
    await workbench.pressNotificationButton(/main has another version/, 'Always');
    await until(() => repo.read('labels.csv') === first && !repo.exists('images/0003.txt'));

    repo.git('switch', '-q', 'batch-2');
    await until(() => repo.read('labels.csv') === second && repo.exists('images/0003.txt'));
    await workbench.waitForRow(tree, 'labels.csv', ({ badge }) => badge === '');
  });
});
