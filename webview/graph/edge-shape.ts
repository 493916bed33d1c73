import type { Box, Direction, Point } from './layout.ts';

/** A smooth line through the points that leaves and arrives along the direction; ends before the arrow head. */
export function edgePath(points: readonly Point[], direction: Direction): string {
  const [first, ...rest] = points;
  if (!first) return '';
  let path = `M${at(first)}`;
  let last = first;
  for (const point of rest) {
    const [a, b] =
      direction === 'down'
        ? [
            { x: last.x, y: (last.y + point.y) / 2 },
            { x: point.x, y: (last.y + point.y) / 2 },
          ]
        : [
            { x: (last.x + point.x) / 2, y: last.y },
            { x: (last.x + point.x) / 2, y: point.y },
          ];
    path += `C${at(a)} ${at(b)} ${at(point)}`;
    last = point;
  }
  return path;
}

const at = ({ x, y }: Point): string => `${Math.round(x * 10) / 10},${Math.round(y * 10) / 10}`;

/** Where the label of an edge stands: in the middle of its longest straight part. */
export function labelPoint(points: readonly Point[]): Point {
  let best: Point = points[0] ?? { x: 0, y: 0 };
  let longest = -1;
  for (let i = 1; i < points.length; i++) {
    const [a, b] = [points[i - 1]!, points[i]!];
    const length = Math.hypot(b.x - a.x, b.y - a.y);
    if (length > longest) [best, longest] = [{ x: (a.x + b.x) / 2, y: (a.y + b.y) / 2 }, length];
  }
  return best;
}

/** What an edge takes up, its label included. */
export function edgeBox(points: readonly Point[]): Box {
  const [xs, ys] = [points.map(({ x }) => x), points.map(({ y }) => y)];
  const [x, y] = [Math.min(...xs) - 30, Math.min(...ys) - 10];
  return { x, y, width: Math.max(...xs) + 30 - x, height: Math.max(...ys) + 10 - y };
}
