import * as assert from 'node:assert/strict';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { type CliResult, dvcCommand, lodeCommand, runSync } from '../support/cli.ts';
import { type Random, runSeed, seededRandom } from '../support/random.ts';
import { isolatedEnv, type Sandbox, useSandbox } from '../support/sandbox.ts';

/** Files of one side, by name, as both programs leave them. */
const FILES = ['repo/.dvc/config', 'repo/.dvc/config.local', 'home/global/config'];
const STEPS = Number(process.env['LODE_LIVE_STEPS'] ?? 40);

interface Side {
  readonly root: string;
  readonly env: Readonly<Record<string, string>>;
  readonly command: readonly string[];
}

function makeSide(sandbox: Sandbox, name: string, command: readonly string[]): Side {
  const root = sandbox.path(name);
  for (const folder of ['home', 'tmp', 'repo/.dvc', 'repo/a/b'])
    fs.mkdirSync(path.join(root, folder), { recursive: true });
  fs.writeFileSync(path.join(root, 'repo/.dvc/config'), '[core]\n    no_scm = True\n');
  return { root, env: isolatedEnv(root), command };
}

const filesOf = ({ root }: Side): Record<string, string | undefined> =>
  Object.fromEntries(
    FILES.map((name) => {
      const file = path.join(root, name);
      return [name, fs.existsSync(file) ? fs.readFileSync(file, 'utf8') : undefined];
    }),
  );

const NAMES = ['one', 'Two', 'three', 'fo ur', "it's", 'six.x'];
const URLS = [
  '../rem',
  '/abs/rem',
  's3://bucket/a,b',
  's3://bucket/#x',
  'ssh://me@host/p',
  'remote://one/sub',
  '~/r m',
  'foo://x',
  'a/../c',
  '',
];
const VALUES = [
  'true',
  'FALSE',
  '1',
  '0',
  'x',
  'group',
  'reflink,copy',
  'copy',
  '',
  ' lead',
  'a#b',
  `it's`,
  `a"b`,
  `a'b"c`,
  'a=b;c',
  'tr ',
  '"q"',
  '[x]',
  "'",
  '%',
];
const OPTIONS = [
  'jobs',
  'verify',
  'endpointurl',
  'profile',
  'region',
  'port',
  'user',
  'keyfile',
  'credentialpath',
  'url',
  'URL',
  'nosuch',
  'type',
];
const CONFIG = [
  'core.remote',
  'core.autostage',
  'core.checksum_jobs',
  'cache.type',
  'cache.dir',
  'cache.shared',
  'CORE.Site_Cache_Dir',
  'plots.out_dir',
  'exp.git_remote',
  'hydra.config_dir',
  'hydra.config_module',
  'parsing.bool',
  'feature.machine',
  'state.row_limit',
  'nosuch.a',
  'core',
  'db.q.url',
  'remote.one.jobs',
  'studio.url',
];

/** Options with values that fit some remote, or any level. */
const CHANGES = [
  ['jobs', '4'],
  ['verify', 'true'],
  ['profile', `a"b`],
  ['user', 'a#b'],
  ['url', '../../other'],
  ['type', 'hardlink,copy'],
  ['region', ' lead'],
];
const SETTINGS = [
  ['core.autostage', 'TRUE'],
  ['core.checksum_jobs', '8'],
  ['cache.type', 'reflink,copy'],
  ['cache.dir', 'my cache'],
  ['core.site_cache_dir', '/s,t'],
  ['plots.out_dir', `it's "p"`],
  ['hydra.config_name', ''],
  ['studio.url', 'x = y'],
  ['exp.git_remote', '#up'],
];

