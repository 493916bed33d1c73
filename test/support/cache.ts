import * as fs from 'node:fs';
import { createOpContext } from '../../src/engine/core/op-context.ts';
import type { Tree } from '../../src/engine/hash/tree.ts';
import { Tree as FileTree } from '../../src/engine/hash/tree.ts';
import { LocalOdb, type LocalOdbOptions } from '../../src/engine/odb/local-odb.ts';
import { IoPool } from '../../src/engine/platform/io-pool.ts';
import { walkFiles } from '../../src/engine/platform/walk.ts';
import type { Sandbox } from './sandbox.ts';

/** A cache in a sandbox, worked on by the calling thread so that patched file calls are seen. */
export function makeCache(sandbox: Sandbox, name = 'cache', more: Partial<LocalOdbOptions> = {}): LocalOdb {
  const privateDir = sandbox.path('private');
  fs.mkdirSync(privateDir, { recursive: true });
  return new LocalOdb({
    root: sandbox.path(name, 'files', 'md5'),
    hash: 'md5',
    privateDir,
    pool: new IoPool({ threads: 0 }),
    durability: 'off',
    linkTypes: ['copy'],
    ...more,
  });
}

/** Writes files and folders below `root`. */
export function writeFiles(root: string, files: Readonly<Record<string, string | Buffer>>): void {
  for (const [path, content] of Object.entries(files)) {
    fs.mkdirSync(`${root}/${path}`.replace(/\/[^/]*$/, ''), { recursive: true });
    fs.writeFileSync(`${root}/${path}`, content);
  }
}

/** Puts a folder of the workspace into a cache. @throws on any failure */
export async function storeFolder(odb: LocalOdb, root: string, ctx = createOpContext()): Promise<Tree> {
  const { files } = await walkFiles(root, {}, ctx);
  const { digests, failures } = await odb.store({ root, files }, ctx);
  if (failures.length > 0) throw new Error(JSON.stringify(failures));
  const tree = new FileTree(files.paths, digests);
  odb.addTree(tree);
  return tree;
}

/** Changes content behind the back of everything but the change time. */
export function damage(path: string, change: (bytes: Buffer) => Buffer = flipFirst): void {
  const { mtime, atime, mode } = fs.statSync(path);
  fs.chmodSync(path, 0o644);
  fs.writeFileSync(path, change(fs.readFileSync(path)));
  fs.chmodSync(path, mode);
  fs.utimesSync(path, atime, mtime);
}

const flipFirst = (bytes: Buffer): Buffer => Buffer.from(bytes.map((byte, i) => (i === 0 ? byte ^ 1 : byte)));

/** Replaces a function of `node:fs` for the length of `work`, as the engine sees it. */
export async function withFs<
  K extends 'readSync' | 'writeSync' | 'fstatSync' | 'lstatSync' | 'statSync' | 'renameSync' | 'openSync' | 'fsyncSync',
  T,
>(name: K, replacement: (original: (typeof fs)[K]) => (typeof fs)[K], work: () => Promise<T>): Promise<T> {
  // The bundler's view of the module is this very object; the cast is what makes it writable.
  const module = require('node:fs') as { -readonly [Name in K]: (typeof fs)[Name] };
  const original = module[name];
  module[name] = replacement(original);
  try {
    return await work();
  } finally {
    module[name] = original;
  }
}
