import * as assert from 'node:assert/strict';
import { addressOf } from '../../../src/engine/repo-remotes.ts';
import { RemoteSecrets } from '../../../src/extension/remote-secrets.ts';

describe('secrets of remotes', () => {
  const kept = new Map<string, string>();
  const secrets = new RemoteSecrets({
    get: async (key: string) => kept.get(key),
    store: async (key: string, value: string) => void kept.set(key, value),
    delete: async (key: string) => void kept.delete(key),
    onDidChange: () => ({ dispose() {} }),
  });
  const remote = (name: string, url: string, options: Readonly<Record<string, string>> = {}) =>
    addressOf({ name, url, text: (option) => options[option] });
  beforeEach(() => kept.clear());

  it('are found for the remote and the place they are for', async () => {
    await secrets.save('/repo', remote('Shelf', 's3://data/x'), { secret_access_key: 'hunter2' });
    assert.deepEqual(await secrets.of('/repo', remote('shelf', 's3://data/y')), { secret_access_key: 'hunter2' });
    assert.deepEqual(await secrets.of('/other', remote('shelf', 's3://data/x')), {});
  });

  const elsewhere: readonly [why: string, url: string, options?: Readonly<Record<string, string>>][] = [
    ['another host', 'https://evil.example/x'],
    ['another port', 'https://host:444/x'],
    ['another scheme', 'http://host/x'],
    ['another server behind the address', 'https://host/x', { endpointurl: 'https://evil.example' }],
  ];
  for (const [why, url, options] of elsewhere)
    it(`are not handed to ${why}`, async () => {
      await secrets.save('/repo', remote('r', 'https://host/x'), { password: 'hunter2' });
      assert.deepEqual(await secrets.of('/repo', remote('r', url, options)), {});
    });

  it('do not depend on who is named in the address', async () => {
    await secrets.save('/repo', remote('r', 'ssh://me@Host/x'), { password: 'hunter2' });
    assert.deepEqual(await secrets.of('/repo', remote('r', 'ssh://host/y')), { password: 'hunter2' });
  });

  it('move with a new name, and go when they are forgotten', async () => {
    await secrets.save('/repo', remote('a', 'https://host'), { password: 'hunter2' });
    await secrets.rename('/repo', 'a', 'b');
    assert.deepEqual(await secrets.of('/repo', remote('a', 'https://host')), {});
    assert.deepEqual(await secrets.of('/repo', remote('b', 'https://host')), { password: 'hunter2' });
    await secrets.forget('/repo', 'b');
    assert.equal(kept.size, 0);
  });

  it('keep neither the path of the repository nor the name of the remote in a key', async () => {
    await secrets.save('/home/me/project', remote('shelf', 'https://host'), { password: 'x' });
    for (const key of kept.keys()) assert.ok(!/project|shelf/.test(key), key);
  });
});
