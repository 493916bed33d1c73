import type { PipelineGraph } from '../../src/protocol/graph-page.ts';
import { findNodes } from './visible.ts';

/** What was found in a graph, and at which of it the user is. */
export class GraphSearch {
  #found: readonly string[] = [];
  #at = -1;

  get count(): number {
    return this.#found.length;
  }

  /** From 0; before the first step -1. */
  get at(): number {
    return this.#at;
  }

  lookFor(text: string, graph: PipelineGraph): void {
    this.#found = findNodes(graph, text);
    this.#at = -1;
  }

  clear(): void {
    this.#found = [];
  }

  /** The next node or the one before, in a circle; undefined where nothing was found. */
  step(by: 1 | -1): string | undefined {
    if (this.count === 0) return undefined;
    this.#at = (this.#at + by + this.count) % this.count;
    return this.#found[this.#at];
  }

  /** Nodes to bring out: what was found, and groups that may be drawn in its place. */
  marked({ nodes }: PipelineGraph): Set<string> {
    const groups = new Map(nodes.map(({ id, group }) => [id, group]));
    return new Set(this.#found.flatMap((id) => [id, groups.get(id) ?? id]));
  }
}
