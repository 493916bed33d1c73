import { type DvcError, remoteFailed } from '../core/errors.ts';

export const noBase = (url: string, status: number): DvcError =>
  remoteFailed(
    'bucket',
    'no-bucket',
    `The folder of the remote is not on the WebDAV server, and cannot be made there.`,
    {
      url,
      evidence: `${status} to MKCOL`,
      hint: 'Check the path in the URL of the remote, or make the folder by other means first.',
    },
  );

export const notWebdav = (url: string, host: string, status: number): DvcError =>
  remoteFailed('connect', 'unsupported', `'${host}' does not speak WebDAV at this address.`, {
    url,
    evidence: `${status} to PROPFIND`,
    hint: 'Check the URL of the remote (Nextcloud: webdavs://host/remote.php/dav/files/USER/folder), or use an https:// remote.',
  });

/** @param failure Of the program, without what it printed: that may be the token. */
export const tokenCommandFailed = (url: string, failure: string): DvcError =>
  remoteFailed('identity', 'no-credentials', `The command that makes the token for the remote failed: ${failure}.`, {
    url,
    hint: 'Run the command of `bearer_token_command` yourself; it has to print the token and nothing else.',
  });
