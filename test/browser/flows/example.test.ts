import { execFileSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { makeSandbox, type Sandbox } from '../../support/sandbox.ts';
import { useVSCode } from '../support/vscode.ts';

describe('the example project', () => {
  const vscode = useVSCode();
  let sandbox: Sandbox;
  before(() => {
    sandbox = makeSandbox('example');
  });
  after(() => sandbox?.dispose());

  it('shows its changes in the tree, in Source Control and line by line', async () => {
    const root = sandbox.path('iris');
    execFileSync(process.execPath, ['scripts/example.mjs', root], { env: { ...process.env, ...sandbox.env } });
    const setosa = path.join(root, 'data/raw/setosa.csv');
    const lines = fs.readFileSync(setosa, 'utf8').split('\n');
    lines.splice(3, 1, '4.9,3.1,1.5,0.2,setosa', '5.0,3.2,1.6,0.2,setosa');
    fs.rmSync(setosa);
    fs.writeFileSync(setosa, lines.join('\n'));
    fs.rmSync(path.join(root, 'data/raw/versicolor.csv'));
    fs.writeFileSync(path.join(root, 'data/raw/sepals.csv'), 'late\n');
    const workbench = await vscode().open(root);
    await workbench.openContainer('Lode');
    const tree = workbench.view('Tracked Data');
    await workbench.expand(tree, 'data');
    await workbench.expand(tree, 'raw');
    await workbench.waitForRow(tree, 'setosa.csv', ({ badge }) => badge === 'M');
    await workbench.waitForRow(tree, 'versicolor.csv', ({ badge }) => badge === 'D');
    await workbench.waitForRow(tree, 'sepals.csv', ({ badge }) => badge === 'A');
    const scm = await workbench.sourceControl();
    await workbench.waitForRow(scm, 'sepals.csv');
    await workbench.row(scm, 'setosa.csv').click();
    await workbench.page.locator('.monaco-diff-editor .line-insert').first().waitFor();
    await workbench.screenshotInThemes('example-source-control');
    await workbench.openContainer('Lode');
    await workbench.waitForRow(tree, 'setosa.csv', ({ badge }) => badge === 'M');
    await workbench.screenshotInThemes('example-tree');
  });
});
