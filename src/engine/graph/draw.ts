import { compareCodePoints } from '../core/paths.ts';

/** What is drawn: named nodes, and an edge from each node to one that it needs. Immutable. */
export interface Drawing {
  readonly nodes: readonly string[];
  readonly edges: readonly (readonly [node: string, needs: string])[];
}

/** In Graphviz's language. Edges point the way the data flows. */
export function drawDot({ nodes, edges }: Drawing): string {
  const lines = [
    ...nodes.map((node) => `${quoted(node)};`),
    ...edges.map(([node, needs]) => `${quoted(needs)} -> ${quoted(node)};`),
  ];
  return ['strict digraph {', ...lines, '}', ''].join('\n');
}

const quoted = (label: string): string => (label.startsWith('"') || label.endsWith('"') ? label : `"${label}"`);

/** In Mermaid's language, numbered pipeline by pipeline, each sorted by name. */
export function drawMermaid(drawing: Drawing): string {
  const lines = ['flowchart TD'];
  let number = 0;
  for (const { nodes, edges } of componentsOf(drawing)) {
    const ids = new Map<string, string>();
    for (const node of [...nodes].sort(compareCodePoints)) {
      ids.set(node, `node${++number}`);
      lines.push(`\t${ids.get(node)}["${node}"]`);
    }
    const flow = edges.map(([node, needs]) => [needs, node] as const);
    flow.sort(([a, b], [c, d]) => compareCodePoints(a, c) || compareCodePoints(b, d));
    for (const [from, to] of flow) lines.push(`\t${ids.get(from)}-->${ids.get(to)}`);
  }
  return lines.join('\n');
}

/** The parts that do not hang together, in the order of their first nodes. */
export function componentsOf({ nodes, edges }: Drawing): Drawing[] {
  const neighbours = new Map<string, string[]>(nodes.map((node) => [node, []]));
  for (const [node, needs] of edges) {
    neighbours.get(node)?.push(needs);
    neighbours.get(needs)?.push(node);
  }
  const owner = new Map<string, number>();
  let count = 0;
  for (const start of nodes) {
    if (owner.has(start)) continue;
    const found = new Set([start]);
    for (const node of found) for (const next of neighbours.get(node) ?? []) found.add(next); // Grows while walked.
    for (const node of found) owner.set(node, count);
    count++;
  }
  const parts = Array.from({ length: count }, () => ({
    nodes: [] as string[],
    edges: [] as (readonly [string, string])[],
  }));
  for (const node of nodes) parts[owner.get(node)!]!.nodes.push(node);
  for (const edge of edges) parts[owner.get(edge[0])!]!.edges.push(edge);
  return parts;
}

/** What the targets need, or with `full` all they hang together with. Without targets: everything. */
export function partOf(drawing: Drawing, targets: readonly string[], { full }: { readonly full: boolean }): Drawing {
  if (targets.length === 0) return drawing;
  const kept = new Set(targets);
  if (full) {
    for (const { nodes } of componentsOf(drawing))
      if (nodes.some((node) => kept.has(node))) for (const node of nodes) kept.add(node);
  } else {
    const needs = new Map<string, string[]>();
    for (const [node, need] of drawing.edges) needs.set(node, [...(needs.get(node) ?? []), need]);
    for (const node of kept) for (const need of needs.get(node) ?? []) kept.add(need); // Grows while walked.
  }
  return {
    nodes: drawing.nodes.filter((node) => kept.has(node)),
    edges: drawing.edges.filter(([a, b]) => kept.has(a) && kept.has(b)),
  };
}

/** Members of a `foreach` or `matrix` group as one node. Names of pointer files may hold an `@` of their own. */
export function collapseGroups({ nodes, edges }: Drawing): Drawing {
  const group = (node: string): string => (node.endsWith('.dvc') ? node : (node.split('@')[0] ?? node));
  const seen = new Set<string>();
  const merged = edges.map(([a, b]) => [group(a), group(b)] as const);
  return {
    nodes: [...new Set(nodes.map(group))],
    edges: merged.filter(([a, b]) => !seen.has(`${a}\0${b}`) && seen.add(`${a}\0${b}`)),
  };
}
