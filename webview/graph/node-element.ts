import type { NodeLook } from '../../src/protocol/graph-page.ts';
import { element, icon } from '../shared/dom.ts';
import { STATE_ICONS, TOOL_ICONS } from './icons.ts';
import type { Box } from './layout.ts';
import type { VisibleItem } from './visible.ts';

/** Room an item takes, by its name: never by how it stands, which changes and must move nothing. */
export function sizeOf({ name, place, kind }: VisibleItem): { width: number; height: number } {
  const text = name.length + (place === '' ? 0 : place.length + 1);
  const width = Math.min(
    280,
    Math.max(kind === 'data' ? 130 : 208, Math.round(text * 7.6 + (kind === 'group' ? 92 : 66))),
  );
  return { width, height: kind === 'data' ? 40 : 48 };
}

export interface NodeContext {
  readonly root: string;
  /** What unfolding the group is called. */
  readonly expand: string;
  readonly collapse: string;
}

/** One item of the graph: a row of a tree to a screen reader, a box to the eye. */
export class NodeElement {
  readonly item: VisibleItem;
  readonly element: HTMLElement;
  readonly #icon = element('span', { class: 'state' });
  /** For the eye only: what screen readers say has it, and more. */
  readonly #line = element('span', { class: 'second', 'aria-hidden': 'true' });
  readonly #spoken = element('span', { class: 'hidden' });
  readonly #context: NodeContext;
  #drawn: NodeLook | undefined;

  constructor(item: VisibleItem, isFrame: boolean, context: NodeContext) {
    this.item = item;
    const name = element('span', { class: 'name' }, item.name);
    const place = item.place === '' ? undefined : element('span', { class: 'place' }, item.place);
    const title = element('span', { class: 'title' }, name, place, this.#spoken);
    const text = element('span', { class: 'text' }, title, this.#line);
    const toggle = item.kind === 'group' ? toggleOf(isFrame, context) : undefined;
    const body = isFrame ? element('span', { class: 'head' }, this.#icon, title, toggle) : undefined;
    this.element = element(
      'div',
      {
        role: 'treeitem',
        'aria-level': item.frame === undefined ? '1' : '2',
        'aria-selected': 'false',
        ...(item.kind === 'group' ? { 'aria-expanded': String(isFrame) } : {}),
      },
      ...(body ? [body] : [this.#icon, text, toggle]),
    );
    this.element.dataset['id'] = item.id;
    this.#context = context;
    this.#tellContext(item.kind);
    this.element.tabIndex = -1;
    this.#setClass(isFrame, 'unknown');
  }

  place({ x, y, width, height }: Box): void {
    const { style } = this.element;
    style.transform = `translate(${x}px,${y}px)`;
    style.width = `${width}px`;
    style.height = `${height}px`;
  }

  /** Colours it, and nothing else. */
  show(look: NodeLook): void {
    if (look === this.#drawn) return;
    const isFrame = this.element.classList.contains('frame');
    if (look.state !== this.#drawn?.state) {
      this.#setClass(isFrame, look.state);
      this.#icon.replaceChildren(icon(STATE_ICONS[look.state]));
      this.#tellContext(look.state === 'frozen' && this.item.kind === 'stage' ? 'frozenStage' : this.item.kind);
    }
    this.#line.textContent = look.line;
    this.#spoken.textContent = `, ${look.spoken}`;
    this.#drawn = look;
  }

  mark(name: 'selected' | 'found', isSet: boolean): void {
    this.element.classList.toggle(name, isSet);
    if (name === 'selected') this.element.setAttribute('aria-selected', String(isSet));
  }

  /** What VS Code's own menu is made for, and hands to the command that is chosen. */
  #tellContext(webviewSection: string): void {
    const { kind, id, members } = this.item;
    const stages = kind === 'group' ? { addresses: members } : { address: id };
    const context = { webviewSection, preventDefaultContextMenuItems: true, root: this.#context.root, ...stages };
    this.element.dataset['vscodeContext'] = JSON.stringify(context);
  }

  #setClass(isFrame: boolean, state: string): void {
    const { classList } = this.element;
    const marks = ['selected', 'found'].filter((name) => classList.contains(name));
    this.element.className = ['node', isFrame ? 'frame' : this.item.kind, state, ...marks].join(' ');
  }
}

/** Not focused by itself: the keyboard unfolds with Space. */
function toggleOf(isFrame: boolean, { expand, collapse }: NodeContext): HTMLElement {
  const toggle = element('span', { class: 'toggle' }, icon(isFrame ? TOOL_ICONS.collapse : TOOL_ICONS.expand));
  toggle.title = isFrame ? collapse : expand;
  return toggle;
}
