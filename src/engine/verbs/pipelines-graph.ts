import type { RepoPath, StageAddress } from '../core/ids.ts';
import type { DvcYamlProblem } from '../files/dvc-yaml-problems.ts';
import type { TreePath } from '../files/template.ts';
import { type Graph, type GraphProblem, neededBy } from '../graph/graph.ts';
import type { Output } from '../graph/output.ts';
import type { StageCheck } from './pipelines-check.ts';
import type { FileReading, LocatedStage } from './pipelines-file.ts';

/** Stages that will not stay as they are: those that would run, and all that need them. Nothing goes on behind a frozen stage. */
export function staleStages(
  graph: Graph,
  checks: ReadonlyMap<StageAddress, Pick<StageCheck, 'state'>>,
): ReadonlySet<StageAddress> {
  const feeds = neededBy(graph);
  const stale = new Set<StageAddress>();
  for (const [address, { state }] of checks) if (RUNS.has(state)) stale.add(address);
  for (const address of stale)
    for (const next of feeds.get(address) ?? []) if (checks.get(next)?.state !== 'frozen') stale.add(next); // Grows while walked.
  return stale;
}

const RUNS: ReadonlySet<StageCheck['state']> = new Set(['stale', 'never-run', 'restorable']);

/** What is wrong with the graph, at its places in the files: a loop at each of its stages, an overlap at each of its outputs. */
export function problemsOfGraph(
  problems: readonly GraphProblem[],
  files: ReadonlyMap<RepoPath, FileReading>,
): ReadonlyMap<RepoPath, readonly DvcYamlProblem[]> {
  const found = new Map<RepoPath, Map<string, DvcYamlProblem>>();
  if (problems.length === 0) return new Map();
  const owners = new Map(
    [...files.values()].flatMap(({ file, stages }) => stages.map((one) => [one.stage.address, { file, one }] as const)),
  );
  for (const { error, stages, output } of problems)
    for (const address of stages) {
      const owner = owners.get(address);
      if (!owner) continue; // A pointer file.
      const at = output ? atOutput(owner.one, output) : owner.one.at.slice(0, 2);
      const place = owner.file.locate(at);
      const where = output ? place?.value : place?.key;
      const list = found.get(owner.file.file) ?? new Map<string, DvcYamlProblem>();
      // The members of a group share their place: one of them is enough.
      const key = `${at.join('\0')}\0${error.code}`;
      if (!list.has(key)) list.set(key, { severity: 'error', message: error.message, hint: error.hint, at, where });
      found.set(owner.file.file, list);
    }
  return new Map([...found].map(([file, list]) => [file, [...list.values()]]));
}

const LISTS = { out: 'outs', metric: 'metrics', plot: 'plots' } as const;

function atOutput({ stage, at }: LocatedStage, output: Output): TreePath {
  const list = stage.outs.filter(({ kind }) => kind === output.kind);
  return [...at, LISTS[output.kind], list.findIndex(({ defPath }) => defPath === output.defPath)];
}
