import type { DefaultEntry } from './hydra-source.ts';

/** An entry of a defaults list at its place in the tree. */
export interface Placed {
  readonly entry: DefaultEntry;
  /** The folder of the file that names it. */
  readonly base: string;
  /** Where the content of that file goes. */
  readonly parentPackage: string;
  /** After overrides, and with `${}` replaced. */
  readonly value: string | null | readonly string[];
  readonly pkg: string | undefined;
  readonly header: string | undefined;
  readonly primary: boolean;
}

export const place = (entry: DefaultEntry, base: string, parentPackage: string): Placed => {
  const value = entry.kind === 'config' ? entry.path : entry.value;
  const bare = { entry, base, parentPackage, value, pkg: undefined, header: undefined, primary: false };
  return { ...bare, pkg: packageOf(entry.pkg, bare) };
};

function packageOf(pkg: string | undefined, placed: Placed): string | undefined {
  if (pkg === '_here_') return '';
  return pkg?.includes('_group_') ? `_global_.${pkg.replaceAll('_group_', dotted(groupPath(placed)))}` : pkg;
}

const dotted = (folder: string): string => folder.replaceAll('/', '.');
const folderOf = (file: string): string => file.slice(0, Math.max(0, file.lastIndexOf('/')));
const below = (base: string, name: string): string => {
  if (name.startsWith('/')) return name.slice(1);
  return base === '' || name === '' ? base + name : `${base}/${name}`;
};

export const isSelf = ({ entry }: Pick<Placed, 'entry'>): boolean =>
  entry.kind === 'config' ? entry.path === '_self_' : entry.value === '_self_';

/** The name of the file without its folder; undefined for a list of options. */
export function nameOf({ entry, value }: Placed): string | null | undefined {
  if (typeof value !== 'string') return value === null ? null : undefined;
  return entry.kind === 'config' ? value.slice(value.lastIndexOf('/') + 1) : value;
}

/** The group from the top: `db`, `server/db`. */
export function groupPath({ entry, base, value }: Placed): string {
  if (entry.kind === 'group') return below(base, entry.group);
  const file = String(value);
  if (file.startsWith('/')) return folderOf(file.slice(1));
  return below(base, folderOf(file));
}

/** The file from the top, without `.yaml`. */
export const filePath = (placed: Placed): string =>
  placed.entry.kind === 'group'
    ? `${groupPath(placed)}/${String(placed.value)}`
    : below(placed.base, String(placed.value));

/** Where the content goes: dotted, empty for the top. */
export function packageOfContent(placed: Placed, { withHeader }: { readonly withHeader: boolean }): string {
  const { entry, value, parentPackage, pkg, header } = placed;
  const own = entry.kind === 'group' ? entry.group : folderOf(String(value).replace(/^\//, ''));
  const chosen = pkg ?? (withHeader ? header : undefined) ?? dotted(own.replace(/^\//, ''));
  const full = parentPackage === '' || chosen === '' ? parentPackage + chosen : `${parentPackage}.${chosen}`;
  const top = full.lastIndexOf('_global_');
  return top < 0 ? full : full.slice(top + '_global_'.length + 1);
}

/** What names the group in an override: `db`, or `db@backup` where it does not go to the place of its own name. */
export function overrideKey(placed: Placed): string {
  const group = groupPath(placed);
  const to = packageOfContent(placed, { withHeader: false });
  return dotted(group) === to ? group : `${group}@${to === '' ? '_global_' : to}`;
}

/** A `# @package` line counts from the top. */
export function absoluteHeader(header: string | undefined): string | undefined {
  if (header === undefined) return undefined;
  return header === '_global_' || header.startsWith('_global_.') ? header : `_global_.${header}`;
}
