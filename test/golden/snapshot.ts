import { createHash } from 'node:crypto';
import * as fs from 'node:fs';
import * as path from 'node:path';
import type { FileRecord, GoldenCase, RefRecord, Snapshot, TreeFile } from './cases.ts';
import { git } from './environment.ts';
import { readPage } from './stdout.ts';

/** Real DVC leaves probes for link types in its cache. */
const PROBE = /^\.[A-Za-z0-9_-]{16,}\.tmp$/;
const OBJECT = /(?:^|\/)files\/md5\/([0-9a-f]{2})\/([0-9a-f]{30})(\.dir)?$/;
const METAFILE = /(^|\/)(dvc\.yaml|dvc\.lock|\.gitignore|\.dvcignore|[^/]*\.dvc|\.dvc\/config(\.local)?)$/;
const TEXT_LIMIT = 8 * 1024; // bytes
const PRIVATE_REF = /^refs\/exps\/(exec|celery|stash|apply|queue|run_task)\b/;

const digest = (algorithm: string, data: string | Buffer) => createHash(algorithm).update(data).digest('hex');
const octal = (mode: number) => (mode & 0o7777).toString(8);
const byBytes = (a: string, b: string) => Buffer.compare(Buffer.from(a), Buffer.from(b));

/** What is on disk below `root`: `repo/` is the working tree, the other folders are its siblings. */
export function takeSnapshot(root: string, env: NodeJS.ProcessEnv, golden: GoldenCase): Snapshot {
  const repo = path.join(root, 'repo');
  const snapshot: Snapshot & { objects: string[] } = { files: {}, cache: [], objects: [] };
  for (const name of listFiles(repo)) {
    const file = path.join(repo, name);
    const inCache = /^(?:(.*)\/)?\.dvc\/cache\/(.*)$/.exec(name);
    if (inCache) {
      const key = inCache[1] ? name : inCache[2]!;
      snapshot.cache.push(key);
      snapshot.objects.push(...objectFaults(file, name, true));
      if (`/${inCache[2]}`.includes('/runs/')) (snapshot.runs ??= {})[key] = shortText(fs.readFileSync(file)) ?? null;
    } else snapshot.files[name] = describeFile(root, file, name, golden);
  }
  snapshot.cache.sort(byBytes);
  const siblings = fs.readdirSync(root).filter((name) => name !== 'repo');
  if (siblings.length > 0) snapshot.siblings = {};
  for (const sibling of siblings.filter((name) => !isBareRepository(path.join(root, name))))
    for (const name of listFiles(path.join(root, sibling))) {
      const file = path.join(root, sibling, name);
      const label = `${sibling}/${name}`;
      snapshot.objects.push(...objectFaults(file, label, false));
      snapshot.siblings![label] = isFile(file) ? digest('sha256', fs.readFileSync(file)) : 'link';
    }
  if (fs.existsSync(path.join(repo, '.git'))) {
    const status = git(repo, { ...env, GIT_OPTIONAL_LOCKS: '0' }, ['status', '--porcelain=v1', '-uall']);
    snapshot.git_status = status.split('\n').filter(Boolean).sort(byBytes);
    if (golden.git_refs) snapshot.git_refs = readRefs(repo, env);
  }
  return snapshot;
}

/** Every file and link below `top`, with `/` between names; `.git` and `.dvc/tmp` are left out. */
function listFiles(top: string, below = ''): string[] {
  const found: string[] = [];
  for (const entry of fs.readdirSync(path.join(top, below), { withFileTypes: true })) {
    const name = `${below}${entry.name}`;
    if (entry.name === '.git') continue;
    if (!entry.isDirectory()) {
      if (!PROBE.test(entry.name)) found.push(name);
    } else if (!(entry.name === 'tmp' && /(^|\/)\.dvc\/$/.test(below))) found.push(...listFiles(top, `${name}/`));
  }
  return below === '' ? found.sort(byBytes) : found;
}

