import * as fs from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import type { Backend } from './backend.ts';
import type { RemoteOptions } from './registry.ts';

/** Kinds of stores that need a client library. Each is built into `remote-KIND.js`, so that nobody pays for what they do not use. */
export type StoreKind = 's3' | 'azure' | 'gcs' | 'ssh' | 'webdav' | 'http';

/** What the module of a store exports. */
export interface StoreModule {
  /** @param options Of the remote's section in the configuration, with secrets that a face has added. Connects when it is first used. */
  openStore(url: string, options: RemoteOptions): Backend | Promise<Backend>;
  /** Whether a key that logs in there is protected by a passphrase which the options have not. */
  mayBeLocked?(url: string, options: RemoteOptions): boolean;
}

const load = (kind: StoreKind): StoreModule => createRequire(__filename)(findBundle(kind)) as StoreModule; // Made from `remote/KIND.ts`, which says so.

export async function openStore(kind: StoreKind, url: string, options: RemoteOptions): Promise<Backend> {
  return load(kind).openStore(url, options);
}

export const mayBeLocked = (url: string, options: RemoteOptions): boolean =>
  load('ssh').mayBeLocked?.(url, options) ?? false;

/** Where `remote-KIND.js` is: beside this code, or some folders above it in a bundle of tests. */
export function findBundle(kind: StoreKind | 'azure-identity'): string {
  for (let folder = __dirname, left = 3; left > 0; folder = dirname(folder), left--) {
    const script = join(folder, `remote-${kind}.js`);
    if (fs.existsSync(script)) return script;
  }
  throw new Error(`remote-${kind}.js is not beside ${__filename}`);
}
