import * as path from 'node:path';
import type { Readable } from 'node:stream';
import { DvcError } from './core/errors.ts';
import type { HashInfo, Meta } from './core/hash-info.ts';
import { checkAborted, type OpContext } from './core/op-context.ts';
import { compareCodePoints } from './core/paths.ts';
import { pyJson, pyMap } from './core/python.ts';
import { redactUrl } from './core/redact.ts';
import type { Config } from './files/config.ts';
import type { DataRecord, FileRecord } from './files/data-entry.ts';
import { md5, newHasher } from './platform/digest.ts';
import { mapLimit } from './platform/map-limit.ts';
import { openAsked } from './remote/asked-secrets.ts';
import { atMost, type Backend, type BackendEntry, requestsAtOnce } from './remote/backend.ts';
import { localPathOf } from './remote/local-url.ts';
import { isLocalUrl, type RemoteOptions, schemeOf } from './remote/registry.ts';
import { withRetry } from './remote/retry.ts';

/** By what a store's content is recorded: digests where bytes are cheap to read, else the store's own mark. */
type Tag = 'md5' | 'etag' | 'checksum';

/** One row for each scheme that is not recorded by `etag`. Source: dvc-format 2.1. */
const TAGS: Readonly<Record<string, Tag>> = {
  '': 'md5',
  file: 'md5',
  ssh: 'md5',
  sftp: 'md5',
  scp: 'md5',
  memory: 'md5',
  http: 'checksum',
  https: 'checksum',
};

/** Stores that keep the versions of an object, and can be asked for one. */
const VERSIONED: ReadonlySet<string> = new Set(['s3', 'gs', 'gcs', 'azure', 'abfs', 'abfss', 'adl', 'adls']);

const TELLS_VERSION: ReadonlySet<string> = new Set(['s3', 'gs', 'gcs']);

/** A URL with what is needed to open it: `remote://` followed, options of the remote and of the caller together. */
export interface ResolvedUrl {
  readonly url: string;
  readonly options: RemoteOptions;
}

/** One file of external data. */
export interface ExternalFile extends BackendEntry {
  /** From the data's top; '' for the one file that the data is. */
  readonly relpath: string;
  /** Its version was recorded: no other one will do. */
  readonly isRecorded?: boolean;
}

export interface ExternalData {
  readonly isFolder: boolean;
  /** Sorted by `relpath`. */
  readonly files: readonly ExternalFile[];
}

/**
 * Follows `remote://name/path` through the configuration.
 *
 * @param folder What a relative path starts from. @throws `remote-not-found`, `config`
 */
