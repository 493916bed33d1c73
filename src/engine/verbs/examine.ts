import * as fs from 'node:fs';
import * as path from 'node:path';
import { DvcError } from '../core/errors.ts';
import type { OpContext } from '../core/op-context.ts';
import { redactUrl } from '../core/redact.ts';
import { freeBytes } from '../platform/disk-space.ts';
import { fileSystemOf } from '../platform/file-system.ts';
import { LINK_TYPES, type LinkType, usableLinkTypes } from '../platform/links.ts';
import type { Repo } from '../repo.ts';

/** A place on disk: which file system, how much of it is free, whether it can be written. */
export interface PlaceFacts {
  /** Absolute. */
  readonly path: string;
  readonly exists: boolean;
  readonly writable: boolean;
  /** Bytes; undefined where the system does not say. */
  readonly free: number | undefined;
  /** Such as `ext4 on /dev/sda1`. */
  readonly fileSystem: string | undefined;
}

export interface RemoteFacts {
  readonly name: string;
  readonly url: string;
  readonly isDefault: boolean;
  /** For a folder remote. */
  readonly place: PlaceFacts | undefined;
  /** Why it cannot be used, in a sentence. */
  readonly problem: string | undefined;
}

/** What can be said of a repository's surroundings without reading its data. */
export interface RepoFacts {
  readonly workspace: PlaceFacts;
  readonly cache: PlaceFacts;
  /** In the order they are tried, and those of them that work between cache and workspace. */
  readonly linkTypes: readonly LinkType[];
  readonly usableLinkTypes: readonly LinkType[];
  /** What would work if it were configured. */
  readonly possibleLinkTypes: readonly LinkType[];
  /** Top of the Git work tree; undefined without Git. */
  readonly gitRoot: string | undefined;
  readonly branch: string | undefined;
  readonly remotes: readonly RemoteFacts[];
}

/** Looks at disks, links, Git and remotes. Writes scratch names for the links only, and removes them. */
export async function examine(repo: Repo, ctx: OpContext): Promise<RepoFacts> {
  const cache = placeFacts(repo.config.cache.dir);
  const scratch = repo.dvcDir;
  const canProbe = cache.exists && cache.writable;
  const usable = (types: readonly LinkType[]) => (canProbe ? usableLinkTypes(types, cache.path, scratch) : []);
  ctx.log.debug(`Examined ${repo.root}`);
  return {
    workspace: placeFacts(repo.root),
    cache,
    linkTypes: repo.config.cache.types,
    usableLinkTypes: usable(repo.config.cache.types),
    possibleLinkTypes: usable(LINK_TYPES),
    gitRoot: repo.gitRoot,
    branch: repo.git.branch(),
    remotes: [...repo.config.remotes.keys()].map((name) => remoteFacts(repo, name)),
  };
}

function remoteFacts(repo: Repo, name: string): RemoteFacts {
  const isDefault = name === repo.config.defaultRemote;
  try {
    const { url, scheme } = repo.config.remote(name);
    const folder = scheme === '' ? url : scheme === 'file' ? new URL(url).pathname : undefined;
    const place = folder === undefined ? undefined : placeFacts(folder);
    return { name, url: redactUrl(url), isDefault, place, problem: undefined };
  } catch (error) {
    if (!DvcError.is(error)) throw error;
    return { name, url: '', isDefault, place: undefined, problem: error.message };
  }
}

function placeFacts(place: string): PlaceFacts {
  const exists = fs.existsSync(place);
  const nearest = nearestFolder(place);
  return {
    path: place,
    exists,
    writable: isWritable(nearest),
    free: freeBytes(nearest),
    fileSystem: fileSystemOf(nearest),
  };
}

/** What is not there yet will be made below the first folder that is. */
function nearestFolder(place: string): string {
  let folder = place;
  while (!fs.existsSync(folder) && path.dirname(folder) !== folder) folder = path.dirname(folder);
  return folder;
}

function isWritable(folder: string): boolean {
  try {
    fs.accessSync(folder, fs.constants.W_OK);
    return true;
  } catch {
    return false;
  }
}
