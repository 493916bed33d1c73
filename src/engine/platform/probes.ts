import * as fs from 'node:fs';
import * as path from 'node:path';
import { tempName } from './temp-name.ts';

/** How a file system treats names and times, found out on scratch names. */
export interface FolderTraits {
  /** `A` and `a` are one file. */
  readonly foldsCase: boolean;
  /** Times are whole seconds, or two. */
  readonly coarseTimes: boolean;
  /** How far the clock that stamps files is ahead of this machine's: ms. */
  readonly clockAhead: number;
}

/** @param folder Exists, is ours, and is left as it was; undefined where nothing can be written there. */
export function probeFolder(folder: string): FolderTraits | undefined {
  const name = tempName(); // Swept by a later command where this process is killed.
  const file = path.join(folder, name);
  try {
    const times: number[] = [];
    for (let i = 0; i < 3; i++) {
      fs.writeFileSync(file, String(i));
      times.push(fs.statSync(file).mtimeMs);
    }
    const clockAhead = (times.at(-1) ?? 0) - Date.now();
    return {
      foldsCase: fs.existsSync(path.join(folder, name.toUpperCase())),
      coarseTimes: times.every((time) => time % 1000 === 0),
      clockAhead,
    };
  } catch {
    return undefined;
  } finally {
    fs.rmSync(file, { force: true });
  }
}

/** Where a program is found on PATH; undefined where it is not. */
export function findProgram(
  name: string,
  env: Readonly<Record<string, string | undefined>> = process.env,
): string | undefined {
  const endings = process.platform === 'win32' ? (env['PATHEXT'] ?? '.EXE;.CMD').split(';') : [''];
  for (const folder of (env['PATH'] ?? '').split(path.delimiter))
    for (const ending of endings) {
      const file = path.join(folder, name + ending);
      try {
        fs.accessSync(file, fs.constants.X_OK);
        if (folder !== '' && fs.statSync(file).isFile()) return file;
      } catch {
        // Not here.
      }
    }
  return undefined;
}
