import * as assert from 'node:assert/strict';
import * as fs from 'node:fs';
import { makeRepo, type RepoBuilder } from '../../support/repo-builder.ts';
import { makeSandbox, type Sandbox } from '../../support/sandbox.ts';
import { useVSCode } from '../support/vscode.ts';
import type { Workbench } from '../support/workbench.ts';
import { cachedObject, until, whenAsked } from './support/project.ts';

describe('by the keyboard alone', () => {
  const vscode = useVSCode();
  let sandbox: Sandbox;
  let repo: RepoBuilder;
  let workbench: Workbench;
  const tree = () => workbench.view('Tracked Data');
  const toRow = async (name: RegExp): Promise<void> => {
    await workbench.runByKeyboard('Lode: Focus on Tracked Data View');
    await workbench.press('Home');
    await workbench.pressUntilFocused('ArrowDown', name);
  };

  before(async () => {
    sandbox = makeSandbox('keyboard');
    repo = makeRepo(sandbox, 'flowers')
      .write('README.md', '# Flowers\n')
      .write('labels.csv', 'image,label\n0001.txt,setosa\n')
      .write('images/0001.txt', 'petals')
      .write('images/0002.txt', 'more petals');
    repo.git('add', 'README.md');
    repo.git('commit', '-q', '-m', 'Code');
    workbench = await vscode().open(repo.root);
  });
  after(() => sandbox?.dispose());

  it('a repository is made, data tracked and committed', async () => {
    await workbench.runByKeyboard('Lode: Initialize Repository');
    await until(() => repo.exists('.dvc/config'));
    for (const name of ['images', 'labels.csv']) {
      await workbench.runByKeyboard('Lode: Track Data…');
      await workbench.page.locator('.quick-input-list .monaco-list-row', { hasText: name }).first().waitFor();
      await workbench.page.keyboard.type(name);
      await workbench.pressUntilFocused('ArrowDown', new RegExp(`${name}`));
      await workbench.press('Space', 'Enter');
      await until(() => repo.exists(`${name}.dvc`));
    }
    await workbench.runByKeyboard('Lode: Commit Data and Git…');
    await whenAsked(workbench, 'Message of the Git commit');
    await workbench.page.keyboard.type('Track');
    await workbench.press('Enter');
    await until(
      () => repo.git('log', '-1', '--format=%s').trim() === 'Track',
      () => repo.git('status', '--short'),
    );
  });

  it('a file is opened from the tree, changed, and brought back by its menu', async () => {
    await workbench.runByKeyboard('Lode: Focus on Tracked Data View');
    await workbench.waitForRow(tree(), 'labels.csv', ({ badge }) => badge === '');
    const text = repo.read('labels.csv');
    await toRow(/labels\.csv/);
    await workbench.press('Enter');
    await workbench.page.getByRole('tab', { name: /labels\.csv/ }).waitFor();
    await workbench.runByKeyboard('View: Focus Active Editor Group');
    await workbench.press('ControlOrMeta+End');
    await workbench.page.keyboard.type('0002.txt,virginica');
    await workbench.press('ControlOrMeta+S');
    await workbench.waitForRow(tree(), 'labels.csv', ({ badge }) => badge === 'M');
    await toRow(/labels\.csv/);
    await workbench.menuByKeyboard('Discard Changes of Data');
    await workbench.page.locator('.monaco-dialog-box').waitFor();
    await workbench.pressUntilFocused('Tab', /^button: Discard Changes$/);
    await workbench.press('Enter');
    await until(() => repo.read('labels.csv') === text);
    await workbench.waitForRow(tree(), 'labels.csv', ({ badge }) => badge === '');
  });

  it('what is missing is pulled by opening it', async () => {
    repo.lode('remote', 'add', '-q', '-d', 'storage', '../storage');
    repo.lode('push', '-q');
    repo.commitAll('Share');
    const text = repo.read('labels.csv');
    fs.rmSync(cachedObject(repo, 'labels.csv.dvc'));
    repo.remove('labels.csv');
    await workbench.waitForRow(tree(), 'labels.csv', ({ badge }) => badge === '↓');
    await toRow(/labels\.csv/);
    await workbench.press('Enter');
    await until(() => repo.exists('labels.csv') && repo.read('labels.csv') === text);
  });

  it('data follows a switch of branches', async () => {
    repo.git('switch', '-q', '-c', 'next');
    repo.write('images/0003.txt', 'third');
    repo.lode('add', '-q', 'images');
    repo.commitAll('Third image');
    await workbench.waitForRow(tree(), 'images', ({ badge }) => badge === '↑');
    repo.git('switch', '-q', 'main');
    await workbench.notificationByKeyboard(/main has another version of “images”/, 'Check Out Data');
    await until(() => !repo.exists('images/0003.txt'));
    assert.ok(repo.exists('images/0002.txt'));
  });

  it('long work is cancelled', async () => {
    const big = repo.path('scan.raw');
    fs.closeSync(fs.openSync(big, 'w'));
    fs.truncateSync(big, 3e9);
    await workbench.runByKeyboard('Lode: Track Data…');
    await workbench.page.locator('.quick-input-list .monaco-list-row', { hasText: 'scan.raw' }).first().waitFor();
    await workbench.page.keyboard.type('scan.raw');
    await workbench.pressUntilFocused('ArrowDown', /scan\.raw/);
    await workbench.press('Space', 'Enter');
    await workbench
      .notification(/Adding “scan\.raw”/)
      .filter({ hasText: /of 3 GB/ })
      .waitFor();
    await workbench.notificationByKeyboard(/Adding “scan\.raw”/, 'Cancel');
    await workbench.notification(/Adding “scan\.raw”/).waitFor({ state: 'detached' });
    assert.equal(fs.statSync(big).size, 3e9);
    assert.equal(repo.exists('scan.raw.dvc'), false);
  });
});
