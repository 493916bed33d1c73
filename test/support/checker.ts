/**
 * Checks a repository against the invariants of the fault catalogue, sharing no code with the engine: what the engine
 * believes about its own files is not asked.
 */
import { createHash } from 'node:crypto';
import * as fs from 'node:fs';
import { basename, dirname, join, normalize, relative } from 'node:path';
import { type PlainYaml, parsePlainYaml } from './plain-yaml.ts';

export type Invariant = 'I1' | 'I2' | 'I3' | 'I4' | 'I5' | 'I6' | 'I7' | 'I9' | 'I11' | 'I12' | 'I13';

export interface Violation {
  readonly invariant: Invariant;
  readonly path: string;
  readonly problem: string;
}

export interface Entry {
  readonly kind: 'file' | 'dir' | 'link' | 'other';
  readonly mode: number;
  /** MD5 of the content; for a link, of the file it leads to, if any. */
  readonly md5: string | undefined;
  readonly size: number;
  readonly target: string | undefined;
}
/** Relative path to what is there. */
export type Snapshot = ReadonlyMap<string, Entry>;

export const describeViolation = (v: Violation): string => `${v.invariant} ${v.path}: ${v.problem}`;
export const md5 = (bytes: string | Uint8Array): string => createHash('md5').update(bytes).digest('hex');

/** Everything below `root`, without following links to folders. Git's own files are left out but for its config and hooks. */
export function snapshot(root: string): Map<string, Entry> {
  const entries = new Map<string, Entry>();
  const visit = (folder: string): void => {
    for (const name of fs.readdirSync(join(root, folder))) {
      const path = folder === '' ? name : `${folder}/${name}`;
      if (/(^|\/)\.git\/(?!config$|hooks(\/|$))/.test(path)) continue;
      const entry = entryOf(join(root, path));
      if (!entry) continue;
      entries.set(path, entry);
      if (entry.kind === 'dir') visit(path);
    }
  };
  if (fs.existsSync(root)) visit('');
  return entries;
}

function entryOf(path: string): Entry | undefined {
  const stat = fs.lstatSync(path, { throwIfNoEntry: false });
  if (!stat) return undefined;
  const mode = stat.mode & 0o7777;
  if (stat.isDirectory()) return { kind: 'dir', mode, md5: undefined, size: 0, target: undefined };
  if (stat.isFile()) return { kind: 'file', mode, md5: md5(fs.readFileSync(path)), size: stat.size, target: undefined };
  if (!stat.isSymbolicLink()) return { kind: 'other', mode, md5: undefined, size: 0, target: undefined };
  const aim = fs.statSync(path, { throwIfNoEntry: false });
  return {
    kind: 'link',
    mode: aim?.isFile() ? aim.mode & 0o7777 : mode,
    md5: aim?.isFile() ? md5(fs.readFileSync(path)) : undefined,
    size: aim?.size ?? 0,
    target: fs.readlinkSync(path),
  };
}

export type Area = 'cache' | 'state' | 'metadata' | 'data' | 'git';

/** What a path of a repository is for. `.dvc/cache` apart, caches elsewhere are their own snapshots. */
export function areaOf(path: string): Area {
  if (/^\.dvc\/cache(\/|$)/.test(path)) return 'cache';
  if (/^\.dvc\/tmp(\/|$)/.test(path)) return 'state';
  if (/(^|\/)\.git(\/|$)/.test(path)) return /\/(config|hooks\/[^/]+)$/.test(path) ? 'metadata' : 'git';
  if (/^\.dvc(\/|$)/.test(path)) return /^\.dvc\/(config(\.local)?|\.gitignore)$/.test(path) ? 'metadata' : 'state';
  const name = basename(path);
  if (['.gitignore', '.dvcignore', 'dvc.yaml', 'dvc.lock', '.pre-commit-config.yaml'].includes(name)) return 'metadata';
  return name.endsWith('.dvc') ? 'metadata' : 'data';
}

/** DVC's and our own names for files that are not finished. */
export const isTemporary = (path: string): boolean =>
  /\.tmp$/.test(basename(path)) || /(?:^|\/)\.[\w-]{22}\.tmp\//.test(path);

