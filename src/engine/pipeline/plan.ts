import type { StageAddress } from '../core/ids.ts';
import type { Graph } from '../graph/graph.ts';
import { withDownstream, withUpstream } from '../graph/graph.ts';
import type { Stage } from '../graph/stage.ts';

export interface PlanOptions {
  /** Everything the targets' pipelines consist of. */
  readonly pipeline?: boolean;
  /** From the targets down, not up. */
  readonly downstream?: boolean;
}

/** The graph as it is run: nothing is done for the sake of a frozen stage. */
export const withoutFrozen = (graph: Graph): Graph => ({
  stages: graph.stages,
  needs: new Map(
    [...graph.needs].map(([address, needs]) => [address, graph.stages.get(address)?.frozen === true ? [] : needs]),
  ),
});

/**
 * The stages to look at, each after what it needs: the targets with all above them, all below them, or their whole pipelines. Without
 * targets: all. Source: dvc-format 6.4.
 */
export function planRepro(graph: Graph, targets: readonly Stage[], options: PlanOptions = {}): Stage[] {
  const chosen = chooseStages(graph, targets, options);
  const order: Stage[] = [];
  for (const stage of withUpstream(
    graph,
    [...graph.stages.values()].filter(({ address }) => chosen.has(address)),
  ))
    if (chosen.has(stage.address)) order.push(stage);
  return order;
}

function chooseStages(graph: Graph, targets: readonly Stage[], options: PlanOptions): ReadonlySet<StageAddress> {
  if (targets.length === 0) return new Set(graph.stages.keys());
  if (options.pipeline) return connected(graph, targets);
  const stages = options.downstream ? withDownstream(graph, targets) : withUpstream(graph, targets);
  return new Set(stages.map(({ address }) => address));
}

/** Everything that hangs together with the targets, whichever way the edges point. */
function connected(graph: Graph, targets: readonly Stage[]): Set<StageAddress> {
  const neighbours = new Map<StageAddress, StageAddress[]>([...graph.stages.keys()].map((address) => [address, []]));
  for (const [address, needs] of graph.needs)
    for (const need of needs) {
      neighbours.get(address)?.push(need);
      neighbours.get(need)?.push(address);
    }
  const found = new Set(targets.map(({ address }) => address));
  for (const address of found) for (const next of neighbours.get(address) ?? []) found.add(next); // Grows while walked.
  return found;
}
