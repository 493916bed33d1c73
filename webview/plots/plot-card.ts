import type {
  ExportFormat,
  FromPlots,
  PlotContent,
  PlotHeader,
  PlotRevision,
  PlotsWords,
} from '../../src/protocol/plots-page.ts';
import { element } from '../shared/dom.ts';
import { iconButton } from '../shared/icon-button.ts';
import { below, type MenuGroups, openMenu } from '../shared/menu.ts';
import { textToggle } from './controls.ts';
import { Drawing } from './drawing.ts';
import { separated, tableOf } from './export-data.ts';
import { ICONS } from './icons.ts';
import { ImagePlot } from './images.ts';
import { ParallelPlot } from './parallel.ts';
import { PLAIN, type SeriesLook } from './series-spec.ts';

const ZOOM_QUIET = 200; // ms without zooming after which the exact values are asked for

export interface CardActions {
  send(message: FromPlots): void;
  look(id: string): SeriesLook | undefined;
  keepLook(id: string, look: SeriesLook): void;
  step(id: string): number;
  keepStep(id: string, step: number): void;
  /** Shows it alone, as large as the page. */
  enlarge(id: string): void;
  /** Undefined where plots stand as they stand. */
  move: ((id: string, by: 1 | -1) => void) | undefined;
}

/** One plot: its title and tools, and what it draws while it is in sight. */
export class PlotCard {
  readonly element: HTMLElement;
  readonly id: string;
  readonly #words: PlotsWords;
  readonly #actions: CardActions;
  readonly #title = element('h3', {});
  readonly #place = element('span', { class: 'muted place' });
  readonly #tools = element('span', { class: 'card-tools' });
  readonly #problems = element('div', { class: 'problems', role: 'status' });
  readonly #body = element('div', { class: 'body' });
  readonly #note = element('div', { class: 'muted note' });
  readonly #drawing: Drawing;
  #images: ImagePlot | undefined;
  #parallel: ParallelPlot | undefined;
  #header: PlotHeader;
  #content: PlotContent | undefined;
  #contentVersion = -1;
  #revisions: readonly PlotRevision[] = [];
  #isVisible = false;
  #zoomTimer: ReturnType<typeof setTimeout> | undefined;

