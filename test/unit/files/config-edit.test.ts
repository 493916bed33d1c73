import * as assert from 'node:assert/strict';
import * as fs from 'node:fs';
import { DvcError } from '../../../src/engine/core/errors.ts';
import { loadConfig } from '../../../src/engine/files/config.ts';
import { type ConfigPlace, editConfig, type LevelDraft } from '../../../src/engine/files/config-edit.ts';
import type { ConfigLevel } from '../../../src/engine/files/config-levels.ts';
import { useSandbox } from '../../support/sandbox.ts';

describe('editConfig', () => {
  const sandbox = useSandbox('edit');
  const place = (cwd = sandbox().path('repo')): ConfigPlace => ({
    root: sandbox().path('repo'),
    cwd,
    env: sandbox().env,
  });
  const config = (name = 'config') => sandbox().path('repo/.dvc', name);
  const put = (text: string, name = 'config'): void => {
    fs.mkdirSync(sandbox().path('repo/.dvc'), { recursive: true });
    fs.writeFileSync(config(name), text);
  };
  const edit = (level: ConfigLevel, change: (draft: LevelDraft) => void) => editConfig(place(), level, change);
  const modeOf = (file: string): number => fs.statSync(file).mode & 0o777;

  it('writes sections and options in the order of DVC', () => {
    put('');
    edit('repo', (draft) => draft.set(['core'], 'autostage', 'true'));
    edit('repo', (draft) => draft.set(['remote', 's3r'], 'url', 's3://bucket/path'));
    edit('repo', (draft) => draft.set(['cache'], 'type', 'reflink,hardlink,copy'));
    edit('repo', (draft) => draft.set(['remote', 'rel'], 'url', '../remrel'));
    edit('repo', (draft) => draft.set(['remote', 'home'], 'url', '~/x y'));
    edit('repo', (draft) => draft.set(['core'], 'remote', 's3r'));
    edit('repo', (draft) => draft.set(['remote', 's3r'], 'endpointurl', 'http://localhost:9000'));
    assert.equal(
      fs.readFileSync(config(), 'utf8'),
      `[core]
    autostage = true
    remote = s3r
[cache]
    type = "reflink,hardlink,copy"
['remote "s3r"']
    url = s3://bucket/path
    endpointurl = http://localhost:9000
['remote "rel"']
    url = ../../remrel
['remote "home"']
    url = ~/x y
`,
    );
  });

  it('takes a relative path from the folder of the user', () => {
    put('');
    fs.mkdirSync(sandbox().path('repo/a/b'), { recursive: true });
    editConfig(place(sandbox().path('repo/a/b')), 'repo', (draft) => draft.set(['cache'], 'dir', '../big'));
    assert.equal(fs.readFileSync(config(), 'utf8'), '[cache]\n    dir = ../a/big\n');
  });

  it('loses comments, and moves named sections last, as DVC does', () => {
    put('# mine\n[remote "B"]\nurl = /b # here\n\n[core]\nanalytics = false\n[cache]\n');
    edit('repo', (draft) => draft.set(['core'], 'remote', 'b'));
    assert.equal(
      fs.readFileSync(config(), 'utf8'),
      `[core]\n    analytics = false\n    remote = b\n['remote "b"']\n    url = /b\n`,
    );
  });

  it('makes a file with a secret readable by its owner only', () => {
    put('[\'remote "r"\']\n    url = ssh://h/p\n');
    edit('local', (draft) => draft.set(['remote', 'r'], 'port', '22'));
    assert.equal(modeOf(config('config.local')), 0o644);
    edit('local', (draft) => draft.set(['remote', 'r'], 'password', 'x'));
    assert.equal(modeOf(config('config.local')), 0o600);
    edit('repo', (draft) => draft.set(['remote', 'r'], 'url', 'ssh://me:pw@h/p'));
    assert.equal(modeOf(config()), 0o600);
  });

  const refused: readonly [name: string, change: (draft: LevelDraft) => void][] = [
    ['an unknown option', (draft) => draft.set(['core'], 'nosuch', '1')],
    ['an unknown section', (draft) => draft.set(['nosuch'], 'a', '1')],
    ['a value of the wrong type', (draft) => draft.set(['core'], 'autostage', 'maybe')],
    ['a value no quoting can hold', (draft) => draft.set(['remote', 'r'], 'url', `/a'''b"""c`)],
    ['a name no quoting can hold', (draft) => draft.set(['remote', `a'b`], 'url', '/x')],
  ];
  for (const [name, change] of refused)
    it(`refuses ${name}, and leaves the file as it is`, () => {
      put('[core]\n# kept\n');
      assert.throws(
        () => edit('repo', change),
        (error) => DvcError.is(error, 'config'),
      );
      assert.equal(fs.readFileSync(config(), 'utf8'), '[core]\n# kept\n');
    });

  it('refuses a change that breaks what another level adds', () => {
    put('[\'remote "r"\']\n    url = ssh://h/p\n');
    put('[\'remote "r"\']\n    port = 22\n', 'config.local');
    assert.throws(
      () => edit('repo', (draft) => draft.set(['remote', 'r'], 'url', 's3://b/p')),
      /extra keys not allowed/,
    );
    assert.equal(loadConfig(place().root, sandbox().env).remote('r').url, 'ssh://h/p');
  });

  it('lets a broken configuration be mended step by step', () => {
    put('[core]\n    bad = 1\n    worse = 2\n');
    const drop = (option: string) => (draft: LevelDraft) => {
      const core = draft.sections.get('core');
      if (core instanceof Map) core.delete(option);
    };
    put('[core]\n    bad = 1\n', 'config.local');
    const mend = (draft: LevelDraft): void => {
      for (const option of ['bad', 'worse']) drop(option)(draft);
    };
    assert.throws(() => edit('repo', mend), /bad/);
    assert.equal(fs.readFileSync(config(), 'utf8'), '\n');
    edit('local', drop('bad'));
    assert.deepEqual(loadConfig(place().root, sandbox().env).warnings, []);
  });

  it('never writes through a symbolic link', () => {
    put('');
    fs.writeFileSync(sandbox().path('victim'), '');
    fs.symlinkSync(sandbox().path('victim'), config('config.local'));
    assert.throws(() => edit('local', (draft) => draft.set(['core'], 'autostage', 'true')), /symbolic link/);
    assert.equal(fs.readFileSync(sandbox().path('victim'), 'utf8'), '');
  });

  it('needs a repository for the levels of one', () =>
    assert.throws(
      () => editConfig({ root: undefined, cwd: sandbox().root, env: sandbox().env }, 'repo', () => {}),
      /Not inside a DVC repo/,
    ));
});
