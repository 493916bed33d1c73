import * as fs from 'node:fs';
import * as path from 'node:path';
import { DvcError, errnoOf, fromErrno, hookExists } from '../core/errors.ts';
import { checkAborted, type OpContext } from '../core/op-context.ts';
import { isPyList, isPyMap, type PyMap, type PyValue, pyJson, pyMap } from '../core/python.ts';
import { dumpYaml, editYaml, parseYaml } from '../files/yaml-doc.ts';
import { writeAtomic } from '../platform/atomic-write.ts';
import type { Repo } from '../repo.ts';

export const HOOKS = ['post-checkout', 'pre-commit', 'pre-push'] as const;

export interface InstallOptions {
  /** Add the hooks to `.pre-commit-config.yaml` instead, for the pre-commit tool. */
  readonly usePreCommitTool: boolean;
}

/**
 * Makes Git call Lode: status before a commit, checkout after a switch of branches, push before a push, and a merge driver.
 *
 * Repeating it changes nothing. Without Git there is nothing to do.
 *
 * @returns the files written: absolute
 * @throws `hook-exists` before anything is written
 */
export async function install(repo: Repo, options: InstallOptions, ctx: OpContext): Promise<readonly string[]> {
  if (!repo.git.present) return [];
  const written = options.usePreCommitTool ? addToPreCommitTool(repo) : await writeHooks(repo, ctx);
  await repo.git.setConfig('merge.dvc.name', 'DVC merge driver');
  await repo.git.setConfig('merge.dvc.driver', 'lode git-hook merge-driver --ancestor %O --our %A --their %B ');
  return written;
}

async function writeHooks(repo: Repo, ctx: OpContext): Promise<string[]> {
  const folder = await ownHooksDir(repo);
  const hooks = HOOKS.map((name) => ({ name, file: path.join(folder, name), text: hookText(name) }));
  const wanted = hooks.filter(({ name, file, text }) => {
    const old = read(file);
    if (old !== undefined && withoutShell(old) !== withoutShell(text)) throw hookExists(name);
    return old !== text;
  });
  checkAborted(ctx.signal);
  fs.mkdirSync(folder, { recursive: true });
  for (const { file, text } of wanted) writeAtomic(file, text, 0o777);
  return wanted.map(({ file }) => file);
}

/** Hooks outside the repository serve other repositories too, which did not ask for this. */
async function ownHooksDir(repo: Repo): Promise<string> {
  const folder = await repo.git.hooksDir();
  const isOwn = (await repo.git.config('core.hooksPath')) === undefined || folder.startsWith(repo.git.root + path.sep);
  if (isOwn) return folder;
  throw new DvcError('hook-exists', `Git looks for hooks in '${folder}', which other repositories may share.`, {
    hint: 'Unset core.hooksPath for this repository, or call `lode git-hook <name> "$@"` from the hooks there.',
  });
}

const hookText = (name: string): string => `#!${shell()}\nexec lode git-hook ${name} $@\n`;
const withoutShell = (text: string): string => text.slice(text.indexOf('\n'));

/** The `sh` of the user's PATH, as DVC writes it. */
function shell(): string {
  const folders = process.platform === 'win32' ? [] : (process.env['PATH'] ?? '').split(path.delimiter);
  return (
    folders.map((folder) => path.join(folder, 'sh')).find((file) => path.isAbsolute(file) && isExecutable(file)) ??
    '/bin/sh'
  );
}

function isExecutable(file: string): boolean {
  try {
    fs.accessSync(file, fs.constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

function addToPreCommitTool(repo: Repo): string[] {
  const file = path.join(repo.git.root, '.pre-commit-config.yaml');
  const old = read(file);
  const value = old === undefined ? undefined : parseYaml(old, file);
  const config = new Map(isPyMap(value) ? value : []);
  const repos = config.get('repos');
  const list = isPyList(repos) ? repos : [];
  if (list.some((entry) => pyJson(entry) === pyJson(PRE_COMMIT_ENTRY))) return [];
  config.set('repos', [...list, PRE_COMMIT_ENTRY]);
  writeAtomic(
    file,
    old === undefined ? dumpYaml(config) : (appended(old, config, file) ?? editYaml(old, config, file)),
  );
  return [file];
}

/** The file with the entry as text behind it, so that no comment moves; undefined where that does not say `config`. */
function appended(old: string, config: PyMap, file: string): string | undefined {
  const indent = /^( *)- +repo:/m.exec(old)?.[1] ?? '';
  const entry = dumpYaml([PRE_COMMIT_ENTRY]).replace(/^(?=.)/gm, indent);
  const text = `${old}${old.endsWith('\n') ? '' : '\n'}${entry}`;
  try {
    return pyJson(parseYaml(text, file)) === pyJson(config) ? text : undefined;
  } catch {
    return undefined; // Such as after a list in brackets.
  }
}

const PRE_COMMIT_ENTRY: PyMap = pyMap([
  ['repo', 'local'],
  [
    'hooks',
    HOOKS.map(
      (name): PyValue =>
        pyMap([
          ['id', `lode-${name}`],
          ['name', `lode ${name}`],
          ['entry', `lode git-hook ${name}`],
          ['language', 'system'],
          ['stages', [name]],
          ['always_run', true],
          ['pass_filenames', false],
        ]),
    ),
  ],
]);

function read(file: string): string | undefined {
  try {
    return fs.readFileSync(file, 'utf8');
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return undefined;
    throw fromErrno(error, 'read', file);
  }
}
