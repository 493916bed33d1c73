import { element } from '../shared/dom.ts';

/** A button with a word that is on or off. */
export function textToggle(label: string, isOn: boolean, onToggle: (isOn: boolean) => void): HTMLButtonElement {
  const made = element('button', { class: 'text-button', 'aria-pressed': String(isOn) }, label);
  made.type = 'button';
  made.addEventListener('click', () => {
    const now = made.getAttribute('aria-pressed') !== 'true';
    made.setAttribute('aria-pressed', String(now));
    onToggle(now);
  });
  return made;
}
