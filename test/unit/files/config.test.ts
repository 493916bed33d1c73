import * as assert from 'node:assert/strict';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { DvcError, type ErrorCode } from '../../../src/engine/core/errors.ts';
import { type Config, loadConfig } from '../../../src/engine/files/config.ts';
import { configFiles } from '../../../src/engine/files/config-levels.ts';
import { configProblem } from '../../../src/engine/files/config-validate.ts';
import type { IniSection, IniValue } from '../../../src/engine/files/ini.ts';
import vectors from '../../fixtures/config-vectors.json';
import { useSandbox } from '../../support/sandbox.ts';

const isError = (code: ErrorCode, message: RegExp) => (error: unknown) =>
  DvcError.is(error, code) && message.test(error.message);

type Json = string | readonly string[] | { readonly [key: string]: Json };
const section = (json: Json): IniValue =>
  typeof json === 'string' || Array.isArray(json)
    ? (json as string | readonly string[])
    : new Map(Object.entries(json).map(([key, value]): [string, IniValue] => [key, section(value)]));

describe('configProblem', () => {
  it(`says what DVC says (${vectors.validate.length} recorded configurations)`, () => {
    for (const [config, expected] of vectors.validate as [Json, string | null][])
      assert.equal(configProblem(section(config) as IniSection) ?? null, expected, JSON.stringify(config));
  });
});

describe('configFiles', () => {
  const cases: readonly [string, NodeJS.Platform, Record<string, string>, { system: string; global: string }][] = [
    ['Linux', 'linux', { HOME: '/h' }, { system: '/etc/xdg/dvc/config', global: '/h/.config/dvc/config' }],
    [
      'Linux with XDG folders',
      'linux',
      { HOME: '/h', XDG_CONFIG_HOME: '/x', XDG_CONFIG_DIRS: '/s1:/s2' },
      { system: '/s1/dvc/config', global: '/x/dvc/config' },
    ],
    [
      'macOS',
      'darwin',
      { HOME: '/h' },
      {
        system: '/Library/Application Support/dvc/config',
        global: '/h/Library/Application Support/dvc/config',
      },
    ],
    [
      'Windows',
      'win32',
      { PROGRAMDATA: 'C:\\PD', LOCALAPPDATA: 'C:\\LA' },
      { system: 'C:\\PD\\iterative\\dvc\\config', global: 'C:\\LA\\iterative\\dvc\\config' },
    ],
    [
      'folders given by DVC variables',
      'linux',
      { HOME: '/h', DVC_SYSTEM_CONFIG_DIR: '/sys', DVC_GLOBAL_CONFIG_DIR: '/glo' },
      { system: '/sys/config', global: '/glo/config' },
    ],
  ];
  for (const [name, platform, env, expected] of cases)
    it(`knows the files of ${name}`, () => assert.deepEqual(configFiles(undefined, env, platform), expected));
});

