import type { GraphEdge, GraphNode, PipelineGraph } from '../../src/protocol/graph-page.ts';

/** What is drawn of a graph once groups are collapsed and a path is focused on. */
export interface VisibleGraph {
  /** Stages, data and collapsed groups, in the order of the graph. */
  readonly items: readonly VisibleItem[];
  /** Expanded groups, drawn around their members. */
  readonly frames: readonly VisibleItem[];
  /** Between items; edges of members of a collapsed group are those of the group. */
  readonly edges: readonly VisibleEdge[];
}

export interface VisibleItem {
  readonly id: string;
  readonly kind: 'stage' | 'data' | 'group';
  readonly name: string;
  readonly place: string;
  /** The frame it is drawn in. */
  readonly frame: string | undefined;
  /** Stages of a group, collapsed or not; none for others. */
  readonly members: readonly string[];
}

export interface VisibleEdge {
  readonly from: string;
  readonly to: string;
  readonly files: readonly string[];
  readonly size: number | undefined;
}

/** @param only Ids of nodes that are shown; all unless told. */
export function visibleGraph(
  graph: PipelineGraph,
  collapsed: ReadonlySet<string>,
  only?: ReadonlySet<string>,
): VisibleGraph {
  const nodes = only ? graph.nodes.filter(({ id }) => only.has(id)) : graph.nodes;
  const members = new Map<string, string[]>();
  for (const { id, group } of nodes) if (group !== undefined) members.set(group, [...(members.get(group) ?? []), id]);
  const groups = new Map(graph.groups.map((group) => [group.id, group]));
  const groupItem = (id: string): VisibleItem => {
    const { name, place } = groups.get(id) ?? { name: id, place: '' };
    return { id, kind: 'group', name, place, frame: undefined, members: members.get(id) ?? [] };
  };
  const items = new Map<string, VisibleItem>();
  const shownAs = new Map<string, string>();
  for (const { id, kind, name, place, group } of nodes) {
    const isInside = group !== undefined && collapsed.has(group);
    shownAs.set(id, isInside ? group : id);
    if (!isInside) items.set(id, { id, kind, name, place, frame: group, members: [] });
    else if (!items.has(group)) items.set(group, groupItem(group));
  }
  const frames = [...members.keys()].filter((id) => !collapsed.has(id)).map(groupItem);
  return { items: [...items.values()], frames, edges: merged(graph.edges, shownAs) };
}

/** One edge between two items, with the files of all it stands for; edges within an item are not drawn. */
function merged(edges: readonly GraphEdge[], shownAs: ReadonlyMap<string, string>): VisibleEdge[] {
  const found = new Map<string, { from: string; to: string; files: Set<string>; sizes: (number | undefined)[] }>();
  for (const edge of edges) {
    const [from, to] = [shownAs.get(edge.from), shownAs.get(edge.to)];
    if (from === undefined || to === undefined || from === to) continue;
    const key = `${from}\n${to}`;
    const known = found.get(key) ?? { from, to, files: new Set<string>(), sizes: [] };
    // A file that all members of a group read flows once.
    if (!edge.files.every((file) => known.files.has(file))) known.sizes.push(edge.size);
    for (const file of edge.files) known.files.add(file);
    found.set(key, known);
  }
  return [...found.values()].map(({ from, to, files, sizes }) => ({ from, to, files: [...files], size: total(sizes) }));
}

function total(sizes: readonly (number | undefined)[]): number | undefined {
  let sum = 0;
  for (const size of sizes) {
    if (size === undefined) return undefined;
    sum += size;
  }
  return sizes.length === 0 ? undefined : sum;
}

/** Everything that leads to one of the nodes and all that they lead to, themselves included. */
export function pathThrough(edges: readonly { from: string; to: string }[], ids: readonly string[]): Set<string> {
  const [above, below] = [neighbours(edges, 'to', 'from'), neighbours(edges, 'from', 'to')];
  return new Set([...reach(above, ids), ...reach(below, ids)]);
}

function reach(next: ReadonlyMap<string, readonly string[]>, from: readonly string[]): Set<string> {
  const seen = new Set(from);
  // A set that is being walked takes in what is added to it.
  for (const id of seen) for (const one of next.get(id) ?? []) seen.add(one);
  return seen;
}

function neighbours(
  edges: readonly { from: string; to: string }[],
  of: 'from' | 'to',
  other: 'from' | 'to',
): Map<string, string[]> {
  const found = new Map<string, string[]>();
  for (const edge of edges) {
    const list = found.get(edge[of]);
    if (list) list.push(edge[other]);
    else found.set(edge[of], [edge[other]]);
  }
  return found;
}

/** Groups that start collapsed: all of them once the graph is too big to be read at a glance. */
export function collapsedAtFirst({ nodes, groups }: PipelineGraph): Set<string> {
  const members = new Map<string, number>();
  for (const { group } of nodes) if (group !== undefined) members.set(group, (members.get(group) ?? 0) + 1);
  const isBig = nodes.length > 40;
  return new Set(groups.flatMap(({ id }) => (isBig || (members.get(id) ?? 0) > 8 ? [id] : [])));
}

/** Ids of nodes whose name, folder or group has the text in it, whatever its case. */
export function findNodes(graph: PipelineGraph, text: string): string[] {
  const wanted = text.trim().toLowerCase();
  if (wanted === '') return [];
  const groups = new Map(graph.groups.map(({ id, name }) => [id, name]));
  const nameOf = ({ name, place, group }: GraphNode): string =>
    `${place === '' ? '' : `${place}/`}${group === undefined ? '' : `${groups.get(group)}@`}${name}`;
  return graph.nodes.filter((node) => nameOf(node).toLowerCase().includes(wanted)).map(({ id }) => id);
}
