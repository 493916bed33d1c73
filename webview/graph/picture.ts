import type { GraphWords, PipelineGraph } from '../../src/protocol/graph-page.ts';
import { element } from '../shared/dom.ts';
import { iconButton } from '../shared/icon-button.ts';
import { TOOL_ICONS } from './icons.ts';
import type { Box, Direction } from './layout.ts';
import type { LayoutWorker } from './layout-worker.ts';
import { type NodeContext, sizeOf } from './node-element.ts';
import { Scene } from './scene.ts';
import { bringIntoView, centreOn, type Size, showAll, type Viewport, zoomAt } from './viewport.ts';
import { type VisibleGraph, visibleGraph } from './visible.ts';

const ZOOM_STEP = 1.25;
const SLOW = 150; // ms after which a layout that is not there yet is told of

export interface PictureOptions {
  readonly worker: LayoutWorker;
  readonly words: GraphWords;
  /** How much of the place is not covered. */
  readonly room: (whole: Size) => Size;
  /** Told where a user has moved to; undefined where all of the graph is to stay in sight. */
  readonly onMove: (view: Viewport | undefined) => void;
}

/** What is drawn of a graph. */
export interface Drawn {
  readonly graph: PipelineGraph;
  readonly collapsed: ReadonlySet<string>;
  /** Ids of nodes; all unless told. */
  readonly only: ReadonlySet<string> | undefined;
  readonly direction: Direction;
  readonly context: NodeContext;
  /** Undefined for all of it. */
  readonly viewport: Viewport | undefined;
  /** A node that stays where it is on the screen. */
  readonly anchor: string | undefined;
}

/** The graph as it lies on the screen: laid out, moved and zoomed. */
export class Picture {
  readonly scene: Scene;
  readonly status = element('p', { class: 'laying-out muted', role: 'status' });
  readonly #options: PictureOptions;
  #visible: VisibleGraph = { items: [], frames: [], edges: [] };
  #boxes: ReadonlyMap<string, Box> = new Map();
  #size: Size = { width: 0, height: 0 };
  /** False once a user has moved: then that is the place to come back to. */
  #isWhole = true;

  constructor(options: PictureOptions) {
    this.#options = options;
    this.scene = new Scene(options.words.graph);
  }

  get visible(): VisibleGraph {
    return this.#visible;
  }

  /** Where each node and each frame lies; empty until the first layout is there. */
  get boxes(): ReadonlyMap<string, Box> {
    return this.#boxes;
  }

  /** Lays a graph out anew. @returns false where another one came after it, or it cannot be laid out */
  async draw({ graph, collapsed, only, direction, context, viewport, anchor }: Drawn): Promise<boolean> {
    const { worker, words } = this.#options;
    const visible = visibleGraph(graph, collapsed, only);
    const { width, height } = this.scene.size;
    const slow = setTimeout(() => {
      this.status.textContent = words.layingOut;
    }, SLOW);
    try {
      const layout = await worker.layOut({
        items: visible.items.map((item) => ({ id: item.id, frame: item.frame, ...sizeOf(item) })),
        edges: visible.edges.map(({ from, to }) => ({ from, to })),
        direction,
        aspect: Math.max(0.5, width / Math.max(1, height)),
      });
      if (!layout) return false;
      const before = this.#boxes.get(anchor ?? '');
      const after = layout.boxes.get(anchor ?? '');
      [this.#visible, this.#boxes, this.#size] = [visible, layout.boxes, layout];
      this.scene.setGraph(visible, layout, direction, context);
      this.status.textContent = '';
      if (before && after && viewport) this.move(shifted(this.scene.viewport, before, after));
      else this.show(viewport);
      return true;
    } catch (error) {
      this.status.textContent = `${words.failed} ${error instanceof Error ? error.message : ''}`;
      return false;
    } finally {
      clearTimeout(slow);
    }
  }

  /** Moves as a user has asked. */
  move(view: Viewport): void {
    this.#isWhole = false;
    this.scene.setViewport(view);
    this.#options.onMove(view);
  }

  /** Shows a part, or all of it. */
  show(view: Viewport | undefined): void {
    this.#isWhole = view === undefined;
    this.scene.setViewport(view ?? showAll(this.#size, this.#room));
  }

  showAll(): void {
    this.#options.onMove(undefined);
    this.show(undefined);
  }

  zoom(closer: boolean): void {
    const { width, height } = this.#room;
    this.move(zoomAt(this.scene.viewport, closer ? ZOOM_STEP : 1 / ZOOM_STEP, { x: width / 2, y: height / 2 }));
  }

  /** Moves so that a node is in sight: not at all where it is. */
  bringIntoView(id: string): void {
    const box = this.#boxes.get(id);
    if (!box) return;
    const view = bringIntoView(this.scene.viewport, box, this.#room);
    if (this.#isWhole) this.scene.setViewport(view);
    else this.move(view);
  }

  centreOn(id: string): void {
    const box = this.#boxes.get(id);
    if (box) this.move(centreOn(this.scene.viewport, box, this.#room));
  }

  /** Buttons for those who have no wheel. */
  zoomTools(): HTMLElement {
    const { words } = this.#options;
    return element(
      'div',
      { class: 'zoom', role: 'group', 'aria-label': words.fit },
      iconButton(words.zoomIn, TOOL_ICONS.zoomIn, () => this.zoom(true)),
      iconButton(words.zoomOut, TOOL_ICONS.zoomOut, () => this.zoom(false)),
      iconButton(words.fit, TOOL_ICONS.fit, () => this.showAll()),
    );
  }

  get #room(): Size {
    return this.#options.room(this.scene.size);
  }
}

/** The view in which a box is where it was. */
const shifted = ({ x, y, scale }: Viewport, before: Box, after: Box): Viewport => ({
  scale,
  x: x + (before.x - after.x) * scale,
  y: y + (before.y - after.y) * scale,
});
