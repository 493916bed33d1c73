import { asRepoPath, type RepoPath } from '../core/ids.ts';
import { checkAborted, type OpContext } from '../core/op-context.ts';
import type { Revision } from '../graph/revision.ts';
import type { Repo } from '../repo.ts';
import { openRevision } from '../repo-revision.ts';

export interface MetricSeriesOptions {
  /** A commit. */
  readonly rev: string;
  /** Files of metrics whose steps are wanted. */
  readonly files: readonly string[];
}

/** A metric step by step. */
export interface MetricSeries {
  readonly file: string;
  /** As in the file of metrics, from the outermost inwards. */
  readonly keys: readonly string[];
  /** One for each step, in order. */
  readonly values: readonly number[];
}

/** Bytes of a longer series, which nobody wants for a cell. */
const LONGEST = 4_000_000;

/**
 * The steps of a commit's metrics, where they lie beside them as DVCLive writes them: `dvclive/metrics.json` has
 * `dvclive/plots/metrics/train/loss.tsv`. What is in no commit is taken from the cache; what is missing there is left out.
 */
export async function metricSeries(
  repo: Repo,
  { rev, files }: MetricSeriesOptions,
  ctx: OpContext,
): Promise<MetricSeries[]> {
  const revision = await openRevision(repo, rev, ctx);
  const found: MetricSeries[] = [];
  for (const file of files) {
    const slash = file.lastIndexOf('/');
    const folder = asRepoPath(slash < 0 ? 'plots/metrics' : `${file.slice(0, slash)}/plots/metrics`);
    await collect(revision, folder, [], (keys, values) => void found.push({ file, keys, values }), ctx);
  }
  return found;
}

async function collect(
  revision: Revision,
  folder: RepoPath,
  keys: readonly string[],
  take: (keys: readonly string[], values: readonly number[]) => void,
  ctx: OpContext,
): Promise<void> {
  if (keys.length === 0 && (await revision.files.kind(folder)) !== 'directory') return;
  for (const { name, kind } of await revision.files.list(folder)) {
    checkAborted(ctx.signal);
    const path = asRepoPath(`${folder}/${name}`);
    if (kind === 'directory') await collect(revision, path, [...keys, name], take, ctx);
    else if (name.endsWith('.tsv')) {
      const bytes = await revision.files.read(path);
      if (bytes && bytes.length <= LONGEST) take([...keys, name.slice(0, -4)], seriesOfTable(bytes.toString()));
    }
  }
}

/** The last column of a table whose first line names its columns: DVCLive writes the step before the value. What is no number is left out. */
export function seriesOfTable(text: string): number[] {
  const [, ...lines] = text.split(/\r?\n/);
  return lines.flatMap((line) => {
    const last = line.slice(line.lastIndexOf('\t') + 1);
    return last === '' || !Number.isFinite(Number(last)) ? [] : [Number(last)];
  });
}
