import * as path from 'node:path';
import { DvcError, withMessagePrefix } from '../core/errors.ts';
import { type OpContext, withJobs } from '../core/op-context.ts';
import { type PyMap, pyMap } from '../core/python.ts';
import { redactUrl } from '../core/redact.ts';
import type { DvcFileDep } from '../files/dvc-file.ts';
import type { ImportStage } from '../graph/stage.ts';
import { exists } from '../platform/exists.ts';
import { isLocalUrl } from '../remote/registry.ts';
import type { Repo } from '../repo.ts';
import { agreedToSource } from '../stages/import-consent.ts';
import { bringImport, type ImportIgnore, showSource, sourceFolders } from '../stages/import-stage.ts';
import { importToRemote } from '../stages/import-to-remote.ts';
import { planImport } from '../stages/new-import.ts';
import { showPlace } from '../stages/stage-checks.ts';
import type { WriteResult } from './write-result.ts';

export interface ImportUrlOptions {
  /** A path, or a URL of any kind of store; `remote://name/path` for one of the configuration. */
  readonly url: string;
  readonly out?: string;
  readonly force?: boolean;
  /** Name of the pointer file. */
  readonly file?: string;
  readonly desc?: string;
  /** Write the pointer file and look at nothing. */
  readonly noExec?: boolean;
  /** Record what the source is now, and download nothing. */
  readonly noDownload?: boolean;
  /** Send the data straight to a remote of the repository. */
  readonly toRemote?: boolean;
  readonly remote?: string;
  readonly jobs?: number;
  /** Record the version of every object, in stores that keep versions. */
  readonly versionAware?: boolean;
  /** Options of the store, as a remote has them. */
  readonly fsConfig?: Readonly<Record<string, string>>;
}

export interface ImportResult extends WriteResult {
  /** From the user's folder. */
  readonly output: string;
  readonly pointer: string;
}

/**
 * Brings data from a URL and tracks it, with where it came from, so that `update` can look for a newer one.
 *
 * Source: dvc-format 3.6. @throws what {@link planImport} refuses, `output-missing` where nothing is at the URL, and what its store says
 */
export async function importUrl(repo: Repo, options: ImportUrlOptions, ctx: OpContext): Promise<ImportResult> {
  refuseMisuse(options);
  await using _lock = await repo.lock(ctx);
  try {
    const { url, versionAware = false, fsConfig } = options;
    const config = versionAware ? { ...fsConfig, version_aware: true } : fsConfig;
    const isVersioned =
      /^(s3|gs|gcs|azure|abfss?|adls?|remote):/i.test(url) && (versionAware || /[?&]versionId=/i.test(url));
    const dep = (wdir: string): DvcFileDep => ({
      path: sourcePath(repo, url, wdir, ctx),
      legacy: false,
      hash: undefined,
      meta: {},
      files: undefined,
      fsConfig: config && asMap(config),
      repo: undefined,
      db: undefined,
    });
    const stage = await planImport(repo, { ...options, from: url, dep, push: !isVersioned }, ctx);
    return await runImport(repo, stage, options, ctx);
  } catch (error) {
    throw withMessagePrefix(`failed to import ${redactUrl(options.url)}`, error);
  }
}

export type RunImportOptions = Pick<ImportUrlOptions, 'noExec' | 'noDownload' | 'toRemote' | 'remote' | 'jobs'>;

/** Makes a planned import: its data, its pointer file, its line for Git. */
export async function runImport(
  repo: Repo,
  stage: ImportStage,
  { noExec = false, noDownload = false, toRemote = false, remote, jobs }: RunImportOptions,
  given: OpContext,
): Promise<ImportResult> {
  const ctx = withJobs(given, jobs);
  const output = stage.outs[0]!;
  const shown = showPlace(repo, output, ctx.cwd);
  const target = output.place.kind === 'repo' ? output.place.path : undefined;
  if (target === undefined) throw new Error(`${shown} is no path of the repository`);
  await using _paths = await repo.usePaths('lode import', [target], ctx);
  agreedToSource(repo, stage, sourceFolders(repo, stage, ctx), ctx);
  const ignores = repo.newIgnores();
  const lines = [{ path: repo.absolute(target), shown }];
  const ignore: ImportIgnore = {
    check: () => ignores.check(lines),
    add: () => ignores.add(lines),
    keep: () => ignores.keep(),
  };
  try {
    if (noExec) {
      await ignore.check();
      repo.writePointer(stage.file, stage.pointer);
      await ignore.add();
    } else if (toRemote)
      await importToRemote(repo, stage, { ignore, ...(remote === undefined ? {} : { remote }) }, ctx);
    else {
      const dep = stage.deps[0]!;
      ctx.emit({ type: 'import-started', stage: stage.file, source: showSource(repo, dep, ctx.cwd), output: shown });
      await bringImport(repo, stage, { isCached: false, commit: true, download: !noDownload, ignore }, ctx);
    }
  } catch (error) {
    ignores.undo();
    throw error;
  } finally {
    repo.state.save();
    repo.outputsMade.save();
  }
  const touched = [repo.absolute(stage.file), ...ignores.touched];
  await repo.autostage(touched);
  return { output: shown, pointer: stage.file, touched };
}

function refuseMisuse({ toRemote, noExec, noDownload, versionAware, remote }: ImportUrlOptions): void {
  if (toRemote && (noExec || noDownload || versionAware))
    throw new DvcError('usage', '--no-exec/--no-download/--version-aware cannot be combined with --to-remote', {
      exitCode: 1,
    });
  if (!toRemote && remote !== undefined)
    throw new DvcError('usage', "--remote can't be used without --to-remote", { exitCode: 1 });
}

/** What the pointer file calls the source: as it was typed, wherever that leads there from the pointer's folder too. */
function sourcePath(repo: Repo, url: string, wdir: string, ctx: OpContext): string {
  if (!isLocalUrl(url) || /^file:/i.test(url)) return url;
  const absolute = path.resolve(ctx.cwd, url);
  const isInside = exists(absolute) && repo.locate(url, ctx.cwd) !== undefined;
  if (!isInside && path.resolve(wdir, url) === absolute) return url;
  return path.relative(wdir, absolute).split(path.sep).join('/') || '.';
}

const asMap = (config: Readonly<Record<string, string | boolean>>): PyMap => pyMap(Object.entries(config));
