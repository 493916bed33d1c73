/** Strings that must not be mixed up: each brand is made in one place, by the function beside it. */
declare const brand: unique symbol;
type Brand<T, B extends string> = T & { readonly [brand]: B };

/** Object id: 32 lower-case hex digits, with `.dir` behind a directory's. */
export type Oid = Brand<string, 'Oid'>;
/** Path below the repository root: posix separators, no leading or trailing slash, never `.` or `..`. The root itself is ''. */
export type RepoPath = Brand<string, 'RepoPath'>;
/** Anything Git resolves to a commit. */
export type Rev = Brand<string, 'Rev'>;
/** `path/to/x.dvc`, or `path/dvc.yaml:name`, relative to the repository root. */
export type StageAddress = Brand<string, 'StageAddress'>;

const OID = /^[0-9a-f]{32}(\.dir)?$/;

export const isOid = (text: string): text is Oid => OID.test(text);
export const isDirOid = (oid: Oid): boolean => oid.endsWith('.dir');

/** Asserts by type only: callers have walked, joined or parsed the text already. */
export const asRepoPath = (path: string): RepoPath => path as RepoPath;
export const asRev = (rev: string): Rev => rev as Rev;
export const asStageAddress = (text: string): StageAddress => text as StageAddress;
/** The caller has just computed this digest. Text from a file goes through {@link isOid} first. */
export const asOid = (digest: string): Oid => digest as Oid;
