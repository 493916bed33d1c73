/**
 * Layered drawing of an acyclic graph after Sugiyama: layers by longest path, order within layers by mean positions of neighbours,
 * coordinates by Brandes and Köpf (*Fast and Simple Horizontal Coordinate Assignment*, 2001). Choices the papers leave open are made so
 * that pictures come out as DVC's.
 */
export interface LayoutInput {
  /** Widths of the boxes. */
  readonly widths: readonly number[];
  /** From box to box, the first one above. Each pair once. */
  readonly edges: readonly (readonly [from: number, to: number])[];
  /** All boxes are as high. */
  readonly height: number;
  readonly gapX: number;
  readonly gapY: number;
}

export interface Point {
  readonly x: number;
  readonly y: number;
}

export interface Layout {
  /** Of each box the middle of its width, and its height's as the layers are spaced. */
  readonly centres: readonly Point[];
  /** For each edge, the centres it goes through: both boxes', and one in every layer between. */
  readonly routes: readonly (readonly Point[])[];
}

type Direction = 1 | -1;

/** A box, or the place where a long edge crosses a layer. */
interface Cell {
  readonly width: number;
  readonly isBox: boolean;
  layer: number;
  position: number;
  /** Position among its layer's, from 0 to 1; the key that layers are sorted by. */
  bar: number;
  above: Cell[];
  below: Cell[];
}

export function layOut(input: LayoutInput): Layout {
  const boxes = input.widths.map((width) => newCell(width, true));
  for (const [from, to] of input.edges) {
    boxes[from]!.below.push(boxes[to]!);
    boxes[to]!.above.push(boxes[from]!);
  }
  const layers = layersOf(order(boxes, input.edges));
  const chains = threadLongEdges(boxes, layers, input);
  for (const layer of layers) number(layer);
  sweep(layers, true);
  sweep(layers, false);
  const xs = coordinates(layers, input.gapX);
  const centreOf = (cell: Cell): Point => ({
    x: xs.get(cell) ?? 0,
    y: cell.layer * (input.height + input.gapY) + input.height / 2,
  });
  return { centres: boxes.map(centreOf), routes: chains.map((chain) => chain.map(centreOf)) };
}

const newCell = (width: number, isBox: boolean): Cell => ({
  width,
  isBox,
  layer: 0,
  position: 0,
  bar: 0,
  above: [],
  below: [],
});

/** Boxes as edges join them into one: each edge puts the group of its lower end behind that of its upper one. */
function order(boxes: readonly Cell[], edges: LayoutInput['edges']): Cell[] {
  const groupOf = new Map<Cell, Set<Cell>>(boxes.map((box) => [box, new Set([box])]));
  for (const [from, to] of edges) {
    const [upper, lower] = [groupOf.get(boxes[from]!)!, groupOf.get(boxes[to]!)!];
    if (upper === lower) continue;
    for (const box of lower) {
      upper.add(box);
      groupOf.set(box, upper);
    }
  }
  return [...new Set(groupOf.values())].flatMap((group) => [...group]);
}

/** Every box one layer below the lowest that leads to it; then those with room below them are lowered. */
function layersOf(boxes: readonly Cell[]): Cell[][] {
  const layers: Cell[][] = [];
  const done = new Set<Cell>();
  let ready = boxes.filter((box) => box.above.length === 0);
  while (ready.length > 0) {
    const next = new Set<Cell>();
    for (const box of ready) {
      box.layer = 1 + Math.max(-1, ...box.above.map(({ layer }) => layer));
      (layers[box.layer] ??= []).push(box);
      done.add(box);
      for (const lower of box.below) if (lower.above.every((upper) => done.has(upper))) next.add(lower);
    }
    ready = [...next];
  }
  for (const layer of layers.toReversed())
    for (const box of layer)
      for (const upper of box.above)
        if (upper.below.every((other) => other.layer >= box.layer)) {
          const before = layers[upper.layer]!;
          before.splice(before.indexOf(upper), 1);
          upper.layer = box.layer - 1;
          layers[upper.layer]!.push(upper);
        }
  return layers;
}

