import { element } from '../shared/dom.ts';

export interface Editing {
  readonly label: string;
  readonly text: string;
  /** The text to take. @param next Where the focus goes on from the cell. */
  commit(text: string, next: 'stay' | 'right' | 'left'): void;
  cancel(): void;
}

/** An input over a cell: Enter and Tab take what was typed, Escape leaves it as it was. */
export function editCell(cell: HTMLElement, { label, text, commit, cancel }: Editing): void {
  const input = element('input', { class: 'cell-input', 'aria-label': label });
  input.type = 'text';
  input.value = text;
  input.spellcheck = false;
  let isOpen = true;
  const end = (finish: () => void): void => {
    if (!isOpen) return;
    isOpen = false;
    cell.classList.remove('editing');
    finish();
  };
  input.addEventListener('keydown', (event) => {
    event.stopPropagation();
    if (event.key === 'Enter') end(() => commit(input.value, 'stay'));
    else if (event.key === 'Tab') end(() => commit(input.value, event.shiftKey ? 'left' : 'right'));
    else if (event.key === 'Escape') end(cancel);
    else return;
    event.preventDefault();
  });
  input.addEventListener('blur', () => end(() => commit(input.value, 'stay')));
  cell.classList.add('editing');
  cell.replaceChildren(input);
  input.focus({ preventScroll: true });
  input.select();
}
