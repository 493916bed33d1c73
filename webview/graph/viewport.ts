import type { Box } from './layout.ts';

/** Which part of the drawing is seen: a point of it is at `x + point.x * scale` of the place. */
export interface Viewport {
  readonly x: number;
  readonly y: number;
  readonly scale: number;
}

export interface Size {
  readonly width: number;
  readonly height: number;
}

const MIN_SCALE = 0.05;
const MAX_SCALE = 2;
const MARGIN = 32;

/** All of the drawing in the middle of the place; never larger than life. */
export function showAll(drawing: Size, place: Size): Viewport {
  const wanted = Math.min(
    (place.width - 2 * MARGIN) / Math.max(1, drawing.width),
    (place.height - 2 * MARGIN) / Math.max(1, drawing.height),
    1,
  );
  const scale = Math.max(MIN_SCALE, wanted);
  return { scale, x: (place.width - drawing.width * scale) / 2, y: (place.height - drawing.height * scale) / 2 };
}

/** Zooms by a factor; the point of the place under the pointer stays where it is. */
export function zoomAt(view: Viewport, factor: number, at: { readonly x: number; readonly y: number }): Viewport {
  const scale = Math.min(MAX_SCALE, Math.max(MIN_SCALE, view.scale * factor));
  const ratio = scale / view.scale;
  return { scale, x: at.x - (at.x - view.x) * ratio, y: at.y - (at.y - view.y) * ratio };
}

export const panBy = (view: Viewport, x: number, y: number): Viewport => ({ ...view, x: view.x + x, y: view.y + y });

/** Moves as little as it takes to have the box in sight. */
export function bringIntoView(view: Viewport, box: Box, place: Size): Viewport {
  const shift = (start: number, length: number, room: number): number => {
    if (start < MARGIN || length > room - 2 * MARGIN) return MARGIN - start;
    return Math.min(0, room - MARGIN - start - length);
  };
  const [left, top] = [view.x + box.x * view.scale, view.y + box.y * view.scale];
  return panBy(
    view,
    shift(left, box.width * view.scale, place.width),
    shift(top, box.height * view.scale, place.height),
  );
}

/** The box in the middle of the place, large enough to be read. */
export function centreOn(view: Viewport, box: Box, place: Size): Viewport {
  const scale = Math.max(view.scale, 0.7);
  return {
    scale,
    x: place.width / 2 - (box.x + box.width / 2) * scale,
    y: place.height / 2 - (box.y + box.height / 2) * scale,
  };
}

/** What of the drawing is seen, and some more around it, so that a small movement shows nothing unfinished. */
export function seenPart({ x, y, scale }: Viewport, place: Size): Box {
  const around = 120 / scale;
  return {
    x: -x / scale - around,
    y: -y / scale - around,
    width: place.width / scale + 2 * around,
    height: place.height / scale + 2 * around,
  };
}

export const overlap = (a: Box, b: Box): boolean =>
  a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height;
