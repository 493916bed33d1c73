import * as fs from 'node:fs';
import * as path from 'node:path';
import { exists } from '../platform/exists.ts';
import { orMissing } from '../platform/or-missing.ts';

/** Where the parts of a Git repository lie: absolute paths. */
export interface GitDirs {
  /** Top of the work tree. */
  readonly root: string;
  /** HEAD, index and state of this work tree. */
  readonly gitDir: string;
  /** Refs and configuration, shared by all work trees; the same as `gitDir` in a plain repository. */
  readonly commonDir: string;
}

/** Walks up from `from` to the work tree around it, through `.git` folders and the `.git` files of worktrees and submodules. */
export function findGit(from: string): GitDirs | undefined {
  for (let root = path.resolve(from); ; root = path.dirname(root)) {
    const gitDir = gitDirOf(path.join(root, '.git'));
    if (gitDir !== undefined) {
      const common = readLine(path.join(gitDir, 'commondir'));
      return { root, gitDir, commonDir: common === undefined ? gitDir : path.resolve(gitDir, common) };
    }
    if (root === path.dirname(root)) return undefined;
  }
}

function gitDirOf(dotGit: string): string | undefined {
  const stat = fs.statSync(dotGit, { throwIfNoEntry: false });
  let folder = dotGit;
  if (stat?.isFile()) {
    const target = /^gitdir: (.+)$/.exec(readLine(dotGit) ?? '')?.[1];
    if (target === undefined) return undefined;
    folder = path.resolve(path.dirname(dotGit), target);
  } else if (!stat?.isDirectory()) return undefined;
  return exists(path.join(folder, 'HEAD')) ? folder : undefined;
}

/** The branch HEAD names in full (`refs/heads/main`), or the commit it holds when detached. */
export function readHead({ gitDir }: GitDirs): { readonly ref: string } | { readonly id: string } | undefined {
  const text = readLine(path.join(gitDir, 'HEAD'));
  const ref = /^ref: (.+)$/.exec(text ?? '')?.[1];
  if (ref !== undefined) return { ref };
  return text !== undefined && isId(text) ? { id: text } : undefined;
}

/** The object a ref file or `packed-refs` holds. Names that could leave the folder of refs have none. */
export function readRef(dirs: GitDirs, name: string): string | undefined {
  for (let hops = 0, ref = name; hops < 5; hops++) {
    if (!ref.startsWith('refs/') || ref.split('/').some((part) => part === '' || part === '..')) return undefined;
    const text = readLine(path.join(dirs.gitDir, ref)) ?? readLine(path.join(dirs.commonDir, ref)) ?? packed(dirs, ref);
    const next = /^ref: (.+)$/.exec(text ?? '')?.[1];
    if (next === undefined) return text !== undefined && isId(text) ? text : undefined;
    ref = next;
  }
  return undefined;
}

/** More files than these are for Git to read, in a process of its own. */
const MOST_LOOSE = 200;

/**
 * The refs below a folder of refs, or the one of that name, with the objects they hold; in the order of their names. Not for reftables.
 *
 * @returns undefined where there are many
 */
export function readRefs(dirs: GitDirs, prefix: string): ReadonlyMap<string, string> | undefined {
  const top = prefix.replace(/\/$/, '');
  const loose = filesBelow(dirs.commonDir, top, MOST_LOOSE);
  if (loose === undefined) return undefined;
  const ids = new Map<string, string>();
  for (const name of loose) {
    const id = name.endsWith('.lock') ? undefined : readRef(dirs, name);
    if (id !== undefined) ids.set(name, id);
  }
  // After the files: a ref that is packed meanwhile is in one of both.
  for (const line of read(path.join(dirs.commonDir, 'packed-refs'))?.split('\n') ?? []) {
    const [id = '', name = ''] = line.split(' ', 2);
    if ((name === top || name.startsWith(`${top}/`)) && isId(id) && !ids.has(name)) ids.set(name, id);
  }
  return new Map([...ids].sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** Undefined where there are more than `most`. */
function filesBelow(root: string, top: string, most: number): string[] | undefined {
  const names: string[] = [];
  const left = [top];
  for (let name = left.pop(); name !== undefined; name = left.pop()) {
    const file = path.join(root, name);
    const stat = fs.statSync(file, { throwIfNoEntry: false });
    if (stat?.isDirectory()) {
      // Git removes a folder of refs when its last one is packed.
      const entries = orMissing('list', file, () => fs.readdirSync(file)) ?? [];
      for (const entry of entries) left.push(`${name}/${entry}`);
    } else if (stat?.isFile()) names.push(name);
    if (names.length + left.length > most) return undefined;
  }
  return names;
}

/** True where refs are not files, so that only git itself can read them. */
export function usesReftable(dirs: GitDirs): boolean {
  return exists(path.join(dirs.commonDir, 'reftable'));
}

const isId = (text: string): boolean => /^([0-9a-f]{40}|[0-9a-f]{64})$/.test(text);

function packed({ commonDir }: GitDirs, ref: string): string | undefined {
  const text = read(path.join(commonDir, 'packed-refs'));
  const line = text?.split('\n').find((one) => one.endsWith(` ${ref}`));
  return line?.slice(0, line.indexOf(' '));
}

const readLine = (file: string): string | undefined => read(file)?.split('\n', 1)[0]?.trim();

const read = (file: string): string | undefined => orMissing('read', file, () => fs.readFileSync(file, 'utf8'));
