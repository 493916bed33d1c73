import * as assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as path from 'node:path';
import type { RepoBuilder } from '../../support/repo-builder.ts';
import { makeSandbox, type Sandbox } from '../../support/sandbox.ts';
import { type S3Server, startVersitygw } from '../../support/servers/versitygw.ts';
import { useVSCode } from '../support/vscode.ts';
import type { Workbench } from '../support/workbench.ts';
import { answerTo, cachedObject, makeProject, until } from './support/project.ts';

/** Whether a text is in any file below a folder. */
const isKept = (folder: string, text: string): boolean =>
  fs
    .readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((name) => path.join(folder, name))
    .some((file) => fs.statSync(file).isFile() && fs.readFileSync(file).includes(text));

describe('a remote in a cloud', () => {
  const vscode = useVSCode();
  let sandbox: Sandbox;
  let repo: RepoBuilder;
  let server: S3Server;
  let workbench: Workbench;
  const tree = () => workbench.view('Tracked Data');
  const remotes = () => workbench.view('Remotes');

  before(async function () {
    this.timeout(120_000);
    server = await startVersitygw();
    sandbox = makeSandbox('cloud');
    repo = makeProject(sandbox, 'cloud');
    workbench = await vscode().open(repo.root);
    await workbench.openContainer('Lode');
    await workbench.waitForRow(tree(), 'labels.csv');
  });
  after(async () => {
    await server?.stop();
    sandbox?.dispose();
  });

  const signIn = async (secret: string): Promise<void> => {
    await workbench.pick(/Access Key/);
    await answerTo(workbench, /Access key ID/, server.accessKey);
    await answerTo(workbench, /Secret access key/, secret);
    await answerTo(workbench, /Session token/, '');
  };

  it('is added by the wizard, and a wrong secret is said to be wrong', async () => {
    await workbench.runCommand('Lode: Add Remote…');
    await workbench.page.locator('.quick-input-list .monaco-list-row', { hasText: 'Amazon S3' }).waitFor();
    await workbench.screenshot('remote-kinds');
    await workbench.pick('S3-Compatible Storage');
    await answerTo(workbench, /The bucket/, `s3://${server.bucket}/shelf`);
    await answerTo(workbench, /address of the server/, server.url);
    await signIn('not-the-secret');
    await answerTo(workbench, /short name/, 'cloud');
    await workbench.notification(/fails at “Sign in”/).waitFor();
    await workbench.screenshot('remote-wrong-secret');
  });

  it('shows each step of the way there', async () => {
    await workbench.pressNotificationButton(/fails at “Sign in”/, 'Show Steps');
    await workbench.page.locator('.quick-input-list .monaco-list-row', { hasText: 'Sign in' }).first().waitFor();
    await workbench.screenshot('remote-steps');
    await workbench.press('Escape');
    await workbench.runCommand('Lode: Focus on Remotes View');
    await workbench.waitForRow(remotes(), 'cloud', ({ description }) => /not reached/.test(description));
  });

  it('works with the right credentials, which are in no file of the project', async () => {
    await workbench.runCommand('Lode: Change Credentials of Remote…');
    await workbench.pick('cloud');
    await signIn(server.secretKey);
    await workbench.waitForRow(
      remotes(),
      'cloud',
      ({ description }) => /3 files to push/.test(description) && !/not reached/.test(description),
    );
    assert.match(repo.read('.dvc/config'), /endpointurl/);
    assert.ok(!isKept(repo.root, server.secretKey), 'the secret is in a file');
    assert.ok(!isKept(repo.root, 'not-the-secret'), 'the wrong secret is in a file');
  });

  it('takes the data, and gives back one file that is clicked', async () => {
    await workbench.runCommand('Lode: Push Data');
    await workbench.waitForRow(remotes(), 'cloud', ({ description }) => !/to push/.test(description));
    const text = repo.read('labels.csv');
    const object = cachedObject(repo, 'labels.csv.dvc');
    fs.rmSync(repo.path('.dvc/cache'), { recursive: true });
    repo.remove('labels.csv');
    await workbench.waitForRow(tree(), 'labels.csv', ({ badge }) => badge === '↓' || badge === 'D');
    await workbench.row(tree(), 'labels.csv').click();
    await until(() => repo.exists('labels.csv') && repo.read('labels.csv') === text);
    await workbench.page
      .getByRole('tab', { name: /labels\.csv/ })
      .first()
      .waitFor();
    assert.ok(fs.existsSync(object));
    assert.equal(fs.readdirSync(repo.path('.dvc/cache/files/md5')).length, 1, 'one object came');
    await workbench.screenshotInThemes('remote-pulled-one');
  });

  it('is told of commits that were pushed without their data', async () => {
    await workbench.runCommand('Lode: Pull Data');
    await workbench.waitForRow(tree(), 'images', ({ badge }) => badge === '');
    await workbench.statusItem(/Pulled/).waitFor();
    const bare = sandbox.path('origin.git');
    execFileSync('git', ['init', '-q', '--bare', bare], { env: sandbox.env });
    repo.commitAll('Share the remote');
    repo.git('remote', 'add', 'origin', bare);
    repo.git('push', '-q', '-u', 'origin', 'HEAD');
    repo.write('labels.csv', 'another\n');
    repo.lode('add', '-q', 'labels.csv');
    repo.commitAll('Another version');
    await workbench.waitForRow(tree(), 'labels.csv', ({ badge }) => badge === '↑');
    await workbench.runCommand('Git: Refresh');
    await workbench.openContainer('Source Control');
    await workbench.page
      .locator('.scm-view')
      .getByText(/Sync Changes|Push/)
      .first()
      .waitFor();
    repo.git('push', '-q');
    await workbench.runCommand('Git: Refresh');
    await workbench.notification(/The commits are pushed/).waitFor();
    await workbench.screenshot('push-guard');
    await workbench.pressNotificationButton(/The commits are pushed/, 'Push Data');
    await workbench.openContainer('Lode');
    await workbench.waitForRow(tree(), 'labels.csv', ({ badge }) => badge === '');
  });
});