export function resolveUrl(
  url: string,
  {
    config,
    folder,
    options = {},
  }: { readonly config?: Config; readonly folder: string; readonly options?: RemoteOptions },
): ResolvedUrl {
  if (isLocalUrl(url)) return { url: localPathOf(url, folder), options };
  const [, name, below = ''] = /^remote:\/\/([^/]+)\/*(.*)$/i.exec(url) ?? [];
  if (name === undefined) return { url, options };
  if (!config)
    throw new DvcError('remote-not-found', `config file error: remote '${name}' doesn't exist`, {
      hint: 'Run the command in a repository that has it, or name the whole URL.',
    });
  const remote = config.remote(name);
  const texts = [...remote.options].filter((pair): pair is [string, string] => typeof pair[1] === 'string');
  const base = remote.url.replace(/\/+$/, '');
  return { url: below === '' ? remote.url : `${base}/${below}`, options: { ...Object.fromEntries(texts), ...options } };
}

/** The folder or file of this machine that a resolved URL names. */
export const localFolderOf = ({ url }: ResolvedUrl): string | undefined => (isLocalUrl(url) ? url : undefined);

/** Data at a URL, to be looked at and read through its store. */
export class External implements AsyncDisposable {
  /** As it is shown. */
  readonly shown: string;
  /** Records name versions, and reads ask for them. */
  readonly versionAware: boolean;
  readonly #backend: Backend;
  readonly #scheme: string;
  readonly #key: string;
  readonly #version: string | undefined;

  private constructor(shown: string, scheme: string, backend: Backend, at: Location, versionAware: boolean) {
    this.shown = shown;
    this.versionAware = versionAware;
    this.#backend = backend;
    this.#scheme = scheme;
    this.#key = at.key;
    this.#version = at.version;
  }

  /** @throws `remote-unsupported`, `config`, and what the store says */
  static async open({ url, options }: ResolvedUrl, ctx: OpContext): Promise<External> {
    const at = locate(url);
    const scheme = schemeOf(url);
    const { version_aware: aware, ...rest } = options;
    const versionAware = VERSIONED.has(scheme) && (aware?.toLowerCase() === 'true' || at.version !== undefined);
    const how = versionAware ? { ...rest, version_aware: 'true' } : rest;
    const opened = await openAsked({ url: at.base, options: how }, ctx);
    const backend = withRetry(atMost(opened, Number(options['jobs']) || undefined));
    return new External(redactUrl(url), scheme, backend, at, versionAware);
  }

  /** Undefined where nothing is there. */
  async look(ctx: OpContext): Promise<ExternalData | undefined> {
    const entry = this.#key === '' ? undefined : await this.#backend.stat(this.#key, ctx);
    if (entry) {
      const version = this.#version ?? entry.version;
      return { isFolder: false, files: [{ ...entry, relpath: '', ...(version === undefined ? {} : { version }) }] };
    }
    if (!this.#backend.traits.lists) return undefined;
    const prefix = this.#key === '' ? '' : `${this.#key}/`;
    const files: ExternalFile[] = [];
    for await (const found of this.#backend.list(prefix, {
      signal: ctx.signal,
      log: ctx.log,
      versions: this.versionAware,
    })) {
      checkAborted(ctx.signal);
      const relpath = found.key.slice(prefix.length);
      // Stores without folders mark empty ones with an object whose name ends in a slash.
      if (relpath !== '' && !relpath.endsWith('/')) files.push({ ...found, relpath: safeRelpath(relpath, this.shown) });
    }
    if (files.length === 0) return undefined;
    return { isFolder: true, files: files.sort((a, b) => compareCodePoints(a.relpath, b.relpath)) };
  }

  read(file: ExternalFile, ctx: OpContext): Promise<Readable> {
    const version = this.versionAware || file.isRecorded ? file.version : undefined;
    return this.#backend.read(file.key, {
      signal: ctx.signal,
      log: ctx.log,
      ...(version === undefined ? {} : { version }),
      ...(file.etag === undefined ? {} : { etag: file.etag }),
    });
  }

  /** A file of the data as a record names it, without asking whether it is there. */
  recorded(relpath: string, size: number, version: string | undefined): ExternalFile {
    const key = [this.#key, relpath].filter((part) => part !== '').join('/');
    return {
      key,
      relpath: relpath && safeRelpath(relpath, this.shown),
      size,
      isRecorded: true,
      ...(version === undefined ? {} : { version }),
    };
  }

  /** How many files are read at once. */
  atOnce(ctx: OpContext): number {
    return requestsAtOnce(this.#backend, ctx);
  }

  /** Whether the store's marks say that content has stayed; else its bytes have to be read. */
  get isTagged(): boolean {
    return this.#tag !== 'md5';
  }

  /** What a dependency records of the data. Reads all bytes where the store's records are digests. */
  async record(
    data: ExternalData,
    ctx: OpContext,
  ): Promise<Omit<DataRecord, never> & { readonly files: readonly FileRecord[] | undefined }> {
    const records = await mapLimit(data.files, this.atOnce(ctx), ctx.signal, (file) => this.#recordOf(file, ctx));
    const [only] = records;
    if (!data.isFolder) return { hash: only?.hash, meta: only?.meta ?? {}, files: undefined };
    const tag = this.#tag;
    const listing = records.map(({ relpath, hash }) =>
      pyMap([
        [tag, hash?.value ?? ''],
        ['relpath', relpath],
      ]),
    );
    const digest = `${md5(Buffer.from(pyJson(listing, { sortKeys: true })))}.dir`;
    const size = data.files.reduce((sum, file) => sum + file.size, 0);
    return {
      hash: { name: 'md5', value: digest },
      meta: { size, nfiles: data.files.length },
      files: this.versionAware ? records : undefined,
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#backend.close();
  }

  get #tag(): Tag {
    return TAGS[this.#scheme] ?? 'etag';
  }

  async #recordOf(file: ExternalFile, ctx: OpContext): Promise<FileRecord> {
    const tag = this.#tag;
    const value = tag === 'md5' ? await this.#digest(file, ctx) : markOf(this.#scheme, file);
    const hash: HashInfo | undefined = value === undefined ? undefined : { name: tag, value };
    const mark = value === undefined || tag === 'md5' ? {} : { [tag]: value };
    // The libraries of these two name the version of a single file also where nobody asked for it.
    const isTold = this.versionAware || (file.relpath === '' && TELLS_VERSION.has(this.#scheme));
    const version = isTold && file.version !== undefined ? { versionId: file.version } : {};
    const meta: Meta = { size: file.size, ...version, ...mark };
    return { relpath: file.relpath, hash, meta };
  }

  async #digest(file: ExternalFile, ctx: OpContext): Promise<string> {
    const hasher = newHasher('md5');
    for await (const chunk of (await this.read(file, ctx)) as AsyncIterable<Buffer>) {
      checkAborted(ctx.signal);
      hasher.update(chunk);
    }
    return hasher.digest();
  }
}

/** A store's mark as DVC spells it, which takes it from the client libraries of Python. */
export function markOf(scheme: string, { etag, mark }: BackendEntry): string | undefined {
  if (etag === undefined) return mark;
  if (scheme === 'gs' || scheme === 'gcs') return Buffer.from(etag, 'base64').toString('hex');
  return scheme === 's3' || etag.endsWith('"') ? etag : `"${etag}"`;
}

interface Location {
  /** What the backend is opened for: the folder around the data. */
  readonly base: string;
  readonly key: string;
  readonly version: string | undefined;
}

const VERSION_QUERY = /[?&](versionId|versionid|generation)=([^&#]+)/;

/** Splits a URL into the folder around the data and its name there; a bucket or a host has no folder around it. */
function locate(url: string): Location {
  const scheme = schemeOf(url);
  const version = VERSIONED.has(scheme) ? VERSION_QUERY.exec(url)?.[2] : undefined;
  const plain = (version === undefined ? url : url.replace(/[?#].*$/, '')).replace(/\/+$/, '');
  const start = scheme === '' ? 0 : scheme.length + 3;
  const query = scheme.startsWith('http') ? plain.search(/[?#]/) : -1;
  const slash = plain.lastIndexOf('/', query < 0 ? undefined : query);
  if (slash < start) return { base: plain, key: '', version };
  return { base: plain.slice(0, slash) || '/', key: plain.slice(slash + 1), version };
}

/** A listing comes from elsewhere: a name in it must not lead out of the folder that it is written to. */
export function safeRelpath(relpath: string, where: string): string {
  const parts = relpath.split('/');
  const bad = parts.some((part) => part === '' || part === '.' || part === '..' || /[\0\\]/.test(part));
  if (bad || path.posix.isAbsolute(relpath))
    throw new DvcError(
      'bad-name',
      `'${where}' has a file named ${JSON.stringify(relpath)}, which no folder can hold.`,
      {
        hint: 'Rename it there, or import its neighbours one by one.',
        data: { relpath },
      },
    );
  return relpath;
}
