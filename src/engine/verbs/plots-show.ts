import { noGit } from '../core/errors.ts';
import { asRepoPath, type RepoPath } from '../core/ids.ts';
import { checkAborted, type OpContext, warn } from '../core/op-context.ts';
import { joinRepoPath, toRepoPath } from '../core/paths.ts';
import type { Revision } from '../graph/revision.ts';
import { collectDefinitions, type DefinitionOptions, type PlotProps } from '../metrics/plot-definitions.ts';
import { asFailure, PlotFailure } from '../metrics/plot-failure.ts';
import { isImage, readPlotFile } from '../metrics/plot-file.ts';
import { combinePlots, type Plot, type PlotSource, type RevisionPlots, sourcesOf } from '../metrics/plots.ts';
import type { Repo } from '../repo.ts';
import { openRevision, WORKSPACE } from '../repo-revision.ts';

export interface PlotsShowOptions {
  /** Files, folders and names of plots; DVC takes each as a regular expression that begins a plot's name. All unless told. */
  readonly targets?: readonly string[];
  /** The workspace goes first; the workspace alone unless told. */
  readonly revs?: readonly string[];
  /** What to draw every plot with: `template`, `x`, `y`, `x_label`, `y_label`, `title`, `header`. */
  readonly props?: PlotProps;
}

export interface PlotsResult {
  readonly plots: readonly Plot[];
  /** Revisions whose definitions cannot be read. */
  readonly failed: readonly { readonly rev: string; readonly failure: PlotFailure }[];
  /** The bytes of an image of a plot. */
  readImage(rev: string, file: string): Promise<Buffer | undefined>;
}

/**
 * Plots of some revisions, ready to be filled into their templates. What cannot be read is in the place of what it is about.
 * Source: dvc-format 11.
 *
 * @throws `unknown-revision`
 */
export async function plotsShow(repo: Repo, options: PlotsShowOptions, ctx: OpContext): Promise<PlotsResult> {
  const { targets = [], revs = [WORKSPACE], props = new Map() } = options;
  const folder = toRepoPath(repo.root, ctx.cwd) ?? asRepoPath('');
  const order = revs.includes(WORKSPACE) ? [WORKSPACE, ...revs.filter((rev) => rev !== WORKSPACE)] : revs;
  for (const rev of order) if (rev !== WORKSPACE) await repo.git.resolve(rev);
  const views = new Map<string, Revision>();
  const revisions: RevisionPlots[] = [];
  for (const rev of new Set(order)) {
    checkAborted(ctx.signal);
    const read = async (): Promise<Revision> => {
      const revision = await openRevision(repo, rev, ctx, { fetch: true });
      views.set(rev, revision);
      return revision;
    };
    revisions.push(await readRevision(rev, read, { folder, targets, props }, ctx));
  }
  const plots = combinePlots(revisions);
  for (const { failures } of plots)
    for (const { rev, failure } of failures) warn(ctx, `In '${rev}', ${failure.message.toLowerCase()}`);
  return {
    plots,
    failed: revisions.flatMap(({ rev, definitions: failure }) =>
      failure instanceof PlotFailure ? [{ rev, failure }] : [],
    ),
    async readImage(rev, file) {
      const at = joinRepoPath(folder, file);
      return at === undefined ? undefined : await views.get(rev)?.files.read(at);
    },
  };
}

async function readRevision(
  rev: string,
  open: () => Promise<Revision>,
  options: DefinitionOptions,
  ctx: OpContext,
): Promise<RevisionPlots> {
  try {
    const revision = await open();
    const definitions = await collectDefinitions(revision, options);
    const sources = new Map<string, PlotSource>();
    const headers = plotHeader(revision, options.props);
    for (const file of sourcesOf(definitions))
      sources.set(file, await readPlotSource(revision, options.folder, file, headers(file), ctx));
    return { rev, definitions, sources };
  } catch (error) {
    return { rev, definitions: asFailure(error), sources: new Map() };
  }
}

/** Whether the first line of a file holds names: as the command says, else the stage that makes the file. */
export function plotHeader({ index }: Revision, props: PlotProps): (file: string) => boolean {
  const given = props.get('header');
  if (given !== undefined) return () => given !== false;
  // DVC looks a file up as it is named from the user's folder, in a table of names from the root.
  return (file) => index.outputs.at(asRepoPath(file)).every(({ plot }) => plot?.get('header') !== false);
}

/** One file of a plot, as the definitions name it from the user's folder. What is wrong with it is part of the result. */
export async function readPlotSource(
  { files }: Revision,
  folder: RepoPath,
  file: string,
  header: boolean,
  ctx: OpContext,
): Promise<PlotSource> {
  checkAborted(ctx.signal);
  try {
    const at = joinRepoPath(folder, file);
    const bytes = at === undefined ? undefined : await files.read(at);
    if (at === undefined || !bytes)
      throw new PlotFailure('FileNotFoundError', `[Errno 2] No such file or directory: '${file}'`);
    if (isImage(file)) return bytes.length > 0 ? { kind: 'image', file } : { kind: 'nothing' };
    const content = await readPlotFile(at, bytes, { shown: file, header }, ctx);
    return content ? { kind: 'data', content } : { kind: 'nothing' };
  } catch (error) {
    return { kind: 'failed', failure: asFailure(error) };
  }
}

/**
 * Revisions of `plots diff`: those given, with the workspace where there is one or none, and HEAD where that differs from it. None
 * where there is no commit yet.
 *
 * @param options.baseline The one that is given is an experiment, to be compared with the commit it started from.
 * @throws `git-failed` without Git
 */
export async function plotsDiffRevisions(
  repo: Repo,
  given: readonly string[],
  options: { readonly baseline?: boolean } = {},
): Promise<string[]> {
  if (!repo.git.present) throw noGit();
  if (repo.git.head() === undefined) return [];
  const [only] = given;
  if (given.length === 1 && only !== undefined && options.baseline) {
    const commit = await repo.git.commit(only);
    const refs = await repo.git.refs('refs/exps/');
    const ref = refs.find(({ id }) => id === commit.id);
    const baseline = ref && /^refs\/exps\/([0-9a-f]{2})\/([0-9a-f]{5})/.exec(ref.name);
    if (baseline) return [only, `${baseline[1]}${baseline[2]}`];
  }
  if (given.length > 1) return [...given];
  const isDirty = given.length === 0 && (await repo.git.status('no')).dirty;
  return [...given, ...(isDirty ? ['HEAD'] : []), WORKSPACE];
}
