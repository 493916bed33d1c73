import { randomFillSync } from 'node:crypto';
import * as fs from 'node:fs';
import { join } from 'node:path';

/** Files of one size, spread over folders. */
export interface DataSet {
  readonly name: string;
  readonly files: number;
  /** Bytes of each. */
  readonly size: number;
}

const PER_FOLDER = 500;

export const DATA_SETS = {
  '10k': { name: '10,000 × 4 KiB', files: 10_000, size: 4096 },
  '50k': { name: '50,000 × 1 KiB', files: 50_000, size: 1024 },
  '1g': { name: '1 × 1 GiB', files: 1, size: 2 ** 30 },
  '400m': { name: '400 × 1 MiB', files: 400, size: 2 ** 20 },
  '1m': { name: '1,000,000 × 100 B', files: 1_000_000, size: 100 },
} as const satisfies Record<string, DataSet>;

/** Writes random content, so that nothing is stored twice; once for each scratch folder. */
export function makeDataSet(folder: string, { files, size }: DataSet): void {
  if (fs.existsSync(folder)) return;
  const unfinished = `${folder}.new`;
  fs.rmSync(unfinished, { recursive: true, force: true });
  const block = Buffer.alloc(Math.min(size, 1 << 20));
  for (let i = 0; i < files; i++) {
    const below = join(unfinished, `part-${String(Math.floor(i / PER_FOLDER)).padStart(4, '0')}`);
    if (i % PER_FOLDER === 0) fs.mkdirSync(below, { recursive: true });
    const file = fs.openSync(join(below, `file-${String(i).padStart(7, '0')}.bin`), 'w');
    for (let left = size; left > 0; left -= block.length) fs.writeSync(file, randomFillSync(block));
    fs.closeSync(file);
  }
  fs.renameSync(unfinished, folder);
}

/** One `lstat` for each file: what finding out that nothing changed costs at least. */
export function lstatWalk(folder: string): number {
  let size = 0;
  for (const name of fs.readdirSync(folder)) {
    const stats = fs.lstatSync(`${folder}/${name}`);
    size += stats.isDirectory() ? lstatWalk(`${folder}/${name}`) : stats.size;
  }
  return size;
}
