import * as fs from 'node:fs';
import type { Random } from '../../support/random.ts';
import type { RepoBuilder } from '../../support/repo-builder.ts';

/** One step of a walk: the same on both sides. Plain data, so that a failing walk can be shortened and printed. */
export type Step =
  | { readonly do: 'command'; readonly argv: readonly string[] }
  | { readonly do: 'write'; readonly path: string; readonly text: string; readonly mode?: number }
  | { readonly do: 'delete'; readonly path: string }
  | { readonly do: 'rename'; readonly from: string; readonly to: string }
  | { readonly do: 'empty-cache' }
  | { readonly do: 'lose-object'; readonly index: number }
  | { readonly do: 'git-commit' }
  | { readonly do: 'git-branch'; readonly name: string };

const TOP = ['one.csv', 'two.bin', 'sp ace.txt', 'nested/three.bin'];
const FOLDERS = ['data', 'imgs', 'nested/deep'];
const MEMBERS = ['a', 'b.txt', 'sub/c', 'sub/d e', 'ünï', 'sub/deep/f'];
const TEXTS = ['', 'x', 'alpha\n', 'beta\n', 'gamma\r\n', 'long '.repeat(300)];

/** A random step. It may make no sense at that moment: both sides must then refuse alike. */
export function randomStep(random: Random): Step {
  const member = (): string => `${random.pick(FOLDERS)}/${random.pick(MEMBERS)}`;
  const output = (): string => random.pick(random.next() < 0.5 ? TOP : FOLDERS);
  const maybe = <T>(chance: number, ...items: T[]): T[] => (random.next() < chance ? items : []);
  const command = (...argv: string[]): Step => ({ do: 'command', argv });
  const kinds: readonly (readonly [weight: number, make: () => Step])[] = [
    [9, () => ({ do: 'write', path: random.next() < 0.4 ? random.pick(TOP) : member(), text: random.pick(TEXTS) })],
    [
      1,
      () => ({
        do: 'write',
        path: random.pick(TOP),
        text: random.pick(TEXTS),
        mode: random.pick([0o755, 0o644, 0o600]),
      }),
    ],
    [3, () => ({ do: 'delete', path: random.next() < 0.3 ? output() : member() })],
    [1, () => ({ do: 'rename', from: member(), to: member() })],
    [9, () => command('add', output(), ...maybe(0.2, output()))],
    [2, () => command('add', member())],
    [1, () => command('add', '--no-commit', output())],
    [3, () => command('commit', '-f', ...maybe(0.4, output()))],
    [4, () => command('checkout', ...maybe(0.3, '-f'), ...maybe(0.4, output()))],
    [2, () => command('checkout', '-f', member())],
    [1, () => command('checkout', '--relink', ...maybe(0.5, '-f'))],
    [2, () => command('remove', `${output()}.dvc`, ...maybe(0.2, '--outs'))],
    [2, () => command('move', output(), random.pick(['moved.bin', 'other/moved', output()]))],
    [1, () => command('unprotect', output())],
    [3, () => command('push', ...maybe(0.4, output()))],
    [3, () => command('pull', ...maybe(0.3, '-f'), ...maybe(0.4, output()))],
    [2, () => command('fetch', ...maybe(0.4, output()))],
    [1, () => command('gc', '-f', random.pick(['-w', '-a', '-A', '-T']), ...maybe(0.3, '-c'))],
    [1, () => command('status', '-c', '--json')],
    [
      1,
      () =>
        command('config', 'cache.type', random.pick(['copy', 'hardlink', 'symlink', 'reflink,copy', 'hardlink,copy'])),
    ],
    [1, () => command('config', 'core.autostage', random.pick(['true', 'false']))],
    [
      1,
      () => ({
        do: 'write',
        path: random.pick(['.dvcignore', '.dvcignore', 'nested/.dvcignore']),
        text: random.pick(['*.tmp\n', 'b.txt\n', 'sub\n', '!sub/c\n*.bin\n', '']),
      }),
    ],
    [1, () => ({ do: 'empty-cache' })],
    [1, () => ({ do: 'lose-object', index: random.int(20) })],
    [3, () => ({ do: 'git-commit' })],
    [2, () => ({ do: 'git-branch', name: random.pick(['main', 'side']) })],
  ];
  const total = kinds.reduce((sum, [weight]) => sum + weight, 0);
  let at = random.next() * total;
  for (const [weight, make] of kinds) {
    at -= weight;
    if (at < 0) return make();
  }
  throw new Error('weights do not add up');
}

/** What a walk begins with: data worth tracking on both sides. */
export function firstFiles(random: Random): Step[] {
  const steps: Step[] = [];
  for (const path of TOP) if (random.next() < 0.6) steps.push({ do: 'write', path, text: random.pick(TEXTS) });
  for (const folder of FOLDERS)
    for (const member of MEMBERS)
      if (random.next() < 0.5) steps.push({ do: 'write', path: `${folder}/${member}`, text: random.pick(TEXTS) });
  return steps;
}

/** Applies an edit that is no command of the program under test. */
export function applyEdit(step: Step, repo: RepoBuilder): void {
  switch (step.do) {
    case 'write':
      if (isFolder(repo, step.path) || hasFileAbove(repo, step.path)) return;
      repo.write(step.path, step.text, step.mode);
      return;
    case 'delete':
      repo.remove(step.path);
      return;
    case 'rename':
      if (!repo.exists(step.from) || repo.exists(step.to) || hasFileAbove(repo, step.to)) return;
      repo.write(step.to, fs.readFileSync(repo.path(step.from))).remove(step.from);
      return;
    case 'empty-cache':
      repo.remove('.dvc/cache');
      return;
    case 'lose-object': {
      const store = repo.path('.dvc/cache/files/md5');
      if (!fs.existsSync(store)) return;
      const objects = fs
        .readdirSync(store)
        .flatMap((two) => fs.readdirSync(`${store}/${two}`).map((rest) => `${two}/${rest}`))
        .sort();
      const chosen = objects[step.index % Math.max(1, objects.length)];
      if (chosen !== undefined) repo.remove(`.dvc/cache/files/md5/${chosen}`);
      return;
    }
    case 'git-commit':
      repo.commitAll();
      return;
    case 'git-branch':
      repo.commitAll('before switching');
      repo.git('checkout', '-q', ...(repo.git('branch', '--list', step.name) === '' ? ['-b'] : []), step.name);
      return;
    case 'command':
      throw new Error('a command is run, not applied');
    default:
      throw new Error(`unknown step ${JSON.stringify(step satisfies never)}`);
  }
}

const isFolder = (repo: RepoBuilder, path: string): boolean =>
  fs.statSync(repo.path(path), { throwIfNoEntry: false })?.isDirectory() === true;
const hasFileAbove = (repo: RepoBuilder, path: string): boolean =>
  path
    .split('/')
    .slice(0, -1)
    .some((_part, index, parts) => {
      const stat = fs.lstatSync(repo.path(parts.slice(0, index + 1).join('/')), { throwIfNoEntry: false });
      return stat !== undefined && !stat.isDirectory();
    });

export const describeStep = (step: Step): string =>
  step.do === 'command' ? `dvc ${step.argv.join(' ')}` : JSON.stringify(step);
