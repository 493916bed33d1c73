import type { ParallelContent, PlotsWords } from '../../src/protocol/plots-page.ts';
import { element } from '../shared/dom.ts';
import { type Axis, axisOf, type Range, toUnit, withinAll } from './parallel-axes.ts';
import { axisTitle } from './point-specs.ts';

const SVG = 'http://www.w3.org/2000/svg';
const PAD = { left: 40, right: 40, top: 34, bottom: 16 } as const;
const STEP = 0.05; // of an axis, for one press of an arrow key

/** Parallel coordinates: a line for each experiment through its params and metrics; ranges brushed on the axes choose among them. */
export class ParallelPlot {
  readonly element = element('div', { class: 'parallel' });
  readonly #words: PlotsWords;
  readonly #onBrush: (revs: readonly string[] | undefined) => void;
  #content: ParallelContent | undefined;
  #axes: readonly Axis[] = [];
  /** By column, from 0 to 1. */
  #ranges = new Map<string, Range>();

  constructor(words: PlotsWords, onBrush: (revs: readonly string[] | undefined) => void) {
    this.#words = words;
    this.#onBrush = onBrush;
    new ResizeObserver(() => this.#draw()).observe(this.element);
  }

  show(content: ParallelContent): void {
    this.#content = content;
    this.#axes = content.columns.map((column, at) =>
      axisOf(
        column,
        content.points.map(({ values }) => values[at]),
      ),
    );
    this.#draw();
  }