/** One command line. `local` are the names that other levels add to: their removal is where Lode does better than DVC. */
function nextCommand(random: Random, local: (name: string) => boolean): string[] {
  const pick = <T>(items: readonly T[]): T => random.pick(items);
  const level = pick([[], [], [], ['--local'], ['--global'], ['--project']]);
  const name = pick(NAMES);
  const free = NAMES.filter((other) => !local(other));
  const owned = free.length > 0 ? pick(free) : 'nosuch';
  switch (
    pick([
      'add',
      'add',
      'add',
      'modify',
      'modify',
      'modify',
      'default',
      'list',
      'rename',
      'remove',
      'set',
      'set',
      'set',
      'unset',
      'get',
      'dump',
      'dir',
    ])
  ) {
    case 'add':
      return ['remote', 'add', ...pick([[], ['-d'], ['-f'], ['-fd']]), ...level, name, pick(URLS)];
    case 'modify':
      return [
        'remote',
        'modify',
        ...level,
        owned,
        ...pick([pick(CHANGES), [pick(OPTIONS), pick(VALUES)], [pick(OPTIONS), '-u']]),
      ];
    case 'default':
      return ['remote', 'default', ...level, ...pick([[name], [name], ['-u'], []])];
    case 'list':
      return ['remote', 'list', ...level];
    case 'rename':
      return ['remote', 'rename', owned, pick(['new', 'one', 'three', `it's`])];
    case 'remove':
      return ['remote', 'remove', owned];
    case 'set':
      return ['config', ...level, ...pick([pick(SETTINGS), pick(SETTINGS), [pick(CONFIG), pick(VALUES)]])];
    case 'unset':
      return ['config', ...level, '--unset', pick(CONFIG)];
    case 'get':
      return ['config', ...level, pick(CONFIG)];
    case 'dump':
      return ['config', ...level, '--list'];
    default:
      return ['cache', 'dir', ...level, ...pick([['../big'], ['/abs/big'], ['-u'], []])];
  }
}

describe('config and remote against real DVC', () => {
  const sandbox = useSandbox('live-config');

  it(`leaves the same files and answers after ${STEPS} commands`, function () {
    const dvc = dvcCommand();
    if (!dvc) {
      console.log('      LODE_DVC is not set: no real DVC to compare with');
      return this.skip();
    }
    this.timeout(STEPS * 20_000);
    const random = seededRandom(runSeed());
    const sides = [makeSide(sandbox(), 'dvc', dvc), makeSide(sandbox(), 'lode', lodeCommand())] as const;
    const done: string[] = [];
    let succeeded = 0;
    for (let step = 0; step < STEPS; step++) {
      const before = sides.map(filesOf);
      const above =
        `${before[1]?.['repo/.dvc/config.local'] ?? ''}${before[1]?.['home/global/config'] ?? ''}`.toLowerCase();
      const args = nextCommand(random, (name) => above.includes(`"${name.toLowerCase()}"`));
      const cwd = random.pick(['repo', 'repo/a/b']);
      done.push(`(${cwd}) ${JSON.stringify(args)}`);
      const [theirs, ours] = sides.map(({ root, env, command }) =>
        runSync(command, args, { cwd: path.join(root, cwd), env }),
      );
      const story = `seed ${random.seed}, after\n${done.join('\n')}\nDVC: ${theirs?.stderr}\nLode: ${ours?.stderr}`;
      if (theirs && crashed(theirs)) {
        // A crash of DVC may leave a truncated file: nothing to imitate. Lode answers a question, refuses a change, and keeps what was there.
        if (!/list/.test(args.join(' '))) assert.notEqual(ours?.code, 0, story);
        assert.deepEqual(filesOf(sides[1]), before[1], story);
        restore(sides[0], before[0] ?? {});
        continue;
      }
      if (theirs && ours && brokeTheConfig(theirs, before[0], sides[0])) {
        assert.notEqual(ours.code, 0, story);
        assert.deepEqual(filesOf(sides[1]), before[1], story);
        restore(sides[0], before[0] ?? {});
        continue;
      }
      assert.equal(ours?.code === 0, theirs?.code === 0, story);
      assert.deepEqual(filesOf(sides[1]), filesOf(sides[0]), story);
      if (theirs?.code === 0) succeeded++;
      if (theirs?.code === 0) assert.equal(answer(ours?.stdout, sides[1]), answer(theirs.stdout, sides[0]), story);
    }
    assert.ok(succeeded > STEPS / 4, `only ${succeeded} of ${STEPS} commands did anything; seed ${random.seed}`);
  });

  const crashed = ({ stderr }: CliResult): boolean => stderr.includes('unexpected error');

  /** DVC writes first and checks the levels above afterwards: it fails, and so does every later command. */
  const brokeTheConfig = (
    { code }: CliResult,
    before: Record<string, string | undefined> | undefined,
    side: Side,
  ): boolean => code !== 0 && JSON.stringify(before) !== JSON.stringify(filesOf(side));

  function restore({ root }: Side, files: Record<string, string | undefined>): void {
    for (const [name, text] of Object.entries(files))
      if (text === undefined) fs.rmSync(path.join(root, name), { force: true });
      else fs.writeFileSync(path.join(root, name), text);
  }

  /** Lines of an answer, with runs of blanks as one and the side's own folder named alike. */
  const answer = (text: string | undefined, { root }: Side): string[] | string =>
    (text ?? '')
      .replaceAll(root, '<ROOT>')
      .replace(/[ \t]+/g, ' ')
      .trim();
});
