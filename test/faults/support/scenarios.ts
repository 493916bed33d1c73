import * as fs from 'node:fs';
import { join } from 'node:path';
import { md5 } from '../../support/checker.ts';
import type { TrialWorld } from './world.ts';

/** One command on one prepared repository, to be broken in every way. */
export interface Scenario {
  readonly name: string;
  readonly verb: string;
  readonly argv: readonly string[];
  prepare(world: TrialWorld): Promise<void>;
  /** The command stores data: when it has exited 0 a power cut must not undo it. */
  readonly stores?: boolean;
  /** The state the command starts from is one an earlier command of this process left: its index is warm. */
  readonly warm?: boolean;
  /** A second run after a finished one fails (its source is gone, its target exists): `status` is the next command then. */
  readonly once?: boolean;
  /** It ends by one step, behind which nothing of it is left: no later command need know where it worked. */
  readonly tidy?: boolean;
  /** Most of its steps are those of another scenario: a third of the trials. */
  readonly few?: boolean;
}

const DATA = 'a,b\n1,2\n';
const TREE: readonly (readonly [string, string])[] = [
  ['data/a.txt', 'alpha\n'],
  ['data/b.bin', 'x'.repeat(3000)],
  ['data/empty', ''],
  ['data/sub/ünï code.txt', 'u\n'],
  ['data/sub/same.txt', 'alpha\n'],
];

async function initialised(world: TrialWorld): Promise<void> {
  world.reset();
  await world.lode('init', '-q');
  world.git('add', '-A');
  world.git('commit', '-qm', 'init');
}
async function withFile(world: TrialWorld): Promise<void> {
  await initialised(world);
  world.write('file.csv', DATA);
  await world.lode('add', 'file.csv');
}
async function withTree(world: TrialWorld, ...config: string[]): Promise<void> {
  await initialised(world);
  if (config.length > 0) await world.lode('config', ...config);
  for (const [path, text] of TREE) world.write(path, text);
  await world.lode('add', 'data');
}
async function withBoth(world: TrialWorld, ...config: string[]): Promise<void> {
  await withTree(world, ...config);
  world.write('file.csv', DATA);
  await world.lode('add', 'file.csv');
}
async function withRemote(world: TrialWorld): Promise<void> {
  await withBoth(world);
  await world.lode('remote', 'add', '-d', 'store', '../remote');
}
/** A remote with a section in both config files, as secrets make it. */
async function withSecret(world: TrialWorld): Promise<void> {
  await world.lode('remote', 'add', 'far', 'ssh://host.invalid/path');
  await world.lode('remote', 'modify', '--local', 'far', 'password', 'pw');
}
/** The tracked folder edited: one file changed, one new, one gone, one replaced by the bytes of another. */
function editTree(world: TrialWorld): void {
  world.write('data/a.txt', 'alpha 2\n');
  world.write('data/new.txt', 'new\n');
  world.write('data/sub/same.txt', 'x'.repeat(3000));
  fs.rmSync(world.path('data/empty'));
}
const emptyCache = (world: TrialWorld): void => fs.rmSync(world.path('.dvc/cache'), { recursive: true, force: true });
async function twoVersions(world: TrialWorld, ...config: string[]): Promise<void> {
  await withBoth(world, ...config);
  world.git('add', '-A');
  world.git('commit', '-qm', 'one');
  if (config.length > 0) await world.lode('unprotect', 'data', 'file.csv');
  editTree(world);
  world.write('file.csv', 'other\n');
  await world.lode('add', 'data', 'file.csv');
  world.git('checkout', '-q', '--', '.'); // The pointers are the old ones again, the data is the new.
}

const relink = (type: string): Scenario => ({
  name: `checkout --relink (${type})`,
  verb: 'checkout',
  argv: ['checkout', '--relink'],
  prepare: async (world) => {
    await withBoth(world);
    await world.lode('config', 'cache.type', type);
  },
});

