import { panBy, type Viewport, zoomAt } from './viewport.ts';

export interface Movable {
  /** Takes the events. */
  readonly element: HTMLElement;
  readonly viewport: Viewport;
}

const LINE = 16; // px a wheel that counts in lines moves for each

/** Dragging pans; the wheel and two fingers pan, with Ctrl (as a pinch is told) they zoom at the pointer. */
export function listenToGestures(place: Movable, move: (view: Viewport) => void): void {
  const { element } = place;
  element.addEventListener(
    'wheel',
    (event) => {
      event.preventDefault();
      const unit = event.deltaMode === WheelEvent.DOM_DELTA_LINE ? LINE : 1;
      const [x, y] = event.shiftKey && event.deltaX === 0 ? [event.deltaY, 0] : [event.deltaX, event.deltaY];
      const { left, top } = element.getBoundingClientRect();
      const at = { x: event.clientX - left, y: event.clientY - top };
      // A pinch comes in small steps, a notch of a wheel in one of a hundred.
      const factor = Math.exp(-Math.max(-60, Math.min(60, event.deltaY * unit)) / 150);
      move(
        event.ctrlKey || event.metaKey
          ? zoomAt(place.viewport, factor, at)
          : panBy(place.viewport, -x * unit, -y * unit),
      );
    },
    { passive: false },
  );
  let last: { x: number; y: number } | undefined;
  element.addEventListener('pointerdown', (event) => {
    const isOnNode = event.target instanceof Element && event.target.closest('.node') !== null;
    // The middle button pans from anywhere, the first one from where nothing lies.
    if (event.button !== 1 && (event.button !== 0 || isOnNode)) return;
    last = { x: event.clientX, y: event.clientY };
    element.setPointerCapture(event.pointerId);
    if (event.button === 1) event.preventDefault();
  });
  element.addEventListener('pointermove', (event) => {
    if (!last) return;
    element.classList.add('dragging');
    move(panBy(place.viewport, event.clientX - last.x, event.clientY - last.y));
    last = { x: event.clientX, y: event.clientY };
  });
  const end = (): void => {
    last = undefined;
    element.classList.remove('dragging');
  };
  element.addEventListener('pointerup', end);
  element.addEventListener('pointercancel', end);
}
