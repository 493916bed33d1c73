import type { ImagesContent, PlotImage, PlotRevision, PlotsWords } from '../../src/protocol/plots-page.ts';
import { element } from '../shared/dom.ts';

export interface ImageActions {
  keepStep(step: number): void;
  open(path: string): void;
}

/** Pictures of several revisions side by side: one step of each, zoomed and moved together, or their difference from the first one. */
export class ImagePlot {
  readonly element = element('div', { class: 'images' });
  readonly #words: PlotsWords;
  readonly #actions: ImageActions;
  readonly #grid = element('div', { class: 'pictures' });
  readonly #bar = element('div', { class: 'picture-bar' });
  #content: ImagesContent | undefined;
  #revisions: readonly PlotRevision[] = [];
  #step: number;
  #isDifference = false;
  #zoom = { scale: 1, x: 0, y: 0 };

  constructor(words: PlotsWords, step: number, actions: ImageActions) {
    this.#words = words;
    this.#actions = actions;
    this.#step = step;
    this.element.append(this.#bar, this.#grid);
    this.#grid.addEventListener('wheel', (event) => this.#onWheel(event), { passive: false });
    this.#grid.addEventListener('pointerdown', (event) => this.#onDrag(event));
    this.#grid.addEventListener('dblclick', () => this.#setZoom({ scale: 1, x: 0, y: 0 }));
  }

  show(content: ImagesContent, revisions: readonly PlotRevision[]): void {
    this.#content = content;
    this.#revisions = revisions;
    this.#draw();
  }

  #draw(): void {
    const { images = [] } = this.#content ?? {};
    const steps = [...new Set(images.map(({ step }) => step))].sort((a, b) => a - b);
    if (!steps.includes(this.#step)) this.#step = steps.at(-1) ?? 0;
    this.#bar.replaceChildren(...(steps.length > 1 ? [this.#stepSlider(steps)] : []), this.#differenceToggle());
    this.#bar.hidden = steps.length < 2 && this.#revisions.length < 2;
    const at = (rev: string): PlotImage | undefined => images.find((one) => one.rev === rev && one.step === this.#step);
    const first = this.#revisions.map(({ id }) => at(id)).find((one) => one !== undefined);
    this.#grid.replaceChildren(...this.#revisions.map((revision) => this.#cell(revision, at(revision.id), first)));
    this.#applyZoom();
  }

  #stepSlider(steps: readonly number[]): HTMLElement {
    const slider = element('input', { class: 'slider', 'aria-label': this.#words.step });
    const shown = element('span', { class: 'muted' }, `${this.#words.step} ${this.#step}`);
    slider.type = 'range';
    slider.min = '0';
    slider.max = String(steps.length - 1);
    slider.value = String(steps.indexOf(this.#step));
    slider.setAttribute('aria-valuetext', String(this.#step));
    slider.addEventListener('input', () => {
      this.#step = steps[Number(slider.value)] ?? 0;
      shown.textContent = `${this.#words.step} ${this.#step}`;
      slider.setAttribute('aria-valuetext', String(this.#step));
      this.#swap();
    });
    slider.addEventListener('change', () => this.#actions.keepStep(this.#step));
    return element('label', { class: 'step' }, shown, slider);
  }

  #differenceToggle(): HTMLElement {
    const button = element('button', { class: 'text-button', 'aria-pressed': String(this.#isDifference) });
    button.type = 'button';
    button.textContent = this.#words.difference;
    button.hidden = this.#revisions.length < 2;
    button.addEventListener('click', () => {
      this.#isDifference = !this.#isDifference;
      this.#draw();
      this.#bar.querySelector<HTMLElement>('.text-button')?.focus();
    });
    return button;
  }

  #cell({ id, label, color }: PlotRevision, image: PlotImage | undefined, first: PlotImage | undefined): HTMLElement {
    const caption = element('figcaption', {}, element('span', { class: 'swatch' }), label);
    caption.querySelector<HTMLElement>('.swatch')?.style.setProperty('background', color);
    const frame = image
      ? this.#frame(image, this.#isDifference && first && first.rev !== id ? first : undefined, label)
      : element('div', { class: 'frame empty muted' }, this.#words.noImage);
    return element('figure', {}, caption, frame);
  }

  #frame(image: PlotImage, under: PlotImage | undefined, label: string): HTMLElement {
    const frame = element('div', { class: under ? 'frame difference' : 'frame' });
    for (const { src } of under ? [under, image] : [image]) {
      const picture = element('img', { class: 'picture' });
      picture.src = src;
      picture.alt = `${label}, ${this.#words.step} ${image.step}`;
      picture.draggable = false;
      picture.addEventListener('error', () =>
        frame.replaceChildren(element('span', { class: 'muted' }, this.#words.noImage)),
      );
      frame.append(picture);
    }
    const { path } = image;
    if (path === undefined) return frame;
    const open = element('button', { class: 'open-image', 'aria-label': `${this.#words.openImage}: ${label}` });
    open.type = 'button';
    open.title = this.#words.openImage;
    open.textContent = '↗';
    open.addEventListener('click', () => this.#actions.open(path));
    frame.append(open);
    return frame;
  }

  /** Another step: pictures change in place, so that nothing flickers while a slider is drawn. */
  #swap(): void {
    const focus = document.activeElement;
    this.#draw();
    if (focus instanceof HTMLElement && focus.classList.contains('slider'))
      this.#bar.querySelector<HTMLElement>('.slider')?.focus();
  }

  #onWheel(event: WheelEvent): void {
    if (!event.ctrlKey && !event.metaKey) return; // The page scrolls.
    event.preventDefault();
    const scale = Math.min(20, Math.max(1, this.#zoom.scale * Math.exp(-event.deltaY / 300)));
    const factor = scale / this.#zoom.scale;
    this.#setZoom(
      scale === 1 ? { scale: 1, x: 0, y: 0 } : { scale, x: this.#zoom.x * factor, y: this.#zoom.y * factor },
    );
  }

  #onDrag(event: PointerEvent): void {
    if (this.#zoom.scale === 1 || (event.target as HTMLElement).closest('button')) return;
    const from = { x: event.clientX - this.#zoom.x, y: event.clientY - this.#zoom.y };
    const move = (to: PointerEvent): void =>
      this.#setZoom({ ...this.#zoom, x: to.clientX - from.x, y: to.clientY - from.y });
    const end = (): void => {
      window.removeEventListener('pointermove', move);
      window.removeEventListener('pointerup', end);
    };
    window.addEventListener('pointermove', move);
    window.addEventListener('pointerup', end);
  }

  #setZoom(zoom: { scale: number; x: number; y: number }): void {
    this.#zoom = zoom;
    this.#applyZoom();
  }

  #applyZoom(): void {
    const { scale, x, y } = this.#zoom;
    for (const picture of this.#grid.querySelectorAll<HTMLElement>('.picture'))
      picture.style.transform = scale === 1 ? '' : `translate(${x}px, ${y}px) scale(${scale})`;
  }
}
