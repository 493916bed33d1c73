import * as path from 'node:path';
import { fileURLToPath } from 'node:url';
import { DvcError } from '../core/errors.ts';

/** The path of this machine that a text without a scheme, or with `file:`, names. @param folder What a relative one starts from. */
export function localPathOf(written: string, folder: string): string {
  if (!/^file:\/\//i.test(written)) return path.resolve(folder, written);
  try {
    return fileURLToPath(written);
  } catch (error) {
    throw new DvcError('usage', `'${written}' names no file of this machine.`, {
      hint: 'Write file:///absolute/path, or the path itself.',
      exitCode: 1,
      cause: error,
    });
  }
}
