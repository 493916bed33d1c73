import * as assert from 'node:assert/strict';
import { readSize } from '../../../src/extension/ask-part.ts';
import { wasPushed } from '../../../src/extension/push-guard.ts';
import { kindOf, remoteKinds } from '../../../src/extension/remote-kinds.ts';

describe('kinds of remotes', () => {
  const kind = (label: string) => remoteKinds().find((one) => one.label === label)!;
  const cases: readonly [label: string, typed: string, url: string | undefined][] = [
    ['Amazon S3', 's3://bucket/path', 's3://bucket/path'],
    ['Amazon S3', ' bucket/path ', 's3://bucket/path'],
    ['Amazon S3', 'gs://bucket', undefined],
    ['Amazon S3', 's3://', undefined],
    ['Amazon S3', 's3:///path', undefined],
    ['Azure Blob Storage', 'container', 'azure://container'],
    ['Google Cloud Storage', 'gs://bucket', 'gs://bucket'],
    ['SSH', 'me@host:data/sets', 'ssh://me@host/data/sets'],
    ['SSH', 'me@host:/srv', 'ssh://me@host/srv'],
    ['SSH', 'ssh://host:2222/srv', 'ssh://host:2222/srv'],
    ['SSH', 'host:2222/srv', 'ssh://host:2222/srv'],
    ['SSH', 'ssh://me:secret@host/srv', undefined],
    ['WebDAV', 'https://cloud.example/dav', 'webdavs://cloud.example/dav'],
    ['WebDAV', 'http://nas/dav', 'webdav://nas/dav'],
    ['HTTP', 'data.example/sets', 'https://data.example/sets'],
    ['HTTP', 'https://me:secret@data.example', undefined],
  ];
  for (const [label, typed, url] of cases)
    it(`${label}: ${typed.trim() || 'nothing'} is ${url ?? 'refused'}`, () => {
      const result = kind(label).address(typed);
      assert.equal('url' in result ? result.url : undefined, url);
    });

  it('are found again by the address of a remote', () => {
    assert.equal(kindOf('s3://b', false)?.label, 'Amazon S3');
    assert.equal(kindOf('s3://b', true)?.label, 'S3-Compatible Storage');
    assert.equal(kindOf('webdavs://h/x', false)?.label, 'WebDAV');
    assert.equal(kindOf('/srv/data', false), undefined);
  });

  it('ask for secrets unseen, and put none of them into the configuration', () => {
    for (const { label, fields, signIns } of remoteKinds())
      for (const field of [...fields, ...signIns.flatMap((way) => way.fields)])
        if (/password|passphrase|secret|token|key_id|account_key|connection_string/.test(field.option))
          assert.ok(field.isSecret, `${label}: ${field.option}`);
  });
});

describe('a size that is typed', () => {
  for (const [text, bytes] of [
    ['500 MB', 500e6],
    ['1.5g', 1.5e9],
    ['2,5 TB', 2.5e12],
    ['2000', 2000],
    ['10 KiB', 10_000],
    ['0', undefined],
    ['-1 MB', undefined],
    ['much', undefined],
  ] as const)
    it(`${text} is ${bytes ?? 'none'}`, () => assert.equal(readSize(text), bytes));
});

describe('a push of commits', () => {
  const at = (commit: string, ahead: number | undefined, name = 'main') => ({ commit, ahead, name });
  it('is seen when the upstream has come to where the branch is', () => {
    assert.ok(wasPushed(at('a', 2), at('a', 0)));
    assert.ok(wasPushed(at('a', undefined), at('a', 0)), 'a branch that is published');
  });
  it('is no commit, no switch of branches and no fetch', () => {
    assert.ok(!wasPushed(at('a', 1), at('b', 2)));
    assert.ok(!wasPushed(at('a', 1), at('a', 0, 'other')));
    assert.ok(!wasPushed(at('a', 0), at('a', 0)));
    assert.ok(!wasPushed({ commit: undefined, ahead: undefined, name: undefined }, at('a', 0)));
  });
});
