import * as path from 'node:path';
import { configError, noRemote, noRepository } from '../core/errors.ts';
import { type ConfigFiles, type ConfigLevel, configFiles, LEVELS, readLevel } from './config-levels.ts';
import { mapConfigPaths, resolveConfigPath } from './config-paths.ts';
import { makeRemote, type RemoteConfig, resolveRemote } from './config-remote.ts';
import { toBool, toList, toNumber } from './config-rules.ts';
import { mergeSections, sectionAt } from './config-sections.ts';
import { configProblem, unknownFeatures } from './config-validate.ts';
import type { IniSection, IniValue } from './ini.ts';

export type LinkType = 'reflink' | 'hardlink' | 'symlink' | 'copy';

export interface CoreConfig {
  /** Lower-case name of the default remote. */
  readonly remote: string | undefined;
  /** Hashing threads; undefined lets the machine decide. */
  readonly checksumJobs: number | undefined;
  readonly interactive: boolean;
  /** Use the lock of hard-linked files instead of the operating system's. */
  readonly hardlinkLock: boolean;
  readonly noScm: boolean;
  /** `git add` the files DVC writes. */
  readonly autostage: boolean;
  /** Folder of the private databases, as written. */
  readonly siteCacheDir: string | undefined;
}

export interface CacheConfig {
  /** Absolute; `<root>/.dvc/cache` unless set. @throws `no-repository` outside of one when it is not set. */
  readonly dir: string;
  /** In the order they are tried. */
  readonly types: readonly LinkType[];
  /** Whether cache files are writable for the group. */
  readonly shared: boolean;
  readonly slowLinkWarning: boolean;
  /** Whether objects are hashed again after a download. */
  readonly verify: boolean;
}

/** The four levels merged and checked. Immutable: load it again after a change. */
export interface Config {
  readonly files: ConfigFiles;
  readonly core: CoreConfig;
  readonly cache: CacheConfig;
  /** Every remote by lower-case name, in order; references to other remotes are not followed here. */
  readonly remotes: ReadonlyMap<string, RemoteConfig>;
  readonly defaultRemote: string | undefined;
  /** What a face should tell once, such as options without effect. */
  readonly warnings: readonly string[];
  /** A value of a section with a fixed name; paths in it are absolute. */
  get(section: string, option: string): string | readonly string[] | undefined;
  flag(section: string, option: string, otherwise: boolean): boolean;
  number(section: string, option: string): number | undefined;
  /** The level a value comes from. */
  origin(section: string, option: string): ConfigLevel | undefined;
  /**
   * A remote with `remote://` references followed; the default one without a name.
   *
   * `command` is named in the advice when there is no default. @throws `remote-not-found`, `no-remote`, `config`
   */
  remote(name?: string, command?: string): RemoteConfig;
}

type Env = Readonly<Record<string, string | undefined>>;

/**
 * Reads and merges all levels. `root` is the repository's folder, undefined outside of one; `over` goes before every level.
 *
 * @throws `config` for a file that cannot be read as one, or an option DVC would refuse.
 */
export function loadConfig(root: string | undefined, env: Env = process.env, over: readonly IniSection[] = []): Config {
  const files = configFiles(root, env);
  const levels = readLevels(files);
  const merged = mergeLevels([...levels.values(), ...over]);
  const problem = configProblem(merged);
  if (problem !== undefined) throw configError(problem, { hint: whereToLook(files, levels) });
  return new MergedConfig(root, files, levels, merged);
}

/** Each level there is, with paths resolved; in the order they shadow each other. */
export function readLevels(files: ConfigFiles): Map<ConfigLevel, IniSection> {
  const levels = new Map<ConfigLevel, IniSection>();
  for (const level of LEVELS) {
    const file = files[level];
    if (file !== undefined) levels.set(level, readResolved(file));
  }
  return levels;
}

function readResolved(file: string): IniSection {
  const level = readLevel(file);
  const folder = path.resolve(path.dirname(file));
  mapConfigPaths(level, (written) => resolveConfigPath(folder, written));
  return level;
}

export function mergeLevels(levels: Iterable<IniSection>): IniSection {
  let merged: IniSection = new Map();
  for (const level of levels) merged = mergeSections(merged, level);
  return merged;
}

