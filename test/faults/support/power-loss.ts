/**
 * What a disk may hold after a power cut, from the record of a run: what was not flushed may be lost, cut or reordered.
 *
 * A file's content is safe once the file was flushed. A name (created, renamed, removed) is safe once its folder was
 * flushed. `sync` makes everything safe. This is the weakest promise of POSIX; real file systems keep more.
 */
import * as fs from 'node:fs';
import { basename, dirname, join } from 'node:path';
import type { Random } from '../../support/random.ts';
import type { LoggedOp } from './trial-host.ts';

type Content = { readonly kind: 'file'; bytes: Buffer; safe: Buffer; mode: number; safeMode: number; dirty: boolean };
type Folder = { readonly kind: 'dir'; readonly names: Map<string, number>; readonly safe: Map<string, number> };
type Link = { readonly kind: 'link'; readonly target: string };
type Node = Content | Folder | Link;

interface NameChange {
  readonly folder: number;
  readonly name: string;
  /** Null where the name goes away. */
  readonly node: number | null;
}
/** Changes that reach the disk together or not at all: a rename's two halves. */
type Step = readonly NameChange[];

/**
 * `nothing`: only what was flushed. `names`: every name, but unflushed content is empty (delayed allocation).
 * `zeros` and `halves`: every name, content of the right length but zero, or cut. `prefix`: names up to some moment, as a
 * journal keeps them, content lost. `mixed`: each name and each content by itself.
 */
export type Survival = 'nothing' | 'names' | 'zeros' | 'halves' | 'prefix' | 'mixed';
export const SURVIVALS: readonly Survival[] = ['nothing', 'names', 'zeros', 'halves', 'prefix', 'mixed'];

export class CrashModel {
  readonly #nodes: Node[] = [];
  readonly #roots = new Map<string, number>();
  readonly #opens = new Map<number, { node: number; position: number }>();
  #pending: Step[] = [];

  /** Everything below the roots is safe at the start. Git's own files are not modelled. */
  constructor(roots: readonly string[]) {
    for (const root of roots) this.#roots.set(root, this.#load(root));
  }