/** Puts a cell into every layer that an edge crosses. @returns for each edge its cells from top to bottom */
function threadLongEdges(boxes: readonly Cell[], layers: Cell[][], { edges, widths }: LayoutInput): Cell[][] {
  const sorted = [...widths].sort((a, b) => a - b);
  const width = sorted[Math.floor(sorted.length / 2)] ?? 0;
  return edges.map(([from, to]) => {
    const [top, bottom] = [boxes[from]!, boxes[to]!];
    const chain = [top];
    for (let layer = top.layer + 1; layer < bottom.layer; layer++) {
      const cell = { ...newCell(width, false), layer };
      layers[layer]!.push(cell);
      chain.push(cell);
    }
    chain.push(bottom);
    if (chain.length === 2) return chain;
    top.below[top.below.indexOf(bottom)] = chain[1]!;
    bottom.above[bottom.above.indexOf(top)] = chain[chain.length - 2]!;
    for (let i = 1; i < chain.length - 1; i++) {
      chain[i]!.above = [chain[i - 1]!];
      chain[i]!.below = [chain[i + 1]!];
    }
    return chain;
  });
}

function number(layer: readonly Cell[]): void {
  const step = layer.length > 1 ? 1 / (layer.length - 1) : 1;
  for (const [i, cell] of layer.entries()) {
    cell.position = i;
    cell.bar = i * step;
  }
}

/** Sorts each layer by its neighbours, downwards, and with `back` upwards again unless nothing crosses. */
function sweep(layers: readonly Cell[][], back: boolean): void {
  let crossings = 0;
  for (const layer of layers) crossings += sortLayer(layer, 'above');
  if (back && crossings > 0) for (const layer of layers.toReversed()) sortLayer(layer, 'below');
}

/** @returns how often edges to the neighbours cross after it */
function sortLayer(layer: Cell[], side: 'above' | 'below'): number {
  if (countCrossings(layer, side) === 0) return 0;
  for (const cell of layer) {
    const bars = cell[side].map(({ bar }) => bar);
    if (bars.length > 0) cell.bar = bars.reduce((sum, bar) => sum + bar, 0) / bars.length;
  }
  layer.sort((a, b) => a.bar - b.bar);
  const left = swapNeighbours(layer, side);
  number(layer);
  return left;
}

/** Inversions in the sequence of neighbours' positions. */
function countCrossings(layer: readonly Cell[], side: 'above' | 'below'): number {
  const seen: number[] = [];
  let count = 0;
  for (const cell of layer)
    for (const position of cell[side].map((one) => one.position).sort((a, b) => a - b)) {
      let at = seen.length;
      while (at > 0 && seen[at - 1]! > position) at--;
      count += seen.length - at;
      seen.splice(at, 0, position);
    }
  return count;
}

function swapNeighbours(layer: Cell[], side: 'above' | 'below'): number {
  let left = 0;
  for (let i = 0; i + 1 < layer.length; i++) {
    const [a, b] = [layer[i]!, layer[i + 1]!];
    const bars = a[side].map(({ bar }) => bar);
    let [asIs, swapped] = [0, 0];
    for (const { bar } of b[side]) {
      const over = bars.filter((one) => one > bar).length;
      asIs += over;
      swapped += bars.length - over;
    }
    if (swapped < asIs) {
      layer[i] = b;
      layer[i + 1] = a;
    }
    left += Math.min(asIs, swapped);
  }
  return left;
}

/** The mean of the two middle ones of four placements: aligned to the left and the right, from above and from below. */
function coordinates(layers: readonly Cell[][], gap: number): Map<Cell, number> {
  const conflicts = crossingsOfLongEdges(layers);
  const placements = ([-1, 1] as const).flatMap((vertical) =>
    ([1, -1] as const).map((horizontal) => place(layers, gap, vertical, horizontal, conflicts)),
  );
  const xs = new Map<Cell, number>();
  for (const layer of layers)
    for (const cell of layer) {
      const four = placements.map((placement) => placement.get(cell) ?? 0).sort((a, b) => a - b);
      xs.set(cell, (four[1]! + four[2]!) / 2);
    }
  return xs;
}

/** Pairs that are not aligned with each other, as a straight long edge between them matters more. */
type Conflicts = ReadonlyMap<Cell, ReadonlySet<Cell>>;