/** Names the first file that is wrong by itself, else all that have something in them. */
function whereToLook(files: ConfigFiles, levels: ReadonlyMap<ConfigLevel, IniSection>): string {
  const used = LEVELS.filter((level) =>
    [...(levels.get(level)?.values() ?? [])].some((s) => s instanceof Map && s.size),
  );
  const names = used.map((level) => `'${files[level]}'`);
  return `Correct ${names.join(' or ')}; \`lode config --unset <option>\` removes an option.`;
}

class MergedConfig implements Config {
  readonly files: ConfigFiles;
  readonly core: CoreConfig;
  readonly cache: CacheConfig;
  readonly remotes: ReadonlyMap<string, RemoteConfig>;
  readonly defaultRemote: string | undefined;
  readonly warnings: readonly string[];
  readonly #levels: ReadonlyMap<ConfigLevel, IniSection>;
  readonly #merged: IniSection;

  constructor(
    root: string | undefined,
    files: ConfigFiles,
    levels: ReadonlyMap<ConfigLevel, IniSection>,
    merged: IniSection,
  ) {
    this.files = files;
    this.#levels = levels;
    this.#merged = merged;
    this.core = this.#core();
    this.cache = this.#cache(root);
    this.remotes = this.#remotes();
    this.defaultRemote = this.core.remote;
    const features = unknownFeatures(merged).map((name) => `'feature.${name}'`);
    this.warnings =
      features.length === 0
        ? []
        : [`${features.join(', ')} config option${features.length === 1 ? ' is' : 's are'} unsupported`];
  }

  get(section: string, option: string): string | readonly string[] | undefined {
    return leaf(sectionAt(this.#merged, section)?.get(option));
  }

  flag(section: string, option: string, otherwise: boolean): boolean {
    const value = this.get(section, option);
    return value === undefined ? otherwise : toBool(value);
  }

  number(section: string, option: string): number | undefined {
    const value = this.get(section, option);
    return typeof value === 'string' ? toNumber(value) : undefined;
  }

  origin(section: string, option: string): ConfigLevel | undefined {
    return LEVELS.findLast((level) => sectionAt(this.#levels.get(level) ?? new Map(), section)?.has(option));
  }

  remote(name = this.defaultRemote, command = '<command>'): RemoteConfig {
    if (name === undefined) throw noRemote(command, this.remotes.size > 0);
    return resolveRemote(this.remotes, name);
  }

  #text(section: string, option: string): string | undefined {
    const value = this.get(section, option);
    return typeof value === 'string' ? value : undefined;
  }

  #core(): CoreConfig {
    return {
      remote: this.#text('core', 'remote')?.toLowerCase(),
      checksumJobs: this.number('core', 'checksum_jobs'),
      interactive: this.flag('core', 'interactive', false),
      hardlinkLock: this.flag('core', 'hardlink_lock', false),
      noScm: this.flag('core', 'no_scm', false),
      autostage: this.flag('core', 'autostage', false),
      siteCacheDir: this.#text('core', 'site_cache_dir'),
    };
  }

  #cache(root: string | undefined): CacheConfig {
    const dir = this.#text('cache', 'dir') ?? (root === undefined ? undefined : path.join(root, '.dvc', 'cache'));
    return {
      get dir() {
        if (dir === undefined) throw noRepository();
        return dir;
      },
      types: toList(this.get('cache', 'type') ?? 'reflink,copy') as readonly LinkType[], // The schema accepts no others.
      shared: this.get('cache', 'shared') !== undefined,
      slowLinkWarning: this.flag('cache', 'slow_link_warning', true),
      verify: this.flag('cache', 'verify', false),
    };
  }

  #remotes(): Map<string, RemoteConfig> {
    const remotes = new Map<string, RemoteConfig>();
    for (const [name, section] of sectionAt(this.#merged, 'remote') ?? []) {
      if (!(section instanceof Map)) continue;
      const options = new Map<string, string | readonly string[]>();
      const origins = new Map<string, ConfigLevel>();
      for (const [option, value] of section) {
        const text = leaf(value);
        if (text === undefined) continue;
        options.set(option, text);
        const level = LEVELS.findLast((at) =>
          sectionAt(this.#levels.get(at) ?? new Map(), 'remote', name)?.has(option),
        );
        if (level !== undefined) origins.set(option, level);
      }
      remotes.set(name, makeRemote(name, options, origins));
    }
    return remotes;
  }
}

const leaf = (value: IniValue | undefined): string | readonly string[] | undefined =>
  value instanceof Map ? undefined : value;
