import type { NodeLook } from '../../src/protocol/graph-page.ts';
import { element, icon } from '../shared/dom.ts';
import { STATE_ICONS } from './icons.ts';

const REST = 400; // ms a pointer rests before something is told, as in the editor

/** Tells why a node stands as it does, under the pointer. Screen readers have it in the node's name. */
export class Hover {
  readonly element = element('div', { class: 'hover', 'aria-hidden': 'true' });
  #timer: ReturnType<typeof setTimeout> | undefined;
  #over: Element | undefined;

  /** @param place What the hover is drawn in. */
  constructor(
    place: HTMLElement,
    nodes: HTMLElement,
    lookOf: (id: string) => { name: string; look: NodeLook } | undefined,
  ) {
    this.element.hidden = true;
    nodes.addEventListener('pointermove', ({ target, buttons }) => {
      const node = target instanceof Element ? target.closest<HTMLElement>('[data-id]') : null;
      if (node === (this.#over ?? null) && buttons === 0) return;
      this.hide();
      if (!node || buttons !== 0) return;
      this.#over = node;
      this.#timer = setTimeout(() => {
        const found = lookOf(node.dataset['id'] ?? '');
        if (found && node.isConnected) this.#show(found.name, found.look, node.getBoundingClientRect(), place);
      }, REST);
    });
    nodes.addEventListener('pointerleave', () => this.hide());
  }

  hide(): void {
    clearTimeout(this.#timer);
    this.#over = undefined;
    this.element.hidden = true;
  }

  #show(name: string, { state, word, reasons }: NodeLook, node: DOMRect, place: HTMLElement): void {
    this.element.replaceChildren(
      element('strong', {}, name),
      element(
        'div',
        { class: `standing ${state}` },
        element('span', { class: 'state' }, icon(STATE_ICONS[state])),
        word,
      ),
      ...(reasons.length > 0 ? [element('ul', {}, ...reasons.map((reason) => element('li', {}, reason)))] : []),
    );
    this.element.hidden = false;
    const room = place.getBoundingClientRect();
    const own = this.element.getBoundingClientRect();
    const below = node.bottom + 6;
    const top = below + own.height <= room.bottom ? below : Math.max(room.top, node.top - 6 - own.height);
    const left = Math.max(room.left + 4, Math.min(node.left, room.right - own.width - 4));
    this.element.style.transform = `translate(${left - room.left}px,${top - room.top}px)`;
  }
}
