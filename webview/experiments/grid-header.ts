import { element, icon } from '../shared/dom.ts';
import { ICONS } from './icons.ts';
import { fullName } from './query-fields.ts';
import { NAME, type ShownColumn, type ShownHeader } from './table-model.ts';
import type { Words } from './words.ts';

/** What a drag at a header does. */
export interface HeaderGestures {
  resize(column: string, width: number, isDone: boolean): void;
  fit(column: string): void;
  move(column: string, before: string | undefined): void;
}

/** A header above several columns. */
export function groupHeader({ label, kind, width, left, pinned, span }: ShownHeader, offset: number): HTMLElement {
  const made = element(
    'div',
    { class: `head-cell group ${kind ?? ''}`, role: 'columnheader', 'aria-colspan': String(span) },
    element('span', { class: 'group-label' }, label),
  );
  made.title = label;
  place(made, pinned, left, width, offset);
  return made;
}

/** Pinned cells stick to the left edge, others lie where their column begins. */
export function place(cell: HTMLElement, pinned: boolean, left: number, width: number, offset: number): void {
  cell.classList.toggle('pinned', pinned);
  cell.style.width = `${width}px`;
  cell.style.left = `${pinned ? left : offset + left}px`;
}

/** Fills the header of a column: its name, how it is sorted, a handle to make it wider. */
export function fillHeader(cell: HTMLElement, shown: ShownColumn, isNumeric: boolean, words: Words): void {
  const { column, label, sorted, sortPlace } = shown;
  const sort = element('span', { class: 'sort', 'aria-hidden': 'true' });
  if (sorted !== undefined) sort.append(icon(sorted === 'asc' ? ICONS.up : ICONS.descend), String(sortPlace ?? ''));
  const handle = element('span', { class: 'handle', 'aria-hidden': 'true' });
  cell.className = `head-cell leaf${isNumeric ? ' number' : ''}`;
  cell.setAttribute('role', 'columnheader');
  cell.setAttribute('aria-sort', sorted === undefined ? 'none' : sorted === 'asc' ? 'ascending' : 'descending');
  cell.replaceChildren(element('span', { class: 'label' }, label), sort, handle);
  if (column && column.keys.length > 1) cell.append(element('span', { class: 'hidden' }, `, ${fullName(column)}`));
  const lines = [column ? fullName(column) : label];
  if (column?.better) lines.push(column.better === 'higher' ? words.higherIsBetter : words.lowerIsBetter);
  lines.push(words.headerHint);
  cell.title = lines.join('\n');
}

/** Dragging the right edge of a header sizes its column, dragging the header moves it. */
export function listenToHeader(head: HTMLElement, gestures: HeaderGestures): void {
  head.addEventListener('pointerdown', (event) => {
    const cell = event.target instanceof Element ? event.target.closest<HTMLElement>('.head-cell.leaf') : null;
    const column = cell?.dataset['column'];
    if (!cell || column === undefined || event.button !== 0) return;
    const isHandle = (event.target as Element).closest('.handle') !== null;
    if (isHandle) event.preventDefault();
    follow(
      event,
      isHandle ? sizing(cell, column, event.clientX, gestures) : moving(head, cell, column, event.clientX, gestures),
    );
  });
  head.addEventListener('dblclick', (event) => {
    const handle = event.target instanceof Element ? event.target.closest('.handle') : null;
    const column = handle?.closest<HTMLElement>('.head-cell')?.dataset['column'];
    if (column !== undefined) gestures.fit(column);
  });
}

interface Drag {
  move(x: number): void;
  end(x: number, isCancelled: boolean): void;
}

function follow(event: PointerEvent, drag: Drag): void {
  const abort = new AbortController();
  const { signal } = abort;
  const end = (x: number, isCancelled: boolean): void => {
    abort.abort();
    drag.end(x, isCancelled);
  };
  window.addEventListener('pointermove', ({ clientX }) => drag.move(clientX), { signal });
  window.addEventListener('pointerup', ({ clientX }) => end(clientX, false), { signal });
  window.addEventListener('pointercancel', ({ clientX }) => end(clientX, true), { signal });
  window.addEventListener('keydown', ({ key }) => key === 'Escape' && end(event.clientX, true), { signal });
}

function sizing(cell: HTMLElement, column: string, from: number, gestures: HeaderGestures): Drag {
  const width = cell.offsetWidth;
  return {
    move: (x) => gestures.resize(column, width + x - from, false),
    end: (x, isCancelled) => gestures.resize(column, isCancelled ? width : width + x - from, true),
  };
}

const DRAG_STARTS = 6; // px

function moving(head: HTMLElement, cell: HTMLElement, column: string, from: number, gestures: HeaderGestures): Drag {
  const mark = element('div', { class: 'drop-mark', 'aria-hidden': 'true' });
  let before: string | undefined;
  let isMoving = false;
  return {
    move: (x) => {
      isMoving ||= Math.abs(x - from) > DRAG_STARTS && column !== NAME;
      if (!isMoving) return;
      cell.classList.add('dragged');
      const cells = [...head.querySelectorAll<HTMLElement>('.head-cell.leaf')].filter(
        (one) => one.dataset['column'] !== NAME,
      );
      const target = cells.find((one) => {
        const { left, width } = one.getBoundingClientRect();
        return x < left + width / 2;
      });
      before = target?.dataset['column'];
      const edge = target?.getBoundingClientRect().left ?? cells.at(-1)?.getBoundingClientRect().right ?? 0;
      mark.style.left = `${edge - head.getBoundingClientRect().left}px`;
      head.append(mark);
    },
    end: (_, isCancelled) => {
      mark.remove();
      cell.classList.remove('dragged');
      if (!isMoving) return;
      // The click that a release makes is none.
      const abort = new AbortController();
      window.addEventListener('click', (click) => click.stopPropagation(), { capture: true, signal: abort.signal });
      setTimeout(() => abort.abort());
      if (!isCancelled && before !== column) gestures.move(column, before);
    },
  };
}
