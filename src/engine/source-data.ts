import * as fs from 'node:fs';
import * as path from 'node:path';
import { DvcError } from './core/errors.ts';
import { isDirOid, type Oid, type RepoPath } from './core/ids.ts';
import { checkAborted, type OpContext } from './core/op-context.ts';
import { below } from './core/paths.ts';
import { IGNORE_FILE } from './files/ignore.ts';
import { isStageFile } from './graph/collect-files.ts';
import { isTracked, type TrackedOutput } from './graph/output.ts';
import { isReservedName } from './hash/relpath.ts';
import type { ContentHash } from './platform/digest.ts';
import { contentOf } from './repo-data.ts';
import type { RepoEntry } from './repo-files.ts';
import type { Located, SubRepo } from './source-repo.ts';

/** One file of another repository. */
export interface SourceFile {
  /** From the top of what was asked for; '' for the one file that it is. */
  readonly relpath: string;
  readonly content:
    | { readonly kind: 'path'; readonly path: string } // Absolute, in a work tree.
    | { readonly kind: 'blob'; read(): Promise<Buffer> }
    | { readonly kind: 'object'; readonly sub: SubRepo; readonly oid: Oid; readonly output: TrackedOutput };
}

export interface SourceData {
  readonly isFolder: boolean;
  readonly files: readonly SourceFile[];
}

/** What is at a path of another repository, DVC's own files left out. @throws `object-missing` where a manifest is nowhere */
export async function collectSource(located: Located, ctx: OpContext): Promise<SourceData> {
  const { sub, entry } = located;
  const files: SourceFile[] = [];
  if (!entry.isDir) files.push({ relpath: '', content: await contentAt(sub, entry) });
  else await collectFolder(sub, entry, '', files, ctx);
  return { isFolder: entry.isDir, files };
}

async function collectFolder(
  sub: SubRepo,
  folder: RepoEntry,
  prefix: string,
  files: SourceFile[],
  ctx: OpContext,
): Promise<void> {
  checkAborted(ctx.signal);
  const output = outputAround(sub, folder.path);
  if (output && !folder.onDisk) return collectTracked(sub, output, folder.path, prefix, files, ctx);
  for (const entry of await sub.files.list(folder.path)) {
    if (entry.name === IGNORE_FILE || isStageFile(entry.name)) continue;
    refuseBadName(entry.name, folder.path);
    const relpath = prefix + entry.name;
    if (entry.isDir) await collectFolder(sub, entry, `${relpath}/`, files, ctx);
    else files.push({ relpath, content: await contentAt(sub, entry) });
  }
}

/** All of a tracked folder, or of a part of it, from its manifest. */
async function collectTracked(
  sub: SubRepo,
  output: TrackedOutput,
  at: RepoPath,
  prefix: string,
  files: SourceFile[],
  ctx: OpContext,
): Promise<void> {
  const { oid } = contentOf(output.hash);
  const tree = oid !== undefined && isDirOid(oid) ? await sub.files.treeOf(output) : undefined;
  const inside = below(at, output.place.path);
  if (!tree) {
    const origin = await collectOrigin(sub, output, inside, ctx);
    if (!origin) throw noManifest(output, oid);
    for (const file of origin.files) files.push({ ...file, relpath: prefix + file.relpath });
    return;
  }
  const start = inside === '' ? 0 : inside.length + 1;
  const { from, to } = tree.within(inside);
  for (let i = from; i < to; i++) {
    if (i % 4096 === 0) checkAborted(ctx.signal);
    files.push({
      relpath: prefix + tree.relpath(i).slice(start),
      content: { kind: 'object', sub, oid: tree.oid(i), output },
    });
  }
}

const outputAround = (sub: SubRepo, at: RepoPath): TrackedOutput | undefined =>
  sub.index.outputs.around(at).find(isTracked);

/** What Git or the disk has goes before what is tracked, as in DVC. */
async function contentAt(sub: SubRepo, entry: RepoEntry): Promise<SourceFile['content']> {
  if (entry.onDisk) {
    if (sub.root !== undefined && sub.view.rev === undefined)
      return { kind: 'path', path: await withoutLfs(path.join(sub.root, entry.path), sub) };
    return { kind: 'blob', read: async () => blobAt(sub, entry.path) };
  }
  const output = outputAround(sub, entry.path);
  if (!output || entry.oid === undefined) throw neverDownloaded(entry.path);
  return { kind: 'object', sub, oid: entry.oid, output };
}

