// Draws the plots of a page that `plots show` has written. It is a part of that page, which loads nothing.

import { Chart } from '../plots/chart.ts';

type Spec = Readonly<Record<string, unknown>>;

async function draw(place: HTMLElement, spec: Spec): Promise<void> {
  const canvas = document.createElement('div');
  place.append(canvas);
  if (Object.keys(spec).length === 0) return; // A plot without points.
  try {
    await Chart.draw(canvas, spec, {});
  } catch (error) {
    canvas.className = 'failed';
    canvas.textContent = error instanceof Error ? error.message : String(error);
  }
}

const page = window as unknown as { plotsToDraw?: [HTMLElement | string, Spec][]; vegaEmbed?: unknown };
const elementOf = (place: HTMLElement | string): HTMLElement | null =>
  typeof place === 'string' ? document.querySelector<HTMLElement>(place) : place;
const embed = (place: HTMLElement | string, spec: Spec): void => {
  const element = elementOf(place);
  if (element) void draw(element, spec);
};
page.vegaEmbed = embed;
for (const [place, spec] of page.plotsToDraw ?? []) embed(place, spec);
