import { createHash } from 'node:crypto';
import type { SecretStorage } from 'vscode';
import type { RemoteAddress, SecretOptions } from '../engine/index.ts';

/** What is kept for one remote: the options that sign in, and the place they are for. */
interface Kept {
  readonly place: string;
  readonly options: SecretOptions;
}

/**
 * Credentials of remotes, in VS Code's secret storage and nowhere else.
 *
 * They belong to a remote of one repository and to the place it pointed to when they were entered: when a commit changes the address,
 * nobody is sent what was meant for another host.
 */
export class RemoteSecrets {
  readonly #storage: SecretStorage;

  constructor(storage: SecretStorage) {
    this.#storage = storage;
  }

  /** The options kept for a remote as it is configured now; none where it points elsewhere by now. */
  async of(root: string, remote: RemoteAddress): Promise<SecretOptions> {
    const kept = await this.#read(root, remote.name);
    return kept?.place === remote.place ? kept.options : {};
  }

  /** True where something is kept, for the place it points to or for another. */
  async has(root: string, name: string): Promise<boolean> {
    return (await this.#read(root, name)) !== undefined;
  }

  async save(root: string, remote: RemoteAddress, options: SecretOptions): Promise<void> {
    if (Object.keys(options).length === 0) return this.forget(root, remote.name);
    const kept: Kept = { place: remote.place, options };
    await this.#storage.store(keyOf(root, remote.name), JSON.stringify(kept));
  }

  async forget(root: string, name: string): Promise<void> {
    await this.#storage.delete(keyOf(root, name));
  }

  async rename(root: string, from: string, to: string): Promise<void> {
    const text = await this.#storage.get(keyOf(root, from));
    if (text === undefined) return;
    await this.#storage.store(keyOf(root, to), text);
    await this.forget(root, from);
  }

  async #read(root: string, name: string): Promise<Kept | undefined> {
    const text = await this.#storage.get(keyOf(root, name));
    return text === undefined ? undefined : (JSON.parse(text) as Kept); // Written by `save` alone.
  }
}

/** Names of keys are no secrets; a digest keeps paths of the machine out of them all the same. */
const keyOf = (root: string, name: string): string =>
  `lode.remote.${createHash('sha256').update(`${root}\0${name.toLowerCase()}`).digest('hex')}`;
