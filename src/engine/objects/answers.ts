import type { FailedObject } from '../core/errors.ts';
import { redactUrl } from '../core/redact.ts';
import type { TransferFailure } from '../odb/transfer.ts';
import type { Remote } from '../repo-remotes.ts';

/** What a remote answered where an object could not be moved, for the user and for programs. */
export function failedAt(remote: Remote, { oid, path, error }: TransferFailure): FailedObject {
  const url = redactUrl(remote.backend.url);
  const named = path === undefined ? `'${oid}'` : `'${path}' (md5 ${oid})`;
  const message =
    error.code === 'object-missing'
      ? `${named} is not on the remote '${remote.name}' (${url}).`
      : `${named}, remote '${remote.name}': ${error.message}`;
  return { oid, path, message, asked: [{ remote: remote.name, url, answer: error.code, message: error.message }] };
}

/** Without a remote nobody was asked. */
export const askedNobody = (oid: string, path: string): FailedObject => ({
  oid,
  path,
  message: `no remote is configured to get '${path}' (md5 ${oid}) from.`,
  asked: [],
});