/** Object id to path of every object of a store, in the 3.x layout and in the old one. */
export function objectsOf(store: string): Map<string, string> {
  const found = new Map<string, string>();
  for (const prefix of ['files/md5', '']) {
    const base = join(store, prefix);
    if (!fs.existsSync(base)) continue;
    for (const two of fs.readdirSync(base)) {
      if (!/^[0-9a-f]{2}$/.test(two)) continue;
      for (const rest of fs.readdirSync(join(base, two)))
        if (/^[0-9a-f]{30}(\.dir)?$/.test(rest))
          found.set(prefix === '' ? `legacy:${two}${rest}` : two + rest, join(base, two, rest));
    }
  }
  return found;
}

/** I1 and I9: every object's bytes have its name, and in a 3.x layout it is read-only, which DVC takes as "verified". */
export function checkStore(store: string, invariant: 'I1' | 'I9'): Violation[] {
  const violations: Violation[] = [];
  for (const [oid, path] of objectsOf(store)) {
    const legacy = oid.startsWith('legacy:');
    const name = oid.replace('legacy:', '').replace('.dir', '');
    const stat = fs.statSync(path);
    if (!stat.isFile()) {
      violations.push({ invariant, path, problem: 'an object that is not a file' });
      continue;
    }
    const bytes = fs.readFileSync(path);
    const digest = md5(bytes);
    if (digest !== name && !(legacy && dos2unixMd5(bytes) === name))
      violations.push({ invariant, path, problem: `content has MD5 ${digest} (${bytes.length} bytes)` });
    else if (!legacy && (stat.mode & 0o777) !== 0o444)
      violations.push({ invariant, path, problem: `mode ${(stat.mode & 0o777).toString(8)}, not 444` });
  }
  return violations;
}

/** DVC 2.x's hash of text: CRLF becomes LF in each MiB whose first 512 bytes look like text. */
function dos2unixMd5(bytes: Buffer): string {
  const hash = createHash('md5');
  for (let at = 0; at < bytes.length; at += 1 << 20) {
    const chunk = bytes.subarray(at, at + (1 << 20));
    const head = chunk.subarray(0, 512);
    const odd = head.filter((byte) => !((byte >= 0x20 && byte < 0x7f) || [8, 9, 10, 12, 13].includes(byte))).length;
    const text = !head.includes(0) && odd / head.length <= 0.3;
    hash.update(text ? Buffer.from(chunk.toString('latin1').replaceAll('\r\n', '\n'), 'latin1') : chunk);
  }
  return hash.digest('hex');
}

export interface PointerOut {
  readonly path: string;
  readonly oid: string | undefined;
  readonly legacy: boolean;
}

/** The outputs a `.dvc` file names. @throws where it is no plain DVC file: an empty one most of all. */
export function readPointer(text: string): PointerOut[] {
  const parsed = parsePlainYaml(text);
  const outs = isMap(parsed) ? parsed['outs'] : undefined;
  if (!Array.isArray(outs) || outs.length === 0) throw new Error('no outs');
  return outs.map((out) => {
    if (!isMap(out) || typeof out['path'] !== 'string') throw new Error('an out without path');
    const oid = out['md5'];
    return { path: out['path'], oid: typeof oid === 'string' ? oid : undefined, legacy: out['hash'] !== 'md5' };
  });
}
const isMap = (value: PlainYaml | undefined): value is { [key: string]: PlainYaml } =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** A directory object's entries. @throws where it is not DVC's JSON list. */
export function readTree(bytes: Buffer): { md5: string; relpath: string }[] {
  const parsed: unknown = JSON.parse(bytes.toString());
  if (!Array.isArray(parsed)) throw new Error('not a list');
  return parsed.map((entry: { md5?: unknown; relpath?: unknown }) => {
    if (typeof entry.md5 !== 'string' || typeof entry.relpath !== 'string') throw new Error('not an entry');
    return { md5: entry.md5, relpath: entry.relpath };
  });
}