  #draw(): void {
    const { clientWidth: width, clientHeight: height } = this.element;
    if (!this.#content || width === 0) return;
    const svg = draw('svg', {
      width,
      height,
      viewBox: `0 0 ${width} ${height}`,
      role: 'group',
      'aria-label': this.#words.brush,
    });
    const xOf = (at: number): number =>
      this.#axes.length < 2 ? width / 2 : PAD.left + ((width - PAD.left - PAD.right) * at) / (this.#axes.length - 1);
    const yOf = (unit: number): number => height - PAD.bottom - unit * (height - PAD.top - PAD.bottom);
    const chosen = new Set(this.#chosen() ?? this.#content.points.map(({ rev }) => rev));
    const lines = this.#content.points.map(({ rev, label, color, values }) => {
      const path = this.#axes.flatMap((axis, at) => {
        const unit = toUnit(axis, values[at]);
        return unit === undefined ? [] : [`${xOf(at)},${yOf(unit)}`];
      });
      const line = draw('polyline', {
        points: path.join(' '),
        fill: 'none',
        stroke: color,
        class: chosen.has(rev) ? 'run' : 'run out',
      });
      const title = draw('title', {});
      title.textContent = label;
      line.append(title);
      return { line, isChosen: chosen.has(rev) };
    });
    svg.append(...lines.sort((a, b) => Number(a.isChosen) - Number(b.isChosen)).map(({ line }) => line));
    svg.append(...this.#axes.map((axis, at) => this.#axis(axis, xOf(at), yOf, at)));
    const focused = (document.activeElement as Element | null)?.getAttribute('data-handle');
    this.element.replaceChildren(svg);
    if (focused) this.element.querySelector<SVGElement>(`[data-handle="${CSS.escape(focused)}"]`)?.focus();
  }

  #axis(axis: Axis, x: number, yOf: (unit: number) => number, at: number): SVGElement {
    const group = draw('g', { class: 'axis' });
    const [top, bottom] = [yOf(1), yOf(0)];
    group.append(draw('line', { x1: x, x2: x, y1: top, y2: bottom }));
    const anchor = at === 0 ? 'start' : at === this.#axes.length - 1 ? 'end' : 'middle';
    const nameX = at === 0 ? 4 : at === this.#axes.length - 1 ? this.element.clientWidth - 4 : x;
    const name = draw('text', { x: nameX, y: 14, 'text-anchor': anchor, class: 'name' });
    name.textContent = axisTitle(axis.column, this.#content?.better[at]);
    group.append(name);
    for (const { unit, text } of axis.ticks) {
      const tick = draw('text', { x: x + 5, y: yOf(unit) + 3, class: 'tick' });
      tick.textContent = text;
      group.append(tick);
    }
    const range = this.#ranges.get(axis.column) ?? { from: 0, to: 1 };
    const area = draw('rect', { x: x - 8, width: 16, y: top, height: bottom - top, class: 'brush-area' });
    area.addEventListener('pointerdown', (event) => this.#brush(event, axis, yOf));
    group.append(area);
    if (range.from > 0 || range.to < 1)
      group.append(
        draw('rect', {
          x: x - 6,
          width: 12,
          y: yOf(range.to),
          height: yOf(range.from) - yOf(range.to),
          class: 'brush',
        }),
      );
    for (const end of ['from', 'to'] as const) {
      const handle = draw('rect', {
        x: x - 7,
        width: 14,
        y: yOf(range[end]) - 2,
        height: 4,
        class: 'handle',
        tabindex: 0,
        role: 'slider',
        'data-handle': `${axis.column} ${end}`,
        'aria-label': `${axis.column} ${end === 'from' ? '≥' : '≤'}`,
        'aria-orientation': 'vertical',
        'aria-valuemin': 0,
        'aria-valuemax': 100,
        'aria-valuenow': Math.round(range[end] * 100),
        'aria-valuetext': axis.textAt(range[end]),
      });
      handle.addEventListener('keydown', (event) => this.#onKey(event as KeyboardEvent, axis, end));
      group.append(handle);
    }
    return group;
  }

  #brush(event: PointerEvent, axis: Axis, yOf: (unit: number) => number): void {
    const { top } = this.element.getBoundingClientRect();
    const [low, high] = [yOf(0), yOf(1)];
    const unitAt = (clientY: number): number => Math.min(1, Math.max(0, (low - (clientY - top)) / (low - high)));
    const start = unitAt(event.clientY);
    const move = (to: PointerEvent): void => {
      const now = unitAt(to.clientY);
      this.#setRange(axis, { from: Math.min(start, now), to: Math.max(start, now) });
    };
    const end = (to: PointerEvent): void => {
      window.removeEventListener('pointermove', move);
      window.removeEventListener('pointerup', end);
      if (Math.abs(unitAt(to.clientY) - start) < 0.01) this.#setRange(axis, { from: 0, to: 1 }); // A click takes it away.
      this.#onBrush(this.#chosen());
    };
    window.addEventListener('pointermove', move);
    window.addEventListener('pointerup', end);
  }

  #onKey(event: KeyboardEvent, axis: Axis, end: 'from' | 'to'): void {
    const range = this.#ranges.get(axis.column) ?? { from: 0, to: 1 };
    const by = {
      ArrowUp: STEP,
      ArrowRight: STEP,
      ArrowDown: -STEP,
      ArrowLeft: -STEP,
      PageUp: 4 * STEP,
      PageDown: -4 * STEP,
    }[event.key];
    const to =
      event.key === 'Home'
        ? 0
        : event.key === 'End'
          ? 1
          : event.key === 'Escape'
            ? end === 'from'
              ? 0
              : 1
            : undefined;
    if (by === undefined && to === undefined) return;
    event.preventDefault();
    const value = Math.min(1, Math.max(0, to ?? range[end] + (by ?? 0)));
    this.#setRange(
      axis,
      end === 'from'
        ? { from: Math.min(value, range.to), to: range.to }
        : { from: range.from, to: Math.max(value, range.from) },
    );
    this.#onBrush(this.#chosen());
  }

  #setRange({ column }: Axis, range: Range): void {
    if (range.from <= 0 && range.to >= 1) this.#ranges.delete(column);
    else this.#ranges.set(column, range);
    this.#draw();
  }

  #chosen(): readonly string[] | undefined {
    if (this.#ranges.size === 0 || !this.#content) return undefined;
    return this.#content.points
      .filter(({ values }) => withinAll(this.#axes, values, this.#ranges))
      .map(({ rev }) => rev);
  }
}

function draw(name: string, attributes: Readonly<Record<string, string | number>>): SVGElement {
  const made = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, String(value));
  return made;
}
