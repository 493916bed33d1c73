import type { FromGraph, GraphWords, NodeDetails, NodeLook } from '../../src/protocol/graph-page.ts';
import { element, icon } from '../shared/dom.ts';
import { iconButton } from '../shared/icon-button.ts';
import { button } from '../shared/toolkit.ts';
import { STATE_ICONS, TOOL_ICONS } from './icons.ts';

/** What is known of the selected node, beside the graph: why it is stale, what it reads and makes, what can be done. */
export class DetailsPane {
  readonly element: HTMLElement;
  readonly #words: GraphWords;
  readonly #send: (message: FromGraph) => void;
  readonly #close: () => void;
  readonly #state = element('p', { class: 'standing' });
  readonly #reasons = element('ul', { class: 'reasons' });
  #details: NodeDetails | undefined;

  constructor(words: GraphWords, send: (message: FromGraph) => void, close: () => void) {
    this.#words = words;
    this.#send = send;
    this.#close = close;
    this.element = element('aside', { class: 'details', 'aria-label': words.details });
    this.element.hidden = true;
  }

  /** @param look How the node stands: it may change while the details stay. */
  show(details: NodeDetails, look: NodeLook | undefined): void {
    const focused = this.element.contains(document.activeElement) ? document.activeElement?.id : undefined;
    const isSame = details.id === this.#details?.id;
    const scroll = isSame ? this.element.scrollTop : 0;
    this.#details = details;
    this.element.replaceChildren(...this.#content(details));
    this.element.hidden = false;
    if (look) this.showLook(look);
    this.element.scrollTop = scroll;
    if (focused) document.getElementById(focused)?.focus();
  }

  showLook(look: NodeLook): void {
    if (look.id !== this.#details?.id) return;
    this.#state.className = `standing ${look.state}`;
    this.#state.replaceChildren(
      element('span', { class: 'state' }, icon(STATE_ICONS[look.state])),
      element('span', {}, look.word),
    );
    this.#reasons.replaceChildren(...look.reasons.map((reason) => element('li', {}, reason)));
    this.#reasons.hidden = look.reasons.length === 0;
  }

  hide(): void {
    this.element.hidden = true;
    this.#details = undefined;
  }

  #content({ id, title, subtitle, command, sections, buttons }: NodeDetails): (HTMLElement | string)[] {
    const close = iconButton(this.#words.close, TOOL_ICONS.close, () => this.#close());
    const made = buttons.map(({ label, command: wanted }, at) => {
      const one = button(label, at === 0 ? 'primary' : 'secondary', () =>
        this.#send({ type: 'run', command: wanted, node: id }),
      );
      one.id = `button-${wanted}`;
      return one;
    });
    return [
      element(
        'header',
        {},
        element('div', {}, element('h2', {}, title), element('p', { class: 'subtitle muted' }, subtitle)),
        close,
      ),
      this.#state,
      this.#reasons,
      ...(made.length > 0 ? [element('div', { class: 'buttons' }, ...made)] : []),
      ...(command === undefined ? [] : [commandOf(command)]),
      ...sections.map(({ title: heading, rows }, section) =>
        element(
          'section',
          {},
          element('h3', {}, heading),
          element(
            'ul',
            { class: 'rows' },
            ...rows.map(({ text, note, opens }, row) => {
              const name = opens
                ? this.#link(text, `row-${section}-${row}`, { type: 'open', node: id, section, row })
                : element('span', { class: 'file' }, text);
              return element('li', {}, name, element('span', { class: 'muted note' }, note));
            }),
          ),
        ),
      ),
    ];
  }

  #link(text: string, id: string, message: FromGraph): HTMLElement {
    const made = element('button', { class: 'link file', id }, text);
    made.type = 'button';
    made.addEventListener('click', () => this.#send(message));
    return made;
  }
}

/** Long commands scroll in their own place, which the keyboard reaches. */
function commandOf(text: string): HTMLElement {
  const made = element('pre', { class: 'command' }, text);
  made.tabIndex = 0;
  return made;
}