function crossingsOfLongEdges(layers: readonly Cell[][]): Conflicts {
  const conflicts = new Map<Cell, Set<Cell>>();
  for (const [index, layer] of layers.entries()) {
    const previous = layers[index - 1];
    if (!previous) continue;
    let from = 0;
    let first = 0;
    for (const [i, cell] of layer.entries()) {
      if (cell.isBox) continue;
      const inner = cell.above.find(({ isBox }) => !isBox);
      if (i !== layer.length - 1 && !inner) continue;
      const to = inner ? inner.position : previous.length - 1;
      for (const lower of layer.slice(first, i + 1))
        for (const upper of lower.above)
          if (upper.position < from || upper.position > to) {
            const known = conflicts.get(upper) ?? new Set();
            conflicts.set(upper, known.add(lower));
          }
      first = i + 1;
      from = to;
    }
  }
  return conflicts;
}

/** One of the four placements. `vertical` -1 aligns with the layer above, `horizontal` 1 packs to the left. */
function place(
  layers: readonly Cell[][],
  gap: number,
  vertical: Direction,
  horizontal: Direction,
  conflicts: Conflicts,
): Map<Cell, number> {
  const inOrder = vertical === -1 ? layers : layers.toReversed();
  const across = (layer: readonly Cell[]): readonly Cell[] => (horizontal === 1 ? layer : layer.toReversed());
  const { root, align } = alignBlocks(layers, inOrder, across, vertical, horizontal, conflicts);
  const sink = new Map<Cell, Cell>();
  const shift = new Map<Cell, number>();
  const left = new Map<Cell, number>();
  const sinkOf = (cell: Cell): Cell => sink.get(cell) ?? cell;
  const placeBlock = (block: Cell): void => {
    if (left.has(block)) return;
    left.set(block, 0);
    let cell = block;
    do {
      const beside = layers[cell.layer]![cell.position - horizontal];
      if (beside) {
        const delta = gap + (beside.width + cell.width) / 2;
        const other = root.get(beside)!;
        placeBlock(other);
        if (sinkOf(block) === block) sink.set(block, sinkOf(other));
        const needed = left.get(other)! + delta;
        if (sinkOf(block) === sinkOf(other)) left.set(block, Math.max(left.get(block)!, needed));
        else {
          const target = sinkOf(other);
          shift.set(target, Math.min(shift.get(target) ?? Number.POSITIVE_INFINITY, left.get(block)! - needed));
        }
      }
      cell = align.get(cell)!;
    } while (cell !== block);
  };
  for (const layer of inOrder) for (const cell of across(layer)) if (root.get(cell) === cell) placeBlock(cell);
  const xs = new Map<Cell, number>();
  for (const layer of layers)
    for (const cell of layer) {
      const block = root.get(cell)!;
      xs.set(cell, horizontal * (left.get(block)! + (shift.get(sinkOf(block)) ?? 0)));
    }
  return xs;
}

function alignBlocks(
  layers: readonly Cell[][],
  inOrder: readonly Cell[][],
  across: (layer: readonly Cell[]) => readonly Cell[],
  vertical: Direction,
  horizontal: Direction,
  conflicts: Conflicts,
): { root: Map<Cell, Cell>; align: Map<Cell, Cell> } {
  const all = layers.flat();
  const root = new Map(all.map((cell) => [cell, cell]));
  const align = new Map(all.map((cell) => [cell, cell]));
  for (const layer of inOrder) {
    let last: number | undefined;
    for (const cell of across(layer)) {
      const neighbours = vertical === -1 ? cell.above : cell.below;
      const sorted = [...neighbours].sort((a, b) => horizontal * (a.position - b.position));
      for (const middle of middles(sorted)) {
        if (align.get(cell) !== cell) continue;
        const [upper, lower] = vertical === -1 ? [middle, cell] : [cell, middle];
        if (conflicts.get(upper)?.has(lower)) continue;
        if (last !== undefined && horizontal * last >= horizontal * middle.position) continue;
        align.set(middle, cell);
        root.set(cell, root.get(middle)!);
        align.set(cell, root.get(middle)!);
        last = middle.position;
      }
    }
  }
  return { root, align };
}

/** The one in the middle, or the two. */
function middles<T>(sorted: readonly T[]): readonly T[] {
  const half = Math.floor((sorted.length - 1) / 2);
  return sorted.length === 0 ? [] : sorted.slice(half, half + (sorted.length % 2 === 0 ? 2 : 1));
}
