import type { PipelineFile, StageView } from '../../engine/index.ts';
import type { GraphEdge, GraphGroup, GraphNode, PipelineGraph } from '../../protocol/graph-page.ts';
import type { OutputView } from '../snapshot.ts';

/** The graph of all pipelines of a repository: its stages, and the tracked data they read. */
export function pipelineGraph(files: readonly PipelineFile[], outputs: readonly OutputView[]): PipelineGraph {
  const stages = files.flatMap((file) => file.stages);
  const groups = new Map<string, GraphGroup>();
  const nodes = stages.map((view): GraphNode => {
    const group = groupOf(view);
    if (group) groups.set(group.id, group);
    return { id: view.address, kind: 'stage', name: nameIn(view), place: folderOf(view.file), group: group?.id };
  });
  const makers = new Makers(stages, outputs);
  const known = new Set(nodes.map(({ id }) => id));
  const edges = stages.flatMap((view) => edgesTo(view, makers)).filter(({ from }) => known.has(from) || isData(from));
  const data = [...new Set(edges.map(({ from }) => from))].filter(isData);
  return {
    nodes: [...data.map(dataNode), ...nodes],
    groups: [...groups.values()],
    edges,
  };
}

/** The group a stage is a member of: its id is the address that names all members as a target. */
export function groupOf({ address, file, stage }: StageView): GraphGroup | undefined {
  if (stage.group === undefined || !address.endsWith(stage.name)) return undefined;
  // A stage of the dvc.yaml at the root is called by its name alone.
  const before = address.slice(0, address.length - stage.name.length);
  return { id: `${before}${stage.group}`, name: stage.group, place: folderOf(file) };
}

/** Of a member what sets it apart from the others: `resnet` of `train@resnet`. */
const nameIn = ({ stage: { name, group } }: StageView): string =>
  group !== undefined && name.startsWith(`${group}@`) ? name.slice(group.length + 1) : name;

const isData = (id: string): boolean => id.endsWith('.dvc');

const dataNode = (id: string): GraphNode => ({
  id,
  kind: 'data',
  name: id.slice(id.lastIndexOf('/') + 1).replace(/\.dvc$/, ''),
  place: folderOf(id),
  group: undefined,
});

const folderOf = (file: string): string => file.slice(0, Math.max(0, file.lastIndexOf('/')));

interface Made {
  readonly path: string;
  readonly size: number | undefined;
  readonly by: string;
}

/** Who makes what lies at a path, in it or around it. */
class Makers {
  readonly #byPath = new Map<string, Made>();
  /** In order of code units, so that what lies in a folder follows it. */
  readonly #paths: readonly string[];

  constructor(stages: readonly StageView[], outputs: readonly OutputView[]) {
    for (const { path, size, pointer } of outputs)
      if (isData(pointer)) this.#byPath.set(path, { path, size, by: pointer });
    for (const { address, stage } of stages)
      for (const { place, meta } of stage.outs)
        if (place.kind === 'repo') this.#byPath.set(place.path, { path: place.path, size: meta.size, by: address });
    this.#paths = [...this.#byPath.keys()].sort();
  }

  of(path: string): Made[] {
    const found: Made[] = [];
    for (let at = path; ; at = at.slice(0, at.lastIndexOf('/'))) {
      const made = this.#byPath.get(at);
      if (made) found.push(made);
      if (!at.includes('/')) break;
    }
    const inside = `${path}/`;
    for (let at = this.#firstFrom(inside); this.#paths[at]?.startsWith(inside); at++)
      found.push(this.#byPath.get(this.#paths[at]!)!);
    return found;
  }

  #firstFrom(text: string): number {
    let [low, high] = [0, this.#paths.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#paths[middle]! < text) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

interface Read {
  readonly files: string[];
  size: number | undefined;
}

/** One edge for each maker, in the order of the dependencies; makers that the engine alone knows of have no files. */
function edgesTo({ address, stage, needs }: StageView, makers: Makers): GraphEdge[] {
  const read = new Map<string, Read>();
  for (const { place, meta } of stage.deps) {
    if (place.kind !== 'repo') continue;
    for (const made of makers.of(place.path)) {
      if (made.by === address) continue;
      // What is read of a folder is as big as the dependency; what a folder that is read is made of, as big as the output.
      const [path, size] =
        made.path.length <= place.path.length ? [place.path, meta.size ?? made.size] : [made.path, made.size];
      const known = read.get(made.by);
      if (!known) read.set(made.by, { files: [path], size });
      else {
        known.files.push(path);
        known.size = known.size === undefined || size === undefined ? undefined : known.size + size;
      }
    }
  }
  for (const id of needs) if (!read.has(id)) read.set(id, { files: [], size: undefined });
  return [...read].map(([from, { files, size }]) => ({ from, to: address, files, size }));
}
