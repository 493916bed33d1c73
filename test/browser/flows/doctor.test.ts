import * as assert from 'node:assert/strict';
import { makeSandbox, type Sandbox } from '../../support/sandbox.ts';
import { useVSCode } from '../support/vscode.ts';
import { answerTo, makeProject, until } from './support/project.ts';

describe('the Doctor page and the walkthrough', () => {
  const vscode = useVSCode();
  let sandbox: Sandbox;
  before(() => {
    sandbox = makeSandbox('doctor');
  });
  after(() => sandbox?.dispose());

  it('says how things stand, is accessible, and mends by the keyboard', async () => {
    const repo = makeProject(sandbox, 'doctor');
    const workbench = await vscode().open(repo.root);
    await workbench.openContainer('Lode');
    await workbench.waitForRow(workbench.view('Tracked Data'), 'labels.csv');
    await workbench.runCommand('Lode: Doctor');
    const page = await workbench.webview();
    await page.getByRole('heading', { name: 'Doctor', level: 1 }).waitFor();
    await page.getByText('There is none: the data is on this machine only.').waitFor();
    await workbench.screenshotInThemes('doctor');
    await workbench.assertAccessible(await workbench.webview());

    await (await workbench.webview()).getByRole('button', { name: 'Add Remote…' }).focus();
    await workbench.press('Enter');
    await workbench.quickInput().waitFor();
    await workbench.page.keyboard.type('Path');
    await workbench.press('Enter');
    await answerTo(workbench, /relative to the repository/, '../storage');
    await answerTo(workbench, /short name/, 'storage');
    await until(
      () => repo.read('.dvc/config').includes('../storage'),
      () => repo.read('.dvc/config'),
    );
    await (await workbench.webview()).getByRole('heading', { name: 'Remote storage (default)' }).waitFor();
  });

  it('the walkthrough opens with a picture for each step', async () => {
    const repo = makeProject(sandbox, 'walkthrough');
    const workbench = await vscode().open(repo.root);
    await workbench.openContainer('Lode');
    await workbench.waitForRow(workbench.view('Tracked Data'), 'labels.csv');
    await workbench.runCommand('View: Toggle Primary Side Bar Visibility'); // Pictures are shown where there is room for them.
    await workbench.runCommand('Lode: Get Started');
    const steps = workbench.page.locator('.getting-started-step');
    await steps.first().waitFor();
    assert.equal(await steps.count(), 5);
    for (const title of [
      'Initialize a repository',
      'Track a file or a folder',
      'Change data and commit it',
      'Switch branches',
      'Share through a remote',
    ]) {
      await workbench.page.locator('.getting-started-step').filter({ hasText: title }).click();
      await workbench.page.locator('.getting-started-media svg, .getting-started-media iframe').first().waitFor();
      await workbench.screenshot(`walkthrough-${title.split(' ')[0]}`);
    }
    await workbench.setTheme('light');
    await workbench.screenshot('walkthrough-Share');
    await workbench.setTheme('dark');
  });
});
