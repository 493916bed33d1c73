import * as assert from 'node:assert/strict';
import { makeRepo } from '../support/repo-builder.ts';
import { useSandbox } from '../support/sandbox.ts';
import { useVSCode } from './support/vscode.ts';

describe('the Lode container', () => {
  const sandbox = useSandbox('browser-repo');
  const vscode = useVSCode();

  it('is in the activity bar of a repository and opens by the keyboard', async () => {
    const repo = makeRepo(sandbox(), 'data-project').write('data.csv', 'id,value\n1,one\n');
    repo.lode('init', '-q');
    repo.lode('add', '-q', 'data.csv');
    repo.commitAll('Track data.csv');
    const workbench = await vscode().open(repo.root);
    const tab = workbench.activityTab('Lode');
    await tab.waitFor();
    await tab.focus();
    await workbench.press('Enter');
    await workbench.page.locator('.part.sidebar .monaco-list-row').first().waitFor();
    assert.equal(await tab.getAttribute('aria-selected'), 'true');
    await workbench.screenshotInThemes('lode-container');
  });
});
