import { element, icon } from '../shared/dom.ts';

/** A button that shows an icon alone; its name is told on hovering and to screen readers. */
export function iconButton(
  label: string,
  path: string,
  onPress: (button: HTMLButtonElement) => void,
): HTMLButtonElement {
  const made = element('button', { class: 'tool', 'aria-label': label }, icon(path));
  made.type = 'button';
  made.title = label;
  made.addEventListener('click', () => onPress(made));
  return made;
}

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

export interface MenuEntry {
  readonly label: string;
  readonly isDisabled?: boolean;
  act(): void;
}

/** Opens a menu below a button: arrows move, Escape closes, the focus goes back. */
export function openMenu(under: HTMLElement, label: string, entries: readonly MenuEntry[]): void {
  document.querySelector('.menu')?.remove();
  const menu = element('div', { class: 'menu', role: 'menu', 'aria-label': label });
  const close = (): void => {
    menu.remove();
    document.removeEventListener('pointerdown', onOutside, true);
    under.setAttribute('aria-expanded', 'false');
  };
  const onOutside = (event: Event): void => {
    if (!menu.contains(event.target as Node)) close();
  };
  for (const { label: text, isDisabled = false, act } of entries) {
    const item = element('button', { class: 'menu-item', role: 'menuitem' }, text);
    item.type = 'button';
    item.disabled = isDisabled;
    item.addEventListener('click', () => {
      close();
      under.focus();
      act();
    });
    menu.append(item);
  }
  menu.addEventListener('keydown', (event) => {
    const items = [...menu.querySelectorAll<HTMLButtonElement>('.menu-item:not(:disabled)')];
    const at = items.indexOf(document.activeElement as HTMLButtonElement);
    const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: items.length - 1 }[event.key];
    if (to !== undefined) items[(to + items.length) % items.length]?.focus();
    else if (event.key === 'Escape' || event.key === 'Tab') {
      close();
      under.focus();
    } else return;
    event.preventDefault();
    event.stopPropagation();
  });
  document.body.append(menu);
  const { left, bottom } = under.getBoundingClientRect();
  menu.style.left = `${Math.max(4, Math.min(left, window.innerWidth - menu.offsetWidth - 4))}px`;
  menu.style.top = `${Math.max(4, Math.min(bottom + 2, window.innerHeight - menu.offsetHeight - 4))}px`;
  document.addEventListener('pointerdown', onOutside, true);
  under.setAttribute('aria-expanded', 'true');
  menu.querySelector<HTMLButtonElement>('.menu-item:not(:disabled)')?.focus();
}
