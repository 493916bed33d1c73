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
    await workbench.page
      .getByRole('tab', { name: /labels\.csv/ })
      .first()
      .waitFor();
    assert.equal(repo.read('labels.csv'), text);
    await workbench.waitForRow(tree(), 'labels.csv', ({ badge }) => badge === '');
  });

  it('says what is missing everywhere, until the remote has it again', async () => {
    const here = cachedObject(repo, 'labels.csv.dvc');
    const there = here.replace(repo.path('.dvc/cache'), sandbox.path('storage'));
    const bytes = fs.readFileSync(here);
    for (const gone of [here, there]) fs.rmSync(gone);
    repo.remove('labels.csv');
    await workbench.runCommand('Lode: Refresh');
    await workbench.waitForRow(
      tree(),
      'labels.csv',
      ({ badge, spoken }) => badge === '!' && /missing everywhere/.test(spoken),
    );
    await workbench.screenshotInThemes('missing-everywhere');
    fs.writeFileSync(there, bytes);
    await workbench.runCommand('Lode: Refresh');
    await workbench.waitForRow(tree(), 'labels.csv', ({ badge }) => badge === '↓');
    await workbench.runCommand('Lode: Pull Data');
    await workbench.waitForRow(tree(), 'labels.csv', ({ badge }) => badge === '');
  });

  it('renames a remote, and cleans up the cache after a question', async () => {
    await workbench.runCommand('Lode: Rename Remote…');
    await workbench.pick('storage');
    await answerTo(workbench, /short name/, 'shelf');
    await until(() => /remote = shelf/.test(repo.read('.dvc/config')));
    await workbench.waitForRow(workbench.view('Remotes'), 'shelf');
    const old = cachedObject(repo, 'labels.csv.dvc');
    const text = repo.read('labels.csv');
    repo.write('labels.csv', 'changed\n').lode('add', '-q', 'labels.csv');
    await workbench.waitForRow(tree(), 'labels.csv', ({ badge }) => badge === 'M');
    await workbench.runCommand('Lode: Clean Up the Cache…');
    await workbench.screenshot('clean-up-scopes');
    await workbench.pick(/^\s*The Workspace/);
    await workbench.page.locator('.monaco-dialog-box').waitFor();
    await workbench.screenshot('clean-up-question');
    await workbench.pressDialogButton('Delete');
    await until(() => !fs.existsSync(old));
    repo.write('labels.csv', text).lode('add', '-q', 'labels.csv');
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
