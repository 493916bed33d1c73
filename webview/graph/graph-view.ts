import type { FromGraph, GraphCommand, GraphPage, NodeDetails, NodeLook } from '../../src/protocol/graph-page.ts';
import type { Channel } from '../shared/channel.ts';
import { element } from '../shared/dom.ts';
import { DetailsPane } from './details-pane.ts';
import { listenToGestures } from './gestures.ts';
import { Hover } from './hover.ts';
import { TOOL_ICONS } from './icons.ts';
import { type KeptState, readKept } from './kept-state.ts';
import { type GraphAction, listenToKeys } from './keys.ts';
import type { Box, Direction } from './layout.ts';
import type { LayoutWorker } from './layout-worker.ts';
import { legendOf } from './legend.ts';
import { nodeAt } from './navigate.ts';
import { sizeOf } from './node-element.ts';
import { Scene } from './scene.ts';
import { iconButton, Toolbar } from './toolbar.ts';
import { bringIntoView, centreOn, type Size, showAll, type Viewport, zoomAt } from './viewport.ts';
import { collapsedAtFirst, findNodes, pathThrough, type VisibleGraph, visibleGraph } from './visible.ts';

const ZOOM_STEP = 1.25;
const EMPTY: VisibleGraph = { items: [], frames: [], edges: [] };

type KeptChange = { [K in keyof KeptState]?: KeptState[K] | undefined };

interface Selecting {
  /** Moves the focus of the keyboard to it; true unless told. */
  readonly focus?: boolean;
  readonly centre?: boolean;
}

/** The page of a graph: what is shown of it, and what a user does to it. The host knows of stages, this of the picture. */
export class GraphView {
  readonly element: HTMLElement;
  readonly #channel: Channel<FromGraph>;
  readonly #worker: LayoutWorker;
  readonly #toolbar: Toolbar;
  readonly #scene: Scene;
  readonly #details: DetailsPane;
  readonly #hover: Hover;
  readonly #legend: HTMLElement;
  readonly #warnings = element('div', { class: 'warnings', role: 'status' });
  readonly #status = element('p', { class: 'laying-out muted', role: 'status' });
  readonly #looks = new Map<string, NodeLook>();
  readonly #collapsed: Set<string>;
  #page: GraphPage;
  #kept: KeptState;
  #visible = EMPTY;
  #drawing: Size = { width: 0, height: 0 };
  #boxes: ReadonlyMap<string, Box> = new Map();
  #found: readonly string[] = [];
  #foundAt = -1;

