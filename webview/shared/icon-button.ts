import { element, icon } from './dom.ts';

/** A button that shows an icon alone; its name is told on hovering and to screen readers. */
export function iconButton(label: string, path: string, onPress: () => void): HTMLButtonElement {
  const made = element('button', { class: 'tool', 'aria-label': label }, icon(path));
  made.type = 'button';
  made.title = label;
  made.addEventListener('click', onPress);
  return made;
}
