import { createHash } from 'node:crypto';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { Readable, Transform } from 'node:stream';
import { objectCorrupt } from './core/errors.ts';
import { isDirOid, type Oid } from './core/ids.ts';
import { type OpContext, startProgress } from './core/op-context.ts';
import { type DeliveredFile, flushDelivered, writeFiles } from './deliver.ts';
import type { TrackedOutput } from './graph/output.ts';
import { LocalOdb } from './odb/local-odb.ts';
import type { Odb } from './odb/odb.ts';
import { RemoteOdb } from './odb/remote-odb.ts';
import { throwFailures } from './odb/workspace-data.ts';
import { newDigests, writeDigest } from './platform/digest.ts';
import { OidSet } from './platform/oid-set.ts';
import { PathList } from './platform/path-list.ts';
import { tempName } from './platform/temp-name.ts';
import { requestsAtOnce } from './remote/backend.ts';
import { byOutput, collectOrigin, hashOfOutput, type OutputObjects, type SourceData } from './source-data.ts';
import { sourceLacks } from './source-objects.ts';
import type { OpenSource, SubRepo } from './source-repo.ts';

const JOBS = 8;

type Item = { readonly relpath: string; readonly oid: Oid };

/** Writes data of another repository below `aside`, where nothing is yet; no cache takes part. Every object is hashed on its way. */
export async function deliverSourceData(
  data: SourceData,
  aside: string,
  how: OpenSource,
  ctx: OpContext,
): Promise<{ readonly files: number; readonly bytes: number }> {
  const progress = startProgress(ctx, 'get', data.files.length);
  const total = { files: 0, bytes: 0 };
  const note = (files: number, bytes: number, name?: string): void => {
    total.files += files;
    total.bytes += bytes;
    progress.advance(files, bytes, name);
  };
  if (data.isFolder) fs.mkdirSync(aside, { recursive: true });
  const plain = data.files.flatMap(({ relpath, content }): DeliveredFile[] =>
    content.kind === 'object'
      ? []
      : [
          {
            relpath,
            size: undefined,
            content: content.kind === 'path' ? { path: content.path } : opened(content.read),
          },
        ],
  );
  await writeFiles(aside, plain, ctx.jobs ?? JOBS, ctx, (bytes, name) => note(1, bytes, name));
  for (const group of byOutput(data.files)) await deliverObjects(group, aside, how, note, ctx);
  progress.done();
  return total;
}

const opened = (read: () => Promise<Buffer>) => ({ open: async () => Readable.from([await read()]) });

async function deliverObjects(
  { sub, output, items }: OutputObjects,
  aside: string,
  how: OpenSource,
  note: (files: number, bytes: number, name?: string) => void,
  ctx: OpContext,
): Promise<void> {
  const hash = hashOfOutput(output);
  let left: readonly Item[] = items;
  const stores = [async () => sub.objects.cache(hash), () => sub.objects.remote(output.remote, hash, ctx)];
  for (const open of stores) {
    const odb = left.length > 0 ? await open() : undefined;
    if (!odb) continue;
    const missing = await odb.missing(OidSet.of(left.map(({ oid }) => oid)), ctx);
    const here = left.filter(({ oid }) => !missing.has(oid));
    await deliverFrom(odb, here, aside, note, ctx);
    left = left.filter(({ oid }) => missing.has(oid));
  }
  if (left.length > 0 && output.imported) left = await deliverFromOrigin(sub, output, left, aside, how, note, ctx);
  const [lacking] = left;
  if (lacking) throw sourceLacks(lacking.relpath || output.place.path, lacking.oid, how.shown ?? sub.root ?? '');
}

