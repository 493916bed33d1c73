import * as fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A private folder for one test, with an environment in which nothing of the machine's user shows through. */
export interface Sandbox {
  /** Absolute, with symbolic links resolved. */
  readonly root: string;
  /** HOME, XDG, Git and DVC settings point inside; author and dates are fixed; UTC; C.UTF-8. */
  readonly env: Readonly<Record<string, string>>;
  path(...parts: string[]): string;
  dispose(): void;
}

const open = new Set<string>();
process.umask(0o022);
process.on('exit', () => {
  for (const root of open) removeTree(root);
});

/** Makes a sandbox below the system's temporary folder (or LODE_TEST_TMP); left-overs go when the process exits. */
export function makeSandbox(name = 'test'): Sandbox {
  const root = fs.realpathSync(fs.mkdtempSync(join(process.env['LODE_TEST_TMP'] ?? tmpdir(), `lode-${name}-`)));
  open.add(root);
  for (const folder of ['home', 'tmp']) fs.mkdirSync(join(root, folder));
  return {
    root,
    env: isolatedEnv(root),
    path: (...parts) => join(root, ...parts),
    dispose: () => {
      removeTree(root);
      open.delete(root);
    },
  };
}

/** Registers hooks of the surrounding `describe`: a fresh sandbox for every test, removed after it. */
export function useSandbox(name?: string): () => Sandbox {
  let current: Sandbox | undefined;
  beforeEach(() => {
    current = makeSandbox(name);
  });
  afterEach(() => {
    current?.dispose();
    current = undefined;
  });
  return () => {
    if (!current) throw new Error('a sandbox exists only inside a test');
    return current;
  };
}

/** The whole environment of a program under test: what it does not name, it does not get. */
export function isolatedEnv(root: string): Record<string, string> {
  const home = join(root, 'home');
  return {
    PATH: process.env['PATH'] ?? '/usr/bin:/bin',
    HOME: home,
    USER: 'tester',
    LOGNAME: 'tester',
    TMPDIR: join(root, 'tmp'),
    XDG_CONFIG_HOME: join(home, '.config'),
    XDG_CACHE_HOME: join(home, '.cache'),
    XDG_DATA_HOME: join(home, '.local/share'),
    XDG_STATE_HOME: join(home, '.local/state'),
    XDG_CONFIG_DIRS: join(home, 'etc'),
    DVC_SITE_CACHE_DIR: join(home, 'site'),
    DVC_GLOBAL_CONFIG_DIR: join(home, 'global'),
    DVC_SYSTEM_CONFIG_DIR: join(home, 'system'),
    DVC_NO_ANALYTICS: '1',
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_CONFIG_GLOBAL: join(home, '.gitconfig'),
    GIT_AUTHOR_NAME: 'Tester',
    GIT_AUTHOR_EMAIL: 'tester@example.invalid',
    GIT_COMMITTER_NAME: 'Tester',
    GIT_COMMITTER_EMAIL: 'tester@example.invalid',
    GIT_AUTHOR_DATE: '2024-01-02T03:04:05Z',
    GIT_COMMITTER_DATE: '2024-01-02T03:04:05Z',
    GIT_TERMINAL_PROMPT: '0',
    TZ: 'UTC',
    LC_ALL: 'C.UTF-8',
    NO_COLOR: '1',
  };
}

/** Removes a tree whatever the modes of its folders. */
export function removeTree(root: string): void {
  try {
    fs.rmSync(root, { recursive: true, force: true, maxRetries: 3 });
  } catch {
    allowWriting(root);
    fs.rmSync(root, { recursive: true, force: true });
  }
}

function allowWriting(folder: string): void {
  if (!fs.lstatSync(folder).isDirectory()) return;
  fs.chmodSync(folder, 0o755);
  for (const name of fs.readdirSync(folder)) allowWriting(join(folder, name));
}