function describeFile(root: string, file: string, name: string, golden: GoldenCase): FileRecord {
  const stat = fs.lstatSync(file);
  if (stat.isSymbolicLink()) {
    const symlink = fs.readlinkSync(file).replaceAll(fs.realpathSync(root), '<ROOT>').replaceAll(root, '<ROOT>');
    return isFile(file) ? { symlink, sha256: digest('sha256', fs.readFileSync(file)) } : { symlink };
  }
  const mode = octal(stat.mode);
  if (golden.plots_html?.includes(name)) return { mode, plots: readPage(fs.readFileSync(file, 'utf8')) };
  const bytes = fs.readFileSync(file);
  const record: FileRecord = { mode };
  if (golden.order_free && ['dvc.lock', '.gitignore'].includes(path.basename(name)))
    record.sha256_any_order = digest('sha256', sortedParts(name, bytes.toString('utf8')));
  else record.sha256 = digest('sha256', bytes);
  if (stat.nlink > 1) record.hardlink = true;
  const content = shortText(bytes);
  if (content !== undefined) record.content = content;
  return record;
}

/** A `.gitignore` with its lines sorted, or a `dvc.lock` with its stages sorted. */
function sortedParts(name: string, text: string): string {
  const parts = name.endsWith('dvc.lock')
    ? text.replace(/\n+$/, '').split(/\n(?= {2}\S)/)
    : text.replace(/\n$/, '').split('\n');
  return parts.sort(byBytes).join('\n');
}

/** A content-addressed object must hold what its name says and, in a cache, be read-only for all. */
function objectFaults(file: string, label: string, inCache: boolean): string[] {
  const named = OBJECT.exec(label);
  if (!named || !isFile(file)) return [];
  const faults: string[] = [];
  if (digest('md5', fs.readFileSync(file)) !== `${named[1]}${named[2]}`)
    faults.push(`content does not match its name: ${label}`);
  const mode = octal(fs.statSync(file).mode);
  if (inCache && mode !== '444') faults.push(`mode ${mode}, not 444: ${label}`);
  return faults;
}

/** Branches, tags and experiments: the name of the ref and the files of its commit. Commit ids are not kept. */
function readRefs(repo: string, env: NodeJS.ProcessEnv): Record<string, RefRecord> {
  const refs: Record<string, RefRecord> = {};
  const names = git(repo, env, ['for-each-ref', '--format=%(refname)']).split('\n').filter(Boolean);
  for (const ref of names.filter((name) => /^refs\/(heads|tags|exps)\//.test(name) && !PRIVATE_REF.test(name))) {
    const tree: Record<string, TreeFile> = {};
    for (const line of git(repo, env, ['ls-tree', '-rz', ref]).split('\0').filter(Boolean)) {
      const tab = line.indexOf('\t');
      const name = line.slice(tab + 1);
      if (name.startsWith('.dvc/tmp/')) continue; // Real DVC commits .dvc/tmp/repro.dat in `exp save`.
      const [mode, , blob] = line.slice(0, tab).split(' ') as [string, string, string];
      tree[name] = { mode, blob };
      if (METAFILE.test(name) || /\.(yaml|json|toml)$/.test(name))
        tree[name].content = git(repo, env, ['cat-file', '-p', blob]);
    }
    refs[ref] = { tree };
  }
  refs['HEAD'] = { points_to: git(repo, env, ['rev-parse', '--symbolic-full-name', 'HEAD']).trim() };
  return refs;
}

function shortText(bytes: Buffer): string | undefined {
  if (bytes.length >= TEXT_LIMIT || bytes.includes(0)) return undefined;
  const text = bytes.toString('utf8');
  return Buffer.from(text).equals(bytes) ? text : undefined;
}

const isFile = (file: string) => fs.statSync(file, { throwIfNoEntry: false })?.isFile() ?? false;
const isBareRepository = (folder: string) => isFile(path.join(folder, 'HEAD'));
