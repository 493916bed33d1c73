/** What a digest is of: `md5` of bytes, `md5-dos2unix` of DVC 2.x's line-ending-normalised bytes, or a remote's own tag. */
export type HashName = 'md5' | 'md5-dos2unix' | 'etag' | 'checksum' | (string & {});

/** An algorithm and its digest. Directories' digests end in `.dir`. */
export interface HashInfo {
  readonly name: HashName;
  readonly value: string;
}

/** What a cloud with versions knows of one object. */
export interface CloudMeta {
  readonly etag?: string;
  readonly versionId?: string;
  readonly checksum?: string;
  readonly md5?: string;
  readonly size?: number;
}

/** Facts about content beside its digest; all optional in every file DVC writes. Sizes in bytes. */
export interface Meta {
  readonly size?: number;
  /** Files below a directory. */
  readonly nfiles?: number;
  readonly isexec?: boolean;
  readonly versionId?: string;
  readonly etag?: string;
  readonly checksum?: string;
  readonly md5?: string;
  /** The one remote that holds a version of its own, by name. */
  readonly cloud?: Readonly<Record<string, CloudMeta>>;
}

/** Whether the digest is of a directory's listing. */
export const isDirHash = (hash: HashInfo): boolean => hash.value.endsWith('.dir');

/** Whether objects of this kind live in a cache of files by digest (`files/md5`, or 2.x's). */
export const isContentHash = (name: HashName): boolean => name === 'md5' || name === 'md5-dos2unix';

/** The key under which a file of DVC's records this hash: both kinds of md5 are written `md5:`. */
export const hashKey = (name: HashName): string => (name === 'md5-dos2unix' ? 'md5' : name);

/** Same algorithm and same digest; two unknown hashes are not the same. */
export const sameHash = (a: HashInfo | undefined, b: HashInfo | undefined): boolean =>
  a !== undefined && b !== undefined && a.name === b.name && a.value === b.value;
