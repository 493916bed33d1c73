import type { OpContext } from '../core/op-context.ts';
import { collapseGroups, type Drawing, drawDot, drawMermaid, partOf } from '../graph/draw.ts';
import { buildGraph, type Graph, inputsOf } from '../graph/graph.ts';
import { type Output, repoPathOf } from '../graph/output.ts';
import { OutputMap } from '../graph/output-map.ts';
import type { RepoIndex } from '../graph/repo-index.ts';
import { selectedOutputs, selectTargets } from '../graph/targets.ts';
import type { Repo } from '../repo.ts';
import { showAddress, showPlace } from '../stages/stage-checks.ts';

export interface DagOptions {
  /** A stage or an output: what it needs. Everything unless told. */
  readonly target?: string;
  /** With a target: its whole pipeline. */
  readonly full?: boolean;
  /** Outputs instead of stages. */
  readonly outs?: boolean;
  /** Groups of `foreach` and `matrix` as one node. */
  readonly collapse?: boolean;
}

/** The graph of the workspace, ready to be drawn. @throws `target-not-found`, `cycle`, `output-overlap`. Source: dvc-format 9.14. */
export async function dag(repo: Repo, options: DagOptions, ctx: OpContext): Promise<Drawing> {
  const { target, full = false, outs = false, collapse = false } = options;
  const index = await repo.index();
  const graph = buildGraph(index.stages);
  const drawing = outs ? outputsDrawing(repo, index, graph, ctx) : stagesDrawing(repo, graph, ctx);
  const part = partOf(drawing, target === undefined ? [] : nodesAt(repo, index, target, outs, ctx), { full });
  return collapse ? collapseGroups(part) : part;
}

export type DrawingFormat = 'ascii' | 'dot' | 'mermaid';

/** A drawing as text: for a terminal, for Graphviz, or for Mermaid. */
export async function drawn(drawing: Drawing, format: DrawingFormat): Promise<string> {
  if (format === 'dot') return drawDot(drawing);
  if (format === 'mermaid') return drawMermaid(drawing);
  const { drawAscii } = await import('../graph/draw-ascii.ts');
  return drawAscii(drawing);
}

function stagesDrawing(repo: Repo, { stages, needs }: Graph, ctx: OpContext): Drawing {
  const names = new Map([...stages].map(([address, stage]) => [address, showAddress(repo, stage, ctx.cwd)]));
  const edges = [...needs].flatMap(([address, list]) =>
    list.map((need) => [names.get(address) ?? address, names.get(need) ?? need] as const),
  );
  return { nodes: [...names.values()], edges };
}

/** Every output of a stage needs every output that the stage reads. */
function outputsDrawing(repo: Repo, index: RepoIndex, { stages }: Graph, ctx: OpContext): Drawing {
  const nameOf = (output: Output): string => showPlace(repo, output, ctx.cwd);
  const outputs = new OutputMap(index.allOutputs);
  const edges = new Map<string, readonly [string, string]>();
  for (const stage of stages.values()) {
    const read = inputsOf(stage).flatMap((path) => [...outputs.around(path), ...outputs.below(path)]);
    for (const output of stage.outs)
      for (const need of read) edges.set(`${nameOf(output)}\0${nameOf(need)}`, [nameOf(output), nameOf(need)]);
  }
  return { nodes: byFolder(index.allOutputs).map(nameOf), edges: [...edges.values()] };
}

/** Outputs of one folder together, folders in the order in which they are first met. */
function byFolder(outputs: readonly Output[]): Output[] {
  interface Folder {
    readonly outputs: Output[];
    readonly below: Map<string, Folder>;
  }
  const root: Folder = { outputs: [], below: new Map() };
  for (const output of outputs) {
    let folder = root;
    for (const part of (repoPathOf(output) ?? `/${output.defPath}`).split('/')) {
      const next = folder.below.get(part) ?? { outputs: [], below: new Map() };
      folder.below.set(part, next);
      folder = next;
    }
    folder.outputs.push(output);
  }
  const flat = ({ outputs: here, below }: Folder): Output[] => [...here, ...[...below.values()].flatMap(flat)];
  return flat(root);
}

function nodesAt(repo: Repo, index: RepoIndex, target: string, outs: boolean, ctx: OpContext): string[] {
  const found = selectTargets(index, [target], { root: repo.root, cwd: ctx.cwd });
  return outs
    ? found.flatMap((one) => selectedOutputs(one).map((output) => showPlace(repo, output, ctx.cwd)))
    : found.map(({ stage }) => showAddress(repo, stage, ctx.cwd));
}