async function blobAt(sub: SubRepo, at: RepoPath): Promise<Buffer> {
  const bytes = await sub.view.read(at);
  if (bytes === undefined)
    throw new DvcError('dangling-link', `'${at}' is a link that leads out of its repository, or to nothing.`, {
      hint: 'Import what it leads to.',
      exitCode: 1,
    });
  const lfs = lfsPointer(bytes);
  if (lfs === undefined) return bytes;
  const stored = lfsObject(sub, lfs);
  if (stored === undefined) throw inLfs(at);
  return fs.promises.readFile(stored);
}

/** A pointer of Git LFS is no data: what it stands for lies beside Git's objects once Git LFS has fetched it. */
async function withoutLfs(file: string, sub: SubRepo): Promise<string> {
  if ((fs.statSync(file, { throwIfNoEntry: false })?.size ?? 0) > LFS_POINTER) return file;
  const lfs = lfsPointer(await fs.promises.readFile(file).catch(() => Buffer.alloc(0)));
  return (lfs === undefined ? undefined : lfsObject(sub, lfs)) ?? file;
}

const LFS_POINTER = 1024;

const lfsPointer = (bytes: Buffer): string | undefined =>
  bytes.length <= LFS_POINTER && bytes.subarray(0, 42).toString() === 'version https://git-lfs.github.com/spec/v1'
    ? /^oid sha256:([0-9a-f]{64})$/m.exec(bytes.toString())?.[1]
    : undefined;

function lfsObject(sub: SubRepo, oid: string): string | undefined {
  if (sub.root === undefined) return undefined;
  const file = path.join(sub.root, '.git', 'lfs', 'objects', oid.slice(0, 2), oid.slice(2, 4), oid);
  return fs.existsSync(file) ? file : undefined;
}

/** Names come from elsewhere: none may lead out of the folder that it is written to, or into a tool's. */
function refuseBadName(name: string, folder: string): void {
  if (name !== '' && name !== '.' && name !== '..' && !/[/\\\0]/.test(name) && !isReservedName(name)) return;
  throw new DvcError('bad-name', `'${folder}' holds an entry named ${JSON.stringify(name)}, which is not copied.`, {
    hint: 'Import its neighbours one by one.',
    exitCode: 1,
  });
}

/** Objects of one output, which are looked for together. */
export interface OutputObjects {
  readonly sub: SubRepo;
  readonly output: TrackedOutput;
  readonly items: { readonly relpath: string; readonly oid: Oid }[];
}

export function byOutput(files: readonly SourceFile[]): readonly OutputObjects[] {
  const groups = new Map<TrackedOutput, OutputObjects>();
  for (const { relpath, content } of files) {
    if (content.kind !== 'object') continue;
    const { sub, output, oid } = content;
    let group = groups.get(output);
    if (!group) groups.set(output, (group = { sub, output, items: [] }));
    group.items.push({ relpath, oid });
  }
  return [...groups.values()];
}

/** What an imported output is in the repository that it comes from; undefined for one of its own, or where it is gone. */
export async function collectOrigin(
  sub: SubRepo,
  output: TrackedOutput,
  inside: string,
  ctx: OpContext,
): Promise<SourceData | undefined> {
  const origin = output.imported ? await sub.origin(output) : undefined;
  const located = await origin?.source.find(inside === '' ? origin.path : `${origin.path}/${inside}`);
  return located && collectSource(located, ctx);
}

export const hashOfOutput = (output: TrackedOutput): ContentHash => contentOf(output.hash).hash;

const noManifest = (output: TrackedOutput, oid: Oid | undefined) =>
  oid === undefined
    ? neverDownloaded(output.place.path)
    : new DvcError('object-missing', `the list of files of '${output.place.path}' (${oid}) is in none of its stores.`, {
        hint: 'It was never pushed: run `lode push` in that repository.',
        exitCode: 1,
        data: { path: output.place.path, oid },
      });

const neverDownloaded = (shown: string) =>
  new DvcError('object-missing', `'${shown}' has no recorded content in its own repository.`, {
    hint: 'Run `lode update` or `lode commit` there, and commit the result.',
    exitCode: 1,
    data: { path: shown },
  });

const inLfs = (shown: string) =>
  new DvcError('unsupported', `'${shown}' is kept in Git LFS, and its content is not in this copy.`, {
    hint: 'Clone its repository, run `git lfs pull` there, and name the clone.',
    exitCode: 1,
    data: { path: shown },
  });
