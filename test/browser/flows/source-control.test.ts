import * as assert from 'node:assert/strict';
import * as fs from 'node:fs';
import type { Locator } from 'playwright-core';
import type { RepoBuilder } from '../../support/repo-builder.ts';
import { makeSandbox, type Sandbox } from '../../support/sandbox.ts';
import { useVSCode } from '../support/vscode.ts';
import type { Workbench } from '../support/workbench.ts';
import { cachedObject, makeProject, until } from './support/project.ts';

describe('the groups of Source Control', () => {
  const vscode = useVSCode();
  let sandbox: Sandbox;
  let repo: RepoBuilder;
  let workbench: Workbench;
  let scm: Locator;

  before(async () => {
    sandbox = makeSandbox('groups');
    repo = makeProject(sandbox, 'groups');
    repo.lode('remote', 'add', '-q', '-d', 'storage', '../storage');
    repo.lode('push', '-q');
    repo.commitAll('Share');
    workbench = await vscode().open(repo.root);
    scm = await workbench.sourceControl();
  });
  after(() => sandbox?.dispose());

  /** A group of Lode: Git has one called Changes as well, which is empty. */
  const group = (name: string, count: number): Locator =>
    scm
      .locator('.monaco-list-row')
      .filter({ has: workbench.page.locator('.resource-group', { hasText: name }) })
      .filter({ has: workbench.page.locator('.monaco-count-badge', { hasText: new RegExp(`^${count}$`) }) })
      .first();
  const act = async (row: Locator, action: string): Promise<void> => {
    await row.hover();
    await row.getByRole('button', { name: action }).click();
  };

  it('discard one change, after a question', async () => {
    const text = repo.read('labels.csv');
    repo.write('labels.csv', 'changed\n').write('images/0003.txt', 'third').remove('images/0002.txt');
    await group('Changes', 3).waitFor();
    await workbench.screenshotInThemes('source-control-groups');
    await act(workbench.row(scm, 'labels.csv'), 'Discard Changes');
    await workbench.pressDialogButton('Discard Changes');
    await until(() => repo.read('labels.csv') === text);
    await group('Changes', 2).waitFor();
  });

  it('commit all of a group to the cache, and show what waits for Git', async () => {
    await act(group('Changes', 2), 'Commit Data');
    await group('In the Cache, Not Yet in Git', 2).waitFor();
    await workbench.waitForRow(scm, '0003.txt', ({ spoken }) => /0003\.txt/.test(spoken));
    repo.commitAll('Third image');
    await group('In the Cache, Not Yet in Git', 2).waitFor({ state: 'detached' });
  });

  it('pull what is neither on disk nor in the cache', async () => {
    const text = repo.read('labels.csv');
    fs.rmSync(cachedObject(repo, 'labels.csv.dvc'));
    repo.remove('labels.csv');
    const absent = group('Not in the Cache', 1);
    await absent.waitFor();
    await act(absent, 'Pull Data');
    await until(() => repo.exists('labels.csv') && repo.read('labels.csv') === text);
    await absent.waitFor({ state: 'detached' });
  });

  it('have one row for a folder with many changes, which opens', async () => {
    for (let i = 0; i < 150; i++) repo.write(`images/new-${i}.txt`, `${i}`);
    const folded = workbench.row(scm, '150 changed files');
    await folded.waitFor();
    await workbench.screenshotInThemes('source-control-folded');
    await folded.click();
    await workbench.waitForRow(scm, 'new-0.txt');
    assert.equal(await folded.count(), 0);
  });
});
