import * as fs from 'node:fs';
import * as path from 'node:path';
import { DvcError } from '../core/errors.ts';
import type { OpContext } from '../core/op-context.ts';
import { compareCodePoints } from '../core/paths.ts';
import { redactUrl } from '../core/redact.ts';
import { External, localFolderOf, resolveUrl } from '../external.ts';
import { loadConfig } from '../files/config.ts';
import { findRoot } from '../repo-root.ts';
import type { LsEntry, LsTree } from './ls.ts';

export interface ListUrlOptions {
  readonly url: string;
  /** All files below, and no folders. */
  readonly recursive?: boolean;
  /** How deep to look: 1 is what lies directly in the folder, 0 the folder itself. */
  readonly level?: number;
  readonly fsConfig?: Readonly<Record<string, string>>;
}

/** What lies at a URL, sorted by path. Needs no repository. @throws `output-missing` */
export async function listUrl(options: ListUrlOptions, ctx: OpContext): Promise<LsEntry[]> {
  const top = await lookAt(options.url, options, ctx);
  if (!top.contents) return [{ ...top, path: top.path }];
  const depth = options.recursive ? options.level : 1;
  const found: LsEntry[] = [];
  const collect = (tree: LsTree, prefix: string, left: number | undefined): void => {
    for (const entry of tree.contents ?? []) {
      const at = prefix + entry.path;
      const enter = entry.isDir && left !== undefined ? left > 1 : entry.isDir;
      if (enter) collect(entry, `${at}/`, left === undefined ? undefined : left - 1);
      else found.push({ ...entry, path: at });
    }
  };
  collect(top, '', depth === 0 ? 1 : depth);
  return found.sort((a, b) => compareCodePoints(a.path, b.path));
}

/** As {@link listUrl} with `recursive`, folder in folder; the top is named as it was given. */
export async function listUrlTree(options: Omit<ListUrlOptions, 'recursive'>, ctx: OpContext): Promise<LsTree> {
  const cut = (tree: LsTree, level: number): LsTree => ({
    ...tree,
    contents: tree.contents && level > 0 ? tree.contents.map((entry) => cut(entry, level - 1)) : undefined,
  });
  return cut(await lookAt(options.url, options, ctx), options.level ?? Number.POSITIVE_INFINITY);
}

async function lookAt(url: string, { fsConfig = {} }: ListUrlOptions, ctx: OpContext): Promise<LsTree> {
  const resolved = resolveUrl(url, { config: loadConfig(findRoot(ctx.cwd)), folder: ctx.cwd, options: fsConfig });
  const local = localFolderOf(resolved);
  if (local !== undefined) {
    const tree = localTree(local, url);
    if (!tree) throw missing(url);
    return tree.isDir ? tree : { ...tree, path: local };
  }
  await using external = await External.open(resolved, ctx);
  const data = await external.look(ctx);
  if (!data) throw missing(url);
  const top: Growing = folder(redactUrl(url));
  if (!data.isFolder) return { ...top, isDir: false, size: data.files[0]?.size, contents: undefined };
  for (const { relpath, size } of data.files) {
    const parts = relpath.split('/');
    let at = top;
    for (const part of parts.slice(0, -1)) {
      let next = at.contents.find((entry): entry is Growing => entry.path === part && entry.isDir);
      if (!next) at.contents.push((next = folder(part)));
      at = next;
    }
    at.contents.push({ ...ENTRY, path: parts.at(-1)!, size, contents: undefined });
  }
  return top;
}

type Growing = LsTree & { contents: LsTree[] };
const ENTRY = { isOut: false, isDir: false, isExec: false, oid: undefined } as const;
const folder = (name: string): Growing => ({ ...ENTRY, path: name, isDir: true, size: 0, contents: [] });

function localTree(absolute: string, name: string): LsTree | undefined {
  const stats = fs.statSync(absolute, { throwIfNoEntry: false });
  if (!stats) return undefined;
  if (!stats.isDirectory()) return { ...ENTRY, path: name, size: stats.size, contents: undefined };
  const names = fs.readdirSync(absolute).sort(compareCodePoints);
  const contents = names.flatMap((one) => localTree(path.join(absolute, one), one) ?? []);
  return { ...ENTRY, path: name, isDir: true, size: stats.size, contents };
}

const missing = (url: string) =>
  new DvcError('output-missing', `The path '${redactUrl(url)}' does not exist`, {
    hint: 'Check its spelling.',
    exitCode: 255,
  });
