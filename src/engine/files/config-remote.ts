import * as path from 'node:path';
import { configError, remoteNotFound } from '../core/errors.ts';
import type { ConfigLevel } from './config-levels.ts';
import { toBool, toNumber } from './config-rules.ts';
import { VERIFIED_BY_DEFAULT } from './config-schema.ts';
import { configProblem, schemeOf } from './config-validate.ts';
import type { IniSection } from './ini.ts';

/** One `[remote "name"]` section, merged over the levels. Option values are checked, paths in them are absolute. */
export interface RemoteConfig {
  readonly name: string;
  /** Absolute path or URL. May hold a password: print it through `redactUrl`. */
  readonly url: string;
  /** '' for a path, else lower-case: `s3`, `ssh`, `https`; `remote` while a reference is not followed. */
  readonly scheme: string;
  readonly options: ReadonlyMap<string, string | readonly string[]>;
  /** The level each option was found in; inherited ones are absent. */
  readonly origins: ReadonlyMap<string, ConfigLevel>;
  readonly jobs: number | undefined;
  /** Whether downloaded objects are hashed again. */
  readonly verify: boolean;
  text(option: string): string | undefined;
  flag(option: string, otherwise: boolean): boolean;
  number(option: string): number | undefined;
}

export function makeRemote(
  name: string,
  options: ReadonlyMap<string, string | readonly string[]>,
  origins: ReadonlyMap<string, ConfigLevel>,
): RemoteConfig {
  const text = (option: string): string | undefined => {
    const value = options.get(option);
    return typeof value === 'string' ? value : undefined;
  };
  const number = (option: string): number | undefined => {
    const value = text(option);
    return value === undefined ? undefined : toNumber(value);
  };
  const flag = (option: string, otherwise: boolean): boolean => {
    const value = text(option);
    return value === undefined ? otherwise : toBool(value);
  };
  const url = text('url') ?? '';
  const scheme = schemeOf(url) ?? '';
  const verify = flag('verify', VERIFIED_BY_DEFAULT.includes(scheme));
  return { name, url, scheme, options, origins, jobs: number('jobs'), verify, text, flag, number };
}

/**
 * Follows `remote://other/path`: options of the other remote are inherited, the remote's own win, and the path is put behind the other's URL.
 *
 * @throws `remote-not-found` for an unknown name; `config` for references in a circle, or options the inherited type does not know.
 */
export function resolveRemote(remotes: ReadonlyMap<string, RemoteConfig>, name: string): RemoteConfig {
  const remote = follow(remotes, name.toLowerCase(), []);
  const section: IniSection = new Map([['remote', new Map([[remote.name, new Map(remote.options)]])]]);
  const problem = configProblem(section);
  if (problem !== undefined) throw configError(problem);
  return remote;
}

function follow(remotes: ReadonlyMap<string, RemoteConfig>, name: string, trail: readonly string[]): RemoteConfig {
  if (trail.includes(name))
    throw configError(`remotes refer to each other in a circle: ${[...trail, name].join(' -> ')}.`, {
      hint: 'Give one of them a URL of its own: `lode remote modify <name> url <url>`.',
    });
  const remote = remotes.get(name);
  if (!remote) throw remoteNotFound(name, [...remotes.keys()]);
  if (remote.scheme !== 'remote') return remote;
  const [, other = '', below = ''] = /^remote:\/\/([^/?#]*)\/*([^?#]*)/i.exec(remote.url) ?? [];
  const base = follow(remotes, other.toLowerCase(), [...trail, name]);
  const url = base.scheme === '' ? path.join(base.url, below) : below === '' ? base.url : `${base.url}/${below}`;
  return makeRemote(name, new Map([...base.options, ...remote.options, ['url', url]]), remote.origins);
}
