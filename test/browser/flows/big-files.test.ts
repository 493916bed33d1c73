import * as assert from 'node:assert/strict';
import { makeSandbox, type Sandbox } from '../../support/sandbox.ts';
import { useVSCode } from '../support/vscode.ts';
import { makeProject, until } from './support/project.ts';

describe('the guard against big files in Git', () => {
  const vscode = useVSCode();
  let sandbox: Sandbox;
  before(() => {
    sandbox = makeSandbox('big-files');
  });
  after(() => sandbox?.dispose());

  it('lists a big file nobody tracks, and turns a staged one into tracked data', async () => {
    const repo = makeProject(sandbox, 'big-files');
    repo.write('model.bin', Buffer.alloc(11_000_000, 7));
    const workbench = await vscode().open(repo.root);
    const scm = await workbench.sourceControl();
    await scm.getByText('Big Files, Not Tracked').waitFor();
    await workbench.screenshotInThemes('big-file-listed');
    repo.git('add', 'model.bin');
    const warning = workbench.notification(/“model\.bin” has 11 MB and is staged for Git/);
    await warning.waitFor();
    await workbench.screenshotInThemes('big-file-staged');
    await workbench.pressNotificationButton(/model\.bin/, 'Track with Lode');
    await until(() => repo.exists('model.bin.dvc'));
    await until(
      () => !repo.git('ls-files').split('\n').includes('model.bin'),
      () => repo.git('status', '--short'),
    );
    assert.match(repo.read('.gitignore'), /\/model\.bin/);
  });
});