  constructor(page: GraphPage, channel: Channel<FromGraph>, worker: LayoutWorker) {
    this.#page = page;
    this.#channel = channel;
    this.#worker = worker;
    this.#kept = { ...readKept(channel.kept()), root: page.root };
    this.#collapsed = new Set(this.#kept.collapsed ?? collapsedAtFirst(page.graph));
    const { words } = page;
    this.#toolbar = new Toolbar(words, {
      search: (text) => this.#search(text),
      step: (by) => void this.#step(by),
      leaveSearch: () => this.#leaveSearch(),
      run: () => this.#run('lode.reproAll', undefined),
      expandAll: () => this.#setCollapsed([]),
      collapseAll: () => this.#setCollapsed(this.#page.graph.groups.map(({ id }) => id)),
      toggleFocus: () => this.#toggleFocus(),
      turn: () => void this.#keepAndLayOut({ direction: this.#direction === 'down' ? 'right' : 'down' }),
      toggleLegend: () => this.#toggleLegend(),
    });
    this.#scene = new Scene(words.graph);
    this.#details = new DetailsPane(
      words,
      (message) => channel.send(message),
      () => this.#deselect(),
    );
    this.#legend = legendOf(page);
    const stage = element(
      'div',
      { class: 'stage' },
      this.#scene.element,
      this.#status,
      this.#legend,
      this.#zoomTools(),
    );
    this.#hover = new Hover(stage, this.#scene.element, (id) => this.#told(id));
    stage.append(this.#hover.element, this.#details.element);
    this.element = element('div', { class: 'graph' }, this.#toolbar.element, this.#warnings, stage);
    this.#listen();
  }

  /** Takes the graph as it is now: what has not changed stays where it is. */
  show(page: GraphPage): void {
    const isSame = this.#boxes.size > 0 && JSON.stringify(page.graph) === JSON.stringify(this.#page.graph);
    this.#page = page;
    this.#looks.clear();
    this.showLooks(page.looks);
    this.#warnings.replaceChildren(...page.warnings.map((text) => element('p', {}, text)));
    this.#warnings.hidden = page.warnings.length === 0;
    this.#updateToolbar();
    if (!isSame) void this.#layOut();
  }

  showLooks(looks: readonly NodeLook[]): void {
    for (const look of looks) {
      this.#looks.set(look.id, look);
      this.#details.showLook(look);
    }
    this.#scene.setLooks(
      this.#looks,
      looks.map(({ id }) => id),
    );
  }

  showDetails(details: NodeDetails): void {
    if (details.id !== this.#kept.selected) return;
    this.#details.show(details, this.#looks.get(details.id));
    const box = this.#boxes.get(details.id);
    if (box) this.#move(bringIntoView(this.#scene.viewport, box, this.#room));
  }

  /** Shows a node whatever hides it, and selects it. */
  async reveal(id: string, selecting: Selecting = {}): Promise<void> {
    const group = this.#page.graph.nodes.find((node) => node.id === id)?.group;
    const isHidden = !this.#boxes.has(id);
    if (isHidden && group !== undefined) this.#collapsed.delete(group);
    if (isHidden) await this.#keepAndLayOut({ focused: undefined });
    this.#select(id, { centre: true, ...selecting });
  }

  get #direction(): Direction {
    return this.#kept.direction ?? 'down';
  }

  /** What is not covered by the details. */
  get #room(): Size {
    const { width, height } = this.#scene.size;
    const { hidden, offsetWidth, offsetHeight } = this.#details.element;
    if (hidden) return { width, height };
    const isBelow = offsetWidth >= width;
    return isBelow ? { width, height: height - offsetHeight } : { width: width - offsetWidth, height };
  }

  #listen(): void {
    const { element: scene } = this.#scene;
    listenToGestures(this.#scene, (view) => {
      this.#hover.hide();
      this.#move(view);
    });
    listenToKeys(this.element, scene, (action) => this.#act(action));
    const nodeOf = ({ target }: Event): HTMLElement | null =>
      target instanceof Element ? target.closest<HTMLElement>('[data-id]') : null;
    scene.addEventListener('click', (event) => {
      const id = nodeOf(event)?.dataset['id'];
      if (id === undefined) return;
      if (event.target instanceof Element && event.target.closest('.toggle')) this.#toggleGroup(id);
      else this.#select(id);
    });
    scene.addEventListener('dblclick', (event) => {
      const id = nodeOf(event)?.dataset['id'];
      if (id !== undefined) this.#open(id);
    });
    scene.addEventListener('contextmenu', (event) => {
      const id = nodeOf(event)?.dataset['id'];
      this.#hover.hide();
      if (id !== undefined && id !== this.#kept.selected) this.#select(id);
    });
    new ResizeObserver(() => this.#resized()).observe(scene);
  }

  #act(action: GraphAction): void {
    const { selected } = this.#kept;
    switch (action.do) {
      case 'go':
        this.#select(this.#neighbour(action.key));
        return;
      case 'first':
      case 'last':
        this.#select(this.#visible.items.at(action.do === 'first' ? 0 : -1)?.id);
        return;
      case 'open':
        if (selected !== undefined) this.#open(selected);
        return;
      case 'run':
        if (selected !== undefined && this.#looks.get(selected)?.state !== 'data')
          this.#run('lode.reproUpstream', selected);
        return;
      case 'toggle':
        if (selected !== undefined) this.#toggleGroup(selected);
        return;
      case 'zoom':
        this.#zoom(action.closer ? ZOOM_STEP : 1 / ZOOM_STEP);
        return;
      case 'fit':
        this.#showAll();
        return;
      case 'focus':
        this.#toggleFocus();
        return;
      case 'search':
        this.#toolbar.focusSearch();
        return;
      case 'leave':
        if (this.#kept.focused !== undefined) this.#toggleFocus();
        else this.#deselect();
        return;
      default:
        unreachable(action);
    }
  }

  // ------------------------------------------------------------------ the picture

  async #layOut(anchor?: string): Promise<void> {
    const { graph } = this.#page;
    const { focused } = this.#kept;
    const only = focused === undefined ? undefined : pathThrough(graph.edges, this.#nodesOf(focused));
    const visible = visibleGraph(graph, this.#collapsed, only);
    const { width, height } = this.#scene.size;
    const slow = setTimeout(() => {
      this.#status.textContent = this.#page.words.layingOut;
    }, 150);
    try {
      const layout = await this.#worker.layOut({
        items: visible.items.map((item) => ({ id: item.id, frame: item.frame, ...sizeOf(item) })),
        edges: visible.edges.map(({ from, to }) => ({ from, to })),
        direction: this.#direction,
        aspect: Math.max(0.5, width / Math.max(1, height)),
      });
      if (!layout) return;
      const before = anchor === undefined ? undefined : this.#boxes.get(anchor);
      this.#visible = visible;
      this.#boxes = layout.boxes;
      const { root, words } = this.#page;
      const context = { root, expand: words.expand, collapse: words.collapse };
      this.#scene.setGraph(visible, layout, this.#direction, context);
      this.#drawing = layout;
      this.#status.textContent = '';
      const after = anchor === undefined ? undefined : layout.boxes.get(anchor);
      if (before && after && this.#kept.viewport) this.#move(kept(this.#scene.viewport, before, after));
      else this.#move(this.#kept.viewport ?? this.#whole(), false);
      this.#restoreSelection();
      this.#emphasize();
    } catch (error) {
      this.#status.textContent = `${this.#page.words.failed} ${error instanceof Error ? error.message : ''}`;
    } finally {
      clearTimeout(slow);
    }
  }

  /** @param byUser False where the whole graph stays in sight by itself. */
  #move(view: Viewport, byUser = true): void {
    this.#scene.setViewport(view);
    if (byUser) this.#keep({ viewport: view });
  }

  #resized(): void {
    this.#move(this.#kept.viewport ?? this.#whole(), false);
    const box = this.#boxes.get(this.#kept.selected ?? '');
    if (box) this.#bringIntoView(box);
  }

  #zoom(factor: number): void {
    const { width, height } = this.#room;
    this.#move(zoomAt(this.#scene.viewport, factor, { x: width / 2, y: height / 2 }));
  }

  #showAll(): void {
    this.#keep({ viewport: undefined });
    this.#move(this.#whole(), false);
  }

  #whole(): Viewport {
    return showAll(this.#drawing, this.#room);
  }

  #zoomTools(): HTMLElement {
    const { words } = this.#page;
    return element(
      'div',
      { class: 'zoom', role: 'group', 'aria-label': words.fit },
      iconButton(words.zoomIn, TOOL_ICONS.zoomIn, () => this.#zoom(ZOOM_STEP)),
      iconButton(words.zoomOut, TOOL_ICONS.zoomOut, () => this.#zoom(1 / ZOOM_STEP)),
      iconButton(words.fit, TOOL_ICONS.fit, () => this.#showAll()),
    );
  }

  // ------------------------------------------------------------------ selection

  #select(id: string | undefined, { focus = true, centre = false }: Selecting = {}): void {
    if (id === undefined) return;
    const box = this.#boxes.get(id);
    const isNew = id !== this.#kept.selected;
    this.#keep({ selected: id });
    this.#scene.select(id, pathThrough(this.#visible.edges, [id]));
    this.#scene.element.tabIndex = -1;
    if (box && centre) this.#move(centreOn(this.#scene.viewport, box, this.#room));
    else if (box) this.#bringIntoView(box);
    if (focus) this.#scene.focus(id);
    this.#updateToolbar();
    if (isNew || this.#details.element.hidden) this.#channel.send({ type: 'select', node: id });
  }

  /** A picture that shows all of the graph stays as it is: then everything is in view. */
  #bringIntoView(box: Box): void {
    const view = bringIntoView(this.#scene.viewport, box, this.#room);
    const { x, y } = this.#scene.viewport;
    if (view.x !== x || view.y !== y) this.#move(view);
  }

  #deselect(): void {
    this.#keep({ selected: undefined });
    this.#details.hide();
    this.#scene.select(undefined, undefined);
    this.#scene.element.tabIndex = 0;
    this.#scene.element.focus({ preventScroll: true });
    this.#updateToolbar();
  }

  /** After a new layout: the same node, or the group that has swallowed it. */
  #restoreSelection(): void {
    const { selected } = this.#kept;
    const hadFocus = document.activeElement === null || document.activeElement === document.body;
    const group = this.#page.graph.nodes.find(({ id }) => id === selected)?.group;
    const shown = [selected, group].find((id) => id !== undefined && this.#boxes.has(id));
    this.#scene.element.tabIndex = shown === undefined ? 0 : -1;
    if (shown !== undefined) this.#select(shown, { focus: hadFocus });
    else if (selected !== undefined) this.#deselect();
  }

  #neighbour(key: Parameters<typeof nodeAt>[0]): string | undefined {
    const { items, edges } = this.#visible;
    const { selected } = this.#kept;
    const current = items.find(({ id }) => id === selected)?.id ?? items.find(({ frame }) => frame === selected)?.id;
    if (current === undefined || current !== selected) return current ?? items[0]?.id;
    const boxes = new Map(items.flatMap(({ id }) => (this.#boxes.has(id) ? [[id, this.#boxes.get(id)!]] : [])));
    return nodeAt(key, current, { boxes, edges, direction: this.#direction });
  }

  #open(id: string): void {
    this.#run(this.#looks.get(id)?.state === 'data' ? 'lode.openPointer' : 'lode.openStage', id);
  }

  #run(command: GraphCommand, node: string | undefined): void {
    this.#channel.send({ type: 'run', command, node });
  }

  #told(id: string): { name: string; look: NodeLook } | undefined {
    const look = this.#looks.get(id);
    const item = [...this.#visible.items, ...this.#visible.frames].find((one) => one.id === id);
    return look && item && { name: item.name, look };
  }

  // ------------------------------------------------------------------ groups, paths, search

  #nodesOf(id: string): readonly string[] {
    const members = this.#page.graph.nodes.filter(({ group }) => group === id).map((node) => node.id);
    return members.length > 0 ? members : [id];
  }

  /** Unfolds a group, or folds the one a member is in. */
  #toggleGroup(id: string): void {
    const { nodes, groups } = this.#page.graph;
    const group = groups.some((one) => one.id === id) ? id : nodes.find((node) => node.id === id)?.group;
    if (group === undefined) return;
    const isOpening = this.#collapsed.delete(group);
    if (!isOpening) this.#collapsed.add(group);
    const first = nodes.find((node) => node.group === group)?.id;
    this.#keep({ collapsed: [...this.#collapsed], selected: isOpening ? first : group });
    void this.#layOut(group);
  }

  #setCollapsed(ids: readonly string[]): void {
    this.#collapsed.clear();
    for (const id of ids) this.#collapsed.add(id);
    void this.#keepAndLayOut({ collapsed: ids });
  }

  #toggleFocus(): void {
    const { focused, selected } = this.#kept;
    if (focused === undefined && selected === undefined) return;
    void this.#keepAndLayOut({ focused: focused === undefined ? selected : undefined });
  }

  #toggleLegend(): void {
    this.#keep({ legend: this.#kept.legend !== true });
    this.#updateToolbar();
  }

  #search(text: string): void {
    this.#found = findNodes(this.#page.graph, text);
    this.#foundAt = -1;
    this.#toolbar.showFound(0, this.#found.length);
    this.#emphasize();
    if (this.#found.length > 0) void this.#step(1);
  }

  async #step(by: 1 | -1): Promise<void> {
    const { length } = this.#found;
    if (length === 0) return;
    this.#foundAt = (this.#foundAt + by + length) % length;
    this.#toolbar.showFound(this.#foundAt, length);
    await this.reveal(this.#found[this.#foundAt]!, { focus: false });
  }

  #leaveSearch(): void {
    this.#found = [];
    this.#toolbar.clearSearch();
    this.#emphasize();
    const { selected } = this.#kept;
    if (selected === undefined) this.#scene.element.focus({ preventScroll: true });
    else this.#scene.focus(selected);
  }

  /** Brings out what was found; a collapsed group where it has a match. */
  #emphasize(): void {
    const groups = new Map(this.#page.graph.nodes.map(({ id, group }) => [id, group]));
    this.#scene.emphasize(new Set(this.#found.flatMap((id) => [id, groups.get(id) ?? id])));
  }

  // ------------------------------------------------------------------ what is kept

  #keep(change: KeptChange): void {
    // A key that is set to undefined is forgotten.
    this.#kept = Object.fromEntries(
      Object.entries({ ...this.#kept, ...change }).filter(([, value]) => value !== undefined),
    );
    this.#channel.keep(this.#kept);
  }

  async #keepAndLayOut(change: KeptChange): Promise<void> {
    this.#keep({ ...change, viewport: undefined });
    this.#updateToolbar();
    await this.#layOut();
  }

  #updateToolbar(): void {
    const { focused, selected, legend = false } = this.#kept;
    this.#legend.hidden = !legend;
    this.#toolbar.update({
      isFocused: focused !== undefined,
      canFocus: selected !== undefined,
      legend,
      hasGroups: this.#page.graph.groups.length > 0,
      canRun: this.#page.trusted,
    });
  }
}

/** The view in which a box is where it was. */
const kept = ({ x, y, scale }: Viewport, before: Box, after: Box): Viewport => ({
  scale,
  x: x + (before.x - after.x) * scale,
  y: y + (before.y - after.y) * scale,
});

function unreachable(action: never): never {
  throw new Error(`There is no action ${JSON.stringify(action)}.`);
}
