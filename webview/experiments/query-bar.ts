import type { ExperimentRow } from '../../src/protocol/experiments-page.ts';
import { element, icon } from '../shared/dom.ts';
import { iconButton } from '../shared/icon-button.ts';
import { ICONS } from './icons.ts';
import { type Completion, completeQuery, type Proposal } from './query-complete.ts';
import type { Field } from './query-fields.ts';
import type { QueryError } from './query-tokens.ts';
import { say, type Words } from './words.ts';

export interface QueryBarHost {
  readonly fields: () => readonly Field[];
  readonly rows: () => readonly ExperimentRow[];
  changed(query: string): void;
  /** Enter or Escape: back to the table. */
  left(): void;
}

/** The line a filter is written in: with proposals, and with errors shown where they are. */
export class QueryBar {
  readonly element: HTMLElement;
  readonly #words: Words;
  readonly #host: QueryBarHost;
  readonly #input: HTMLInputElement;
  /** The same text behind the input's, for the line under what is wrong. */
  readonly #mirror = element('div', { class: 'mirror', 'aria-hidden': 'true' });
  readonly #list: HTMLElement;
  readonly #message = element('div', { class: 'query-message', id: 'query-message', role: 'status' });
  readonly #count = element('span', { class: 'count', role: 'status' });
  readonly #clear: HTMLButtonElement;
  #completion: Completion | undefined;
  #chosen = -1;