/** I2 for the `.dvc` files that `which` selects: readable, and all their objects are in `store`. */
export function checkPointers(root: string, store: string, which: (path: string) => boolean = () => true): Violation[] {
  const violations: Violation[] = [];
  const objects = objectsOf(store);
  for (const [path, entry] of snapshot(root)) {
    if (entry.kind !== 'file' || areaOf(path) !== 'metadata' || !path.endsWith('.dvc') || !which(path)) continue;
    try {
      for (const out of readPointer(fs.readFileSync(join(root, path), 'utf8'))) {
        const problem = out.oid === undefined ? 'no hash' : missingBelow(objects, out.oid, out.legacy);
        if (problem) violations.push({ invariant: 'I2', path, problem: `${out.path}: ${problem}` });
      }
    } catch (error) {
      violations.push({ invariant: 'I5', path, problem: `unreadable pointer: ${(error as Error).message}` });
    }
  }
  return violations;
}

function missingBelow(objects: ReadonlyMap<string, string>, oid: string, legacy: boolean): string | undefined {
  const prefix = legacy ? 'legacy:' : '';
  const path = objects.get(prefix + oid);
  if (path === undefined) return `object ${oid} is missing`;
  if (!oid.endsWith('.dir')) return undefined;
  const gone = readTree(fs.readFileSync(path)).filter((entry) => !objects.has(prefix + entry.md5));
  return gone.length > 0 ? `${gone.length} members missing, first ${gone[0]?.relpath}` : undefined;
}

/** All that a trial may have touched: the repository, its remotes and outside caches, by absolute folder. */
export type World = ReadonlyMap<string, Snapshot>;
export const look = (roots: readonly string[]): World => new Map(roots.map((root) => [root, snapshot(root)]));

const contents = (world: World): Set<string> => {
  const all = new Set<string>();
  for (const tree of world.values()) for (const entry of tree.values()) if (entry.md5) all.add(entry.md5);
  return all;
};

export interface States {
  readonly before: World;
  /** What the command leaves when nothing goes wrong. */
  readonly after: World;
  readonly now: World;
  /** Contents a metadata file had in between, in a run without faults: several edits are several steps. */
  readonly between: ReadonlyMap<string, ReadonlySet<string>>;
}

/** I3, I4 and I5 for a run that was stopped anywhere: each file is old or new, and no bytes are gone that need not be. */
export function checkInterrupted(repo: string, { before, after, now, between }: States): Violation[] {
  const violations: Violation[] = [];
  const [old, wanted, found] = [before.get(repo), after.get(repo), now.get(repo)];
  if (!old || !wanted || !found) throw new Error('the repository is not part of the world');
  for (const path of new Set([...old.keys(), ...wanted.keys(), ...found.keys()])) {
    const area = areaOf(path);
    if (area !== 'data' && area !== 'metadata') continue;
    if (path === '.git/config') continue; // Written by Git, in steps that are each whole.
    const [was, will, is] = [old.get(path), wanted.get(path), found.get(path)];
    if (was?.kind === 'dir' || will?.kind === 'dir' || is?.kind === 'dir') continue; // Judged by what is in it.
    if (isTemporary(path) && !was && !will) continue; // A left-over: judged after the next command.
    const same = (other: Entry | undefined): boolean => (is?.md5 ?? '') === (other?.md5 ?? '') && !!is === !!other;
    if (same(was) || same(will)) continue;
    if (area === 'metadata' && is?.md5 && between.get(join(repo, path))?.has(is.md5)) continue;
    violations.push({
      invariant: area === 'data' ? 'I3' : 'I5',
      path,
      problem: is
        ? `neither old nor new: ${is.size} bytes, was ${was?.size ?? 'absent'}, should be ${will?.size ?? 'absent'}`
        : 'absent',
    });
  }
  const stored = contents(now);
  const kept = contents(after);
  for (const [root, tree] of before)
    for (const [path, entry] of tree) {
      if (!entry.md5 || !kept.has(entry.md5) || stored.has(entry.md5)) continue;
      if (root === repo && areaOf(path) !== 'data' && areaOf(path) !== 'cache') continue;
      if (isDamaged(path, entry)) continue;
      violations.push({ invariant: 'I4', path, problem: `its ${entry.size} bytes are nowhere any more` });
    }
  return violations;
}

/** An object that was not what its name says before the command began. */
const isDamaged = (path: string, entry: Entry | undefined): boolean => {
  const oid = /(?:^|\/)files\/md5\/([0-9a-f]{2})\/([0-9a-f]{30})(?:\.dir)?$/.exec(path);
  return oid !== null && entry?.md5 !== undefined && entry.md5 !== `${oid[1]}${oid[2]}`;
};

