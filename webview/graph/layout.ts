// The one importer of the layout library.
import { Graph, layout as layOutGraph } from '@dagrejs/dagre';

export type Direction = 'down' | 'right';

export interface LayoutItem {
  readonly id: string;
  readonly width: number;
  readonly height: number;
  readonly frame: string | undefined;
}

export interface LayoutInput {
  readonly items: readonly LayoutItem[];
  readonly edges: readonly { readonly from: string; readonly to: string }[];
  readonly direction: Direction;
  /** Width of the place it is for over its height: parts that are not connected are packed to fit it. */
  readonly aspect: number;
}

export interface Point {
  readonly x: number;
  readonly y: number;
}

/** A rectangle by its upper left corner. */
export interface Box extends Point {
  readonly width: number;
  readonly height: number;
}

/** Plain data, which crosses from a worker as it is. */
export interface GraphLayout {
  /** Of items and frames, by id. */
  readonly boxes: ReadonlyMap<string, Box>;
  /** For each edge the points it goes through, from border to border. */
  readonly routes: readonly (readonly Point[])[];
  readonly width: number;
  readonly height: number;
}

const GAP = { across: 28, along: 52, parts: 56 };
/** Room above the members of a frame for its name. */
const FRAME_HEAD = 22;
/** Items from which the thorough way to rank them takes longer than a person wants to wait. */
const BIG = 120;

/** Places items and edges: layers along the direction, parts that are not connected beside one another. Same input, same picture. */
export function layOut(input: LayoutInput): GraphLayout {
  const parts = connectedParts(input).map((part) => layOutPart(part, input.direction));
  return pack(parts, input);
}

interface Part {
  readonly items: readonly LayoutItem[];
  readonly edges: readonly { readonly from: string; readonly to: string; readonly at: number }[];
}

/** Items that edges or a frame hold together, in the order of their first items. */
function connectedParts({ items, edges }: LayoutInput): Part[] {
  const parent = new Map<string, string>();
  const find = (id: string): string => {
    let root = id;
    while (parent.get(root) !== undefined) root = parent.get(root)!;
    for (let at = id; at !== root; ) {
      const next = parent.get(at)!;
      parent.set(at, root);
      at = next;
    }
    return root;
  };
  const join = (a: string, b: string): void => {
    const [one, other] = [find(a), find(b)];
    if (one !== other) parent.set(other, one);
  };
  for (const { id, frame } of items) if (frame !== undefined) join(frame, id);
  for (const { from, to } of edges) join(from, to);
  const parts = new Map<string, { items: LayoutItem[]; edges: Part['edges'][number][] }>();
  for (const item of items) {
    const root = find(item.id);
    const part = parts.get(root) ?? { items: [], edges: [] };
    part.items.push(item);
    parts.set(root, part);
  }
  edges.forEach(({ from, to }, at) => {
    parts.get(find(from))?.edges.push({ from, to, at });
  });
  return [...parts.values()];
}

interface LaidOutPart {
  readonly boxes: ReadonlyMap<string, Box>;
  readonly routes: readonly { readonly at: number; readonly points: readonly Point[] }[];
  readonly width: number;
  readonly height: number;
}

function layOutPart({ items, edges }: Part, direction: Direction): LaidOutPart {
  const frames = new Set(items.flatMap(({ frame }) => frame ?? []));
  const graph = new Graph({ compound: frames.size > 0 });
  graph.setGraph({
    rankdir: direction === 'down' ? 'TB' : 'LR',
    nodesep: GAP.across,
    ranksep: GAP.along,
    edgesep: 14,
    ranker: items.length > BIG ? 'tight-tree' : 'network-simplex',
  });
  for (const frame of frames) graph.setNode(frame, {});
  for (const { id, width, height, frame } of items) {
    graph.setNode(id, { width, height });
    if (frame !== undefined) graph.setParent(id, frame);
  }
  for (const { from, to } of edges) graph.setEdge(from, to, {});
  layOutGraph(graph);
  const turned = turnedLike(items, (id) => graph.node(id) as Point, direction);
  const boxOf = (id: string): Box => {
    const { width = 0, height = 0, ...middle } = graph.node(id) as Partial<Box>;
    const { x, y } = turned({ x: middle.x ?? 0, y: middle.y ?? 0 });
    return { x: x - width / 2, y: y - height / 2, width, height };
  };
  const boxes = new Map(items.map(({ id }): [string, Box] => [id, boxOf(id)]));
  const layers = layersOf(boxes.values(), direction);
  for (const frame of frames) {
    const members = items.filter((item) => item.frame === frame).map(({ id }) => boxes.get(id)!);
    boxes.set(frame, around(members));
  }
  const routes = edges.map(({ from, to, at }) => {
    const { points = [] } = graph.edge(from, to) as { points?: Point[] };
    return { at, points: fromBorderToBorder(points.map(turned), boxes.get(from)!, boxes.get(to)!, layers, direction) };
  });
  return movedToOrigin({ boxes, routes });
}

