import * as assert from 'node:assert/strict';
import * as fs from 'node:fs';
import { makeRepo, type RepoBuilder } from '../../support/repo-builder.ts';
import { makeSandbox, type Sandbox } from '../../support/sandbox.ts';
import { useVSCode } from '../support/vscode.ts';
import type { Workbench } from '../support/workbench.ts';
import { chooseFromLode, until } from './support/project.ts';

describe('tracking data without a terminal', () => {
  const vscode = useVSCode();
  let sandbox: Sandbox;
  let repo: RepoBuilder;
  let workbench: Workbench;
  const tree = () => workbench.view('Tracked Data');

  before(async () => {
    sandbox = makeSandbox('tracking');
    repo = makeRepo(sandbox, 'flowers')
      .write('README.md', '# Flowers\n')
      .write('src/train.py', 'print("train")\n')
      .write('data/labels.csv', 'image,label\n0001.txt,setosa\n0002.txt,virginica\n')
      .write('data/images/0001.txt', 'petals')
      .write('data/images/0002.txt', 'more petals')
      .write('data/images/late/0003.txt', 'late petals')
      .write('.gitignore', '');
    repo.git('add', 'README.md', 'src', '.gitignore');
    repo.git('commit', '-q', '-m', 'Code');
    workbench = await vscode().open(repo.root);
  });
  after(() => sandbox?.dispose());

  it('begins with a welcome that offers to make a repository', async () => {
    await workbench.openContainer('Lode');
    const button = workbench.page.getByRole('button', { name: 'Initialize Repository' });
    await button.waitFor();
    await workbench.screenshotInThemes('welcome-no-repository');
    await button.click();
    await workbench.page.getByRole('button', { name: 'Track Data', exact: true }).waitFor();
    assert.ok(repo.exists('.dvc/config'));
    await workbench.screenshotInThemes('welcome-nothing-tracked');
  });

  it('tracks a folder from the explorer and shows it in the tree', async () => {
    const explorer = await workbench.explorer();
    await workbench.expand(explorer, 'data');
    await chooseFromLode(workbench, workbench.row(explorer, 'images'), 'Track Data…');
    await workbench.openContainer('Lode');
    await workbench.expand(tree(), 'data');
    const row = await workbench.waitForRow(tree(), 'images', ({ description }) => description.includes('3 files'));
    assert.match(row.spoken, /new, stored/);
    assert.ok(repo.exists('data/images.dvc'));
  });

  it('tracks a file picked from what is untracked', async () => {
    await workbench.runCommand('Lode: Track Data…');
    await workbench.pick('labels.csv');
    await workbench.screenshot('pick-untracked');
    await workbench.press('Enter');
    const explorer = await workbench.explorer();
    await workbench.expand(explorer, 'data');
    await workbench.waitForRow(explorer, 'labels.csv', ({ badge }) => badge === 'A');
    await workbench.screenshotInThemes('explorer-badges');
  });

  it('shows the badge of a file that is edited in the editor', async () => {
    repo.git('add', '-A');
    repo.git('commit', '-q', '-m', 'Track');
    await workbench.openContainer('Lode');
    await workbench.expand(tree(), 'data');
    await workbench.expand(tree(), 'images');
    await workbench.waitForRow(tree(), 'labels.csv', ({ badge }) => badge === '');
    await workbench.openFile('data/labels.csv');
    await workbench.press('ControlOrMeta+End');
    await workbench.page.keyboard.type('0003.txt,setosa\n');
    await workbench.press('ControlOrMeta+S');
    await workbench.waitForRow(tree(), 'labels.csv', ({ badge }) => badge === 'M');
    repo.write('data/images/0004.txt', 'new petals').remove('data/images/0002.txt');
    await workbench.waitForRow(tree(), '0004.txt', ({ badge }) => badge === 'A');
    await workbench.waitForRow(
      tree(),
      '0002.txt',
      ({ badge, description }) => badge === 'D' && /not on disk/.test(description),
    );
    await workbench.screenshotInThemes('tree-changes');
  });

  it('compares a changed file with its last commit in a diff editor', async () => {
    const scm = await workbench.sourceControl();
    await workbench.row(scm, 'labels.csv').click();
    await workbench.page.locator('.monaco-diff-editor .line-insert').first().waitFor();
    await workbench.screenshotInThemes('source-control-diff');
  });

  it('commits data and Git together from the input box', async () => {
    const scm = await workbench.sourceControl();
    const input = scm.locator('.scm-editor').filter({ hasText: 'Message (commits data' }).first();
    await input.click();
    await workbench.page.keyboard.type('Label a late one');
    await workbench.press('ControlOrMeta+Enter');
    await until(
      () => repo.git('log', '-1', '--format=%s').trim() === 'Label a late one',
      () => repo.git('log', '--oneline'),
    );
    assert.equal(repo.git('status', '--porcelain').trim(), '');
    await workbench.openContainer('Lode');
    await workbench.waitForRow(tree(), 'labels.csv', ({ badge }) => badge === '');
  });

  it('shows what the cache has lost, and what is neither there nor on disk', async () => {
    const [, oid = ''] = /md5: ([0-9a-f]{32})/.exec(repo.read('data/labels.csv.dvc')) ?? [];
    fs.rmSync(repo.path('.dvc/cache/files/md5', oid.slice(0, 2), oid.slice(2)));
    await workbench.runCommand('Lode: Refresh');
    await workbench.waitForRow(tree(), 'labels.csv', ({ badge }) => badge === 'NC');
    repo.remove('data/labels.csv');
    await workbench.waitForRow(tree(), 'labels.csv', ({ badge }) => badge === '↓');
    await workbench.screenshotInThemes('tree-missing');
  });
});
