import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import * as fs from 'node:fs';
import {
  type CacheMigrateOptions,
  type CacheMigrateResult,
  cacheMigrate,
} from '../../../src/engine/verbs/cache-migrate.ts';
import { type EngineRepo, makeEngineRepo, useEngineSandbox } from '../../support/engine-repo.ts';

const md5 = (text: string): string => createHash('md5').update(text).digest('hex');

describe('cache migrate', () => {
  const sandbox = useEngineSandbox('migrate');
  let repo: EngineRepo;
  const run = (options: CacheMigrateOptions = {}): Promise<CacheMigrateResult> =>
    repo.open((open, ctx) => cacheMigrate(open, options, ctx));
  const legacyFile = (oid: string): string => `.dvc/cache/${oid.slice(0, 2)}/${oid.slice(2)}`;
  const file = (oid: string): string => `.dvc/cache/files/md5/${oid.slice(0, 2)}/${oid.slice(2)}`;
  /** An object of DVC 2: its name is of the text with unified line ends. */
  const put = (text: string): string => {
    const oid = md5(text.replaceAll('\r\n', '\n'));
    repo.write(legacyFile(oid), text, 0o444);
    return oid;
  };
  const listOf = (entries: readonly (readonly [path: string, oid: string])[]): string =>
    `[${entries.map(([path, oid]) => `{"md5": "${oid}", "relpath": "${path}"}`).join(', ')}]`;
  const DOS = 'a\r\nb\r\n';
  let dos: string;
  let plain: string;
  let folder: string;

  beforeEach(async () => {
    repo = await makeEngineRepo(sandbox());
    dos = put(DOS);
    plain = put('plain\n');
    const list = listOf([
      ['dos', dos],
      ['plain', plain],
    ]);
    folder = `${md5(list)}.dir`;
    repo.write(legacyFile(folder), list, 0o444);
    repo.write('f.dvc', `outs:\n- md5: ${dos}\n  size: 6\n  path: f\n`);
    repo.write('d.dvc', `outs:\n- md5: ${folder}\n  size: 12\n  nfiles: 2\n  path: d\n`);
    repo.write('dvc.yaml', 'stages:\n  s:\n    cmd: cp f o\n    deps: [f]\n    outs: [o]\n');
    repo.write(
      'dvc.lock',
      `schema: '2.0'\nstages:\n  s:\n    cmd: old command\n    deps:\n    - path: f\n      md5: ${dos}\n      size: 6\n` +
        `    outs:\n    - path: o\n      md5: ${plain}\n      size: 6\n`,
    );
  });

  it('gives each object its new name as a link, once', async () => {
    const first = await run();
    assert.deepEqual([first.legacy, first.migrated, first.files], [3, 3, []]);
    for (const [old, now] of [
      [dos, md5(DOS)],
      [plain, plain],
      [folder, folder],
    ] as const) {
      const [a, b] = [fs.statSync(repo.path(legacyFile(old))), fs.statSync(repo.path(file(now)))];
      assert.deepEqual([b.ino, b.mode & 0o777], [a.ino, 0o444]);
    }
    assert.equal((await run()).migrated, 0);
  });

  it('only counts and names in a dry run', async () => {
    const result = await run({ dry: true, dvcFiles: true });
    assert.deepEqual([result.legacy, result.migrated, result.files], [3, 0, ['d.dvc', 'dvc.yaml', 'f.dvc']]);
    assert.equal(repo.exists('.dvc/cache/files'), false);
  });

  const NEW_LIST = listOf([
    ['dos', md5(DOS)],
    ['plain', md5('plain\n')],
  ]);

  it('rewrites records from the cache where the workspace has no data', async () => {
    const result = await run({ dvcFiles: true });
    assert.deepEqual([result.incomplete, result.touched.length], [[], 3]);
    assert.equal(repo.read('f.dvc'), `outs:\n- md5: ${md5(DOS)}\n  size: 6\n  path: f\n  hash: md5\n`);
    const tree = `${md5(NEW_LIST)}.dir`;
    assert.equal(repo.read('d.dvc'), `outs:\n- md5: ${tree}\n  size: 12\n  nfiles: 2\n  path: d\n  hash: md5\n`);
    assert.equal(repo.read(file(tree)), NEW_LIST);
    assert.equal(
      repo.read('dvc.lock'),
      `schema: '2.0'\nstages:\n  s:\n    cmd: old command\n    deps:\n    - path: f\n      hash: md5\n      md5: ${md5(DOS)}\n` +
        `      size: 6\n    outs:\n    - path: o\n      hash: md5\n      md5: ${plain}\n      size: 6\n`,
    );
    assert.deepEqual((await run({ dvcFiles: true })).files, []);
  });

  it('takes the line ends of the workspace where it holds the same data', async () => {
    repo.write('f', 'a\nb\n');
    await run({ dvcFiles: true });
    assert.match(repo.read('f.dvc'), new RegExp(`md5: ${md5('a\nb\n')}\n  size: 4\n`));
    assert.equal(repo.read(file(md5('a\nb\n'))), 'a\nb\n');
  });

  it('does not record what was changed in the workspace', async () => {
    repo.write('f', 'changed');
    await run({ dvcFiles: true });
    assert.match(repo.read('f.dvc'), new RegExp(`md5: ${md5(DOS)}\n`));
  });

  it('leaves a record whose data is nowhere, and says so', async () => {
    repo.remove(legacyFile(dos));
    const before = repo.read('f.dvc');
    const result = await run({ dvcFiles: true });
    assert.deepEqual(result.incomplete, ['d.dvc', 'dvc.yaml', 'f.dvc']);
    assert.equal(repo.read('f.dvc'), before);
    assert.match(repo.read('dvc.lock'), new RegExp(`path: f\n      md5: ${dos}\n`));
  });

  it('does not give a damaged object a new name', async () => {
    repo.write(legacyFile(plain), 'other', 0o444);
    const result = await run();
    assert.equal(result.migrated, 2);
    assert.equal(repo.exists(file(md5('other'))), false);
  });
});
