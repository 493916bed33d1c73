import * as fs from 'node:fs';
import { join } from 'node:path';
import { removeTree } from '../support/sandbox.ts';

/** Fewer files are no burden to who makes new ones; more would fill a small disk if they were kept. */
const KEPT = { least: 50, most: 500_000 } as const;

let count = 0;

/**
 * Takes a tree away so that whoever makes files next is not slowed down: ext4 does not use an inode again that was freed in the last
 * minutes, and passes over each of them whenever a file is made, so that after ten thousand deletions a new file costs ten times
 * as much. Such trees are moved into `scratch`, with which they go at the end.
 */
export function clear(path: string, scratch: string): void {
  if (!fs.existsSync(path)) return;
  const files = fs.statSync(path).isDirectory() ? fs.readdirSync(path, { recursive: true }).length : 1;
  if (files < KEPT.least || files > KEPT.most) removeTree(path);
  else fs.renameSync(path, join(scratch, `cleared-${++count}`));
}
