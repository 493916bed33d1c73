import { element } from '../shared/dom.ts';
import { button } from '../shared/toolkit.ts';
import { say, type Words } from './words.ts';

export interface EditsBarHost {
  launch(how: 'run' | 'queue'): void;
  discard(): void;
}

/** What was typed over in the workspace's row and is in no file yet: run it, queue it, or forget it. */
export class EditsBar {
  readonly element: HTMLElement;
  readonly #words: Words;
  readonly #text = element('span', { class: 'edits-text', role: 'status' });

  constructor(words: Words, host: EditsBarHost) {
    this.#words = words;
    this.element = element(
      'div',
      { class: 'edits-bar' },
      this.#text,
      element('span', { class: 'muted hint' }, words.editsHint),
      button(words.runEdits, 'primary', () => host.launch('run')),
      button(words.queueEdits, 'secondary', () => host.launch('queue')),
      button(words.discard, 'secondary', () => host.discard()),
    );
    this.element.hidden = true;
  }

  /** @param names Of the parameters, in the order they were typed. */
  show(names: readonly string[]): void {
    this.element.hidden = names.length === 0;
    this.#text.textContent = names.length === 0 ? '' : say(this.#words.editedParams, names.join(', '));
  }
}
