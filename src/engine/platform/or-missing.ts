import { errnoOf, fromErrno } from '../core/errors.ts';

/** What a look at a file or folder finds; undefined where it is not there, or is the other of both. @param doing For the message of any other failure, such as `read`. */
export function orMissing<T>(doing: string, path: string, look: () => T): T | undefined {
  try {
    return look();
  } catch (error) {
    if (['ENOENT', 'ENOTDIR', 'EISDIR'].includes(errnoOf(error) ?? '')) return undefined;
    throw fromErrno(error, doing, path);
  }
}
