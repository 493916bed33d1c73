import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import { DvcError } from '../../src/engine/core/errors.ts';
import type { CloudMeta } from '../../src/engine/core/hash-info.ts';
import { parseDvcFile } from '../../src/engine/files/dvc-file.ts';
import { parseLockfile } from '../../src/engine/files/lockfile.ts';
import { cloudStatus } from '../../src/engine/verbs/cloud-status.ts';
import { gc } from '../../src/engine/verbs/gc.ts';
import { pull } from '../../src/engine/verbs/pull.ts';
import { push } from '../../src/engine/verbs/push.ts';
import { repro } from '../../src/engine/verbs/repro.ts';
import { status } from '../../src/engine/verbs/status.ts';
import { type EngineRepo, makeEngineRepo, useEngineSandbox } from '../support/engine-repo.ts';
import { type StrictGcs, startStrictGcs } from '../support/servers/strict-gcs.ts';

const isCode = (code: string, says: RegExp) => (error: unknown) =>
  DvcError.is(error, code as never) && says.test(error.message);

describe('remotes that keep versions', () => {
  const sandbox = useEngineSandbox('versions');
  let cloud: StrictGcs;
  let repo: EngineRepo;
  before(async () => {
    cloud = await startStrictGcs();
  });
  after(() => cloud?.stop());
  let count = 0;
  beforeEach(async () => {
    repo = await makeEngineRepo(sandbox());
    configure('version_aware = true');
    repo.writeAll([
      ['d/a', '1\n'],
      ['d/sub/b', '2\n'],
      ['x', '3\n'],
    ]);
    await repo.add('d', 'x');
  });
  const configure = (...lines: string[]) => {
    const keys = cloud.keyFile(repo.path('../key.json'));
    const url = `gs://${cloud.bucket}/base-${++count}`;
    const section = [`url = ${url}`, `endpointurl = ${cloud.url}`, `credentialpath = ${keys}`, ...lines];
    repo.write('.dvc/config', `[core]\n    remote = vr\n['remote "vr"']\n    ${section.join('\n    ')}\n`);
  };
  const send = () => repo.open((opened, ctx) => push(opened, {}, ctx));
  const bring = (options = {}) => repo.open((opened, ctx) => pull(opened, options, ctx));
  const forget = () => {
    for (const path of ['.dvc/cache', 'd', 'x', 'o', 'p']) fs.rmSync(repo.path(path), { recursive: true, force: true });
  };
  const out = (file: string) => parseDvcFile(repo.read(file), file).outs[0]!;
  const versionsOf = (file: string): Record<string, CloudMeta | undefined> => {
    const { files, meta } = out(file);
    if (!files) return { '': meta.cloud?.['vr'] };
    return Object.fromEntries(files.map((one) => [one.relpath, one.meta.cloud?.['vr']]));
  };

  it('get files under their own names, and stage files say which version', async () => {
    assert.equal((await send()).pushed, 3);
    const { a, 'sub/b': b } = versionsOf('d.dvc');
    assert.match(a?.versionId ?? '', /^\d{16}$/);
    assert.ok(a?.etag && b?.versionId);
    assert.equal(out('d.dvc').hash, undefined, 'the digest of the folder is that of its files');
    assert.match(
      repo.read('d.dvc'),
      /^outs:\n- hash: md5\n {2}path: d\n {2}files:\n {2}- relpath: a\n {4}md5: \w+\n {4}size: 2\n {4}cloud:\n {6}vr:\n {8}etag: \w+\n {8}version_id: '\d+'\n/,
    );
    assert.match(
      repo.read('x.dvc'),
      /^outs:\n- md5: \w+\n {2}size: 2\n {2}hash: md5\n {2}path: x\n {2}cloud:\n {4}vr:\n/,
    );
    const found = await repo.open((opened, ctx) => status(opened, {}, ctx));
    assert.deepEqual(
      found.flatMap(({ reasons }) => reasons),
      [],
    );
    assert.deepEqual(await send(), { pushed: 0, present: 3, missing: [], lacking: [] });
  });

  it('send what has changed, and keep the versions of the rest', async () => {
    await send();
    const before = versionsOf('d.dvc');
    repo.write('d/a', 'another\n').remove('d/sub/b').write('d/c', '4\n');
    await repo.add('d');
    assert.deepEqual(versionsOf('d.dvc'), { a: undefined, c: undefined });
    repo.write('d/sub/b', '2\n');
    await repo.add('d');
    assert.equal((await send()).pushed, 3, 'what was not recorded any more is a new version');
    const after = versionsOf('d.dvc');
    assert.notEqual(after['a']?.versionId, before['a']?.versionId);
    repo.write('d/e', '5\n');
    await repo.add('d');
    assert.deepEqual({ ...versionsOf('d.dvc'), e: 0 }, { ...after, e: 0 });
    assert.equal((await send()).pushed, 1);
  });

  it('give back recorded versions, also those that are not the newest', async () => {
    await send();
    const old = repo.read('x.dvc');
    repo.write('x', 'newer\n');
    await repo.add('x');
    await send();
    repo.write('x.dvc', old);
    forget();
    assert.equal((await bring()).fetched, 3);
    assert.deepEqual([repo.read('x'), repo.read('d/a'), repo.read('d/sub/b')], ['3\n', '1\n', '2\n']);
    assert.equal((await send()).pushed, 0, 'a version that is kept is not sent again');
    forget();
    assert.equal((await bring({ targets: ['d/sub'] })).fetched, 1);
    assert.ok(repo.exists('d/sub/b') && !repo.exists('d/a'));
  });

  it('record versions of what stages make in dvc.lock', async () => {
    repo.write(
      'dvc.yaml',
      'stages:\n  s:\n    cmd: mkdir -p o && cp x o/x && cp x p\n    deps: [x]\n    outs: [o, p]\n',
    );
    await repo.open((opened, ctx) => repro(opened, {}, ctx));
    assert.equal((await send()).pushed, 5);
    const lock = repo.read('dvc.lock');
    const entry = parseLockfile(lock, 'dvc.lock').stages.get('s')!;
    assert.ok(entry.outs[0]?.files?.[0]?.meta.cloud?.['vr']?.versionId, lock);
    assert.ok(entry.outs[1]?.meta.cloud?.['vr']?.versionId, lock);
    forget();
    await bring();
    assert.equal(repo.read('o/x'), '3\n');
    await repo.open((opened, ctx) => repro(opened, { force: true }, ctx));
    assert.equal(repo.read('dvc.lock'), lock, 'a run that makes the same keeps the versions');
  });

  it('say what has no version, and what is gone', async () => {
    forget();
    await assert.rejects(bring(), isCode('transfer-failed', /failed to pull/));
    repo.write('x', '3\n').write('d/a', '1\n').write('d/sub/b', '2\n');
    await repo.add('d', 'x');
    await send();
    repo.write(
      'x.dvc',
      repo.read('x.dvc').replace(/etag: \w+\n(.*)version_id: '\d+'/, "etag: other\n$1version_id: '1'"),
    );
    forget();
    await assert.rejects(bring({ targets: ['x.dvc'] }), isCode('transfer-failed', /1 file/));
    repo.write('x', '3\n');
    await repo.add('x');
    assert.equal((await repo.open((opened, ctx) => push(opened, { targets: ['x'] }, ctx))).pushed, 1);
    assert.notEqual(versionsOf('x.dvc')['']?.versionId, '1');
  });

  it('refuse what works on objects by digest', async () => {
    const refused = /unsupported for cloud versioned remotes/;
    await assert.rejects(
      repo.open((opened, ctx) => cloudStatus(opened, {}, ctx)),
      isCode('config', refused),
    );
    const scope = { workspace: true, cloud: true, force: true };
    await assert.rejects(
      repo.open((opened, ctx) => gc(opened, scope, ctx)),
      isCode('config', refused),
    );
    repo.commitAll();
    const all = { scope: { allBranches: true } };
    await assert.rejects(
      repo.open((opened, ctx) => push(opened, all, ctx)),
      isCode('usage', /Multiple rev push/),
    );
    configure('worktree = true', 'version_aware = false');
    await assert.rejects(send(), isCode('config', /worktree remotes require version_aware/));
    configure('worktree = true');
    assert.equal((await send()).pushed, 3);
  });
});
