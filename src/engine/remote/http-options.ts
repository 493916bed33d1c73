import * as fs from 'node:fs';
import { configError } from '../core/errors.ts';
import type { RemoteOptions } from './registry.ts';

/** What a remote's URL says, without the user and password in it. */
export interface HttpPlace {
  /** `http` or `https`; its path does not end with a slash. */
  readonly base: URL;
  readonly user: string | undefined;
  readonly password: string | undefined;
  /** As shown to the user. */
  readonly shown: string;
}

/** @param text With the scheme of the remote, `webdavs` too. @throws `config` */
export function readHttpUrl(text: string): HttpPlace {
  const [scheme = ''] = text.split(':', 1);
  const plain = text.replace(/^webdav(s?):/i, 'http$1:');
  if (!URL.canParse(plain)) throw configError(`'${scheme}://…' is not the address of a server`);
  const base = new URL(plain);
  const { username, password } = base;
  base.username = '';
  base.password = '';
  base.hash = '';
  base.pathname = base.pathname.replace(/\/+$/, '');
  const path = base.pathname === '/' ? '' : base.pathname;
  return {
    base,
    user: username === '' ? undefined : decodeURIComponent(username),
    password: password === '' ? undefined : decodeURIComponent(password),
    shown: `${scheme.toLowerCase()}://${username ? `${username}@` : ''}${base.host}${path}`,
  };
}

/** The address of a key; a query in the remote's URL, such as a signature, goes along. */
export function urlOfKey({ base }: HttpPlace, key: string): URL {
  const url = new URL(base);
  const path = key.split('/').map(encodeURIComponent).join('/');
  url.pathname = `${base.pathname.replace(/\/$/, '')}/${path}`;
  return url;
}

/** `ssl_verify` is true, false or a file with authorities to trust. @throws `config` */
export function readTrust(option: string | undefined): { readonly ca?: string; readonly verify?: boolean } {
  if (option === undefined || /^true$/i.test(option)) return {};
  if (/^false$/i.test(option)) return { verify: false };
  return { ca: readPem('ssl_verify', option) };
}

/** @throws `config` */
export function readPem(option: string, path: string): string {
  try {
    return fs.readFileSync(path, 'utf8');
  } catch (cause) {
    throw configError(`the file of '${option}' cannot be read: '${path}'`, {
      cause,
      hint: `Correct it with \`lode remote modify <name> ${option} <file>\`.`,
    });
  }
}

/** Seconds of an option in milliseconds. */
export const secondsOf = (options: RemoteOptions, option: string, otherwise: number): number => {
  const value = Number(options[option]);
  return options[option] !== undefined && value > 0 ? value * 1000 : otherwise * 1000;
};

export const isOn = (option: string | undefined): boolean => /^true$/i.test(option ?? '');
