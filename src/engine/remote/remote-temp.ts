import { randomBytes } from 'node:crypto';

/** Names of unfinished objects beside their targets, in stores that are file systems: of the shape of DVC's, which no listing shows. */
export const REMOTE_TEMP = /^\..{22}\.tmp$/;

/** Those that Lode has made, which alone it removes. */
export const OWN_TEMP = /^\.lode[\w-]{18}\.tmp$/;

export const remoteTempName = (): string => `.lode${randomBytes(14).toString('base64url').slice(0, 18)}.tmp`;
