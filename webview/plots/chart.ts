// The one importer of Vega. What it draws comes from files of a repository: expressions are interpreted, never compiled, and nothing is loaded.

import embed, { type Result, type VisualizationSpec } from 'vega-embed';
import { expressionInterpreter } from 'vega-interpreter';
import { themeConfig } from './chart-theme.ts';

const refused = (): Promise<never> => Promise.reject(new Error('A plot may not load anything.'));

/** Takes the place of Vega's loader: data is in the specification, and links lead nowhere. */
const NO_LOADER = { load: refused, sanitize: refused, http: refused, file: refused };

/** A drawn specification. */
export class Chart {
  readonly #result: Result;

  private constructor(result: Result) {
    this.#result = result;
  }

  /**
   * Draws into an element, in the colours of the editor.
   *
   * @param data Rows by the name of the data set they are for.
   */
  static async draw(
    place: HTMLElement,
    spec: Readonly<Record<string, unknown>>,
    data: Readonly<Record<string, readonly unknown[]>>,
  ): Promise<Chart> {
    const filled = { ...spec, datasets: { ...(spec['datasets'] as object | undefined), ...data } };
    // A specification is checked by Vega-Lite itself, whose error is shown in the plot's place.
    const result = await embed(place, filled as unknown as VisualizationSpec, {
      actions: false,
      ast: true,
      expr: expressionInterpreter,
      loader: NO_LOADER as never,
      renderer: 'canvas',
      config: themeConfig(),
      tooltip: { theme: 'custom', disableDefaultStyle: true, formatTooltip: tooltipText },
      downloadFileName: 'plot',
    });
    return new Chart(result);
  }

  /** Replaces the rows of a data set; zoom and everything else stay. False where there is no such data set. */
  async setData(name: string, rows: readonly unknown[]): Promise<boolean> {
    const { view } = this.#result;
    try {
      await view.data(name, [...rows]).runAsync();
      return true;
    } catch {
      return false;
    }
  }

  /** Called with the range of x that is in sight, each time somebody has zoomed. */
  onZoom(param: string, listener: (from: number, to: number) => void): void {
    try {
      this.#result.view.addSignalListener(param, (_, value: unknown) => {
        const x = typeof value === 'object' && value !== null && 'x' in value ? value.x : undefined;
        if (Array.isArray(x) && typeof x[0] === 'number' && typeof x[1] === 'number') listener(x[0], x[1]);
      });
    } catch {
      // A specification without this parameter cannot be zoomed.
    }
  }

  /** Takes the size its place has now. */
  async resize(): Promise<void> {
    await this.#result.view.resize().runAsync();
    window.dispatchEvent(new Event('resize')); // Sizes that are the container's are read at this event alone.
  }

  svg(): Promise<string> {
    return this.#result.view.toSVG();
  }

  /** A PNG of twice the size, in base64. */
  async png(): Promise<string> {
    const canvas = await this.#result.view.toCanvas(2);
    return canvas.toDataURL('image/png').replace(/^data:[^,]*,/, '');
  }

  /** The specification as it was drawn, with its data. */
  get specText(): string {
    return JSON.stringify(this.#result.spec, null, 2);
  }

  close(): void {
    this.#result.finalize();
  }
}

/** Rows of a tooltip as text alone; without values for what a run has not measured there. */
function tooltipText(value: unknown, sanitize: (value: unknown) => string): string {
  if (typeof value !== 'object' || value === null) return sanitize(value);
  const rows = Object.entries(value).filter(
    ([, shown]) => shown !== undefined && shown !== null && shown !== 'null' && shown !== '',
  );
  const cells = rows.map(
    ([key, shown]) => `<tr><td class="key">${sanitize(key)}</td><td class="value">${sanitize(shown)}</td></tr>`,
  );
  return `<table><tbody>${cells.join('')}</tbody></table>`;
}
