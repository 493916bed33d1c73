import { DvcError, type ErrorCode, fromErrno } from '../core/errors.ts';
import type { IoFailure, IoProblemCode } from './io-batch.ts';

const PROBLEMS: Readonly<Record<IoProblemCode, readonly [ErrorCode, string, string]>> = {
  'file-changing': [
    'file-changing',
    'changed while it was read',
    'Wait until nothing writes to it, and run the command again.',
  ],
  'object-corrupt': [
    'object-corrupt',
    'is damaged: its content is not what its name says',
    'Run `lode cache verify --repair`, or fetch it again from a remote.',
  ],
  'object-missing': ['object-missing', 'is not in the cache', 'Fetch it from a remote with `lode pull`.'],
  'special-file': ['special-file', 'is a pipe, socket or device, not a file', 'Only files can be tracked.'],
  'link-in-path': [
    'output-in-symlink',
    'is a link or a file where a folder was expected',
    'Remove it: data is never written through a link.',
  ],
};

const isProblem = (code: string): code is IoProblemCode => code in PROBLEMS;

/** One item's failure as an error. @param doing What was tried, as in `cannot <doing> '<path>'`. */
export function ioFailureError(failure: IoFailure, doing: string): DvcError {
  const { code, path, message } = failure;
  if (isProblem(code)) {
    const [kind, words, hint] = PROBLEMS[code];
    return new DvcError(kind, `'${path}' ${words}.`, { hint, retryable: code === 'file-changing', data: { path } });
  }
  const cause: NodeJS.ErrnoException = Object.assign(new Error(message), { code });
  const known = fromErrno(cause, doing, path);
  if (known instanceof DvcError) return known;
  return new DvcError('io', `cannot ${doing} '${path}': ${code}.`, { cause, data: { path, errno: code } });
}