  constructor(header: PlotHeader, words: PlotsWords, actions: CardActions) {
    this.id = header.id;
    this.#header = header;
    this.#words = words;
    this.#actions = actions;
    this.#drawing = new Drawing(this.#body, (from, to) => this.#zoomed(from, to));
    this.element = element(
      'article',
      { class: `plot ${header.kind}`, 'aria-label': header.title },
      element('header', {}, element('div', { class: 'names' }, this.#title, this.#place), this.#tools),
      this.#problems,
      this.#body,
      this.#note,
    );
    this.element.tabIndex = -1;
    this.element.dataset['id'] = header.id;
    this.update(header);
  }

  /** The version whose data is missing here, if it is in sight. */
  get isWanting(): boolean {
    return this.#isVisible && this.#contentVersion !== this.#header.version;
  }

  get kind(): PlotHeader['kind'] {
    return this.#header.kind;
  }

  update(header: PlotHeader): void {
    this.#header = header;
    this.#title.textContent = header.title;
    this.#title.title = header.title;
    this.#place.textContent = header.place;
    this.#drawTools();
    if (this.#content === undefined)
      this.#body.replaceChildren(element('span', { class: 'muted loading' }, this.#words.loading));
  }

  setVisible(isVisible: boolean): void {
    if (this.#isVisible === isVisible) return;
    this.#isVisible = isVisible;
    if (isVisible) void this.#draw();
    else this.#drawing.close();
  }

  setRevisions(revisions: readonly PlotRevision[]): void {
    this.#revisions = revisions;
    void this.#draw();
  }

  setContent(content: PlotContent, version: number): void {
    this.#content = content;
    this.#contentVersion = version;
    this.#drawTools();
    void this.#draw();
  }

  /** The theme or the size has changed. */
  redraw(isTheme: boolean): void {
    if (isTheme) this.#drawing.forget();
    if (isTheme) void this.#draw();
    else void this.#drawing.chart?.resize();
  }

  /** The data and the picture in one of the formats, handed to the host, which asks where it is to go. */
  async save(format: ExportFormat): Promise<void> {
    const data = await this.#exported(format);
    if (data !== undefined) this.#actions.send({ type: 'save', name: this.#header.title, format, data });
  }

  #look(): SeriesLook {
    return this.#actions.look(this.id) ?? PLAIN;
  }

  #setLook(change: Partial<SeriesLook>): void {
    this.#actions.keepLook(this.id, { ...this.#look(), ...change });
    void this.#draw();
  }

  #drawTools(): void {
    const words = this.#words;
    const focused = this.#tools.contains(document.activeElement)
      ? (document.activeElement as HTMLElement).dataset['tool']
      : undefined;
    const tools: HTMLElement[] = [];
    if (this.#header.kind === 'series') tools.push(this.#smoothing(), ...this.#axes());
    const more = iconButton(words.more, ICONS.more, () => openMenu(this.#menu(), below(more), words.more));
    more.setAttribute('aria-haspopup', 'menu');
    tools.push(
      iconButton(words.enlarge, ICONS.enlarge, () => this.#actions.enlarge(this.id)),
      more,
    );
    tools.forEach((tool, at) => {
      tool.dataset['tool'] = String(at);
    });
    this.#tools.replaceChildren(...tools);
    if (focused !== undefined) this.#tools.querySelector<HTMLElement>(`[data-tool="${focused}"]`)?.focus();
  }

  #smoothing(): HTMLElement {
    const slider = element('input', { class: 'slider', 'aria-label': this.#words.smoothing });
    slider.type = 'range';
    slider.min = '0';
    slider.max = '0.99';
    slider.step = '0.01';
    slider.value = String(this.#look().smoothing);
    slider.title = this.#words.smoothing;
    slider.addEventListener('input', () => this.#setLook({ smoothing: Number(slider.value) }));
    return slider;
  }

  #axes(): HTMLElement[] {
    const { logX, logY, bands } = this.#look();
    const toggle = (label: string, title: string, isOn: boolean, set: (isOn: boolean) => void): HTMLElement => {
      const made = textToggle(label, isOn, set);
      made.title = title;
      return made;
    };
    const canBand = this.#content?.kind === 'series' && this.#content.series.length > 1;
    return [
      toggle('log x', this.#words.logX, logX, (isOn) => this.#setLook({ logX: isOn })),
      toggle('log y', this.#words.logY, logY, (isOn) => this.#setLook({ logY: isOn })),
      ...(canBand ? [toggle('µ±σ', this.#words.bands, bands, (isOn) => this.#setLook({ bands: isOn }))] : []),
    ];
  }

  #menu(): MenuGroups {
    const words = this.#words;
    const formats: readonly ExportFormat[] =
      this.#header.kind === 'images'
        ? ['csv', 'tsv', 'json']
        : this.#header.kind === 'parallel'
          ? ['svg', 'csv', 'tsv', 'json']
          : ['svg', 'png', 'csv', 'tsv', 'json', 'vega'];
    const { move } = this.#actions;
    const zoom = this.#header.kind === 'series' || this.#header.kind === 'scatter';
    return [
      formats.map((format) => ({
        label: words.exportAs.replace('{0}', format === 'vega' ? 'Vega-Lite' : format.toUpperCase()),
        disabled: this.#content === undefined,
        run: () => void this.save(format),
      })),
      zoom ? [{ label: words.resetZoom, run: () => this.#resetZoom() }] : [],
      move
        ? [
            { label: words.moveUp, run: () => move(this.id, -1) },
            { label: words.moveDown, run: () => move(this.id, 1) },
          ]
        : [],
      this.#header.isCustom
        ? [{ label: words.remove, run: () => this.#actions.send({ type: 'remove', plot: this.id }) }]
        : [],
    ];
  }

  #resetZoom(): void {
    this.#drawing.forget();
    void this.#draw();
  }

  #zoomed(from: number, to: number): void {
    if (this.#content?.kind !== 'series' || this.#content.series.every(({ x, total }) => x.length >= total)) return;
    clearTimeout(this.#zoomTimer);
    this.#zoomTimer = setTimeout(() => this.#actions.send({ type: 'range', plot: this.id, from, to }), ZOOM_QUIET);
  }

  async #draw(): Promise<void> {
    const content = this.#content;
    if (!content || !this.#isVisible) return;
    const revisions = this.#revisions;
    this.#showProblems(content.problems);
    this.#note.textContent = noteOf(content, this.#words);
    try {
      if (content.kind === 'images') {
        this.#images ??= new ImagePlot(this.#words, this.#actions.step(this.id), {
          keepStep: (step) => this.#actions.keepStep(this.id, step),
          open: (path) => this.#actions.send({ type: 'open', path }),
        });
        if (this.#images.element.parentElement !== this.#body) this.#body.replaceChildren(this.#images.element);
        this.#images.show(content, revisions);
      } else if (content.kind === 'parallel') {
        this.#parallel ??= new ParallelPlot(this.#words, (revs) => this.#actions.send({ type: 'brushed', revs }));
        if (this.#parallel.element.parentElement !== this.#body) this.#body.replaceChildren(this.#parallel.element);
        this.#parallel.show(content);
      } else {
        if (this.#drawing.chart === undefined) this.#body.replaceChildren();
        await this.#drawing.show(content, { revisions, look: this.#look(), words: this.#words });
        this.#describe(content);
      }
    } catch (error) {
      this.#drawing.close();
      const why = error instanceof Error ? error.message : String(error);
      this.#showProblems([...content.problems, this.#words.cannotDraw.replace('{0}', () => why)]);
    }
  }

  /** A picture says nothing to a screen reader: how many lines and values it has does. */
  #describe(content: PlotContent): void {
    const canvas = this.#body.querySelector('canvas, svg');
    canvas?.setAttribute('role', 'img');
    const rows = tableOf(content).length;
    canvas?.setAttribute(
      'aria-label',
      `${this.#header.title}: ${this.#revisions.map(({ label }) => label).join(', ')} (${rows})`,
    );
  }

  #showProblems(problems: readonly string[]): void {
    this.#problems.replaceChildren(...problems.map((text) => element('p', {}, text)));
    this.#problems.hidden = problems.length === 0;
  }

  async #exported(format: ExportFormat): Promise<string | undefined> {
    const content = this.#content;
    if (!content) return undefined;
    switch (format) {
      case 'csv':
        return separated(tableOf(content), ',');
      case 'tsv':
        return separated(tableOf(content), '\t');
      case 'json':
        return `${JSON.stringify(tableOf(content), null, 2)}\n`;
      case 'svg':
        return content.kind === 'parallel'
          ? new XMLSerializer().serializeToString(this.#body.querySelector('svg') ?? document.createElement('svg'))
          : this.#drawing.chart?.svg();
      case 'png':
        return this.#drawing.chart?.png();
      case 'vega':
        return this.#drawing.chart?.specText;
      default:
        return unreachable(format);
    }
  }
}

/** That a line was thinned out for the screen is told, with how to see all of it. */
function noteOf(content: PlotContent, words: PlotsWords): string {
  if (content.kind !== 'series') return '';
  const [shown, total] = content.series.reduce(([a, b], one) => [a + one.x.length, b + one.total], [0, 0]);
  return shown < total
    ? words.thinned.replace('{0}', shown.toLocaleString()).replace('{1}', total.toLocaleString())
    : '';
}

function unreachable(format: never): never {
  throw new Error(`There is no way to save ${String(format)}.`);
}
