import { isUtf8 } from 'node:buffer';
import * as path from 'node:path';
import { DvcError } from '../core/errors.ts';
import type { FileView } from '../core/file-view.ts';
import type { RepoPath } from '../core/ids.ts';
import { checkAborted, type OpContext } from '../core/op-context.ts';
import type { PyValue } from '../core/python.ts';
import { readParams } from '../files/params-file.ts';

/** Why a file gives no values, in DVC's words and in ours. */
export interface FileError {
  /** The class of DVC's exception: `FileNotFoundError`, `JSONFileCorruptedError`, … */
  readonly type: string;
  /** As DVC prints it in its JSON. */
  readonly message: string;
  /** With the line, where it is known: for people. */
  readonly detail: string;
}

/** What a file of metrics or params says: values nested as they are in it, or why there are none. */
export type FileResult = { readonly data: PyValue } | { readonly error: FileError };

/** By path from the root, in the order in which DVC lists them. */
export type FileResults = ReadonlyMap<RepoPath, FileResult>;

/** Values of a JSON, TOML, Python or YAML file. Whatever is wrong with it is part of the result. */
export async function readFileValues(files: FileView, file: RepoPath, ctx: OpContext): Promise<FileResult> {
  checkAborted(ctx.signal);
  try {
    const bytes = await files.read(file);
    if (!bytes) return { error: fileMissing(file) };
    try {
      return { data: readParams(file, bytes) };
    } catch (error) {
      return { error: fileBroken(file, bytes, error, ctx) };
    }
  } catch (error) {
    if (!DvcError.is(error) || error.code === 'cancelled') throw error;
    return { error: errorOf(error) };
  }
}

/** What DVC's exception of the same kind is called, as its JSON tells. */
export function errorTypeOf({ code, message }: DvcError): string {
  // What cannot be resolved is told in a sentence of DVC's; a file that is no YAML begins with its name.
  if (code === 'invalid-file' && !/^'[^']*' is invalid/.test(message)) return 'ResolveError';
  return TYPES[code] ?? 'DvcException';
}

const TYPES: Readonly<Record<string, string>> = {
  'invalid-schema': 'YAMLValidationError',
  'torn-file': 'YAMLValidationError',
  'invalid-file': 'YAMLFileCorruptedError',
  'unknown-key': 'ResolveError',
};

/** A failure of a whole file or revision as part of a result. */
export const errorOf = (error: DvcError): FileError => ({
  type: errorTypeOf(error),
  message: error.message,
  detail: error.message,
});

export function fileMissing(file: string): FileError {
  const message = `[Errno 2] No such file or directory: '${file}'`;
  return { type: 'FileNotFoundError', message, detail: `'${file}' is neither in the workspace nor in the cache.` };
}

/** @param error What reading threw; rethrown where the file is not to blame. */
export function fileBroken(file: RepoPath, bytes: Uint8Array, error: unknown, ctx: OpContext): FileError {
  if (!DvcError.is(error, 'invalid-file')) throw error;
  // DVC shows the path as seen from the root of the disk, which it takes for the root of the repository.
  const shown = path.posix.relative(ctx.cwd, `/${file}`);
  if (!isUtf8(bytes)) return broken('EncodingError', `unable to read: '${shown}', is not valid utf-8`, error);
  const format = FORMATS[path.extname(file).toLowerCase()] ?? 'YAML';
  const message = `unable to read: '${shown}', ${format} file structure is corrupted`;
  return broken(`${format}FileCorruptedError`, message, error);
}

const broken = (type: string, message: string, error: DvcError): FileError => ({
  type,
  message,
  detail: error.message,
});

const FORMATS: Readonly<Record<string, string>> = { '.json': 'JSON', '.toml': 'TOML', '.py': 'Python' };
