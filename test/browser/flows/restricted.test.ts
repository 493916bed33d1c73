import * as assert from 'node:assert/strict';
import { makeSandbox, type Sandbox } from '../../support/sandbox.ts';
import { useVSCode } from '../support/vscode.ts';
import { makeProject } from './support/project.ts';

describe('Restricted Mode', () => {
  const vscode = useVSCode({ trusted: false, settings: { 'security.workspace.trust.startupPrompt': 'never' } });
  let sandbox: Sandbox;
  before(() => {
    sandbox = makeSandbox('restricted');
  });
  after(() => sandbox?.dispose());

  it('shows tracked data, offers nothing that runs, and works once the folder is trusted', async () => {
    const repo = makeProject(sandbox, 'restricted');
    repo.write('labels.csv', 'changed\n');
    const workbench = await vscode().open(repo.root);
    await workbench.openContainer('Lode');
    const tree = workbench.view('Tracked Data');
    await workbench.waitForRow(tree, 'labels.csv', ({ badge }) => badge === '');
    await workbench.expand(tree, 'images');
    await workbench.waitForRow(tree, '0001.txt');
    await tree.getByText('Restricted Mode: tracked data is shown').waitFor();
    assert.equal(await tree.getByRole('button', { name: 'Track Data…' }).count(), 0);
    await workbench.screenshotInThemes('restricted');

    await workbench.runCommand('Lode: Push Data');
    await workbench.notification(/not available in Restricted Mode/).waitFor();
    await workbench.closeNotifications();
    await workbench.trustFolder();
    await workbench.openContainer('Lode');
    await workbench.waitForRow(tree, 'labels.csv', ({ badge }) => badge === 'M');
  });
});
