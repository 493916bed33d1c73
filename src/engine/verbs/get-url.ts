import * as fs from 'node:fs';
import { DvcError, withMessagePrefix } from '../core/errors.ts';
import { type OpContext, startProgress, withJobs } from '../core/op-context.ts';
import { redactUrl } from '../core/redact.ts';
import { deliver, filesOfExternal, filesOfFolder, sizeOf, writeFiles } from '../deliver.ts';
import { External, localFolderOf, resolveUrl } from '../external.ts';
import { loadConfig } from '../files/config.ts';
import { findRoot } from '../repo-root.ts';
import { resolveOut } from '../stages/new-import.ts';

export interface GetUrlOptions {
  readonly url: string;
  readonly out?: string;
  readonly force?: boolean;
  readonly jobs?: number;
  /** Options of the store, as a remote has them. */
  readonly fsConfig?: Readonly<Record<string, string>>;
}

export interface GetResult {
  /** Absolute. */
  readonly output: string;
  readonly files: number;
  readonly bytes: number;
}

/** Downloads data from a URL, and tracks nothing. Needs no repository; one around the user's folder says what `remote://` means. */
export async function getUrl(options: GetUrlOptions, given: OpContext): Promise<GetResult> {
  const { url, fsConfig = {} } = options;
  const ctx = withJobs(given, options.jobs);
  try {
    const target = resolveOut({ ...options, from: url }, ctx.cwd);
    const resolved = resolveUrl(url, { config: loadConfig(findRoot(ctx.cwd)), folder: ctx.cwd, options: fsConfig });
    const local = localFolderOf(resolved);
    await using external = local === undefined ? await External.open(resolved, ctx) : undefined;
    const found = external ? await filesOfExternal(external, ctx) : await filesOfFolder(local!, ctx);
    if (!found) throw urlMissing(url);
    const progress = startProgress(ctx, 'get', found.files.length, sizeOf(found.files));
    let bytes = 0;
    const fill = async (aside: string): Promise<void> => {
      if (found.isFolder) fs.mkdirSync(aside);
      await writeFiles(aside, found.files, external?.atOnce(ctx) ?? ctx.jobs ?? LOCAL_JOBS, ctx, (size, name) => {
        bytes += size;
        progress.advance(1, size, name);
      });
    };
    await deliver(target, { fill }, ctx);
    progress.done();
    return { output: target, files: found.files.length, bytes };
  } catch (error) {
    throw withMessagePrefix(`failed to get '${redactUrl(url)}'`, error);
  }
}

const LOCAL_JOBS = 4;

const urlMissing = (url: string) =>
  new DvcError('output-missing', `The path '${redactUrl(url)}' does not exist`, {
    hint: 'Check its spelling; `lode list-url` shows what lies beside it.',
    exitCode: 1,
  });
