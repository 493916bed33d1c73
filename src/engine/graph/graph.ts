import { DvcError } from '../core/errors.ts';
import type { RepoPath, StageAddress } from '../core/ids.ts';
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
  const outputs = new OutputMap(stages.flatMap((stage) => stage.outs));
  checkOverlaps(stages, outputs);
  const { graph, itself } = connect(stages, outputs);
  throwFirst(itself);
  throwFirst(cyclesIn(graph));
  return graph;
}

/** Something that makes a graph one that cannot be run. */
export interface GraphProblem {
  readonly error: DvcError;
  /** Whose it is: the stages of a loop, or the owner of `output`. */
  readonly stages: readonly StageAddress[];
  readonly output?: Output;
}

/** The same edges whatever is wrong, and all that is wrong: for an editor. */
export function surveyGraph(stages: readonly Stage[]): { graph: Graph; problems: readonly GraphProblem[] } {
  const outputs = new OutputMap(stages.flatMap((stage) => stage.outs));
  const { graph, itself } = connect(stages, outputs);
  return { graph, problems: [...overlapsIn(stages, outputs), ...itself, ...cyclesIn(graph)] };
}

/** No stage is said to need itself; those that do are told of. */
function connect(stages: readonly Stage[], outputs: OutputMap): { graph: Graph; itself: GraphProblem[] } {
  const needs = new Map<StageAddress, readonly StageAddress[]>();
  const itself: GraphProblem[] = [];
  for (const stage of stages) {
    const producers = new Set<StageAddress>();
    for (const path of inputsOf(stage))
      for (const output of [...outputs.around(path), ...outputs.below(path)]) producers.add(output.stage);
    if (producers.delete(stage.address)) itself.push(sameItem([stage.address]));
    needs.set(stage.address, [...producers]);
  }
  return { graph: { stages: new Map(stages.map((stage) => [stage.address, stage])), needs }, itself };
}

function throwFirst(problems: Iterable<GraphProblem>): void {
  for (const { error } of problems) throw error;
}

/** Paths of the repository that a stage reads: its dependencies and its params files. What comes from another repository does not count. */
export function inputsOf(stage: Stage): RepoPath[] {
  if (stage.kind === 'data') return [];
  const places = [
    ...stage.deps.filter((dep) => !dep.source).map((dep) => dep.place),
    ...(stage.kind === 'pipeline' ? stage.params.map((params) => params.file) : []),
  ];
  return places.flatMap((place) => (place.kind === 'repo' ? [place.path] : []));
}

/** `targets` and everything they need, each after what it needs. */
export const withUpstream = (graph: Graph, targets: readonly Stage[]): Stage[] => reach(graph, graph.needs, targets);

/** `targets` and everything that needs them, each before what needs it. */
export const withDownstream = (graph: Graph, targets: readonly Stage[]): Stage[] =>
  reach(graph, neededBy(graph), targets).reverse();

/** Which stages need each stage: the edges turned round. */
export function neededBy({ needs }: Graph): Map<StageAddress, readonly StageAddress[]> {
  const turned = new Map<StageAddress, StageAddress[]>([...needs.keys()].map((address) => [address, []]));
  for (const [address, list] of needs) for (const need of list) turned.get(need)?.push(address);
  return turned;
}

/** Depth first, a stage behind all it leads to. An explicit stack: thousands of stages in a row would overflow the call stack. */
function reach(graph: Graph, edges: Graph['needs'], from: readonly Stage[]): Stage[] {
  const seen = new Set<StageAddress>();
  const ordered: Stage[] = [];
  for (const { address: start } of from) {
    if (seen.has(start)) continue;
    seen.add(start);
    const stack = [{ address: start, next: 0 }];
    while (stack.length > 0) {
      const top = stack[stack.length - 1]!;
      const to = (edges.get(top.address) ?? [])[top.next++];
      if (to === undefined) {
        const stage = graph.stages.get(top.address);
        if (stage) ordered.push(stage);
        stack.pop();
      } else if (!seen.has(to)) {
        seen.add(to);
        stack.push({ address: to, next: 0 });
      }
    }
  }
  return ordered;
}

/** Refuses stages that claim one path, or a path inside another's: what is made at it would depend on who comes last. @throws `output-overlap` */
export const checkOverlaps = (stages: readonly Stage[], outputs: OutputMap): void =>
  throwFirst(overlapsIn(stages, outputs));

function* overlapsIn(stages: readonly Stage[], outputs: OutputMap): Generator<GraphProblem> {
  for (const stage of stages)
    for (const output of stage.outs) {
      const path = repoPathOf(output);
      if (path === undefined) continue;
      const same = outputs.at(path);
      const outer = outputs.around(path).find((other) => other !== output);
      const at = { stages: [stage.address], output };
      if (same.length > 1) yield { error: duplicateOutput(output, same), ...at };
      else if (outer) yield { error: overlappingOutputs(outer, output), ...at };
    }
}

function* cyclesIn({ needs }: Graph): Generator<GraphProblem> {
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
        yield sameItem(way.slice(way.indexOf(need)));
      } else if (!state.has(need)) {
        state.set(need, 'open');
        stack.push({ address: need, next: 0 });
      }
    }
  }
}

const sameItem = (way: readonly StageAddress[]): GraphProblem => ({
  stages: way,
  error: new DvcError(
    'cycle',
    `Same item(s) are defined as both a dependency and an output in ${way.length === 1 ? 'stage' : 'stages'}: ${way.join(', ')}.`,
    { hint: `The way into the loop: ${[...way, way[0]].join(' → ')}.`, data: { stages: way } },
  ),
});

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
