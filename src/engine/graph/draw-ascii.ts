import { componentsOf, type Drawing } from './draw.ts';
import { layOut, type Point } from './layered-layout.ts';

const HEIGHT = 3; // Lines of a box: its two edges and the name.

/** Boxes with lines of stars between them, what is needed above what needs it; one picture for each pipeline. */
export const drawAscii = (drawing: Drawing): string => componentsOf(drawing).map(drawComponent).join('\n');

function drawComponent({ nodes, edges }: Drawing): string {
  const numbers = new Map(nodes.map((node, i) => [node, i]));
  const labels = nodes.map((node) => ` ${node} `);
  const widths = labels.map((label) => [...label].length + 2);
  const { centres, routes } = layOut({
    widths,
    edges: edges.map(([node, needs]) => [numbers.get(needs)!, numbers.get(node)!]),
    height: HEIGHT,
    gapX: Math.min(...widths),
    gapY: HEIGHT,
  });
  const lines = routes.map((route, i) => {
    const [node, needs] = edges[i]!;
    const [top, bottom] = [numbers.get(needs)!, numbers.get(node)!];
    const [second, beforeLast] = [route[1]!, route[route.length - 2]!];
    return [
      onBorder(centres[top]!, widths[top]!, second),
      ...route.slice(1, -1),
      onBorder(centres[bottom]!, widths[bottom]!, beforeLast),
    ];
  });
  const xs = [
    ...centres.flatMap(({ x }, i) => [x - widths[i]! / 2, x + widths[i]! / 2]),
    ...lines.flat().map(({ x }) => x),
  ];
  const ys = [...centres.flatMap(({ y }) => [y, y + HEIGHT]), ...lines.flat().map(({ y }) => y)];
  const [left, top] = [Math.min(...xs), Math.min(...ys)];
  const canvas = new Canvas(Math.ceil(Math.max(...xs)) - Math.floor(left) + 1, roundHalfEven(Math.max(...ys) - top));
  const at = ({ x, y }: Point): Point => ({ x: roundHalfEven(x - left), y: roundHalfEven(y - top) });
  for (const line of lines) for (let i = 1; i < line.length; i++) canvas.line(at(line[i - 1]!), at(line[i]!));
  for (const [i, { x, y }] of centres.entries()) canvas.box(at({ x: x - widths[i]! / 2, y }), labels[i]!);
  return canvas.text();
}

/** Where the way from a box's centre to `target` leaves it. */
function onBorder(centre: Point, width: number, target: Point): Point {
  const [dx, dy] = [target.x - centre.x, target.y - centre.y];
  const [halfWidth, halfHeight] = [Math.floor(width / 2), Math.floor(HEIGHT / 2)];
  const part = Math.min(
    dx === 0 ? Number.POSITIVE_INFINITY : halfWidth / Math.abs(dx),
    dy === 0 ? Number.POSITIVE_INFINITY : halfHeight / Math.abs(dy),
  );
  return { x: centre.x + part * dx, y: centre.y + part * dy };
}

class Canvas {
  readonly #rows: string[][];

  constructor(columns: number, rows: number) {
    this.#rows = Array.from({ length: rows }, () => Array<string>(columns).fill(' '));
  }

  /** Along the longer axis one star at each step. */
  line(from: Point, to: Point): void {
    const [a, b] = from.x <= to.x ? [from, to] : [to, from];
    const [dx, dy] = [b.x - a.x, b.y - a.y];
    if (dx >= Math.abs(dy)) {
      for (let x = a.x; x <= b.x; x++) this.#put(x, dx === 0 ? a.y : a.y + roundHalfEven(((x - a.x) * dy) / dx), '*');
      return;
    }
    const [high, low] = a.y < b.y ? [a, b] : [b, a];
    for (let y = high.y; y <= low.y; y++) this.#put(high.x + roundHalfEven(((y - high.y) * dx) / dy), y, '*');
  }

  box({ x, y }: Point, label: string): void {
    const edge = `+${'-'.repeat([...label].length)}+`;
    for (const [row, text] of [edge, `|${label}|`, edge].entries())
      for (const [i, char] of [...text].entries()) this.#put(x + i, y + row, char);
  }

  text(): string {
    return this.#rows.map((row) => row.join('').trimEnd()).join('\n');
  }

  #put(x: number, y: number, char: string): void {
    const row = this.#rows[y];
    if (row && x >= 0 && x < row.length) row[x] = char;
  }
}

/** As Python rounds: halves to the even neighbour. */
function roundHalfEven(value: number): number {
  const floor = Math.floor(value);
  const rest = value - floor;
  if (rest !== 0.5) return Math.round(value);
  return floor % 2 === 0 ? floor : floor + 1;
}
