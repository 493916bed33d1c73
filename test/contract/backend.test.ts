import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import { DvcError } from '../../src/engine/core/errors.ts';
import { localBackend } from '../../src/engine/remote/local.ts';
import { memoryBackend } from '../../src/engine/remote/memory.ts';
import { isLocalUrl, openBackend, schemeOf } from '../../src/engine/remote/registry.ts';
import { fromBuffer } from '../../src/engine/remote/streams.ts';
import { makeSandbox, type Sandbox, useSandbox } from '../support/sandbox.ts';
import { backendContract } from './backend.contract.ts';

backendContract('memory', async () => memoryBackend());

let last: Sandbox | undefined;
backendContract('local', async () => {
  last?.dispose();
  last = makeSandbox('backend');
  return localBackend(last.path('remote'));
});
after(() => last?.dispose());

describe('local backend', () => {
  const sandbox = useSandbox('backend');

  it('writes below its folder only, and leaves no temporary file', async () => {
    const { signal } = new AbortController();
    await localBackend(sandbox().path('remote')).write('a/b', fromBuffer(Buffer.from('x')), { signal });
    assert.deepEqual(fs.readdirSync(sandbox().path('remote/a')), ['b']);
  });

  it('says in the user’s words what it cannot do', async () => {
    fs.writeFileSync(sandbox().path('remote'), 'a file');
    const { signal } = new AbortController();
    const backend = localBackend(sandbox().path('remote'));
    assert.equal(await backend.stat('a/b', { signal }), undefined);
    await assert.rejects(backend.write('a/b', fromBuffer(Buffer.from('x')), { signal }), /remote/);
  });
});

describe('registry', () => {
  const schemes: readonly [string, string][] = [
    ['/srv/data', ''],
    ['C:\\data', ''],
    ['S3://bucket/x', 's3'],
    ['webdavs://host', 'webdavs'],
    ['file:///x', 'file'],
  ];
  for (const [url, scheme] of schemes) it(`reads the scheme of ${url}`, () => assert.equal(schemeOf(url), scheme));

  it('opens folders', async () => {
    assert.equal((await openBackend('/srv/data')).folder, '/srv/data');
    assert.equal((await openBackend('file:///srv/a%20b')).folder, '/srv/a b');
    assert.ok(isLocalUrl('/x') && isLocalUrl('file:///x') && !isLocalUrl('ssh://x'));
  });

  it('says what to use in place of stores that it does not have, without their secrets', () =>
    assert.rejects(
      openBackend('oss://me:hunter2@host/x'),
      (error) =>
        DvcError.is(error, 'remote-unsupported') &&
        /no oss:\/\/ remotes/.test(error.message) &&
        /s3:\/\//.test(error.hint ?? '') &&
        !/hunter2/.test(error.message),
    ));

  it('refuses schemes nobody knows', () =>
    assert.rejects(openBackend('gopher://x'), (error) => DvcError.is(error, 'config')));
});
