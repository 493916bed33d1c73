import type { GraphWords } from '../../src/protocol/graph-page.ts';
import { element } from '../shared/dom.ts';
import { iconButton } from '../shared/icon-button.ts';
import { TOOL_ICONS } from './icons.ts';

export interface ToolbarActions {
  search(text: string): void;
  /** To the next node that was found, or the one before. */
  step(by: 1 | -1): void;
  leaveSearch(): void;
  run(): void;
  expandAll(): void;
  collapseAll(): void;
  toggleFocus(): void;
  turn(): void;
  toggleLegend(): void;
}

/** The bar above the graph: search, and what is done to the whole of it. */
export class Toolbar {
  readonly element: HTMLElement;
  readonly #words: GraphWords;
  readonly #input: HTMLInputElement;
  readonly #count = element('span', { class: 'count', role: 'status' });
  readonly #focus: HTMLButtonElement;
  readonly #legend: HTMLButtonElement;
  readonly #groups: HTMLElement;
  readonly #run: HTMLButtonElement;

  constructor(words: GraphWords, actions: ToolbarActions) {
    this.#words = words;
    this.#input = element('input', { class: 'search', id: 'search', 'aria-label': words.search });
    this.#input.type = 'text';
    this.#input.placeholder = words.search;
    this.#input.spellcheck = false;
    this.#input.addEventListener('input', () => actions.search(this.#input.value));
    this.#input.addEventListener('keydown', (event) => {
      if (event.key === 'Enter') actions.step(event.shiftKey ? -1 : 1);
      else if (event.key === 'Escape') actions.leaveSearch();
      else return;
      event.preventDefault();
      event.stopPropagation();
    });
    this.#focus = toggle(iconButton(words.focus, TOOL_ICONS.focus, () => actions.toggleFocus()));
    this.#legend = toggle(iconButton(words.legend, TOOL_ICONS.legend, () => actions.toggleLegend()));
    this.#run = iconButton(words.run, TOOL_ICONS.run, () => actions.run());
    this.#groups = element(
      'span',
      { class: 'tools' },
      iconButton(words.expandAll, TOOL_ICONS.expand, () => actions.expandAll()),
      iconButton(words.collapseAll, TOOL_ICONS.collapse, () => actions.collapseAll()),
    );
    const turn = iconButton(words.direction, TOOL_ICONS.direction, () => actions.turn());
    this.element = element(
      'div',
      { class: 'toolbar', role: 'toolbar', 'aria-label': words.tools },
      element('div', { class: 'find' }, this.#input, this.#count),
      element('span', { class: 'tools' }, this.#run),
      this.#groups,
      element('span', { class: 'tools' }, this.#focus, turn, this.#legend),
    );
  }

  focusSearch(): void {
    this.#input.focus();
    this.#input.select();
  }

  clearSearch(): void {
    this.#input.value = '';
    this.#count.textContent = '';
  }

  /** @param at Which of the found is shown, from 0. */
  showFound(at: number, count: number): void {
    const text = count === 0 ? this.#words.notFound : this.#words.found;
    this.#count.textContent =
      this.#input.value.trim() === '' ? '' : text.replace('{0}', String(at + 1)).replace('{1}', String(count));
    this.#input.classList.toggle('without', count === 0 && this.#input.value.trim() !== '');
  }

  update(now: { isFocused: boolean; canFocus: boolean; legend: boolean; hasGroups: boolean; canRun: boolean }): void {
    press(this.#focus, now.isFocused, now.isFocused ? this.#words.unfocus : this.#words.focus);
    this.#focus.disabled = !now.canFocus && !now.isFocused;
    press(this.#legend, now.legend, this.#words.legend);
    this.#groups.hidden = !now.hasGroups;
    this.#run.hidden = !now.canRun;
  }
}

function toggle(button: HTMLButtonElement): HTMLButtonElement {
  button.setAttribute('aria-pressed', 'false');
  return button;
}

function press(button: HTMLButtonElement, isPressed: boolean, label: string): void {
  button.setAttribute('aria-pressed', String(isPressed));
  button.setAttribute('aria-label', label);
  button.title = label;
}
