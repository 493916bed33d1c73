import { DvcError } from '../core/errors.ts';
import type { StageAddress } from '../core/ids.ts';
import { type Output, repoPathOf } from './output.ts';
import { OutputMap } from './output-map.ts';
import type { Stage } from './stage.ts';

/** Which stages each stage needs: the producers of its dependencies, in the order the dependencies are declared. */
export interface Graph {
  readonly stages: ReadonlyMap<StageAddress, Stage>;
  readonly needs: ReadonlyMap<StageAddress, readonly StageAddress[]>;
}

/**
 * Edges by path containment: a dependency that is, lies in, or contains another stage's output.
 *
 * @throws `output-overlap`, `cycle`, as DVC's graph checks do.
 */
export function buildGraph(stages: readonly Stage[]): Graph {
  const byAddress = new Map(stages.map((stage) => [stage.address, stage]));
  const outputs = new OutputMap(stages.flatMap((stage) => stage.outs));
  checkOverlaps(stages, outputs);
  const needs = new Map<StageAddress, readonly StageAddress[]>();
  for (const stage of stages) {
    const producers = new Set<StageAddress>();
    if (stage.kind !== 'data')
      for (const dep of stage.deps) {
        const path = dep.source ? undefined : repoPathOf(dep);
        if (path === undefined) continue;
        for (const output of [...outputs.around(path), ...outputs.below(path)]) producers.add(output.stage);
      }
    if (producers.has(stage.address)) throw sameItem([stage.address]);
    needs.set(stage.address, [...producers]);
  }
  const graph = { stages: byAddress, needs };
  checkCycles(graph);
  return graph;
}

/** `targets` and everything they need, each after what it needs. */
export function withUpstream(graph: Graph, targets: readonly Stage[]): Stage[] {
  const done = new Set<StageAddress>();
  const ordered: Stage[] = [];
  const visit = (address: StageAddress): void => {
    if (done.has(address)) return;
    done.add(address);
    for (const need of graph.needs.get(address) ?? []) visit(need);
    const stage = graph.stages.get(address);
    if (stage) ordered.push(stage);
  };
  for (const target of targets) visit(target.address);
  return ordered;
}

function checkOverlaps(stages: readonly Stage[], outputs: OutputMap): void {
  for (const stage of stages)
    for (const output of stage.outs) {
      const path = repoPathOf(output);
      if (path === undefined) continue;
      const same = outputs.at(path);
      if (same.length > 1) throw duplicateOutput(output, same);
      const outer = outputs.around(path).find((other) => other !== output);
      if (outer) throw overlappingOutputs(outer, output);
    }
}

function checkCycles({ needs }: Graph): void {
  const state = new Map<StageAddress, 'open' | 'done'>();
  for (const root of needs.keys()) {
    if (state.has(root)) continue;
    // An explicit stack: thousands of stages in a row would overflow the call stack.
    const stack: { address: StageAddress; next: number }[] = [{ address: root, next: 0 }];
    state.set(root, 'open');
    while (stack.length > 0) {
      const top = stack[stack.length - 1]!;
      const need = (needs.get(top.address) ?? [])[top.next++];
      if (need === undefined) {
        state.set(top.address, 'done');
        stack.pop();
      } else if (state.get(need) === 'open') {
        const way = stack.map((item) => item.address);
        throw sameItem(way.slice(way.indexOf(need)));
      } else if (!state.has(need)) {
        state.set(need, 'open');
        stack.push({ address: need, next: 0 });
      }
    }
  }
}

const sameItem = (way: readonly StageAddress[]) =>
  new DvcError(
    'cycle',
    `Same item(s) are defined as both a dependency and an output in ${way.length === 1 ? 'stage' : 'stages'}: ${way.join(', ')}.`,
    { hint: `The way into the loop: ${[...way, way[0]].join(' → ')}.`, data: { stages: way } },
  );

const duplicateOutput = (output: Output, same: readonly Output[]): DvcError => {
  const owners = same.map((one) => one.stage);
  return new Set(owners).size === 1
    ? new DvcError(
        'output-overlap',
        `output '${output.defPath}' is already specified in stage: '${output.stage}'.\n` +
          `Use \`dvc remove ${output.stage}\` to stop tracking the overlapping output.`,
      )
    : new DvcError(
        'output-overlap',
        `output '${output.defPath}' is specified in:\n${owners.map((owner) => `\t- ${owner}`).join('\n')}\n` +
          'Use `dvc remove` with any of the above targets to stop tracking the overlapping output.',
      );
};

const overlappingOutputs = (outer: Output, inner: Output) =>
  new DvcError(
    'output-overlap',
    `The output paths:\n'${repoPathOf(outer)}'('${outer.stage}')\n'${repoPathOf(inner)}'('${inner.stage}')\n` +
      'overlap and are thus in the same tracked directory.\n' +
      'To keep reproducibility, outputs should be in separate tracked directories or tracked individually.',
  );
