import * as assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as path from 'node:path';
import type { RepoBuilder } from '../../support/repo-builder.ts';
import { makeSandbox, type Sandbox } from '../../support/sandbox.ts';
import { type DavServer, startRcloneWebdav } from '../../support/servers/rclone-webdav.ts';
import { type FaultProxy, type FaultProxyServer, startToxiproxy } from '../../support/servers/toxiproxy.ts';
import { type S3Server, startVersitygw } from '../../support/servers/versitygw.ts';
import { useVSCode } from '../support/vscode.ts';
import type { Workbench } from '../support/workbench.ts';
import { answerTo, cachedObject, makeProject, until, whenAsked } from './support/project.ts';

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
  let dav: DavServer;
  let proxies: FaultProxyServer;
  /** In front of the server: what a slow line looks like. */
  let line: FaultProxy;
  let workbench: Workbench;
  const tree = () => workbench.view('Tracked Data');
  const remotes = () => workbench.view('Remotes');

  before(async function () {
    this.timeout(120_000);
    server = await startVersitygw();
    proxies = await startToxiproxy();
    dav = await startRcloneWebdav();
    line = await proxies.inFrontOf(server.port);
    sandbox = makeSandbox('cloud');
    repo = makeProject(sandbox, 'cloud');
    workbench = await vscode().open(repo.root);
    await workbench.openContainer('Lode');
    await workbench.waitForRow(tree(), 'labels.csv');
  });
  after(async () => {
    await Promise.all([proxies?.stop(), server?.stop(), dav?.stop()]);
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
    await answerTo(workbench, /address of the server/, line.url);
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

  it('may ask for its password, unseen, and keeps it only if that is wanted', async () => {
    repo.lode('remote', 'add', 'nas', `${dav.davUrl}/asked`);
    repo.lode('remote', 'modify', 'nas', 'user', dav.user);
    repo.lode('remote', 'modify', 'nas', 'ask_password', 'true');
    await workbench.waitForRow(remotes(), 'nas');
    await workbench.runCommand('Lode: Test Remote…');
    await workbench.pick('nas');
    await answerTo(workbench, /Password for/, 'not-the-password');
    await whenAsked(workbench, /That was wrong/);
    assert.equal(await workbench.quickInput().getAttribute('type'), 'password');
    await workbench.screenshot('remote-asks-password');
    await workbench.answer(dav.password);
    await workbench.notification(/Keep the password of “nas”/).waitFor();
    await workbench.waitForRow(remotes(), 'nas', ({ description }) => /0 B there, \d+ B not/.test(description));
    await workbench.screenshotInThemes('remotes');
    await workbench.pressNotificationButton(/Keep the password of “nas”/, 'Keep It');
    for (const secret of [dav.password, 'not-the-password']) {
      assert.ok(!isKept(repo.root, secret), 'the password is in a file');
      assert.ok(!(await workbench.output('Lode')).join('\n').includes(secret), 'the password is in the log');
    }
    await workbench.runCommand('View: Toggle Panel Visibility');
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

  it('is pulled from over a slow line: held, gone on with, and what is clicked comes first', async () => {
    for (let i = 0; i < 80; i++) repo.write(`scans/${String(i).padStart(2, '0')}.bin`, `${i}`.repeat(20_000));
    repo.lode('remote', 'modify', 'cloud', 'jobs', '2');
    repo.lode('add', '-q', 'scans');
    repo.commitAll('Scans');
    await workbench.waitForRow(remotes(), 'cloud', ({ description }) => /80 files to push/.test(description));
    await workbench.runCommand('Lode: Push Data');
    await workbench.waitForRow(remotes(), 'cloud', ({ description }) => !/to push/.test(description));
    const cache = repo.path('.dvc/cache/files/md5');
    for (const name of fs.readdirSync(cache, { recursive: true, encoding: 'utf8' }))
      if (/^..\/[^.]*$/.test(name)) fs.rmSync(path.join(cache, name)); // What is in the folders is known.
    fs.rmSync(repo.path('scans'), { recursive: true });
    await workbench.waitForRow(tree(), 'scans', ({ description }) => /not on disk/.test(description));
    await workbench.expand(tree(), 'scans');
    await line.latency(1000);
    await workbench.runCommand('Lode: Pull Data');
    await workbench.waitForRow(remotes(), 'Pulling all data', ({ description }) => /of .*MB/.test(description));
    await workbench.screenshot('transfer');
    const transfer = workbench.row(remotes(), 'Pulling all data');
    const press = async (action: string): Promise<void> => {
      await transfer.hover();
      await transfer.getByRole('button', { name: action }).click();
    };
    await press('Pause Transfer');
    await workbench.waitForRow(remotes(), 'Pulling all data', ({ description }) => /paused/.test(description));
    await workbench.screenshotInThemes('transfer-paused');
    await workbench.row(tree(), '07.bin').click();
    await workbench.pressNotificationButton(/“07\.bin” comes first/, 'Resume');
    await workbench.page
      .getByRole('tab', { name: /07\.bin/ })
      .first()
      .waitFor();
    assert.ok(fs.readdirSync(repo.path('scans')).length < 80, 'the others are still on their way');
    await press('Cancel Transfer');
    await transfer.waitFor({ state: 'detached' });
    assert.ok(!(await workbench.commandsFor('Lode: Pause Transfer')).includes('Lode: Pause Transfer'));
    await line.heal();
    const before = fs.readdirSync(repo.path('scans')).length;
    await workbench.runCommand('Lode: Pull a Part of the Data…');
    await workbench.pick('Without What Is Large');
    await workbench.quickInput().fill('1 MB');
    await whenAsked(workbench, '2 of 3 are pulled, 64 B in all');
    await workbench.screenshot('pull-part');
    await workbench.press('Escape');
    await workbench.runCommand('Lode: Pull a Part of the Data…');
    await workbench.pick('A Sample');
    await answerTo(workbench, /How many files/, '40');
    await until(() => fs.readdirSync(repo.path('scans')).length > before);
    await workbench.row(remotes(), 'Pulling a sample of 40 files').waitFor({ state: 'detached' });
    assert.ok(fs.readdirSync(repo.path('scans')).length < 80, 'a part of them');
    await workbench.runCommand('Lode: Pull Data');
    await until(() => repo.exists('scans/79.bin'));
    assert.equal(repo.read('scans/07.bin'), '7'.repeat(20_000));
    await workbench.row(tree(), 'scans').click(); // Closed, it leaves room for the others.
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
