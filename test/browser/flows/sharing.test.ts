import * as assert from 'node:assert/strict';
import * as fs from 'node:fs';
import type { RepoBuilder } from '../../support/repo-builder.ts';
import { makeSandbox, type Sandbox } from '../../support/sandbox.ts';
import { useVSCode } from '../support/vscode.ts';
import type { Workbench } from '../support/workbench.ts';
import { answerTo, cachedObject, makeProject, until } from './support/project.ts';

describe('sharing data', () => {
  const vscode = useVSCode();
  let sandbox: Sandbox;
  let repo: RepoBuilder;
  let workbench: Workbench;
  const tree = () => workbench.view('Tracked Data');

  before(async () => {
    sandbox = makeSandbox('sharing');
    repo = makeProject(sandbox, 'sharing');
    workbench = await vscode().open(repo.root);
    await workbench.openContainer('Lode');
  });
  after(() => sandbox?.dispose());

  it('offers to add a remote when there is none to push to', async () => {
    await workbench.waitForRow(tree(), 'labels.csv');
    await workbench.runCommand('Lode: Push Data');
    await workbench.pressNotificationButton(/No remote is set up/, 'Add Remote…');
    await workbench.pick('Path or Address');
    await answerTo(workbench, /relative to the repository/, '../storage');
    await answerTo(workbench, /short name/, 'storage');
    await until(
      () => repo.read('.dvc/config').includes('storage'),
      () => repo.read('.dvc/config'),
    );
    assert.match(repo.read('.dvc/config'), /remote = storage/);
    await workbench.waitForRow(tree(), 'labels.csv', ({ badge }) => badge === '↑');
  });

  it('shows what is to be pushed in the Remotes view, and pushes it by the keyboard', async () => {
    await workbench.runCommand('Lode: Focus on Remotes View');
    const remotes = workbench.view('Remotes');
    await workbench.waitForRow(remotes, 'storage', ({ description }) => /default · 3 files to push/.test(description));
    await workbench.screenshotInThemes('remotes');
    await workbench.runCommand('Lode: Push Data');
    await workbench.waitForRow(remotes, 'storage', ({ description }) => !/to push/.test(description));
    await workbench.waitForRow(tree(), 'labels.csv', ({ badge }) => badge === '');
    assert.ok(fs.existsSync(sandbox.path('storage/files/md5')));
  });

  it('pulls one missing file when its row is opened', async () => {
    const text = repo.read('labels.csv');
    fs.rmSync(cachedObject(repo, 'labels.csv.dvc'));
    repo.remove('labels.csv');
    await workbench.waitForRow(tree(), 'labels.csv', ({ badge }) => badge === '↓' || badge === 'D');
    await workbench.row(tree(), 'labels.csv').click();
    await workbench.pressNotificationButton(/is tracked, but not on disk/, 'Pull');
    await workbench.page
      .getByRole('tab', { name: /labels\.csv/ })
      .first()
      .waitFor();
    assert.equal(repo.read('labels.csv'), text);
    await workbench.waitForRow(tree(), 'labels.csv', ({ badge }) => badge === '');
  });

  it('finds a damaged object and repairs it from the remote', async () => {
    const object = cachedObject(repo, 'labels.csv.dvc');
    const sound = fs.readFileSync(object);
    fs.chmodSync(object, 0o644);
    fs.writeFileSync(object, 'damaged');
    repo.remove('labels.csv');
    await workbench.runCommand('Lode: Verify the Cache');
    const warning = workbench.notification(/1 object of the cache is damaged/);
    await warning.waitFor();
    await workbench.screenshotInThemes('cache-damaged');
    await workbench.pressNotificationButton(/1 object of the cache is damaged/, 'Repair');
    await until(() => fs.existsSync(object) && fs.readFileSync(object).equals(sound));
  });
});
