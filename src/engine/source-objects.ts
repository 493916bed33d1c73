import * as path from 'node:path';
import { DvcError } from './core/errors.ts';
import type { Oid } from './core/ids.ts';
import type { OpContext } from './core/op-context.ts';
import type { Config } from './files/config.ts';
import { LocalOdb } from './odb/local-odb.ts';
import type { Odb } from './odb/odb.ts';
import type { ContentHash } from './platform/digest.ts';
import { exists } from './platform/exists.ts';
import type { IoPool } from './platform/io-pool.ts';
import { OidSet } from './platform/oid-set.ts';
import { RepoRemotes } from './repo-remotes.ts';

/** The object databases in which a repository may have the content of what it tracks; all of them are only read. */
export class SourceObjects implements AsyncDisposable {
  readonly #config: Config;
  readonly #isLocal: boolean;
  readonly #options: { readonly pool: IoPool; readonly privateDir: string };
  readonly #remotes: RepoRemotes;
  readonly #agree: (url: string) => Promise<void>;
  readonly #caches = new Map<ContentHash, LocalOdb>();

  /**
   * @param isLocal The repository is a folder of this machine, and has a cache.
   * @param agree Asks whether a remote that the repository names may be used, by its URL.
   */
  constructor(
    config: Config,
    isLocal: boolean,
    options: { readonly pool: IoPool; readonly privateDir: string },
    agree: (url: string) => Promise<void>,
  ) {
    this.#config = config;
    this.#isLocal = isLocal;
    this.#agree = agree;
    this.#options = options;
    this.#remotes = new RepoRemotes(config, { ...options, durability: 'off', readOnly: true });
  }

  /** Its cache, where it has one here. */
  cache(hash: ContentHash): LocalOdb | undefined {
    if (!this.#isLocal) return undefined;
    const known = this.#caches.get(hash);
    if (known) return known;
    const { dir } = this.#config.cache;
    const root = hash === 'md5' ? path.join(dir, 'files', 'md5') : dir;
    if (!exists(root)) return undefined;
    const odb = new LocalOdb({
      ...this.#options,
      root,
      hash,
      durability: 'off',
      linkTypes: ['reflink', 'copy'],
      readOnly: true,
    });
    this.#caches.set(hash, odb);
    return odb;
  }

  /** A remote by name, or the default one; undefined where none is configured. */
  async remote(name: string | undefined, hash: ContentHash, ctx: OpContext): Promise<Odb | undefined> {
    if (name === undefined && this.#config.defaultRemote === undefined) return undefined;
    await this.#agree(this.#config.remote(name, 'get').url);
    return (await this.#remotes.get(name, 'get', ctx)).odb(hash);
  }

  /** Where the object is, in the order of how near it is; undefined where it is nowhere. */
  async find(oid: Oid, hash: ContentHash, remote: string | undefined, ctx: OpContext): Promise<Odb | undefined> {
    const cache = this.cache(hash);
    if (cache?.has(oid)) return cache;
    const far = await this.remote(remote, hash, ctx);
    return far && (await far.missing(OidSet.of([oid]), ctx)).size === 0 ? far : undefined;
  }

  /** The URL of a remote's store, as it is shown. @throws `no-remote` */
  remoteUrl(name: string | undefined): string {
    if (name === undefined && this.#config.defaultRemote === undefined && this.#isLocal) return this.#config.cache.dir;
    return this.#config.remote(name, 'get').url;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const cache of this.#caches.values()) await cache.close();
    await this.#remotes[Symbol.asyncDispose]();
  }
}

/** Content that the source does not have either. */
export const sourceLacks = (shown: string, oid: string, where: string) =>
  new DvcError(
    'object-missing',
    `'${shown}' is tracked in '${where}', but its content (${oid}) is in none of its stores.`,
    {
      hint: 'It was never pushed there: run `lode push` in that repository.',
      exitCode: 1,
      data: { path: shown, oid, where },
    },
  );