/** Every verb of the data side that changes something. */
export const SCENARIOS: readonly Scenario[] = [
  {
    name: 'init',
    verb: 'init',
    argv: ['init'],
    prepare: async (world) => {
      world.reset();
      world.write('mine.txt', 'mine\n');
    },
    once: true,
  },
  {
    name: 'init -f',
    verb: 'init',
    argv: ['init', '-f'],
    prepare: withFile,
  },
  {
    name: 'add file',
    verb: 'add',
    argv: ['add', 'file.csv'],
    prepare: async (world) => {
      await initialised(world);
      world.write('file.csv', DATA);
      world.write('.gitignore', '# mine\n/other');
    },
    stores: true,
  },
  {
    name: 'add dir',
    verb: 'add',
    argv: ['add', 'data'],
    prepare: async (world) => {
      await initialised(world);
      for (const [path, text] of TREE) world.write(path, text);
    },
    stores: true,
  },
  {
    name: 'add several',
    verb: 'add',
    argv: ['add', 'one.bin', 'deep/two.bin', 'data'],
    prepare: async (world) => {
      await initialised(world);
      for (const [path, text] of TREE) world.write(path, text);
      world.write('one.bin', '1');
      world.write('deep/two.bin', '2');
    },
    stores: true,
  },
  ...['hardlink', 'symlink'].map(
    (type): Scenario => ({
      name: `add dir (${type})`,
      verb: 'add',
      argv: ['add', 'data'],
      prepare: async (world) => {
        await initialised(world);
        await world.lode('config', 'cache.type', type);
        for (const [path, text] of TREE) world.write(path, text);
      },
      stores: true,
    }),
  ),
  {
    name: 're-add changed file',
    verb: 'add',
    argv: ['add', 'file.csv'],
    prepare: async (world) => {
      await withFile(world);
      world.write('file.csv', 'a,b\n3,4\n');
    },
    stores: true,
    warm: true,
  },
  {
    name: 're-add changed dir',
    verb: 'add',
    argv: ['add', 'data'],
    prepare: async (world) => {
      await withTree(world);
      editTree(world);
    },
    stores: true,
    warm: true,
  },
  {
    name: 'add inside a tracked dir',
    verb: 'add',
    argv: ['add', 'data/a.txt', 'data/new.txt'],
    prepare: async (world) => {
      await withTree(world);
      world.write('data/a.txt', 'alpha 2\n');
      world.write('data/new.txt', 'new\n');
    },
    stores: true,
  },
  {
    name: 'add --no-commit',
    verb: 'add',
    argv: ['add', '--no-commit', 'file.csv'],
    prepare: async (world) => {
      await initialised(world);
      world.write('file.csv', DATA);
    },
  },
  {
    name: 'add --to-remote',
    verb: 'add',
    argv: ['add', '--to-remote', '-o', 'big', '../outside/precious.txt'],
    prepare: async (world) => {
      await initialised(world);
      await world.lode('remote', 'add', '-d', 'store', '../remote');
    },
  },
  {
    name: 'add --out',
    verb: 'add',
    argv: ['add', '--out', 'got', '../outside/set'],
    prepare: withSource,
    stores: true,
    once: true,
    few: true,
  },
  {
    name: 'commit',
    verb: 'commit',
    argv: ['commit', '-f'],
    prepare: async (world) => {
      await withBoth(world);
      editTree(world);
      world.write('file.csv', 'committed\n');
    },
    stores: true,
    warm: true,
  },
  {
    name: 'checkout into nothing',
    verb: 'checkout',
    argv: ['checkout'],
    prepare: async (world) => {
      await withBoth(world);
      fs.rmSync(world.path('data'), { recursive: true });
      fs.rmSync(world.path('file.csv'));
    },
  },
  {
    name: 'checkout other version',
    verb: 'checkout',
    argv: ['checkout'],
    prepare: (world) => twoVersions(world),
    warm: true,
  },
  {
    name: 'checkout other version (hardlink)',
    verb: 'checkout',
    argv: ['checkout'],
    prepare: (world) => twoVersions(world, 'cache.type', 'hardlink'),
  },
  {
    name: 'checkout -f over unsaved data',
    verb: 'checkout',
    argv: ['checkout', '-f'],
    prepare: async (world) => {
      await withBoth(world);
      editTree(world);
      world.write('file.csv', 'unsaved\n');
    },
  },
  relink('hardlink'),
  relink('symlink'),
  relink('reflink,copy'),
  {
    name: 'checkout --relink (copy)',
    verb: 'checkout',
    argv: ['checkout', '--relink'],
    prepare: async (world) => {
      await withBoth(world, 'cache.type', 'hardlink');
      await world.lode('config', 'cache.type', 'copy');
    },
  },
  { name: 'remove', verb: 'remove', argv: ['remove', 'file.csv.dvc'], prepare: withBoth, once: true },
  { name: 'remove --outs', verb: 'remove', argv: ['remove', '--outs', 'data.dvc'], prepare: withBoth, once: true },
  {
    name: 'move file',
    verb: 'move',
    argv: ['move', 'file.csv', 'moved.csv'],
    prepare: withFile,
    once: true,
  },
  {
    name: 'move dir',
    verb: 'move',
    argv: ['move', 'data', 'renamed'],
    prepare: withTree,
    once: true,
  },
  {
    name: 'unprotect',
    verb: 'unprotect',
    argv: ['unprotect', 'data', 'file.csv'],
    prepare: (world) => withBoth(world, 'cache.type', 'hardlink'),
  },
  { name: 'gc -w', verb: 'gc', argv: ['gc', '-w', '-f'], prepare: (world) => twoVersions(world) },
  {
    name: 'gc -w -c',
    verb: 'gc',
    argv: ['gc', '-w', '-c', '-f'],
    prepare: async (world) => {
      await twoVersions(world);
      await world.lode('checkout', '-f');
      await world.lode('remote', 'add', '-d', 'store', '../remote');
      await world.lode('push');
      editTree(world);
      await world.lode('add', 'data');
    },
  },
  { name: 'push', verb: 'push', argv: ['push'], prepare: withRemote },
  {
    name: 'push of a changed dir',
    verb: 'push',
    argv: ['push'],
    prepare: async (world) => {
      await withRemote(world);
      await world.lode('push');
      editTree(world);
      await world.lode('add', 'data');
    },
  },
  ...['fetch', 'pull'].map(
    (verb): Scenario => ({
      name: `${verb} into an empty cache`,
      verb,
      argv: [verb],
      prepare: async (world) => {
        await withRemote(world);
        await world.lode('push');
        emptyCache(world);
        fs.rmSync(world.path('data'), { recursive: true });
      },
      stores: verb === 'fetch',
    }),
  ),
  {
    name: 'import-url',
    verb: 'import-url',
    argv: ['import-url', '../outside/set', 'got'],
    prepare: withSource,
    stores: true,
    once: true,
    few: true,
  },
  {
    name: 'update of an import',
    verb: 'update',
    argv: ['update', 'got.dvc'],
    prepare: async (world) => {
      await withSource(world);
      await world.lode('import-url', '../outside/set', 'got');
      fs.writeFileSync(join(world.outside, 'set/a'), 'alpha 2\n');
      fs.rmSync(join(world.outside, 'set/sub'), { recursive: true });
    },
    stores: true,
    few: true,
  },
  {
    name: 'get-url',
    verb: 'get-url',
    argv: ['get-url', '../outside/set', 'got'],
    prepare: withSource,
    once: true,
    tidy: true,
  },
  {
    name: 'import',
    verb: 'import',
    argv: ['import', '../outside/source', 'data', '-o', 'got'],
    prepare: withSourceRepo,
    stores: true,
    once: true,
    few: true,
  },
  {
    name: 'get',
    verb: 'get',
    argv: ['get', '../outside/source', 'data', '-o', 'got'],
    prepare: withSourceRepo,
    once: true,
    tidy: true,
    few: true,
  },
  { name: 'config', verb: 'config', argv: ['config', 'core.autostage', 'true'], prepare: initialised },
  {
    name: 'config --local',
    verb: 'config',
    argv: ['config', '--local', 'cache.type', 'copy'],
    prepare: async (world) => {
      await initialised(world);
      await withSecret(world);
    },
  },
  {
    name: 'remote add',
    verb: 'remote',
    argv: ['remote', 'add', '-f', '-d', 'store', '../remote'],
    prepare: initialised,
  },
  {
    name: 'remote modify',
    verb: 'remote',
    argv: ['remote', 'modify', 'store', 'jobs', '3'],
    prepare: withRemote,
  },
  {
    name: 'remote rename',
    verb: 'remote',
    argv: ['remote', 'rename', 'far', 'kept'],
    prepare: async (world) => {
      await withRemote(world);
      await withSecret(world);
    },
    once: true,
  },
  {
    name: 'remote remove',
    verb: 'remote',
    argv: ['remote', 'remove', 'far'],
    prepare: async (world) => {
      await withRemote(world);
      await withSecret(world);
    },
    once: true,
  },
  {
    name: 'cache migrate',
    verb: 'cache',
    argv: ['cache', 'migrate', '--dvc-files'],
    prepare: withLegacy,
  },
  {
    name: 'cache verify --repair',
    verb: 'cache',
    argv: ['cache', 'verify', '--repair'],
    prepare: async (world) => {
      await withRemote(world);
      await world.lode('push');
      corrupt(world, 'alpha\n');
    },
  },
  {
    name: 'destroy -f',
    verb: 'destroy',
    argv: ['destroy', '-f'],
    prepare: (world) => withBoth(world, 'cache.type', 'hardlink'),
    once: true,
  },
  { name: 'install', verb: 'install', argv: ['install'], prepare: initialised, once: true },
];

