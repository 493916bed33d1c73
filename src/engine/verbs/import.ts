import { withMessagePrefix } from '../core/errors.ts';
import type { OpContext } from '../core/op-context.ts';
import { redactUrl } from '../core/redact.ts';
import type { DvcFileDep } from '../files/dvc-file.ts';
import type { Repo } from '../repo.ts';
import { type SourceOptions, sourceOf } from '../source-repo.ts';
import { planImport } from '../stages/new-import.ts';
import { type ImportResult, runImport } from './import-url.ts';

export interface ImportOptions extends SourceOptions {
  /** From the other repository's root. */
  readonly path: string;
  readonly out?: string;
  readonly force?: boolean;
  /** Name of the pointer file. */
  readonly file?: string;
  readonly desc?: string;
  readonly noExec?: boolean;
  readonly noDownload?: boolean;
  readonly jobs?: number;
}

/**
 * Brings a file or folder of another repository and tracks it, with the commit that it came from.
 *
 * Source: dvc-format 3.4. @throws what {@link planImport} refuses, `git-failed`, `unknown-revision`, `output-missing`
 */
export async function importFrom(repo: Repo, options: ImportOptions, ctx: OpContext): Promise<ImportResult> {
  const source = sourceOf(options);
  await using _lock = await repo.lock(ctx);
  try {
    const dep: DvcFileDep = {
      path: options.path,
      legacy: false,
      hash: undefined,
      meta: {},
      files: undefined,
      fsConfig: undefined,
      repo: source,
      db: undefined,
    };
    const stage = await planImport(repo, { ...options, from: options.path, dep: () => dep }, ctx);
    return await runImport(repo, stage, options, ctx);
  } catch (error) {
    throw withMessagePrefix(`failed to import '${options.path}' from '${redactUrl(options.url)}'`, error);
  }
}
