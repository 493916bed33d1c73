import * as fs from 'node:fs';
import * as path from 'node:path';
import { nothingToList, withMessagePrefix } from './core/errors.ts';
import { asRepoPath, type Oid, type RepoPath } from './core/ids.ts';
import type { OpContext } from './core/op-context.ts';
import { toRepoPath } from './core/paths.ts';
import { redactUrl } from './core/redact.ts';
import { defined } from './files/data-entry.ts';
import { IgnoreFiles } from './files/ignore.ts';
import { commitFiles } from './git/commit-files.ts';
import type { Git } from './git/git.ts';
import { openGit } from './git/git-cli.ts';
import { workspaceFiles } from './git/workspace-files.ts';
import type { TrackedOutput } from './graph/output.ts';
import { RepoIndex } from './graph/repo-index.ts';
import type { Tree } from './hash/tree.ts';
import { plainCommit, plainWorkspace } from './plain-files.ts';
import { Repo } from './repo.ts';
import { contentOf } from './repo-data.ts';
import { type RepoEntry, RepoFiles } from './repo-files.ts';
import { realPath } from './repo-root.ts';
import { isBare, SourceRepo, sourceOf } from './source-repo.ts';

/** Where to look. */
export interface ListingOptions {
  /** The repository: a folder, or whatever Git takes as an address. */
  readonly url: string;
  /** From that repository's root; the root itself unless told. */
  readonly path?: string;
  readonly rev?: string;
  /** Remote to ask for manifests that the cache lacks; the default one unless told. */
  readonly remote?: string;
  /** A configuration file that goes before the repository's own. */
  readonly config?: string;
  /** Options of the remote. */
  readonly remoteConfig?: Readonly<Record<string, string>>;
}

export interface Listing {
  readonly files: RepoFiles;
  readonly path: RepoPath;
  readonly entry: RepoEntry;
}

/**
 * Opens any folder for reading while `work` runs: a DVC repository, a Git repository without DVC, or neither.
 *
 * @param sizes Whether sizes of a commit's files are wanted, which have to be read for it.
 * @throws `output-missing`, `unsupported`, `unknown-revision`
 */
export async function withListing<T>(
  options: ListingOptions & { readonly sizes: boolean },
  ctx: OpContext,
  work: (listing: Listing) => Promise<T>,
): Promise<T> {
  const { url } = options;
  const start = path.resolve(ctx.cwd, url);
  if (needsSource(start, options) || isInNested(start, options.path)) return await throughSource(options, ctx, work);
  const real = realPath(start);
  const found = async (root: string, files: RepoFiles): Promise<T> => {
    const at = toRepoPath(root, path.resolve(root, options.path ?? ''));
    const entry = at === undefined ? undefined : await files.entry(at);
    if (at === undefined || entry === undefined) throw nothingToList(url, options.path);
    return work({ files, path: at, entry });
  };
  try {
    if (Repo.find(real) === undefined) return await withoutDvc(real, options, ctx, found);
    await using repo = await Repo.open(real, ctx);
    return await found(repo.root, await filesOfRepo(repo, options, ctx));
  } catch (error) {
    throw withMessagePrefix(`failed to list '${url}'`, error);
  }
}

/** True for what is no work tree here, or asks for another configuration. */
const needsSource = (start: string, { config, remoteConfig }: ListingOptions): boolean =>
  !fs.existsSync(start) || isBare(start) || config !== undefined || remoteConfig !== undefined;

/** A repository inside the listed one has data of its own. */
function isInNested(start: string, given = ''): boolean {
  const root = Repo.find(realPath(start)) ?? start;
  const inside = toRepoPath(root, path.resolve(root, given));
  const parts = inside ? inside.split('/') : [];
  return parts.some((_, i) => fs.existsSync(path.join(root, ...parts.slice(0, i + 1), '.dvc')));
}

async function throughSource<T>(
  { url, path: below, rev, remote, config, remoteConfig, sizes }: ListingOptions & { readonly sizes: boolean },
  ctx: OpContext,
  work: (listing: Listing) => Promise<T>,
): Promise<T> {
  try {
    const spec = sourceOf({ url, ...defined({ rev, remote, config, remoteConfig }) });
    await using source = await SourceRepo.open(spec, { folders: [ctx.cwd], sizes }, ctx);
    const located = await source.find(below ?? '');
    if (!located) throw nothingToList(redactUrl(url), below);
    return await work({ files: located.sub.files, path: located.path, entry: located.entry });
  } catch (error) {
    throw withMessagePrefix(`failed to list '${redactUrl(url)}'`, error);
  }
}

async function filesOfRepo(
  repo: Repo,
  { rev, remote, sizes }: ListingOptions & { readonly sizes: boolean },
  ctx: OpContext,
): Promise<RepoFiles> {
  const readTree = (oid: Oid, output: TrackedOutput) => readTreeAnywhere(repo, oid, output, remote, ctx);
  if (rev === undefined || !repo.git.present) {
    const ignore = new IgnoreFiles(repo.workspace, { nestedRepos: false });
    return new RepoFiles({ files: plainWorkspace(repo.root), index: await repo.index(), ignore, readTree });
  }
  const folder = toRepoPath(realPath(repo.git.root), repo.root) ?? asRepoPath('');
  const ignore = new IgnoreFiles(await commitFiles(repo.git, rev, folder), { nestedRepos: false });
  const files = await plainCommit(repo.git, rev, folder, { sizes });
  return new RepoFiles({ files, index: await repo.indexAt(rev), ignore, readTree });
}

async function withoutDvc<T>(
  start: string,
  { rev, sizes }: ListingOptions & { readonly sizes: boolean },
  ctx: OpContext,
  found: (root: string, files: RepoFiles) => Promise<T>,
): Promise<T> {
  const git: Git | undefined = openGit(start, ctx.signal);
  try {
    const root = git?.root ?? start;
    const top = asRepoPath('');
    const atRev = git !== undefined && rev !== undefined;
    const view = atRev ? await commitFiles(git, rev, top) : workspaceFiles(root);
    const files = atRev ? await plainCommit(git, rev, top, { sizes }) : plainWorkspace(root);
    const ignore = new IgnoreFiles(view, { nestedRepos: false });
    return await found(root, new RepoFiles({ files, index: RepoIndex.empty, ignore, readTree: async () => undefined }));
  } finally {
    git?.close();
  }
}

/** From the cache, else from a remote that has it; a folder whose manifest is nowhere is listed as the disk has it. */
async function readTreeAnywhere(
  repo: Repo,
  oid: Oid,
  output: TrackedOutput,
  remoteName: string | undefined,
  ctx: OpContext,
): Promise<Tree | undefined> {
  const { hash } = contentOf(output.hash);
  const sources = [
    async () => repo.cache(hash),
    async () => (await repo.remote(remoteName ?? output.remote, 'list', ctx)).odb(hash),
  ];
  for (const source of sources) {
    try {
      return await (await source()).readTree(oid, ctx);
    } catch (error) {
      ctx.signal.throwIfAborted();
      ctx.log.debug(`no manifest of '${output.place.path}': ${String(error)}`);
    }
  }
  return undefined;
}
