import * as assert from 'node:assert/strict';
import * as fs from 'node:fs';
import { makeSandbox, type Sandbox } from '../../support/sandbox.ts';
import { useVSCode } from '../support/vscode.ts';
import { chooseFromLode, makeProject, until } from './support/project.ts';

describe('several repositories and long work', () => {
  const vscode = useVSCode();
  let sandbox: Sandbox;
  before(() => {
    sandbox = makeSandbox('several');
    fs.mkdirSync(sandbox.path('all'));
    for (const name of ['flowers', 'birds']) makeProject(sandbox, `all/${name}`);
  });
  after(() => sandbox?.dispose());

  it('shows each with its data, and asks which one is meant', async () => {
    const workbench = await vscode().open(sandbox.path('all'));
    await workbench.openContainer('Lode');
    const tree = workbench.view('Tracked Data');
    await workbench.waitForRow(tree, 'flowers');
    await workbench.waitForRow(tree, 'labels.csv');
    await workbench.page.waitForFunction(() => document.querySelectorAll('.part.sidebar .monaco-list-row').length >= 6);
    const rows = await workbench.rows(tree);
    assert.deepEqual(
      rows.map(({ label, level }) => [label, level]),
      [
        ['birds', 1],
        ['images', 2],
        ['labels.csv', 2],
        ['flowers', 1],
        ['images', 2],
        ['labels.csv', 2],
      ],
    );
    await workbench.runCommand('Lode: Show Status of Data');
    await workbench.page.locator('.quick-input-list .monaco-list-row').filter({ hasText: 'flowers' }).waitFor();
    await workbench.screenshot('several-repositories');
    await workbench.pick('flowers');
    await workbench.notification(/flowers: All data is as recorded/).waitFor();
    await workbench.closeNotifications();
  });

  it('can be cancelled in the middle of an add, which leaves everything as it was', async () => {
    const workbench = await vscode().open(sandbox.path('all/flowers'));
    await workbench.openContainer('Lode');
    await workbench.waitForRow(workbench.view('Tracked Data'), 'labels.csv');
    const big = sandbox.path('all/flowers/scan.raw');
    fs.closeSync(fs.openSync(big, 'w'));
    fs.truncateSync(big, 3e9);
    const explorer = await workbench.explorer();
    await chooseFromLode(workbench, workbench.row(explorer, 'scan.raw'), 'Track Data…');
    const progress = workbench.notification(/Adding “scan\.raw”/);
    await progress.filter({ hasText: /of 3 GB/ }).waitFor();
    await workbench.screenshot('add-in-progress');
    await workbench.pressNotificationButton(/Adding “scan\.raw”/, 'Cancel');
    await progress.waitFor({ state: 'detached' });
    await until(() => fs.statSync(big).size === 3e9);
    assert.equal(fs.existsSync(`${big}.dvc`), false);
    fs.rmSync(big);
  });
});