async function deliverFrom(
  odb: Odb,
  items: readonly Item[],
  aside: string,
  note: (files: number, bytes: number, name?: string) => void,
  ctx: OpContext,
): Promise<void> {
  if (items.length === 0) return;
  if (odb instanceof LocalOdb) {
    const digests = newDigests(items.length);
    for (const [i, { oid }] of items.entries()) writeDigest(digests, i, oid);
    const single = items.length === 1 && items[0]?.relpath === '';
    const paths = PathList.from(single ? [path.basename(aside)] : items.map(({ relpath }) => relpath));
    const root = single ? path.dirname(aside) : aside;
    const result = await odb.place({ root, folder: '', paths, digests, types: ['reflink', 'copy'] }, ctx);
    throwFailures(result, 'write');
    await flushDelivered(aside, items);
    for (let i = 0; i < items.length; i++) note(1, result.files.statAt(i).size, items[i]?.relpath);
    return;
  }
  if (!(odb instanceof RemoteOdb)) throw new Error(`no way to read from ${odb.url}`);
  const files = items.map(({ relpath, oid }): DeliveredFile => {
    return { relpath, size: undefined, content: { open: async () => verified(await odb.open(oid, ctx), oid, odb) } };
  });
  await writeFiles(aside, files, requestsAtOnce(odb.backend, ctx), ctx, (bytes, name) => note(1, bytes, name));
}

/** The bytes as they come; at their end an error, where they are not the object's. */
function verified(stream: Readable, oid: Oid, odb: Odb): Readable {
  if (odb.hash !== 'md5' || isDirOid(oid)) return stream;
  const hasher = createHash('md5');
  const check = new Transform({
    transform(chunk: Buffer, _, done) {
      hasher.update(chunk);
      done(null, chunk);
    },
    flush(done) {
      done(hasher.digest('hex') === oid ? null : objectCorrupt(oid, odb.url));
    },
  });
  stream.on('error', (error) => check.destroy(error));
  return stream.pipe(check);
}

/** What the source has imported lies in the repository that it has it from. @returns what is not there either */
async function deliverFromOrigin(
  sub: SubRepo,
  output: TrackedOutput,
  items: readonly Item[],
  aside: string,
  how: OpenSource,
  note: (files: number, bytes: number, name?: string) => void,
  ctx: OpContext,
): Promise<readonly Item[]> {
  const data = await collectOrigin(sub, output, '', ctx);
  if (!data) return items;
  const temp = path.join(path.dirname(aside), tempName()); // A name that a later command knows for a leftover.
  try {
    await deliverSourceData(data, temp, how, { ...ctx, emit: () => {} });
    const byHash = hashesOf(temp, data.isFolder);
    const left: Item[] = [];
    const found: Item[] = [];
    for (const item of items) {
      const from = byHash.get(item.oid);
      if (from === undefined) left.push(item);
      else {
        found.push(item);
        const to = item.relpath === '' ? aside : path.join(aside, item.relpath);
        fs.mkdirSync(path.dirname(to), { recursive: true });
        fs.copyFileSync(from, to, fs.constants.COPYFILE_FICLONE);
        note(1, fs.statSync(to).size, item.relpath);
      }
    }
    await flushDelivered(aside, found);
    return left;
  } finally {
    fs.rmSync(temp, { recursive: true, force: true });
  }
}

function hashesOf(top: string, isFolder: boolean): Map<string, string> {
  const files = isFolder
    ? fs
        .readdirSync(top, { recursive: true, withFileTypes: true })
        .flatMap((entry) => (entry.isFile() ? [path.join(entry.parentPath, entry.name)] : []))
    : [top];
  return new Map(files.map((file) => [md5Of(file), file]));
}

function md5Of(file: string): string {
  const [hasher, buffer, fd] = [createHash('md5'), Buffer.alloc(1 << 20), fs.openSync(file, 'r')];
  try {
    for (let read = fs.readSync(fd, buffer); read > 0; read = fs.readSync(fd, buffer))
      hasher.update(buffer.subarray(0, read));
    return hasher.digest('hex');
  } finally {
    fs.closeSync(fd);
  }
}