/** True for a violation that was there before, byte for byte: the command did not make it. */
export function wasThere(violation: Violation, before: World): boolean {
  for (const [root, tree] of before)
    if (violation.path.startsWith(`${root}/`)) {
      const entry = tree.get(violation.path.slice(root.length + 1));
      return isDamaged(violation.path, entry) && violation.problem.includes(entry?.md5 ?? 'nothing');
    }
  return false;
}

/** I6: the command said it did all of it, so the files are those of a run without faults. Extra objects are allowed. */
export function checkDone(repo: string, after: World, now: World, options: { modes?: boolean } = {}): Violation[] {
  const violations: Violation[] = [];
  for (const [root, wanted] of after) {
    const found = now.get(root);
    if (!found) throw new Error(`${root} was not looked at`);
    for (const path of new Set([...wanted.keys(), ...found.keys()])) {
      const area = root === repo ? areaOf(path) : 'cache';
      if (area === 'state' || area === 'git') continue;
      const [will, is] = [wanted.get(path), found.get(path)];
      if (will?.kind === 'dir' || is?.kind === 'dir') {
        // An empty folder of the cache or of a remote carries no meaning.
        if (area === 'data' && (will?.kind === 'dir') !== (is?.kind === 'dir'))
          violations.push({ invariant: 'I6', path, problem: `folder ${is ? 'too many' : 'missing'}` });
        continue;
      }
      if (!will && area === 'cache') continue;
      const executable = (entry: Entry | undefined): boolean => ((entry?.mode ?? 0) & 0o100) !== 0;
      if (!!will !== !!is || will?.md5 !== is?.md5)
        violations.push({
          invariant: 'I6',
          path: join(root, path),
          problem: `exit 0, but ${is ? 'other content' : 'missing'}`,
        });
      else if (options.modes !== false && area === 'data' && executable(will) !== executable(is))
        violations.push({ invariant: 'I6', path, problem: `exit 0, but mode ${is?.mode.toString(8)}` });
    }
  }
  return violations;
}

/** I7: folders the command has no business with are as they were. */
export function checkUntouched(before: World, now: World): Violation[] {
  const violations: Violation[] = [];
  for (const [root, old] of before) {
    const found = now.get(root) ?? new Map<string, Entry>();
    for (const path of new Set([...old.keys(), ...found.keys()])) {
      const [was, is] = [old.get(path), found.get(path)];
      if (was?.kind === is?.kind && was?.md5 === is?.md5 && was?.mode === is?.mode && was?.target === is?.target)
        continue;
      violations.push({
        invariant: 'I7',
        path: join(root, path),
        problem: is ? (was ? 'changed' : 'appeared') : 'gone',
      });
    }
  }
  return violations;
}

/** I11's second half: no unfinished file is left after the next writing command. */
export function checkLeftovers(now: World): Violation[] {
  const violations: Violation[] = [];
  for (const [root, tree] of now)
    for (const path of tree.keys())
      if (isTemporary(path) && !/(^|\/)\.git\//.test(path))
        violations.push({ invariant: 'I11', path: join(root, path), problem: 'left over' });
  return violations;
}

/** I13: `secret` is in none of the texts and in no file below the roots but those `allowed` names. */
export function checkSecret(
  secret: string,
  texts: readonly string[],
  roots: readonly string[],
  allowed: (path: string) => boolean,
): Violation[] {
  const violations: Violation[] = [];
  for (const text of texts)
    if (text.includes(secret)) violations.push({ invariant: 'I13', path: 'output', problem: text.slice(0, 200) });
  for (const root of roots)
    for (const path of fs.readdirSync(root, { recursive: true, encoding: 'utf8' })) {
      const file = join(root, path);
      if (allowed(path) || !fs.lstatSync(file).isFile()) continue;
      if (fs.readFileSync(file).includes(secret))
        violations.push({ invariant: 'I13', path: file, problem: 'holds the secret' });
    }
  return violations;
}

/** Where an output of the pointer at `pointer` lies, relative to the repository; for tests that walk pointers. */
export const outPath = (pointer: string, out: string): string => normalize(join(dirname(pointer), out));
export const within = (root: string, path: string): boolean => !relative(root, path).startsWith('..');
