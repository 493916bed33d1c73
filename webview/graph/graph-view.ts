import type { FromGraph, GraphCommand, GraphPage, NodeDetails, NodeLook } from '../../src/protocol/graph-page.ts';
import type { Channel } from '../shared/channel.ts';
import { element } from '../shared/dom.ts';
import { DetailsPane } from './details-pane.ts';
import { listenToGestures } from './gestures.ts';
import { GraphSearch } from './graph-search.ts';
import { Hover } from './hover.ts';
import { type KeptState, readKept } from './kept-state.ts';
import { type GraphAction, listenToKeys } from './keys.ts';
import type { Direction } from './layout.ts';
import type { LayoutWorker } from './layout-worker.ts';
import { legendOf } from './legend.ts';
import { nodeAt } from './navigate.ts';
import { Picture } from './picture.ts';
import type { Scene } from './scene.ts';
import { Toolbar } from './toolbar.ts';
import type { Size } from './viewport.ts';
import { collapsedAtFirst, pathThrough } from './visible.ts';

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
  readonly #toolbar: Toolbar;
  readonly #picture: Picture;
  readonly #scene: Scene;
  readonly #details: DetailsPane;
  readonly #hover: Hover;
  readonly #legend: HTMLElement;
  readonly #warnings = element('div', { class: 'warnings', role: 'status' });
  readonly #search = new GraphSearch();
  readonly #looks = new Map<string, NodeLook>();
  readonly #collapsed: Set<string>;
  #page: GraphPage;
  /** The node whose details were asked for. */
  #detailed: string | undefined;
  #kept: KeptState;

  constructor(page: GraphPage, channel: Channel<FromGraph>, worker: LayoutWorker) {
    this.#page = page;
    this.#channel = channel;
    this.#kept = { ...readKept(channel.kept()), root: page.root };
    this.#collapsed = new Set(this.#kept.collapsed ?? collapsedAtFirst(page.graph));
    const { words } = page;
    this.#toolbar = new Toolbar(words, {
      search: (text) => this.#lookFor(text),
      step: (by) => void this.#step(by),
      leaveSearch: () => this.#leaveSearch(),
      run: () => this.#run('lode.reproAll', undefined),
      expandAll: () => this.#setCollapsed([]),
      collapseAll: () => this.#setCollapsed(this.#page.graph.groups.map(({ id }) => id)),
      toggleFocus: () => this.#toggleFocus(),
      turn: () => void this.#keepAndLayOut({ direction: this.#direction === 'down' ? 'right' : 'down' }),
      toggleLegend: () => this.#toggleLegend(),
    });
    this.#picture = new Picture({
      worker,
      words,
      room: (whole) => this.#room(whole),
      onMove: (viewport) => this.#keep({ viewport }),
    });
    this.#scene = this.#picture.scene;
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
      this.#picture.status,
      this.#legend,
      this.#picture.zoomTools(),
    );
    this.#hover = new Hover(stage, this.#scene.element, (id) => this.#told(id));
    stage.append(this.#hover.element, this.#details.element);
    this.element = element('div', { class: 'graph' }, this.#toolbar.element, this.#warnings, stage);
    this.#listen();
  }

  /** Takes the graph as it is now: what has not changed stays where it is. */
  show(page: GraphPage): void {
    const isSame = this.#picture.boxes.size > 0 && JSON.stringify(page.graph) === JSON.stringify(this.#page.graph);
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
    this.#picture.bringIntoView(details.id);
  }

  /** Shows a node whatever hides it, and selects it. */
  async reveal(id: string, selecting: Selecting = {}): Promise<void> {
    const group = this.#page.graph.nodes.find((node) => node.id === id)?.group;
    const isHidden = !this.#picture.boxes.has(id);
    if (isHidden && group !== undefined) this.#collapsed.delete(group);
    if (isHidden) await this.#keepAndLayOut({ focused: undefined });
    this.#select(id, { centre: true, ...selecting });
  }

  get #direction(): Direction {
    return this.#kept.direction ?? 'down';
  }

  /** What is not covered by the details. */
  #room({ width, height }: Size): Size {
    const { hidden, offsetWidth, offsetHeight } = this.#details.element;
    if (hidden) return { width, height };
    const isBelow = offsetWidth >= width;
    return isBelow ? { width, height: height - offsetHeight } : { width: width - offsetWidth, height };
  }

  #listen(): void {
    const { element: scene } = this.#scene;
    listenToGestures(this.#scene, (view) => {
      this.#hover.hide();
      this.#picture.move(view);
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
    new ResizeObserver(() => {
      this.#picture.show(this.#kept.viewport);
      this.#picture.bringIntoView(this.#kept.selected ?? '');
    }).observe(scene);
  }

  #act(action: GraphAction): void {
    const { selected } = this.#kept;
    switch (action.do) {
      case 'go':
        this.#select(this.#neighbour(action.key));
        return;
      case 'first':
      case 'last':
        this.#select(this.#picture.visible.items.at(action.do === 'first' ? 0 : -1)?.id);
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
        this.#picture.zoom(action.closer);
        return;
      case 'fit':
        this.#picture.showAll();
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

  async #layOut(anchor?: string): Promise<void> {
    const { graph, root, words } = this.#page;
    const { focused, viewport } = this.#kept;
    const isDrawn = await this.#picture.draw({
      graph,
      collapsed: this.#collapsed,
      only: focused === undefined ? undefined : pathThrough(graph.edges, this.#nodesOf(focused)),
      direction: this.#direction,
      context: { root, expand: words.expand, collapse: words.collapse },
      viewport,
      anchor,
    });
    if (!isDrawn) return;
    this.#restoreSelection();
    this.#emphasize();
  }

  // ------------------------------------------------------------------ selection

  #select(id: string | undefined, { focus = true, centre = false }: Selecting = {}): void {
    if (id === undefined) return;
    this.#keep({ selected: id });
    this.#scene.select(id, pathThrough(this.#picture.visible.edges, [id]));
    this.#scene.element.tabIndex = -1;
    if (centre) this.#picture.centreOn(id);
    else this.#picture.bringIntoView(id);
    if (focus) this.#scene.focus(id);
    this.#updateToolbar();
    if (id !== this.#detailed) this.#channel.send({ type: 'select', node: id });
    this.#detailed = id;
  }

  #deselect(): void {
    this.#keep({ selected: undefined });
    this.#detailed = undefined;
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
    const shown = [selected, group].find((id) => id !== undefined && this.#picture.boxes.has(id));
    this.#scene.element.tabIndex = shown === undefined ? 0 : -1;
    if (shown !== undefined) this.#select(shown, { focus: hadFocus });
    else if (selected !== undefined) this.#deselect();
  }

  #neighbour(key: Parameters<typeof nodeAt>[0]): string | undefined {
    const { items, edges } = this.#picture.visible;
    const { selected } = this.#kept;
    const current = items.find(({ id }) => id === selected)?.id ?? items.find(({ frame }) => frame === selected)?.id;
    if (current === undefined || current !== selected) return current ?? items[0]?.id;
    const boxes = new Map(
      items.flatMap(({ id }) => (this.#picture.boxes.has(id) ? [[id, this.#picture.boxes.get(id)!]] : [])),
    );
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
    const item = [...this.#picture.visible.items, ...this.#picture.visible.frames].find((one) => one.id === id);
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

  #lookFor(text: string): void {
    this.#search.lookFor(text, this.#page.graph);
    this.#toolbar.showFound(0, this.#search.count);
    this.#emphasize();
    void this.#step(1);
  }

  async #step(by: 1 | -1): Promise<void> {
    const found = this.#search.step(by);
    if (found === undefined) return;
    this.#toolbar.showFound(this.#search.at, this.#search.count);
    await this.reveal(found, { focus: false });
  }

  #leaveSearch(): void {
    this.#search.clear();
    this.#toolbar.clearSearch();
    this.#emphasize();
    const { selected } = this.#kept;
    if (selected === undefined) this.#scene.element.focus({ preventScroll: true });
    else this.#scene.focus(selected);
  }

  #emphasize(): void {
    this.#scene.emphasize(this.#search.marked(this.#page.graph));
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

function unreachable(action: never): never {
  throw new Error(`There is no action ${JSON.stringify(action)}.`);
}