/** A folder elsewhere, to import from. */
async function withSource(world: TrialWorld): Promise<void> {
  await initialised(world);
  fs.mkdirSync(join(world.outside, 'set/sub'), { recursive: true });
  fs.writeFileSync(join(world.outside, 'set/a'), 'alpha\n');
  fs.writeFileSync(join(world.outside, 'set/sub/b'), 'x'.repeat(3000));
}

/** Another repository, whose data is in its cache and not in its work tree. */
async function withSourceRepo(world: TrialWorld): Promise<void> {
  await withTree(world);
  world.git('add', '-A');
  world.git('commit', '-qm', 'data');
  fs.renameSync(world.repo, join(world.outside, 'source'));
  fs.rmSync(join(world.outside, 'source/data'), { recursive: true });
  fs.rmSync(join(world.outside, 'source/.dvc/tmp'), { recursive: true });
  fs.mkdirSync(world.repo);
  world.git('init', '-q', '-b', 'main', '--template=');
  await world.lode('init', '-q');
  world.git('add', '-A');
  world.git('commit', '-qm', 'init');
}

/** A repository as DVC 2 left it: one file in the old layout, its pointer without `hash:`. */
async function withLegacy(world: TrialWorld): Promise<void> {
  await initialised(world);
  world.write('old.txt', 'one\r\ntwo\r\n');
  const oid = md5('one\ntwo\n'); // DVC 2 hashed text with its line ends made LF.
  const object = `.dvc/cache/${oid.slice(0, 2)}/${oid.slice(2)}`;
  world.write(object, 'one\r\ntwo\r\n');
  fs.chmodSync(world.path(object), 0o444);
  world.write('old.txt.dvc', `outs:\n- md5: ${oid}\n  size: 10\n  path: old.txt\n`);
  world.write('.gitignore', '/old.txt\n');
}

function corrupt(world: TrialWorld, content: string): void {
  const oid = md5(content);
  const path = world.path('.dvc/cache/files/md5', oid.slice(0, 2), oid.slice(2));
  const { atimeMs, mtimeMs } = fs.statSync(path);
  fs.chmodSync(path, 0o644);
  const bytes = fs.readFileSync(path);
  bytes[0] = (bytes[0] ?? 0) ^ 1;
  fs.writeFileSync(path, bytes);
  fs.chmodSync(path, 0o444);
  fs.utimesSync(path, atimeMs / 1000, mtimeMs / 1000);
}
