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

/** A metric's values step by step, behind its last one. Hidden from screen readers, who hear the value. */
export function sparkline(values: readonly number[]): SVGElement | undefined {
  const path = linePath(values, WIDTH, HEIGHT);
  if (path === '') return undefined;
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