  constructor(words: Words, host: QueryBarHost) {
    this.#words = words;
    this.#host = host;
    this.#input = element('input', {
      class: 'query',
      id: 'query',
      role: 'combobox',
      'aria-label': words.filter,
      'aria-autocomplete': 'list',
      'aria-controls': 'query-list',
      'aria-expanded': 'false',
      'aria-describedby': 'query-message',
    });
    this.#input.type = 'text';
    this.#input.placeholder = words.filterHint;
    this.#input.spellcheck = false;
    this.#input.autocomplete = 'off';
    this.#list = element('div', {
      class: 'proposals',
      id: 'query-list',
      role: 'listbox',
      'aria-label': words.proposals,
    });
    this.#list.hidden = true;
    this.#message.hidden = true;
    this.#clear = iconButton(words.clearFilter, ICONS.close, () => {
      this.set('');
      host.changed('');
      this.focus();
    });
    this.#clear.hidden = true;
    this.element = element(
      'div',
      { class: 'query-bar' },
      element('span', { class: 'funnel', 'aria-hidden': 'true' }, icon(ICONS.filter)),
      element('div', { class: 'query-text' }, this.#mirror, this.#input),
      this.#count,
      this.#clear,
      this.#list,
      this.#message,
    );
    this.#listen();
  }

  focus(): void {
    this.#input.focus();
    this.#input.select();
  }

  get text(): string {
    return this.#input.value;
  }

  set(query: string): void {
    if (this.#input.value !== query) this.#input.value = query;
    this.#clear.hidden = query === '';
  }

  /** @param matching How many rows match; undefined while nothing is asked for. */
  showResult(matching: number | undefined, error: QueryError | undefined): void {
    const { value } = this.#input;
    this.#count.textContent = matching === undefined || error ? '' : say(this.#words.matching, matching);
    this.#input.setAttribute('aria-invalid', String(error !== undefined));
    this.#clear.hidden = value === '';
    this.#message.hidden = error === undefined || document.activeElement !== this.#input;
    this.#message.textContent = error ? errorText(error, this.#words) : '';
    this.element.classList.toggle('invalid', error !== undefined);
    if (!error) {
      this.#mirror.replaceChildren();
      return;
    }
    const end = Math.max(error.end, error.start + 1);
    // Behind the end of the text something has to be there to be underlined.
    const wrong = value.slice(error.start, end) || ' ';
    this.#mirror.replaceChildren(
      value.slice(0, error.start),
      element('span', { class: 'wrong' }, wrong),
      value.slice(end),
    );
    this.#mirror.scrollLeft = this.#input.scrollLeft;
  }

  #listen(): void {
    const { element: bar } = this;
    this.#input.addEventListener('input', () => {
      this.#host.changed(this.#input.value);
      this.#propose();
    });
    this.#input.addEventListener('scroll', () => {
      this.#mirror.scrollLeft = this.#input.scrollLeft;
    });
    this.#input.addEventListener('focus', () => {
      this.#message.hidden = this.#message.textContent === '';
    });
    bar.addEventListener('focusout', ({ relatedTarget }) => {
      if (relatedTarget instanceof Node && bar.contains(relatedTarget)) return;
      this.#close();
      this.#message.hidden = true;
    });
    this.#input.addEventListener('keydown', (event) => {
      event.stopPropagation();
      if (this.#key(event)) event.preventDefault();
    });
  }

  #key({ key, ctrlKey }: KeyboardEvent): boolean {
    const isOpen = !this.#list.hidden;
    const count = this.#completion?.proposals.length ?? 0;
    switch (key) {
      case 'ArrowDown':
      case 'ArrowUp':
        if (!isOpen) this.#propose();
        else this.#choose((this.#chosen + (key === 'ArrowDown' ? 1 : -1) + count) % count);
        return true;
      case ' ':
        if (ctrlKey) this.#propose();
        return ctrlKey;
      case 'Enter':
      case 'Tab': {
        const proposal = isOpen ? this.#completion?.proposals[this.#chosen] : undefined;
        if (proposal) this.#take(proposal);
        else if (key === 'Enter') this.#host.left();
        return proposal !== undefined || key === 'Enter';
      }
      case 'Escape':
        if (isOpen) this.#close();
        else this.#host.left();
        return true;
      default:
        return false;
    }
  }

  #propose(): void {
    const caret = this.#input.selectionStart ?? this.#input.value.length;
    this.#completion = completeQuery(this.#input.value, caret, this.#host.fields(), this.#host.rows());
    const { proposals } = this.#completion;
    this.#list.replaceChildren(...proposals.map((proposal, at) => this.#line(proposal, at)));
    this.#list.hidden = proposals.length === 0;
    this.#input.setAttribute('aria-expanded', String(proposals.length > 0));
    this.#choose(-1);
  }

  #line({ text, detail, kind }: Proposal, at: number): HTMLElement {
    const made = element(
      'div',
      { class: `proposal ${kind}`, role: 'option', id: `proposal-${at}`, 'aria-selected': 'false' },
      element('span', { class: 'text' }, text),
      element('span', { class: 'detail' }, detail),
    );
    made.addEventListener('pointerdown', (event) => {
      event.preventDefault(); // The input keeps the focus.
      const proposal = this.#completion?.proposals[at];
      if (proposal) this.#take(proposal);
    });
    return made;
  }

  #choose(at: number): void {
    const lines = [...this.#list.children];
    lines[this.#chosen]?.setAttribute('aria-selected', 'false');
    this.#chosen = at;
    lines[at]?.setAttribute('aria-selected', 'true');
    lines[at]?.scrollIntoView({ block: 'nearest' });
    if (at < 0) this.#input.removeAttribute('aria-activedescendant');
    else this.#input.setAttribute('aria-activedescendant', `proposal-${at}`);
  }

  #take({ text, kind }: Proposal): void {
    const { start, end } = this.#completion ?? { start: 0, end: 0 };
    const { value } = this.#input;
    const space = text.endsWith(':') || (kind === 'value' && end === value.length) ? '' : ' ';
    const rest = value.slice(end);
    const added = `${text}${rest.startsWith(' ') ? '' : space}`;
    this.#input.value = value.slice(0, start) + added + rest;
    const caret = start + added.length + (rest.startsWith(' ') && space !== '' ? 1 : 0);
    this.#input.setSelectionRange(caret, caret);
    this.#host.changed(this.#input.value);
    if (kind === 'value') this.#close();
    else this.#propose();
  }

  #close(): void {
    this.#list.hidden = true;
    this.#chosen = -1;
    this.#input.setAttribute('aria-expanded', 'false');
    this.#input.removeAttribute('aria-activedescendant');
  }
}

function errorText({ code, about }: QueryError, words: Words): string {
  const [first = '', ...others] = about;
  switch (code) {
    case 'unclosedQuote':
      return words.unclosedQuote;
    case 'unclosedBracket':
      return words.unclosedBracket;
    case 'unexpected':
      return say(words.unexpected, first);
    case 'valueMissing':
      return say(words.valueMissing, first);
    case 'fieldMissing':
      return words.fieldMissing;
    case 'unknownField':
      return others[0] ? say(words.unknownFieldNear, first, others[0]) : say(words.unknownField, first);
    case 'severalFields':
      return say(words.severalFields, first, others.join(', '));
    case 'unknownQuality':
      return say(words.unknownQuality, first, others[0] ?? '');
    case 'notANumber':
      return say(words.notANumber, first, others[0] ?? '');
    default:
      return say(words.notADate, first);
  }
}
