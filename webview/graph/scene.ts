import type { NodeLook } from '../../src/protocol/graph-page.ts';
import { formatBytes } from '../../src/protocol/size-text.ts';
import { element } from '../shared/dom.ts';
import { EdgeLayer } from './edge-layer.ts';
import type { Box, Direction, GraphLayout } from './layout.ts';
import { type NodeContext, NodeElement } from './node-element.ts';
import { overlap, type Size, seenPart, type Viewport } from './viewport.ts';
import type { VisibleGraph } from './visible.ts';

/** Below these scales words are too small to be read and are not drawn: first the small ones, then all. */
const SMALL = 0.6;
const TINY = 0.3;
const REST = 150; // ms without a movement after which the drawing is drawn sharp again

/** The drawing itself. Panning and zooming move one element; nodes out of sight are not in the document. */
export class Scene {
  /** The place it is drawn in. */
  readonly element: HTMLElement;
  readonly #world = element('div', { class: 'world', role: 'presentation' });
  readonly #edges = new EdgeLayer(formatBytes);
  readonly #nodes = new Map<string, NodeElement>();
  #looks: ReadonlyMap<string, NodeLook> = new Map();
  #layout: GraphLayout | undefined;
  #view: Viewport = { x: 0, y: 0, scale: 1 };
  #selected: string | undefined;
  #found: ReadonlySet<string> = new Set();
  #on: ReadonlySet<string> | undefined;
  #frame = 0;
  #rest: ReturnType<typeof setTimeout> | undefined;

  constructor(label: string) {
    this.element = element('div', { class: 'scene', role: 'tree', 'aria-label': label }, this.#world);
    this.#world.append(this.#edges.element);
  }

  get size(): Size {
    return { width: this.element.clientWidth, height: this.element.clientHeight };
  }

  get viewport(): Viewport {
    return this.#view;
  }

  /** Where a node lies in the drawing. */
  boxOf(id: string): Box | undefined {
    return this.#layout?.boxes.get(id);
  }

  setGraph(graph: VisibleGraph, layout: GraphLayout, direction: Direction, context: NodeContext): void {
    for (const { element: old } of this.#nodes.values()) old.remove();
    this.#nodes.clear();
    this.#layout = layout;
    for (const item of graph.frames) this.#nodes.set(item.id, new NodeElement(item, true, context));
    for (const item of graph.items) this.#nodes.set(item.id, new NodeElement(item, false, context));
    for (const [id, node] of this.#nodes) {
      const box = layout.boxes.get(id);
      if (box) node.place(box);
      this.#dress(id, node);
    }
    this.#edges.set(graph.edges, layout.routes, direction);
    this.#edges.highlight(this.#on);
    this.#render();
  }

  /** Recolours nodes where they are. */
  setLooks(looks: ReadonlyMap<string, NodeLook>, changed: readonly string[]): void {
    this.#looks = looks;
    for (const id of changed) {
      const look = looks.get(id);
      if (look) this.#nodes.get(id)?.show(look);
    }
  }

  setViewport(view: Viewport): void {
    const isPanned = view.scale === this.#view.scale;
    this.#view = view;
    clearTimeout(this.#rest);
    this.#world.classList.toggle('moving', isPanned);
    this.#rest = setTimeout(() => this.#world.classList.remove('moving'), REST);
    this.#world.style.transform = `translate(${view.x}px,${view.y}px) scale(${view.scale})`;
    this.#world.classList.toggle('small', view.scale < SMALL);
    this.#world.classList.toggle('tiny', view.scale < TINY);
    // One look at what is in sight for each picture, however many events came.
    if (this.#frame === 0)
      this.#frame = requestAnimationFrame(() => {
        this.#frame = 0;
        this.#render();
      });
  }

  select(id: string | undefined, path: ReadonlySet<string> | undefined): void {
    const before = this.#selected;
    this.#selected = id;
    this.#on = path;
    for (const one of [before, id]) {
      const node = one === undefined ? undefined : this.#nodes.get(one);
      if (node && one !== undefined) this.#dress(one, node);
    }
    this.#edges.highlight(path);
    this.#render();
  }

  /** Brings these nodes out. */
  emphasize(ids: ReadonlySet<string>): void {
    this.#found = ids;
    for (const [id, node] of this.#nodes) node.mark('found', ids.has(id));
  }

  /** Gives a node the focus of the keyboard, wherever it is. */
  focus(id: string): void {
    const node = this.#nodes.get(id);
    if (!node) return;
    if (!node.element.isConnected) this.#world.append(node.element);
    node.element.focus({ preventScroll: true });
  }

  #dress(id: string, node: NodeElement): void {
    const look = this.#looks.get(id);
    if (look) node.show(look);
    node.mark('selected', id === this.#selected);
    node.mark('found', this.#found.has(id));
    node.element.tabIndex = id === this.#selected ? 0 : -1;
  }

  #render(): void {
    const layout = this.#layout;
    if (!layout) return;
    const seen = seenPart(this.#view, this.size);
    this.#edges.render(seen);
    for (const [id, { element: node }] of this.#nodes) {
      const box = layout.boxes.get(id);
      // The selected one stays, so that it keeps the focus and Tab leads to it.
      const isSeen = box !== undefined && (id === this.#selected || overlap(box, seen));
      if (isSeen && !node.isConnected) this.#world.append(node);
      else if (!isSeen && node.isConnected) node.remove();
    }
  }
}
