import { element } from '../shared/dom.ts';

const SVG = 'http://www.w3.org/2000/svg';
const WIDTH = 40;
const HEIGHT = 14;

/** Points of a line through the values, as a path takes them; '' where fewer than two can be drawn. */
export function linePath(values: readonly number[], width: number, height: number): string {
  const finite = values.map((value, at) => [at, value] as const).filter(([, value]) => Number.isFinite(value));
  if (finite.length < 2) return '';
  const ys = finite.map(([, value]) => value);
  const [low, high] = [Math.min(...ys), Math.max(...ys)];
  const x = (at: number): number => 1 + (at / (values.length - 1)) * (width - 2);
  const y = (value: number): number =>
    high === low ? height / 2 : height - 1 - ((value - low) / (high - low)) * (height - 2);
  return finite.map(([at, value], i) => `${i === 0 ? 'M' : 'L'}${x(at).toFixed(1)} ${y(value).toFixed(1)}`).join('');
}

/** By the values: a row that is scrolled back into sight has its line already. */
const paths = new WeakMap<readonly number[], string>();

function pathOf(values: readonly number[]): string {
  let path = paths.get(values);
  if (path === undefined) {
    path = linePath(values, WIDTH, HEIGHT);
    paths.set(values, path);
  }
  return path;
}

/**
 * Shows a metric's values step by step, and its last one behind them. The line is hidden from screen readers, who hear the value.
 * @returns False where no line can be drawn: then the cell is as it was.
 */
export function showSparkline(cell: HTMLElement, values: readonly number[], text: string): boolean {
  const path = pathOf(values);
  if (path === '') return false;
  const [first, last] = [cell.firstElementChild, cell.lastElementChild];
  if (first?.classList.contains('spark') && last?.classList.contains('value')) {
    if (first.firstElementChild?.getAttribute('d') !== path) first.firstElementChild?.setAttribute('d', path);
    if (last.textContent !== text) last.textContent = text;
  } else cell.replaceChildren(drawn(path), element('span', { class: 'value' }, text));
  return true;
}

function drawn(path: string): SVGElement {
  const svg = document.createElementNS(SVG, 'svg');
  for (const [key, value] of Object.entries({
    class: 'spark',
    viewBox: `0 0 ${WIDTH} ${HEIGHT}`,
    preserveAspectRatio: 'none',
    'aria-hidden': 'true',
  }))
    svg.setAttribute(key, value);
  const line = document.createElementNS(SVG, 'path');
  line.setAttribute('d', path);
  line.setAttribute('vector-effect', 'non-scaling-stroke');
  svg.append(line);
  return svg;
}
