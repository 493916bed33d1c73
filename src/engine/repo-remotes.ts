import type { OpContext } from './core/op-context.ts';
import type { Config } from './files/config.ts';
import type { RemoteConfig } from './files/config-remote.ts';
import type { Odb } from './odb/odb.ts';
import { openRemoteOdb } from './odb/open-remote.ts';
import { type ContentHash, md5 } from './platform/digest.ts';
import type { Durability } from './platform/flush.ts';
import type { IoPool } from './platform/io-pool.ts';
import { mayAsk, openAsked } from './remote/asked-secrets.ts';
import { atMost, type Backend } from './remote/backend.ts';
import { Leftovers } from './remote/leftovers.ts';
import { withRetry } from './remote/retry.ts';

/** A configured remote, open. */
export interface Remote {
  readonly name: string;
  readonly config: RemoteConfig;
  readonly backend: Backend;
  /** What interrupted writes have left there. */
  readonly leftovers: Leftovers;
  odb(hash: ContentHash): Odb;
}

/** A remote by its name, and where it is. */
export interface RemoteAddress {
  readonly name: string;
  /** Scheme, host and port, with the address of the server where that is an option: what credentials are for. */
  readonly place: string;
}

/** Options of a remote that sign in: `password`, `secret_access_key` and the like. Never printed, never written. */
export type SecretOptions = Readonly<Record<string, string>>;

/** Credentials that a face keeps itself. They come before those of the configuration. */
export type SecretSource = (remote: RemoteAddress) => Promise<SecretOptions>;

export interface RemotesOptions {
  readonly privateDir: string;
  readonly pool: IoPool;
  readonly durability: Durability;
  readonly readOnly: boolean;
  readonly secrets?: SecretSource | undefined;
}

/** The remotes of a repository; each is opened once. */
export class RepoRemotes implements AsyncDisposable {
  readonly #config: Config;
  readonly #options: RemotesOptions;
  readonly #open = new Map<string, Promise<Remote>>();
  /** Those of them that were opened when nobody could be asked for what they may need. */
  readonly #unasked = new Set<string>();
  /** In place of which others are open: whoever works with them goes on. */
  readonly #left: Promise<Remote>[] = [];

  constructor(config: Config, options: RemotesOptions) {
    this.#config = config;
    this.#options = options;
  }

  /**
   * The named remote, or the default one. `command` is what a message advises for.
   *
   * @throws `remote-not-found`, `no-remote`, `config`, `remote-unsupported`
   */
  get(name: string | undefined, command: string, ctx: OpContext): Promise<Remote> {
    const config = this.#config.remote(name, command);
    let remote = this.#open.get(config.name);
    if (remote && ctx.askSecret && this.#unasked.delete(config.name)) {
      this.#left.push(remote);
      remote = undefined;
    }
    if (!remote) {
      ctx.log.debug(`opening remote '${config.name}'`);
      remote = this.#connect(config, ctx);
      this.#open.set(config.name, remote);
      remote.catch(() => this.#open.delete(config.name));
    }
    return remote;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const opening of [...this.#open.values(), ...this.#left]) {
      const { leftovers, backend } = await opening;
      await leftovers[Symbol.asyncDispose]();
      await backend.close();
    }
    this.#open.clear();
  }

  async #connect(config: RemoteConfig, ctx: OpContext): Promise<Remote> {
    const texts = [...config.options].filter((pair): pair is [string, string] => typeof pair[1] === 'string');
    const remote = addressOf(config);
    const secrets = (await this.#options.secrets?.(remote)) ?? {};
    const options = { ...Object.fromEntries(texts), ...secrets };
    const place = { remote, url: config.url, options };
    if (!ctx.askSecret && mayAsk(place)) this.#unasked.add(config.name);
    const opened = await openAsked(place, ctx);
    const backend = opened.folder === undefined ? withRetry(atMost(opened, config.jobs)) : opened;
    const odbs = new Map<ContentHash, Odb>();
    const store = storeOf(config);
    return {
      name: config.name,
      config,
      backend,
      leftovers: new Leftovers(backend, `${this.#options.privateDir}/remotes/${md5(Buffer.from(store))}.swept`),
      odb: (hash) => {
        const odb = odbs.get(hash) ?? openRemoteOdb(backend, hash, { ...this.#options, store, jobs: config.jobs });
        odbs.set(hash, odb);
        return odb;
      },
    };
  }
}

/** What tells one store from another: scheme, host and path, without who goes there and how. */
function storeOf(config: RemoteConfig): string {
  const url = config.url.replace(/^([a-z][a-z0-9+.-]*:\/\/)[^/?#]*@/i, '$1').replace(/[?#].*$/s, '');
  return [url, ...['endpointurl', 'account_name', 'host', 'port'].map((option) => config.text(option) ?? '')].join(
    '\n',
  );
}

/** What credentials of a remote are bound to. */
export function addressOf({ name, url, text }: Pick<RemoteConfig, 'name' | 'url' | 'text'>): RemoteAddress {
  const [, scheme = '', authority = ''] = /^([a-z][a-z0-9+.-]*:\/\/)([^/?#]*)/i.exec(url) ?? [];
  const host = authority.slice(authority.lastIndexOf('@') + 1);
  return { name, place: [`${scheme}${host}`.toLowerCase(), text('endpointurl') ?? ''].join(' ').trim() };
}
