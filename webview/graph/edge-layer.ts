import { edgeBox, edgePath, labelPoint } from './edge-shape.ts';
import type { Box, Direction, Point } from './layout.ts';
import { overlap } from './viewport.ts';
import type { VisibleEdge } from './visible.ts';

const SVG = 'http://www.w3.org/2000/svg';

function svg<K extends keyof SVGElementTagNameMap>(
  name: K,
  attributes: Readonly<Record<string, string>>,
): SVGElementTagNameMap[K] {
  const made = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  return made;
}

interface DrawnEdge {
  readonly edge: VisibleEdge;
  readonly points: readonly Point[];
  readonly box: Box;
  group: SVGGElement | undefined;
}

/** The lines between nodes, under them; only those in sight are in the document. Hidden from screen readers: nodes say what they need. */
export class EdgeLayer {
  readonly element = svg('svg', { class: 'edges', 'aria-hidden': 'true' });
  readonly #formatSize: (bytes: number) => string;
  #edges: DrawnEdge[] = [];
  #direction: Direction = 'down';
  #on: ReadonlySet<string> | undefined;

  constructor(formatSize: (bytes: number) => string) {
    this.#formatSize = formatSize;
    const defs = svg('defs', {});
    for (const id of ['arrow', 'arrow-on']) {
      const shape = { viewBox: '0 0 8 8', refX: '7.2', refY: '4', markerWidth: '8', markerHeight: '8', orient: 'auto' };
      const marker = svg('marker', { id, markerUnits: 'userSpaceOnUse', ...shape });
      marker.append(svg('path', { d: 'M0.5,0.8L7.2,4L0.5,7.2', class: id }));
      defs.append(marker);
    }
    this.element.append(defs);
  }

  set(edges: readonly VisibleEdge[], routes: readonly (readonly Point[])[], direction: Direction): void {
    for (const { group } of this.#edges) group?.remove();
    this.#direction = direction;
    this.#edges = edges.map((edge, at) => {
      const points = routes[at] ?? [];
      return { edge, points, box: edgeBox(points), group: undefined };
    });
  }

  /** Brings out the edges between these nodes. */
  highlight(ids: ReadonlySet<string> | undefined): void {
    this.#on = ids;
    for (const drawn of this.#edges) if (drawn.group) this.#mark(drawn, drawn.group);
  }

  render(seen: Box): void {
    for (const drawn of this.#edges) {
      const isSeen = drawn.points.length > 1 && overlap(drawn.box, seen);
      if (isSeen && !drawn.group?.isConnected) {
        drawn.group ??= this.#draw(drawn);
        this.#mark(drawn, drawn.group);
        this.element.append(drawn.group);
      } else if (!isSeen) drawn.group?.remove();
    }
  }

  #draw({ edge, points }: DrawnEdge): SVGGElement {
    const group = svg('g', { class: 'edge' });
    group.append(svg('path', { d: edgePath(points, this.#direction), class: 'line' }));
    const label = edge.size === undefined ? '' : this.#formatSize(edge.size);
    if (label !== '') {
      const { x, y } = labelPoint(points);
      const text = svg('text', { x: String(x), y: String(y), class: 'label' });
      text.textContent = label;
      group.append(text);
    }
    return group;
  }

  #mark({ edge }: DrawnEdge, group: SVGGElement): void {
    const on = this.#on;
    const isOn = on?.has(edge.from) === true && on.has(edge.to);
    group.classList.toggle('on', isOn);
    group.classList.toggle('off', on !== undefined && !isOn);
  }
}