describe('loadConfig', () => {
  const sandbox = useSandbox('config');
  const write = (level: 'system' | 'global' | 'repo' | 'local', text: string | Buffer): void => {
    const { root, env } = sandbox();
    const file = configFiles(path.join(root, 'repo'), env)[level] ?? '';
    fs.mkdirSync(path.dirname(file), { recursive: true });
    fs.writeFileSync(file, text);
  };
  const load = (): Config => loadConfig(sandbox().path('repo'), sandbox().env);

  it('gives the defaults where nothing is written', () => {
    const config = load();
    assert.deepEqual(config.cache.types, ['reflink', 'copy']);
    assert.equal(config.cache.dir, sandbox().path('repo/.dvc/cache'));
    assert.equal(config.cache.shared, false);
    assert.equal(config.core.autostage, false);
    assert.equal(config.defaultRemote, undefined);
  });

  it('lets later levels win, option by option, and knows where each came from', () => {
    write('system', '[core]\n    autostage = true\n    checksum_jobs = 2\n');
    write('global', '[core]\n    checksum_jobs = 3\n[remote "Up"]\n    url = /srv/up\n    jobs = 1\n');
    write('repo', '[\'remote "up"\']\n    jobs = 4\n[core]\n    remote = UP\n');
    write('local', '[core]\n    autostage = False\n');
    const config = load();
    assert.equal(config.core.autostage, false);
    assert.equal(config.core.checksumJobs, 3);
    assert.equal(config.origin('core', 'checksum_jobs'), 'global');
    assert.equal(config.origin('core', 'autostage'), 'local');
    const remote = config.remote();
    assert.deepEqual([remote.name, remote.url, remote.jobs], ['up', '/srv/up', 4]);
    assert.deepEqual(
      [...remote.origins],
      [
        ['url', 'global'],
        ['jobs', 'repo'],
      ],
    );
  });

  it('resolves paths against the folder of the file they stand in', () => {
    write('global', '[\'remote "g"\']\n    url = store\n');
    write(
      'repo',
      '[cache]\n    dir = ../../big\n[\'remote "r"\']\n    url = ../rem\n[\'remote "s"\']\n    url = s3://b/p\n',
    );
    const { remotes, cache } = load();
    assert.equal(cache.dir, sandbox().path('big'));
    assert.deepEqual(
      [...remotes.values()].map(({ url }) => url),
      [sandbox().path('home/global/store'), sandbox().path('repo/rem'), 's3://b/p'],
    );
  });

  it('hands the options of a remote on to those that refer to it', () => {
    write(
      'repo',
      '[\'remote "s"\']\n    url = s3://b/p\n    region = x\n    profile = y\n[\'remote "t"\']\n    url = remote://S/sub/dir\n    profile = z\n',
    );
    const remote = load().remote('t');
    assert.equal(remote.url, 's3://b/p/sub/dir');
    assert.deepEqual([remote.text('region'), remote.text('profile')], ['x', 'z']);
  });

  it('refuses remotes that refer to each other in a circle, when they are used', () => {
    write('repo', '[\'remote "a"\']\n    url = remote://b/x\n[\'remote "b"\']\n    url = remote://a/y\n');
    const config = load();
    assert.throws(() => config.remote('a'), isError('config', /a -> b -> a/));
  });

  it('names a remote that is not there, and the ones that are', () => {
    write('repo', '[\'remote "a"\']\n    url = /x\n');
    const config = load();
    assert.throws(() => config.remote('nosuch'), isError('remote-not-found', /remote 'nosuch' doesn't exist/));
    assert.throws(() => config.remote(), isError('no-remote', /no remote specified/));
  });

  const broken: readonly [name: string, text: string | Buffer, message: RegExp][] = [
    ['zero bytes, as a power cut leaves', Buffer.from('[core]\n\0\0\0'), /zero byte at line 2 of '.*\.dvc\/config'/],
    ['bytes that are not UTF-8', Buffer.from([0x5b, 0x61, 0x5d, 10, 10, 0xff, 10]), /not UTF-8 at line 3/],
    ['a byte order mark', '\ufeff[core]\n', /byte order mark/],
    ['a line cut off in the middle', "[core]\n    remote = up\n['remo", /at line 3/],
    ['an option outside of a section', 'a = 1\n', /extra keys not allowed @ data\['a'\]/],
    ['an unknown option', '[core]\nnosuch = 1\n', /extra keys not allowed @ data\['core'\]\['nosuch'\]/],
    ['an unknown kind of remote', '[\'remote "b"\']\nurl = foo://x\n', /Unsupported URL type foo:\/\//],
  ];
  for (const [name, text, message] of broken)
    it(`refuses ${name}`, () => {
      write('repo', text);
      assert.throws(load, isError('config', message));
    });

  it('accepts obsolete options, and warns of unknown features', () => {
    write(
      'repo',
      '[core]\nexperiments = true\n[cache]\ns3 = x\nprotected = true\n[state]\ndir = x\n[feature]\nzz = 1\n',
    );
    assert.deepEqual(load().warnings, ["'feature.zz' config option is unsupported"]);
  });

  it('accepts any spelling of true and false', () => {
    write('repo', '[core]\nno_scm = True\n[cache]\nshared = Group\ntype = hardlink, copy\nslow_link_warning = FALSE\n');
    const { core, cache } = load();
    assert.deepEqual([core.noScm, cache.shared, cache.slowLinkWarning], [true, true, false]);
    assert.deepEqual(cache.types, ['hardlink', 'copy']);
  });
});