/** The layout or its mirror image: the one in which more of the items of a layer are in their own order. */
function turnedLike(
  items: readonly LayoutItem[],
  middleOf: (id: string) => Point,
  direction: Direction,
): (point: Point) => Point {
  const isDown = direction === 'down';
  const last = new Map<number, number>();
  let inOrder = 0;
  for (const { id } of items) {
    const { x, y } = middleOf(id);
    const [layer, position] = isDown ? [y, x] : [x, y];
    const before = last.get(layer);
    if (before !== undefined) inOrder += Math.sign(position - before);
    last.set(layer, position);
  }
  if (inOrder >= 0) return (point) => point;
  return ({ x, y }) => (isDown ? { x: -x, y } : { x, y: -y });
}

/** A frame fits its members closely; the library leaves whole layers empty around them. */
function around(boxes: readonly Box[]): Box {
  const pad = 12;
  const x = Math.min(...boxes.map((box) => box.x)) - pad;
  const y = Math.min(...boxes.map((box) => box.y)) - pad - FRAME_HEAD;
  const right = Math.max(...boxes.map((box) => box.x + box.width)) + pad;
  const bottom = Math.max(...boxes.map((box) => box.y + box.height)) + pad;
  return { x, y, width: right - x, height: bottom - y };
}

/** How far a layer reaches along the direction, by where its middle is. */
function layersOf(boxes: Iterable<Box>, direction: Direction): Map<number, number> {
  const layers = new Map<number, number>();
  for (const { x, y, width, height } of boxes) {
    const [middle, half] = direction === 'down' ? [y + height / 2, height / 2] : [x + width / 2, width / 2];
    const key = Math.round(middle);
    layers.set(key, Math.max(layers.get(key) ?? 0, half));
  }
  return layers;
}

/**
 * Edges leave and arrive in the middle of a side, cross each layer between straight, and turn in the gaps. Of the library's bends only those
 * in layers are kept.
 */
function fromBorderToBorder(
  points: readonly Point[],
  from: Box,
  to: Box,
  layers: ReadonlyMap<number, number>,
  direction: Direction,
): Point[] {
  const isDown = direction === 'down';
  const along = ({ x, y }: Point): number => (isDown ? y : x);
  const moved = (point: Point, by: number): Point =>
    isDown ? { x: point.x, y: point.y + by } : { x: point.x + by, y: point.y };
  // Only a collapsed group can lead back to what it needs.
  const sign = along(from) < along(to) ? 1 : -1;
  const port = (box: Box, far: boolean): Point => {
    const middle = { x: box.x + box.width / 2, y: box.y + box.height / 2 };
    return moved(middle, ((far ? 1 : -1) * sign * (isDown ? box.height : box.width)) / 2);
  };
  const inner = points.slice(1, -1).flatMap((point) => {
    const half = layers.get(Math.round(along(point)));
    return half === undefined ? [] : [moved(point, -sign * half), moved(point, sign * half)];
  });
  return [port(from, true), ...inner, port(to, false)];
}

function movedToOrigin({ boxes, routes }: Pick<LaidOutPart, 'boxes' | 'routes'>): LaidOutPart {
  let [left, top, right, bottom] = [Infinity, Infinity, -Infinity, -Infinity];
  const take = (x: number, y: number): void => {
    [left, top, right, bottom] = [Math.min(left, x), Math.min(top, y), Math.max(right, x), Math.max(bottom, y)];
  };
  for (const { x, y, width, height } of boxes.values()) {
    take(x, y);
    take(x + width, y + height);
  }
  for (const { points } of routes) for (const { x, y } of points) take(x, y);
  return {
    boxes: new Map([...boxes].map(([id, box]) => [id, { ...box, x: box.x - left, y: box.y - top }])),
    routes: routes.map(({ at, points }) => ({ at, points: points.map(({ x, y }) => ({ x: x - left, y: y - top })) })),
    width: right - left,
    height: bottom - top,
  };
}

/** Rows of parts, as wide as the widest of them and about as wide as the place asks for. */
function pack(parts: readonly LaidOutPart[], { edges, aspect }: LayoutInput): GraphLayout {
  const area = parts.reduce((sum, { width, height }) => sum + (width + GAP.parts) * (height + GAP.parts), 0);
  const rowWidth = Math.max(Math.sqrt(area * aspect), ...parts.map(({ width }) => width));
  const boxes = new Map<string, Box>();
  const routes: (readonly Point[])[] = edges.map(() => []);
  let [x, y, rowHeight, right] = [0, 0, 0, 0];
  // Big ones first; a sort keeps the order of those that are equal.
  for (const part of [...parts].sort((a, b) => b.height - a.height)) {
    if (x > 0 && x + part.width > rowWidth) [x, y, rowHeight] = [0, y + rowHeight + GAP.parts, 0];
    const moved = <P extends Point>(point: P): P => ({ ...point, x: point.x + x, y: point.y + y });
    for (const [id, box] of part.boxes) boxes.set(id, moved(box));
    for (const { at, points } of part.routes) routes[at] = points.map(moved);
    x += part.width + GAP.parts;
    right = Math.max(right, x - GAP.parts);
    rowHeight = Math.max(rowHeight, part.height);
  }
  return { boxes, routes, width: right, height: y + rowHeight };
}
