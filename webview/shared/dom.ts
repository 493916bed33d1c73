type Child = Node | string | undefined;

interface Attributes {
  readonly class?: string;
  readonly id?: string;
  readonly role?: string;
  readonly [name: `aria-${string}`]: string;
}

/** An element with attributes and children. Text is only ever text: nothing is parsed as HTML. */
export function element<K extends keyof HTMLElementTagNameMap>(
  name: K,
  attributes: Attributes,
  ...children: readonly Child[]
): HTMLElementTagNameMap[K] {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...children.flatMap((child) => child ?? []));
  return made;
}

const SVG = 'http://www.w3.org/2000/svg';

/** A 16 × 16 icon made of one path, in the colour of its text. Hidden from screen readers: a word stands beside it. */
export function icon(path: string): SVGElement {
  const svg = document.createElementNS(SVG, 'svg');
  for (const [key, value] of Object.entries({ viewBox: '0 0 16 16', width: '16', height: '16', 'aria-hidden': 'true' }))
    svg.setAttribute(key, value);
  const shape = document.createElementNS(SVG, 'path');
  for (const [key, value] of Object.entries({
    d: path,
    fill: 'none',
    stroke: 'currentColor',
    'stroke-width': '1.5',
    'stroke-linecap': 'round',
    'stroke-linejoin': 'round',
  }))
    shape.setAttribute(key, value);
  svg.append(shape);
  return svg;
}

/** What stands where it should is not moved in the document: an element that is taken out loses the focus. */
export function putInOrder(place: HTMLElement, wanted: readonly HTMLElement[]): void {
  let cursor = place.firstElementChild;
  for (const one of wanted)
    if (one === cursor) cursor = cursor.nextElementSibling;
    else place.insertBefore(one, cursor);
}
