import { makeSandbox, type Sandbox } from '../../support/sandbox.ts';
import { useVSCode } from '../support/vscode.ts';
import { answerTo, makeProject, until } from './support/project.ts';

describe('the Doctor page', () => {
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
});
