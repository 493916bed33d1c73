import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import * as fs from 'node:fs';
import { join } from 'node:path';
import { DvcError } from '../../src/engine/core/errors.ts';
import { createOpContext, type OpContext, type SecretQuestion } from '../../src/engine/core/op-context.ts';
import { openAsked } from '../../src/engine/remote/asked-secrets.ts';
import { checkSecret, describeViolation } from '../support/checker.ts';
import { lodeCommand } from '../support/cli.ts';
import { makeEngineRepo, useEngineSandbox } from '../support/engine-repo.ts';
import { makeRepo } from '../support/repo-builder.ts';
import { programOnPath } from '../support/servers/programs.ts';
import { type DavServer, startRcloneWebdav } from '../support/servers/rclone-webdav.ts';
import { startOrSkip } from '../support/servers/server.ts';
import { PASSPHRASE, type SshServer, startSshd } from '../support/servers/sshd.ts';

describe('a secret that is asked for', function () {
  this.timeout(30_000);
  const sandbox = useEngineSandbox('asked');
  const remote = { name: 'nas', place: 'webdav://nas' };
  /** Answers in turn; what was asked, and what was told to have been accepted. */
  function asker(...answers: (string | undefined)[]) {
    const asked: SecretQuestion[] = [];
    const accepted: string[] = [];
    const ctx: OpContext = createOpContext({
      async askSecret(question) {
        asked.push(question);
        const value = answers.shift();
        return value === undefined ? undefined : { value, accepted: () => void accepted.push(value) };
      },
    });
    return { ctx, asked, accepted };
  }
  const { signal } = new AbortController();

  describe('by a WebDAV server', () => {
    let server: DavServer;
    before(async function () {
      server = await startOrSkip(this, () => startRcloneWebdav());
    });
    after(() => server?.stop());
    const place = () => ({
      remote,
      url: `${server.davUrl}/asked`,
      options: { user: server.user, ask_password: 'true' },
    });

    it('is tried at once, asked for again where it is wrong, and accepted once', async () => {
      const { ctx, asked, accepted } = asker('hunter2', server.password);
      const store = await openAsked(place(), ctx);
      assert.equal(await store.stat('a', { signal }), undefined);
      const about = `${server.user}@127.0.0.1:${server.port}`;
      assert.deepEqual(asked, [
        { option: 'password', about, remote, again: false },
        { option: 'password', about, remote, again: true },
      ]);
      assert.deepEqual(accepted, [server.password]);
      await store.close();
    });

    it('is asked for three times and no more: the failure says what is wrong, without it', async () => {
      const { ctx, asked, accepted } = asker('hunter2', 'hunter2', 'hunter2', 'hunter2');
      const store = await openAsked(place(), ctx);
      await assert.rejects(store.stat('a', { signal }), (error) => {
        assert.ok(DvcError.is(error, 'remote-failed'));
        assert.equal(error.data['why'], 'wrong-credentials');
        assert.doesNotMatch(JSON.stringify([error.message, error.hint, error.data]), /hunter2/);
        return true;
      });
      assert.deepEqual([asked.length, accepted], [3, []]);
      await store.close();
    });

    it('is asked for by nobody where it is there already, and where nobody is asked it says what to set', async () => {
      const { ctx, asked } = asker();
      const { options, ...rest } = place();
      await (await openAsked({ ...rest, options: { ...options, password: server.password } }, ctx)).close();
      assert.deepEqual(asked, []);
      await assert.rejects(openAsked(place(), createOpContext()), (error) => {
        assert.ok(DvcError.is(error, 'config'));
        assert.match(error.hint ?? '', /remote modify --local <name> password/);
        return true;
      });
    });

    it('ends the work where the user backs out', () =>
      assert.rejects(openAsked(place(), asker(undefined).ctx), (error) => DvcError.is(error, 'cancelled')));

    it('is typed unseen on a terminal', async function () {
      const script = fs.existsSync('/usr/bin/script') ? programOnPath('script', 'bsdutils') : this.skip();
      const repo = makeRepo(sandbox()).write('data', 'alpha\n');
      repo.lode('init', '-q');
      repo.lode('add', '-q', 'data');
      repo.lode('remote', 'add', '-d', 'nas', `${server.davUrl}/typed`);
      repo.lode('remote', 'modify', 'nas', 'user', server.user);
      repo.lode('remote', 'modify', 'nas', 'ask_password', 'true');
      const refused = repo.tryLode('push');
      assert.match(refused.stderr, /password/);
      const command = [...lodeCommand(), 'push'].map((word) => `'${word}'`).join(' ');
      const terminal = spawn(script, ['-qec', command, '/dev/null'], { cwd: repo.root, env: { ...repo.env } });
      let shown = '';
      const answers = ['hunter2', server.password];
      terminal.stdout.on('data', (text: Buffer) => {
        shown += text.toString();
        if ((shown.match(/Password for/g) ?? []).length > 2 - answers.length)
          terminal.stdin.write(`${answers.shift()}\n`);
      });
      const code = await new Promise((resolve) => terminal.on('close', resolve));
      assert.equal(code, 0, shown);
      assert.match(shown, /Password for '.*' \(remote 'nas'\): \r?\n.*That was wrong, try again/s);
      assert.match(shown, /1 file pushed/);
      for (const secret of ['hunter2', server.password])
        assert.deepEqual(checkSecret(secret, [shown], [sandbox().root], () => false).map(describeViolation), []);
    });
  });

  describe('by a key', () => {
    let server: SshServer;
    before(async function () {
      server = await startOrSkip(this, () => startSshd());
    });
    after(() => server?.stop());
    const ssh = (config: string): void => {
      const folder = join(process.env['HOME'] ?? '', '.ssh');
      fs.mkdirSync(folder, { recursive: true });
      fs.writeFileSync(join(folder, 'known_hosts'), server.knownAt(server.port));
      fs.writeFileSync(join(folder, 'config'), config);
    };
    const open = (options: Record<string, string>, ctx: OpContext) =>
      openAsked({ remote, url: server.urlOf(server.data), options: { allow_agent: 'false', ...options } }, ctx);

    it('is its passphrase, whether the remote names the key or the configuration of ssh', async () => {
      for (const [config, options] of [
        ['', { keyfile: server.lockedKey }],
        [`IdentityFile ${server.lockedKey}\n`, {}],
      ] as const) {
        ssh(config);
        const { ctx, asked, accepted } = asker('hunter2', PASSPHRASE);
        const store = await open(options, ctx);
        assert.equal(await store.stat('a', { signal }), undefined);
        assert.deepEqual(
          asked.map(({ option, about, again }) => [option, about, again]),
          [
            ['passphrase', server.lockedKey, false],
            ['passphrase', server.lockedKey, true],
          ],
        );
        assert.deepEqual(accepted, [PASSPHRASE]);
        await store.close();
      }
    });

    it('is asked for once somebody can be asked, by a repository that has been refused before', async () => {
      ssh('');
      const repo = await makeEngineRepo(sandbox());
      repo.lode('remote', 'add', '-d', 'nas', server.urlOf(`${server.data}/kept`));
      for (const [option, value] of [
        ['keyfile', server.lockedKey],
        ['allow_agent', 'false'],
      ] as const)
        repo.lode('remote', 'modify', 'nas', option, value);
      await repo.open(async (open, quiet) => {
        const look = async (ctx: OpContext) =>
          (await open.remote(undefined, 'push', ctx)).backend.stat('a', { signal });
        await assert.rejects(look(quiet), /is protected by a passphrase/);
        const { ctx, asked } = asker(PASSPHRASE);
        for (const each of [ctx, quiet, ctx]) assert.equal(await look({ ...quiet, ...each }), undefined);
        assert.equal(asked.length, 1);
      });
    });

    it('is not asked for where another key does', async () => {
      ssh(`IdentityFile ${server.lockedKey}\nIdentityFile ${join(server.place.home, '.ssh/id_ed25519')}\n`);
      const { ctx, asked } = asker();
      const store = await open({}, ctx);
      assert.equal(await store.stat('a', { signal }), undefined);
      assert.deepEqual(asked, []);
      await store.close();
    });
  });
});
