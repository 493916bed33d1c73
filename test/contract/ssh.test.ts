import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { createHmac, randomBytes } from 'node:crypto';
import * as fs from 'node:fs';
import { join } from 'node:path';
import { DvcError, type RemoteCause } from '../../src/engine/core/errors.ts';
import type { Backend, ResumeSlot } from '../../src/engine/remote/backend.ts';
import type { RemoteOptions } from '../../src/engine/remote/registry.ts';
import { openSshStore } from '../../src/engine/remote/ssh.ts';
import type { SshPlace } from '../../src/engine/remote/ssh-settings.ts';
import { fromBuffer, readAll } from '../../src/engine/remote/streams.ts';
import { useSandbox } from '../support/sandbox.ts';
import { programOnPath } from '../support/servers/programs.ts';
import { startOrSkip, startServer } from '../support/servers/server.ts';
import { PASSPHRASE, PASSWORD_USER, type SshServer, startSshd } from '../support/servers/sshd.ts';
import { type FaultProxy, type FaultProxyServer, startToxiproxy } from '../support/servers/toxiproxy.ts';
import { backendContract } from './backend.contract.ts';
import { faultContract } from './faults.contract.ts';

const { signal } = new AbortController();
const MIB = 1 << 20;

describe('SSH', function () {
  this.timeout(20_000);
  const sandbox = useSandbox('ssh');
  let server: SshServer;
  let count = 0;
  const opened: Backend[] = [];
  /** A home of its own. */
  const placeWith = ({ config = '', known = '', key = false, env = {} }): SshPlace => {
    const home = sandbox().path(`home-${++count}`);
    fs.mkdirSync(join(home, '.ssh'), { recursive: true });
    fs.writeFileSync(join(home, '.ssh/config'), config);
    fs.writeFileSync(join(home, '.ssh/known_hosts'), known);
    if (key) fs.copyFileSync(join(server.place.home, '.ssh/id_ed25519'), join(home, '.ssh/id_ed25519'));
    return { ...server.place, home, configs: [join(home, '.ssh/config')], env };
  };
  const known = () => server.knownAt(server.port);
  const url = () => server.urlOf(`${server.data}/${++count}`);
  const open = (at: string, options: RemoteOptions, place: SshPlace): Backend => {
    const store = openSshStore(at, options, place);
    opened.push(store);
    return store;
  };
  const works = async (store: Backend): Promise<void> => {
    await store.write('a/b', fromBuffer(Buffer.from('x')), { signal });
    assert.equal((await store.stat('a/b', { signal }))?.size, 1);
  };
  const failure = async (store: Backend): Promise<DvcError> => {
    try {
      await store.stat('a/b', { signal });
    } catch (error) {
      if (error instanceof DvcError) return error;
      throw error;
    }
    throw new Error('it worked');
  };
  const fails = async (store: Backend, why: RemoteCause, words: RegExp): Promise<void> => {
    const error = await failure(store);
    assert.deepEqual([error.code, error.data['why']], ['remote-failed', why], error.message);
    assert.match(`${error.message} ${error.hint} ${error.data['evidence']}`, words);
  };
  before(async function () {
    server = await startOrSkip(this, () => startSshd());
  });
  after(() => server?.stop());
  afterEach(async () => {
    for (const store of opened.splice(0)) await store.close();
  });

  backendContract('SSH', async () => openSshStore(url(), {}, server.place));

  faultContract('SSH', {
    port: () => server.port,
    openAt: async (port, name = String(++count)) => {
      const place = placeWith({ known: server.knownAt(port), key: true });
      return openSshStore(`ssh://${server.user}@127.0.0.1:${port}${server.data}/${name}`, {}, place);
    },
    unusable: {
      'a host that nobody knows': {
        open: async () => openSshStore(url(), {}, placeWith({ key: true })),
        why: 'unknown-host-key',
        says: /not among your known hosts/,
      },
      'a folder that is a file': {
        open: async () => {
          fs.writeFileSync(join(server.data, 'file'), '');
          return openSshStore(server.urlOf(`${server.data}/file`), {}, server.place);
        },
        why: 'other',
        says: /could not write/,
        calls: ['write'],
      },
    },
  });

  it('reads from the middle on, and sees that the content is another one', async () => {
    const store = open(url(), {}, server.place);
    const bytes = randomBytes(3 * MIB + 17);
    await store.write('k', fromBuffer(bytes), { signal });
    const etag = (await store.stat('k', { signal }))?.etag ?? '';
    for (const offset of [1, 2 * MIB, bytes.length - 1, bytes.length, bytes.length + 1])
      assert.deepEqual(
        await readAll(await store.read('k', { signal, offset, etag }), signal),
        bytes.subarray(offset),
        String(offset),
      );
    await store.write('k', fromBuffer(bytes.subarray(1)), { signal });
    await assert.rejects(store.read('k', { signal, offset: 1, etag }), (error) => DvcError.is(error, 'remote-changed'));
  });

  it('writes many at once over a few channels', async () => {
    const store = open(url(), { max_sessions: '3' }, server.place);
    const names = Array.from({ length: 200 }, (_, i) => `files/md5/${(i % 16).toString(16)}/${i}`);
    await Promise.all(names.map((name) => store.write(name, fromBuffer(Buffer.from(name)), { signal })));
    const found: string[] = [];
    for await (const { key, size } of store.list('files/', { signal })) if (size === key.length) found.push(key);
    assert.deepEqual(found.sort(), names.sort());
  });

  it('sweeps what writes left behind that nobody goes on with', async () => {
    const at = url();
    const store = open(at, {}, server.place);
    await works(store);
    const folder = join(at.slice(at.indexOf(server.data)), 'a');
    const names = [`.lode${'x'.repeat(18)}.tmp`, `.${'y'.repeat(22)}.tmp`];
    for (const name of names) {
      fs.writeFileSync(join(folder, name), '');
      fs.utimesSync(join(folder, name), 1000, 1000);
    }
    await store.sweep?.(500_000, { signal });
    assert.equal(fs.readdirSync(folder).length, 3);
    await store.sweep?.(2_000_000, { signal });
    assert.deepEqual(fs.readdirSync(folder).sort(), [names[1], 'b']);
  });

  describe('logging in', () => {
    it('takes a key with its passphrase', async () => {
      const options = { keyfile: server.lockedKey, passphrase: PASSPHRASE };
      await works(open(url(), options, placeWith({ known: known() })));
    });

    it('says which key has a passphrase, and when it is wrong', async () => {
      const place = placeWith({ known: known() });
      const options = { keyfile: server.lockedKey };
      await fails(open(url(), options, place), 'no-credentials', /locked' is protected by a passphrase.*ssh-add/);
      const wrong = { ...options, passphrase: 'hunter2' };
      await fails(open(url(), wrong, place), 'wrong-credentials', /passphrase of the key .*locked' is wrong/);
      assert.doesNotMatch(JSON.stringify(await failure(open(url(), wrong, place))), /hunter2/);
      await fails(
        open(url(), { keyfile: '/no/key' }, place),
        'no-credentials',
        /'\/no\/key' cannot be used.*not there/,
      );
    });

    it('says what it tried when nothing was accepted', async () => {
      const place = placeWith({ known: known() });
      const options = { keyfile: server.strangeKey };
      await fails(
        open(url(), options, place),
        'wrong-credentials',
        /does not let .* in.*strange.*the server takes: publickey/,
      );
      await fails(open(url(), {}, place), 'no-credentials', /nothing to log in.*keyfile/);
    });

    it('asks the agent, all its keys or the named one', async () => {
      const socket = sandbox().path('agent');
      const agent = await startServer({
        name: 'ssh-agent',
        command: () => ({ program: programOnPath('ssh-agent', 'openssh-client'), args: ['-D', '-a', socket] }),
        ready: async () => fs.existsSync(socket),
      });
      try {
        const env = { SSH_AUTH_SOCK: socket };
        const keys = [server.strangeKey, join(server.place.home, '.ssh/id_ed25519')];
        const added = spawnSync('ssh-add', ['-q', ...keys], { env: { ...process.env, ...env }, encoding: 'utf8' });
        assert.equal(added.status, 0, added.stderr);
        await works(open(url(), {}, placeWith({ known: known(), env })));
        const only = `Host *\n  IdentitiesOnly yes\n  IdentityFile ${server.strangeKey}\n`;
        await fails(open(url(), {}, placeWith({ known: known(), env, config: only })), 'wrong-credentials', /agent/);
        await fails(
          open(url(), { allow_agent: 'false' }, placeWith({ known: known(), env })),
          'no-credentials',
          /nothing/,
        );
      } finally {
        await agent.stop();
      }
    });

    it('says that there is no Kerberos', () =>
      fails(open(url(), { gss_auth: 'true' }, placeWith({ known: known() })), 'no-credentials', /Kerberos/));
  });

  describe('the server’s key', () => {
    it('has to be known, and the message says how', async () => {
      const error = await failure(open(url(), {}, placeWith({ key: true })));
      assert.deepEqual([error.data['why'], error.data['step']], ['unknown-host-key', 'identity']);
      assert.ok(error.hint?.includes(server.fingerprint), error.hint);
      assert.ok(error.hint?.includes(`ssh-keyscan -p ${server.port} 127.0.0.1`), error.hint);
    });

    it('has to be the one that was known', async () => {
      const other = fs.readFileSync(`${server.strangeKey}.pub`, 'utf8');
      const place = placeWith({ known: `# comment\n[127.0.0.1]:${server.port} ${other}`, key: true });
      await fails(open(url(), {}, place), 'changed-host-key', /another key than before.*line 2 of/);
      const revoked = placeWith({ known: `${known()}@revoked * ${known().split(' ').slice(1).join(' ')}`, key: true });
      await fails(open(url(), {}, revoked), 'changed-host-key', /revoked/);
    });

    it('is found by a hashed name, and by the kind that is known', async () => {
      const salt = randomBytes(20);
      const hash = createHmac('sha1', salt).update(`[127.0.0.1]:${server.port}`).digest('base64');
      const name = `|1|${salt.toString('base64')}|${hash}`;
      const ecdsa = fs.readFileSync(join(server.folder, 'host_ecdsa.pub'), 'utf8');
      await works(open(url(), {}, placeWith({ known: `${name} ${ecdsa}`, key: true })));
    });

    it('is never remembered where an authority has to sign it, which cannot be checked', async () => {
      const strange = fs.readFileSync(`${server.strangeKey}.pub`, 'utf8').split(' ').slice(0, 2).join(' ');
      const signed = `@cert-authority [127.0.0.1]:* ${strange}\n`;
      const config = 'StrictHostKeyChecking accept-new\n';
      const place = placeWith({ config, known: signed, key: true });
      await fails(open(url(), {}, place), 'unknown-host-key', /authority's signature.*line 1 of.*@cert-authority/s);
      assert.equal(fs.readFileSync(join(place.home, '.ssh/known_hosts'), 'utf8'), signed);
      await works(open(url(), {}, placeWith({ config, known: signed + known(), key: true })));
    });

    it('is remembered or not asked for, where the ssh configuration says so', async () => {
      const place = placeWith({ config: 'Host 127.*\n  StrictHostKeyChecking accept-new\n', key: true });
      await works(open(url(), {}, place));
      assert.equal(fs.readFileSync(join(place.home, '.ssh/known_hosts'), 'utf8'), known());
      const careless = 'StrictHostKeyChecking no\nUserKnownHostsFile /dev/null\n';
      await works(open(url(), {}, placeWith({ config: careless, key: true })));
    });
  });

  describe('the ssh configuration', () => {
    const alias = (more = ''): string => `
Include conf.d/*
Host data
  HostName 127.0.0.1
  Port ${server.port}
  IdentityFile ~/.ssh/other
${more}`;
    const withAlias = (config: string): SshPlace => {
      const place = placeWith({ config, known: known() });
      fs.copyFileSync(join(server.place.home, '.ssh/id_ed25519'), join(place.home, '.ssh/other'));
      fs.mkdirSync(join(place.home, '.ssh/conf.d'));
      fs.writeFileSync(join(place.home, '.ssh/conf.d/user'), `Host data\n  User ${server.user}\n`);
      return place;
    };
    const at = (host: string): string => `ssh://${host}${server.data}/${++count}`;

    it('names the host, its port, user and key', () => works(open(at('data'), {}, withAlias(alias()))));

    it('leads over a jump host', async () => {
      const config = `${alias('  ProxyJump jump')}\nHost jump\n  HostName localhost\n  HostKeyAlias 127.0.0.1\n  Port ${server.port}\n  User ${server.user}\n  IdentityFile ~/.ssh/other\n`;
      await works(open(at('data'), {}, withAlias(config)));
      const lost = withAlias(config.replace(`Port ${server.port}`, 'Port 1'));
      await fails(open(at('data'), {}, lost), 'unreachable', /cannot be reached from 'localhost'/);
    });

    it('leads through a command', () => {
      const script = sandbox().path('proxy.cjs');
      fs.writeFileSync(
        script,
        `const s = require('node:net').connect(process.argv[3], process.argv[2]);
process.stdin.pipe(s).pipe(process.stdout); s.on('close', () => process.exit());`,
      );
      const command = `  ProxyCommand ${process.execPath} ${script} %h %p`;
      return works(open(at('data'), {}, withAlias(alias(command))));
    });

    it('may send jump hosts in a circle', () =>
      assert.throws(
        () => open(at('data'), {}, withAlias(alias('  ProxyJump data'))),
        (error) => DvcError.is(error, 'config') && /circle/.test(error.message),
      ));
  });

  it('says which conditions of the configuration it did not follow', async () => {
    const config = 'Match exec "true"\n  HostName 127.0.0.1\n';
    const error = await failure(open('ssh://host.invalid/x', {}, placeWith({ config })));
    assert.equal(error.data['why'], 'unknown-host');
    assert.match(error.hint ?? '', /sets hostname under a condition of `Match`.*`Host host\.invalid` as well/);
  });

  it('says that nobody listens, or that nobody has the name', async () => {
    await fails(open('ssh://127.0.0.1:1/x', {}, placeWith({})), 'unreachable', /port 1\) refused the connection/);
    await fails(open('ssh://host.invalid/x', {}, placeWith({})), 'unknown-host', /'host.invalid'/);
  });

  describe('over a bad line', () => {
    let proxies: FaultProxyServer;
    let proxy: FaultProxy;
    let bad: SshPlace;
    const through = (options: RemoteOptions = {}): Backend =>
      open(`ssh://${server.user}@127.0.0.1:${proxy.port}${server.data}/${++count}`, options, bad);
    before(async function () {
      proxies = await startOrSkip(this, startToxiproxy);
    });
    after(() => proxies?.stop());
    beforeEach(async () => {
      proxy = await proxies.inFrontOf(server.port);
      bad = placeWith({ known: server.knownAt(proxy.port), key: true });
    });

    it('goes on with a write where it was cut', async () => {
      const store = through();
      const bytes = randomBytes(8 * MIB);
      let note: string | undefined;
      const resume: ResumeSlot = {
        load: () => note,
        save: (text) => {
          note = text;
        },
        clear: () => {
          note = undefined;
        },
      };
      // Beside 3 MiB: what is under way, two MiB and a piece, and the protocol's own bytes.
      await proxy.cutAfter(5.5 * MIB, 'up');
      const write = (onBytes: (n: number) => void) => store.write('k', fromBuffer(bytes), { signal, resume, onBytes });
      await assert.rejects(
        write(() => {}),
        (error) => DvcError.is(error, 'remote-failed') && error.data['why'] === 'cut' && error.retryable,
      );
      assert.equal(await store.stat('k', { signal }), undefined, 'nothing under the name');
      const folder = join(server.data, String(count));
      const [there = 0] = fs.readdirSync(folder).map((name) => fs.statSync(join(folder, name)).size);
      await proxy.heal();
      const steps: number[] = [];
      await write((n) => steps.push(n));
      assert.ok((steps[0] ?? 0) >= 3 * MIB, `${steps[0]} were there`);
      assert.ok((steps[0] ?? 0) >= there, `${steps[0]} of ${there} were not sent again`);
      assert.equal(
        steps.reduce((a, b) => a + b),
        bytes.length,
      );
      assert.deepEqual(await readAll(await store.read('k', { signal }), signal), bytes);
      assert.equal(note, undefined);
    });

    it('ends what is silent, and what is cancelled while it is silent', async () => {
      const store = through({ timeout: '1' });
      await works(store);
      await proxy.stall();
      const abort = new AbortController();
      const stat = store.stat('a/b', { signal: abort.signal });
      abort.abort();
      await assert.rejects(stat, (error) => DvcError.is(error, 'cancelled'));
      await fails(store, 'stalled', /stopped answering/);
      await fails(through({ timeout: '1' }), 'stalled', /stopped answering/);
    });
  });
});

describe('SSH with a password', () => {
  let server: SshServer;
  const { user, password } = PASSWORD_USER;
  let store: Backend | undefined;
  const open = (options: RemoteOptions, login: string = user): Backend => {
    const url = `ssh://${login}@127.0.0.1:${server.port}${server.data}/x`;
    store = openSshStore(url, options, server.place);
    return store;
  };
  const fails = (options: RemoteOptions, why: RemoteCause, words: RegExp) =>
    assert.rejects(
      open(options).stat('a', { signal }),
      (error) =>
        DvcError.is(error, 'remote-failed') &&
        error.data['why'] === why &&
        words.test(`${error.message} ${error.hint}`) &&
        !JSON.stringify([error.message, error.hint, error.data]).includes('hunter2'),
    );
  before(async function () {
    server = await startOrSkip(this, () => startSshd({ password: true }));
  });
  after(() => server?.stop());
  afterEach(() => store?.close());

  it('lets the user in, from the options or the URL', async () => {
    assert.equal(await open({ password }).stat('a', { signal }), undefined);
    await store?.close();
    const inUrl = open({}, `${user}:${encodeURIComponent(password)}`);
    assert.equal(await inUrl.stat('a', { signal }), undefined);
    assert.doesNotMatch(inUrl.url, /p%20w/);
    assert.match((await inUrl.probe?.identity({ signal })) ?? '', /user 'lode-test', the password/);
  });

  it('says that the password is wrong, and never asks', async () => {
    await fails({ password: 'hunter2' }, 'wrong-credentials', /^Wrong user name or password for 'lode-test'/);
    await store?.close();
    await fails({ ask_password: 'true' }, 'no-credentials', /password/);
  });
});