  #add(node: Node): number {
    return this.#nodes.push(node) - 1;
  }

  #load(path: string): number {
    const stat = fs.lstatSync(path);
    if (stat.isSymbolicLink()) return this.#add({ kind: 'link', target: fs.readlinkSync(path) });
    if (!stat.isDirectory()) {
      const bytes = fs.readFileSync(path);
      const mode = stat.mode & 0o7777;
      return this.#add({ kind: 'file', bytes, safe: bytes, mode, safeMode: mode, dirty: false });
    }
    const names = new Map<string, number>();
    const folder = this.#add({ kind: 'dir', names, safe: new Map() });
    for (const name of fs.readdirSync(path)) if (name !== '.git') names.set(name, this.#load(join(path, name)));
    this.#flushFolder(folder);
    return folder;
  }

  #flushFolder(id: number): void {
    const node = this.#nodes[id];
    if (node?.kind !== 'dir') return;
    node.safe.clear();
    for (const [name, child] of node.names) node.safe.set(name, child);
  }

  /** Undefined for a path that is not modelled, or not there. */
  #resolve(path: string): number | undefined {
    for (const [root, id] of this.#roots) {
      if (path === root) return id;
      if (!path.startsWith(`${root}/`)) continue;
      let at: number | undefined = id;
      for (const part of path.slice(root.length + 1).split('/')) {
        const node: Node | undefined = at === undefined ? undefined : this.#nodes[at];
        at = node?.kind === 'dir' ? node.names.get(part) : undefined;
      }
      return at;
    }
    return undefined;
  }

  #change(step: readonly { path: string; node: number | null }[]): void {
    const changes: NameChange[] = [];
    for (const { path, node } of step) {
      const folder = this.#resolve(dirname(path));
      const parent = folder === undefined ? undefined : this.#nodes[folder];
      if (folder === undefined || parent?.kind !== 'dir') continue;
      changes.push({ folder, name: basename(path), node });
      if (node === null) parent.names.delete(basename(path));
      else parent.names.set(basename(path), node);
    }
    if (changes.length > 0) this.#pending.push(changes);
  }

  #file(id: number | undefined, path: string | undefined): Content | undefined {
    const at = id === undefined ? (path === undefined ? undefined : this.#resolve(path)) : this.#opens.get(id)?.node;
    const node = at === undefined ? undefined : this.#nodes[at];
    return node?.kind === 'file' ? node : undefined;
  }

  apply(entry: LoggedOp): void {
    switch (entry.op) {
      case 'open': {
        let node = this.#resolve(entry.path);
        if (node === undefined) {
          if (entry.mode === undefined) return; // Opened for reading what is not modelled.
          const empty = Buffer.alloc(0);
          node = this.#add({
            kind: 'file',
            bytes: empty,
            safe: empty,
            mode: entry.mode,
            safeMode: entry.mode,
            dirty: false,
          });
          this.#change([{ path: entry.path, node }]);
        }
        const file = this.#nodes[node];
        if (entry.truncates && file?.kind === 'file' && file.bytes.length > 0) {
          file.bytes = Buffer.alloc(0);
          file.dirty = true;
        }
        this.#opens.set(entry.id, { node, position: 0 });
        return;
      }
      case 'write': {
        const open = this.#opens.get(entry.id);
        const file = this.#file(entry.id, undefined);
        if (!open || !file) return;
        const at = entry.position ?? open.position;
        const bytes = Buffer.alloc(Math.max(file.bytes.length, at + entry.data.length));
        file.bytes.copy(bytes);
        bytes.set(entry.data, at);
        file.bytes = bytes;
        file.dirty = true;
        if (entry.position === null) open.position = at + entry.data.length;
        return;
      }
      case 'truncate': {
        const file = this.#file(entry.id, entry.path);
        if (!file) return;
        const bytes = Buffer.alloc(entry.length);
        file.bytes.copy(bytes);
        file.bytes = bytes;
        file.dirty = true;
        return;
      }
      case 'chmod': {
        const file = this.#file(entry.id, entry.path);
        if (file) file.mode = entry.mode;
        return;
      }
      case 'copy': {
        const bytes = Buffer.from(entry.data);
        const known = this.#file(undefined, entry.to);
        if (known) {
          known.bytes = bytes;
          known.dirty = true;
          return;
        }
        const safe = Buffer.alloc(0);
        const node = this.#add({ kind: 'file', bytes, safe, mode: entry.mode, safeMode: entry.mode, dirty: true });
        this.#change([{ path: entry.to, node }]);
        return;
      }
      case 'mkdir': {
        if (this.#resolve(entry.path) !== undefined) return;
        const node = this.#add({ kind: 'dir', names: new Map(), safe: new Map() });
        this.#change([{ path: entry.path, node }]);
        return;
      }
      case 'symlink': {
        const node = this.#add({ kind: 'link', target: entry.target });
        this.#change([{ path: entry.path, node }]);
        return;
      }
      case 'link': {
        const node = this.#resolve(entry.path);
        if (node !== undefined) this.#change([{ path: entry.to, node }]);
        return;
      }
      case 'rename': {
        const node = this.#resolve(entry.path);
        if (node === undefined) return;
        if (this.#resolve(entry.to) === node) return; // Two names of one file: rename does nothing.
        this.#change([
          { path: entry.path, node: null },
          { path: entry.to, node },
        ]);
        return;
      }
      case 'unlink':
      case 'rmdir':
        this.#change([{ path: entry.path, node: null }]);
        return;
      case 'fsync': {
        const node = this.#opens.get(entry.id)?.node ?? this.#resolve(entry.path);
        if (node !== undefined) this.#flush(node);
        return;
      }
      case 'sync':
        for (const [id, node] of this.#nodes.entries()) if (node.kind === 'file') this.#flush(id);
        this.#keep(this.#pending);
        this.#pending = [];
        return;
      default:
        throw new Error(`unknown operation ${JSON.stringify(entry satisfies never)}`);
    }
  }

  #flush(id: number): void {
    const node = this.#nodes[id];
    if (node?.kind === 'file') {
      node.safe = node.bytes;
      node.safeMode = node.mode;
      node.dirty = false;
    } else if (node?.kind === 'dir') {
      const mine = this.#pending.filter((step) => step.some((change) => change.folder === id));
      this.#keep(mine);
      this.#pending = this.#pending.filter((step) => !mine.includes(step));
    }
  }

  #keep(steps: readonly Step[]): void {
    for (const step of steps)
      for (const { folder, name, node } of step) {
        const parent = this.#nodes[folder];
        if (parent?.kind !== 'dir') continue;
        if (node === null) parent.safe.delete(name);
        else parent.safe.set(name, node);
      }
  }

  /** Makes the folders on the disk what they could be after a cut now. They must hold the state the model began with. */
  materialize(survival: Survival, random: Random): void {
    const folders = new Map<number, Map<string, number>>();
    for (const [id, node] of this.#nodes.entries()) if (node.kind === 'dir') folders.set(id, new Map(node.safe));
    const until = random.int(this.#pending.length + 1);
    for (const [index, step] of this.#pending.entries()) {
      const survives =
        survival === 'nothing'
          ? false
          : survival === 'prefix'
            ? index < until
            : survival === 'mixed'
              ? random.next() < 0.5
              : true;
      if (!survives) continue;
      for (const { folder, name, node } of step) {
        if (node === null) folders.get(folder)?.delete(name);
        else folders.get(folder)?.set(name, node);
      }
    }
    const written = new Map<number, string>();
    for (const [root, id] of this.#roots) this.#write(root, id, folders, survival, random, written);
  }

  #write(
    path: string,
    id: number,
    folders: ReadonlyMap<number, ReadonlyMap<string, number>>,
    survival: Survival,
    random: Random,
    written: Map<number, string>,
  ): void {
    const node = this.#nodes[id];
    if (!node) return;
    if (node.kind === 'dir') {
      if (!fs.lstatSync(path, { throwIfNoEntry: false })?.isDirectory()) {
        fs.rmSync(path, { force: true });
        fs.mkdirSync(path);
      }
      const wanted = folders.get(id) ?? new Map<string, number>();
      for (const name of fs.readdirSync(path))
        if (name !== '.git' && !wanted.has(name)) fs.rmSync(join(path, name), { recursive: true, force: true });
      for (const [name, child] of wanted) this.#write(join(path, name), child, folders, survival, random, written);
      return;
    }
    if (node.kind === 'link') {
      fs.rmSync(path, { recursive: true, force: true });
      fs.symlinkSync(node.target, path);
      return;
    }
    const twin = written.get(id);
    if (twin !== undefined) {
      fs.rmSync(path, { recursive: true, force: true });
      fs.linkSync(twin, path);
      return;
    }
    written.set(id, path);
    const bytes = contentAfter(node, survival, random);
    const mode = survival === 'nothing' ? node.safeMode : node.mode;
    const stat = fs.lstatSync(path, { throwIfNoEntry: false });
    if (stat?.isFile() && stat.nlink === 1 && fs.readFileSync(path).equals(bytes)) {
      if ((stat.mode & 0o7777) !== mode) fs.chmodSync(path, mode);
      return;
    }
    fs.rmSync(path, { recursive: true, force: true });
    fs.writeFileSync(path, bytes);
    fs.chmodSync(path, mode);
  }
}

function contentAfter(file: Content, survival: Survival, random: Random): Buffer {
  if (!file.dirty) return file.bytes;
  switch (survival) {
    case 'nothing':
    case 'names':
    case 'prefix':
      return file.safe;
    case 'zeros':
      return Buffer.alloc(file.bytes.length);
    case 'halves':
      return file.bytes.subarray(0, file.bytes.length >> 1);
    case 'mixed':
      return random.pick([
        file.safe,
        file.bytes,
        Buffer.alloc(file.bytes.length),
        file.bytes.subarray(0, random.int(file.bytes.length + 1)),
      ]);
    default:
      throw new Error(survival satisfies never);
  }
}
