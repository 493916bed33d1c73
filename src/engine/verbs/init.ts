import * as fs from 'node:fs';
import * as path from 'node:path';
import { DvcError } from '../core/errors.ts';
import type { OpContext } from '../core/op-context.ts';
import { fromCwd } from '../core/paths.ts';
import { openGit } from '../git/git-cli.ts';
import { findGit } from '../git/git-dir.ts';
import { writeAtomic } from '../platform/atomic-write.ts';
import { exists } from '../platform/exists.ts';
import { DVC_DIR } from '../repo-root.ts';

export interface InitOptions {
  /** Without Git. */
  readonly noScm?: boolean;
  /** In a folder below the top of the Git work tree. */
  readonly subdir?: boolean;
  /** Replaces an existing repository, and the cache inside it. */
  readonly force?: boolean;
}

const GITIGNORE = '/config.local\n/tmp\n/cache\n';
const DVCIGNORE = [
  '# Add patterns of files dvc should ignore, which could improve',
  '# the performance. Learn more at',
  '# https://dvc.org/doc/user-guide/dvcignore',
  '',
].join('\n');

/**
 * Makes a repository in `root` and stages its files in Git.
 *
 * `.dvc/config` is written last: until it is there, another `init` completes the folder. Source: dvc-format 1.1.
 *
 * @throws `already-initialized`, `not-tracked-by-git`, `git-ignored`, `usage`
 */
export async function init(root: string, options: InitOptions, ctx: OpContext): Promise<{ readonly root: string }> {
  if (options.noScm && options.subdir)
    throw new DvcError('usage', 'Cannot initialize repo with `--no-scm` and `--subdir`', { exitCode: 255 });
  const dvcDir = path.join(root, DVC_DIR);
  const git = options.noScm ? undefined : openGit(root, ctx.signal);
  try {
    if (!options.noScm && (!git || (!options.subdir && findGit(root)?.root !== fs.realpathSync(root))))
      throw notInGit(root);
    if (git && (await git.ignored([dvcDir])).size > 0) throw ignoredByGit(dvcDir);
    if (!options.force && exists(path.join(dvcDir, 'config'))) throw alreadyThere(fromCwd(ctx.cwd, dvcDir));
    const tmpDir = path.join(dvcDir, 'tmp');
    if (options.force) for (const folder of [dvcDir, tmpDir]) removeLink(folder);
    fs.mkdirSync(tmpDir, { recursive: true });
    const written: string[] = [];
    const write = (file: string, text: string): void => {
      writeAtomic(file, text);
      written.push(file);
    };
    // Its modification time is the repository's birth, which DVC's private databases are named by.
    const birth = path.join(tmpDir, 'btime');
    writeAtomic(birth, '');
    if (git) write(path.join(dvcDir, '.gitignore'), GITIGNORE);
    const ignoreFile = path.join(root, '.dvcignore');
    if (exists(ignoreFile)) written.push(ignoreFile);
    else write(ignoreFile, DVCIGNORE);
    write(path.join(dvcDir, 'config'), options.noScm ? '[core]\n    no_scm = True\n' : '');
    if (options.force) removeAllBut(dvcDir, [birth, ...written]);
    await git?.add(written);
    return { root };
  } finally {
    git?.close();
  }
}

/** What an older repository left goes when the new files are in place, so that these are whole at any time. */
function removeAllBut(folder: string, keep: readonly string[]): void {
  for (const name of fs.readdirSync(folder)) {
    const file = path.join(folder, name);
    if (keep.includes(file)) continue;
    if (keep.some((kept) => kept.startsWith(file + path.sep))) removeAllBut(file, keep);
    else fs.rmSync(file, { recursive: true, force: true });
  }
}

/** What a link leads to is not ours to empty. */
function removeLink(folder: string): void {
  if (fs.lstatSync(folder, { throwIfNoEntry: false })?.isSymbolicLink()) fs.unlinkSync(folder);
}

const notInGit = (root: string) =>
  new DvcError(
    'not-tracked-by-git',
    `failed to initiate DVC - ${root} is not tracked by any supported SCM tool (e.g. Git). Use \`--no-scm\` if you ` +
      "don't want to use any SCM or `--subdir` if initializing inside a subdirectory of a parent SCM repository.",
    { hint: 'Run `git init` first, or go to the root of the Git repository.' },
  );

const ignoredByGit = (dvcDir: string) =>
  new DvcError(
    'git-ignored',
    `failed to initiate DVC - ${dvcDir} is ignored by your SCM tool. \n` +
      "Make sure that it's tracked, for example, by adding '!.dvc' to .gitignore.",
  );

const alreadyThere = (shown: string) =>
  new DvcError('already-initialized', `failed to initiate DVC - '${shown}' exists. Use \`-f\` to force.`);
