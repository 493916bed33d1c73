import type { Box, Direction } from './layout.ts';

export type ArrowKey = 'ArrowUp' | 'ArrowDown' | 'ArrowLeft' | 'ArrowRight';

export const isArrowKey = (key: string): key is ArrowKey =>
  key === 'ArrowUp' || key === 'ArrowDown' || key === 'ArrowLeft' || key === 'ArrowRight';

export interface Surroundings {
  readonly boxes: ReadonlyMap<string, Box>;
  readonly edges: readonly { readonly from: string; readonly to: string }[];
  readonly direction: Direction;
}

/**
 * Where an arrow key leads: along the direction to the nearest stage at the other end of an edge, across it to the neighbour in the same layer.
 * Where there is none, it stays.
 */
export function nodeAt(key: ArrowKey, from: string, { boxes, edges, direction }: Surroundings): string {
  const box = boxes.get(from);
  if (!box) return from;
  const isVertical = key === 'ArrowUp' || key === 'ArrowDown';
  const isForward = key === 'ArrowDown' || key === 'ArrowRight';
  const others =
    isVertical === (direction === 'down')
      ? edges.flatMap((edge) => (isForward ? (edge.from === from ? edge.to : []) : edge.to === from ? edge.from : []))
      : sameLayer(from, box, boxes, direction, isForward);
  return nearest(others, centre(box), boxes) ?? from;
}

/** Those whose extent along the direction overlaps that of the box, on the wanted side of it. */
function sameLayer(
  from: string,
  box: Box,
  boxes: ReadonlyMap<string, Box>,
  direction: Direction,
  isForward: boolean,
): string[] {
  const isDown = direction === 'down';
  const [own, length] = isDown ? [box.y, box.height] : [box.x, box.width];
  const position = isDown ? centre(box).x : centre(box).y;
  return [...boxes].flatMap(([id, other]) => {
    if (id === from) return [];
    const [start, size] = isDown ? [other.y, other.height] : [other.x, other.width];
    if (start >= own + length || start + size <= own) return [];
    const at = isDown ? centre(other).x : centre(other).y;
    return (isForward ? at > position : at < position) ? [id] : [];
  });
}

function nearest(
  ids: readonly string[],
  point: { x: number; y: number },
  boxes: ReadonlyMap<string, Box>,
): string | undefined {
  let best: string | undefined;
  let shortest = Infinity;
  for (const id of ids) {
    const box = boxes.get(id);
    if (!box) continue;
    const { x, y } = centre(box);
    const distance = (x - point.x) ** 2 + (y - point.y) ** 2;
    if (distance < shortest) [best, shortest] = [id, distance];
  }
  return best;
}

const centre = ({ x, y, width, height }: Box): { x: number; y: number } => ({ x: x + width / 2, y: y + height / 2 });
