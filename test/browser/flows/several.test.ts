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

  it('are one tree in a workspace of several roots', async () => {
    const workspace = sandbox.path('both.code-workspace');
    fs.writeFileSync(workspace, JSON.stringify({ folders: [{ path: 'all/flowers' }, { path: 'all/birds' }] }));
    const workbench = await vscode().open(workspace);
    await workbench.openContainer('Lode');
    const tree = workbench.view('Tracked Data');
    await workbench.waitForRow(tree, 'flowers', ({ level }) => level === 1);
    await workbench.waitForRow(tree, 'birds', ({ level }) => level === 1);
    fs.writeFileSync(sandbox.path('all/birds/labels.csv'), 'changed\n');
    await workbench.waitForRow(tree, 'birds', ({ description }) => /1 file changed/.test(description));
    await workbench.waitForRow(tree, 'flowers', ({ description }) => /as recorded/.test(description));
    await workbench.screenshotInThemes('several-roots');
  });

  it('let a second verb wait for the first, and say for which', async () => {
    const workbench = await vscode().open(sandbox.path('all/flowers'));
    await workbench.openContainer('Lode');
    await workbench.waitForRow(workbench.view('Tracked Data'), 'labels.csv');
    const big = sandbox.path('all/flowers/scan.raw');
    fs.closeSync(fs.openSync(big, 'w'));
    fs.truncateSync(big, 3e9);
    const explorer = await workbench.explorer();
    await chooseFromLode(workbench, workbench.row(explorer, 'scan.raw'), 'Track Data…');
    await workbench
      .notification(/Adding “scan\.raw”/)
      .filter({ hasText: /of 3 GB/ })
      .waitFor();
    await workbench.runCommand('Lode: Check Out Data');
    await workbench.notification(/Waiting for “Adding “scan\.raw”” to end/).waitFor();
    await workbench.screenshotInThemes('second-verb-waits');
    await workbench.pressNotificationButton(/^(?!.*Waiting).*Adding “scan\.raw”/s, 'Cancel');
    await workbench.notification(/Adding “scan\.raw”/).waitFor({ state: 'detached' });
    // In the status bar, or in a notification for whoever has looked away meanwhile.
    await workbench
      .statusItem(/All data is as recorded/)
      .or(workbench.notification(/All data is as recorded/))
      .first()
      .waitFor();
    fs.rmSync(big);
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
