import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import { DvcError } from '../../../src/engine/core/errors.ts';
import { judgeHostKey, parseKnownHosts } from '../../../src/engine/remote/ssh-known-hosts.ts';
import { readSshSettings, type SshHop } from '../../../src/engine/remote/ssh-settings.ts';
import { useSandbox } from '../../support/sandbox.ts';

describe('settings of an SSH remote', () => {
  const sandbox = useSandbox('ssh-settings');
  const hopOf = (config: string, url = 'ssh://data/srv', options: Record<string, string> = {}): SshHop => {
    const file = sandbox().path('config');
    fs.writeFileSync(file, config);
    const place = { home: sandbox().root, user: 'me', env: {}, platform: 'linux', configs: [file] } as const;
    return readSshSettings(url, options, place).hop;
  };

  it('follow hosts and users of `Match`, and name what stands under conditions that are not followed', () => {
    const plain = hopOf('Match host data\n  Port 2222\nMatch host other exec "true"\n  HostName elsewhere\n');
    assert.deepEqual([plain.port, plain.host, plain.undecided], [2222, 'data', []]);
    for (const condition of [
      'exec "test -e x"',
      'host data exec true',
      '!host other',
      'tagged x',
      'localnetwork 10.0.0.0/8',
    ]) {
      const hop = hopOf(`Match ${condition}\n  HostName inner\n  LogLevel QUIET\nHost data\n  Port 2222\n`);
      assert.deepEqual([hop.host, hop.port, hop.undecided], ['data', 2222, ['hostname']], condition);
    }
    assert.deepEqual(hopOf('Match host other exec true\n  HostName inner\n').undecided, []);
    assert.deepEqual(hopOf('Match exec true\n  Port 22\nHost *\n  Port 22\n').undecided, [], 'it would be the same');
  });

  it('take the safer way where a condition that is not followed could decide about unknown hosts', () => {
    const cases: readonly [string, string | undefined, SshHop['unknownHosts']][] = [
      ['no', undefined, 'accept'],
      ['accept-new', undefined, 'remember'],
      ['no', 'yes', 'refuse'],
      ['accept-new', 'ask', 'refuse'],
      ['no', 'accept-new', 'remember'],
      ['yes', 'no', 'refuse'],
    ];
    for (const [always, perhaps, way] of cases) {
      const match = perhaps === undefined ? '' : `Match exec true\n  StrictHostKeyChecking ${perhaps}\n`;
      assert.equal(
        hopOf(`${match}Host *\n  StrictHostKeyChecking ${always}\n`).unknownHosts,
        way,
        `${always} ${perhaps}`,
      );
    }
  });

  it('refuse names that would be commands in a ProxyCommand, as ssh does', () => {
    for (const url of [
      'ssh://$(touch x)/srv',
      'ssh://a;b/srv',
      'ssh://`id`/srv',
      'ssh://-oProxyCommand=x/srv',
      'ssh://a|b@host/srv',
      'ssh://a%3Bb@host/srv',
    ])
      assert.throws(
        () => hopOf('', url),
        (error) => DvcError.is(error, 'config'),
        url,
      );
    assert.throws(
      () => hopOf('', 'ssh://host/srv', { user: '-l' }),
      (error) => DvcError.is(error, 'config'),
    );
    for (const url of ['ssh://DOMAIN%5Cme@host-1.example/srv', 'ssh://[::1]:22/srv', 'ssh://me+x@host_2/srv'])
      assert.ok(hopOf('', url).host);
  });
});

describe('a host that an authority signs', () => {
  const key = Buffer.concat([Buffer.from([0, 0, 0, 11]), Buffer.from('ssh-ed25519'), Buffer.from('the key')]);
  const line = `@cert-authority *.example ssh-ed25519 ${Buffer.from('the authority').toString('base64')}\n`;

  it('is not taken for known, nor for one that nobody knows', () => {
    const verdict = judgeHostKey(parseKnownHosts(line, 'known_hosts'), 'a.example', 22, key);
    assert.ok(verdict.is === 'unknown');
    assert.deepEqual([verdict.authority?.file, verdict.authority?.line], ['known_hosts', 1]);
    const other = judgeHostKey(parseKnownHosts(line, 'known_hosts'), 'a.elsewhere', 22, key);
    assert.ok(other.is === 'unknown' && other.authority === undefined);
  });

  it('is known by its own key beside that', () => {
    const both = `${line}a.example ssh-ed25519 ${key.toString('base64')}\n`;
    assert.equal(judgeHostKey(parseKnownHosts(both, 'known_hosts'), 'a.example', 22, key).is, 'known');
  });
});
