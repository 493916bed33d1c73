import * as fs from 'node:fs';
import { dirname, join } from 'node:path';
import { type CliResult, lodeCommand, runSync } from './cli.ts';
import type { Random } from './random.ts';
import type { Sandbox } from './sandbox.ts';

/** A repository being made for a test. Paths are relative to its root; commands that fail throw with their output. */
export interface RepoBuilder {
  readonly root: string;
  readonly env: Readonly<Record<string, string>>;
  path(...parts: string[]): string;
  /** Writes a file and its folders. */
  write(path: string, data: string | Uint8Array, mode?: number): RepoBuilder;
  writeAll(files: Iterable<readonly [string, string | Uint8Array]>): RepoBuilder;
  read(path: string): string;
  remove(path: string): RepoBuilder;
  exists(path: string): boolean;
  git(...args: string[]): string;
  /** The program under test. */
  lode(...args: string[]): string;
  /** The program under test, whatever it answers. */
  tryLode(...args: string[]): CliResult;
  /** Any other program, such as real DVC. */
  run(command: readonly string[], ...args: string[]): string;
  commitAll(message?: string): RepoBuilder;
}

/** An empty folder of the sandbox as a Git repository (unless `git: false`), without hooks or templates; a second try of a test gets another one. */
export function makeRepo(sandbox: Sandbox, name = 'repo', options: { git?: boolean } = {}): RepoBuilder {
  let root = sandbox.path(name);
  for (let n = 2; fs.existsSync(join(root, '.git')); n++) root = sandbox.path(`${name}-${n}`);
  fs.mkdirSync(root, { recursive: true });
  const repo = openRepo(root, sandbox.env);
  if (options.git !== false) repo.git('init', '-q', '-b', 'main', '--template=');
  return repo;
}

/** As {@link makeRepo}, over a folder that is there already. */
export function openRepo(root: string, env: Readonly<Record<string, string>>): RepoBuilder {
  const path = (...parts: string[]): string => join(root, ...parts);
  const strict = (command: readonly string[], args: readonly string[]): string => {
    const result = runSync(command, args, { cwd: root, env });
    if (result.code !== 0)
      throw new Error(`${command.at(-1)} ${args.join(' ')} exited ${result.code}: ${result.stderr}${result.stdout}`);
    return result.stdout;
  };
  const repo: RepoBuilder = {
    root,
    env,
    path,
    write(file, data, mode) {
      fs.mkdirSync(dirname(path(file)), { recursive: true });
      fs.rmSync(path(file), { force: true }); // A link into the cache must not be written through.
      fs.writeFileSync(path(file), data);
      if (mode !== undefined) fs.chmodSync(path(file), mode);
      return repo;
    },
    writeAll(files) {
      for (const [file, data] of files) repo.write(file, data);
      return repo;
    },
    read: (file) => fs.readFileSync(path(file), 'utf8'),
    remove(file) {
      fs.rmSync(path(file), { recursive: true, force: true });
      return repo;
    },
    exists: (file) => fs.existsSync(path(file)),
    git: (...args) => strict(['git'], args),
    lode: (...args) => strict(lodeCommand(), args),
    tryLode: (...args) => runSync(lodeCommand(), args, { cwd: root, env }),
    run: (command, ...args) => strict(command, args),
    commitAll(message = 'commit') {
      repo.git('add', '-A');
      repo.git('commit', '-q', '--allow-empty', '-m', message);
      return repo;
    },
  };
  return repo;
}

/** Names that break naive quoting, globbing, ignore rules, YAML printing or sorting. All are valid UTF-8. */
export const ODD_NAMES: readonly string[] = [
  'with space',
  ' leading',
  'trailing ',
  "quote'single",
  'quote"double',
  'star*',
  'question?',
  '#hash',
  '!bang',
  '[bracket]',
  'back\\slash',
  'new\nline',
  'tab\there',
  'ünïcode',
  'e\u0301-nfd',
  '日本語',
  '😀',
  '\uff21-fullwidth',
  '-dash',
  '--option',
  '~tilde',
  '$dollar',
  '`tick`',
  'semi;colon',
  'amp&ersand',
  'pipe|',
  'per%cent%20',
  'colon: value',
  '@at',
  '{brace}',
  'yes',
  'null',
  '123',
  '1e3',
  '.hidden',
  '...',
  'a'.repeat(120),
];

/**
 * A random tree of small files, with odd names where `odd` is given; never empty, and no name is a prefix folder of another.
 *
 * @returns path to content, in no particular order.
 */
export function randomTree(random: Random, count: number, odd = false): Map<string, Buffer> {
  const files = new Map<string, Buffer>();
  const folders = ['', 'sub/', 'sub/deep/', 'b-dir/', odd ? 'öd d*/' : 'other/'];
  for (let index = 0; index < count; index++) {
    const name =
      odd && random.next() < 0.6 ? random.pick(ODD_NAMES) : `f${index}.${random.pick(['bin', 'txt', 'csv'])}`;
    const size = random.pick([0, 1, 7, 100, 1000, 5000]);
    files.set(`${random.pick(folders)}${name}`, random.next() < 0.2 ? Buffer.alloc(size, 'x') : random.bytes(size));
  }
  return files;
}
