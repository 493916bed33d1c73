import { element, icon } from './dom.ts';

export interface MenuItem {
  readonly label: string;
  /** At the right end: the keys that do the same. */
  readonly keys?: string;
  readonly checked?: boolean;
  readonly disabled?: boolean;
  run(): void;
}

/** Groups of items, with a line between them. */
export type MenuGroups = readonly (readonly MenuItem[])[];

export interface MenuPlace {
  readonly x: number;
  readonly y: number;
}

const CHECK = 'M3.5 8.5l3 3 6-7';
const EDGE = 4; // px that stay free around a menu

/** Where a menu of a button drops down. */
export const below = (anchor: HTMLElement): MenuPlace => {
  const { left, bottom } = anchor.getBoundingClientRect();
  return { x: left, y: bottom + 2 };
};

/** Shows a menu in the look of the editor's own; it takes the keyboard until it is closed, and gives it back. */
export function openMenu(groups: MenuGroups, place: MenuPlace, label: string): void {
  document.querySelector<HTMLElement>('.menu')?.dispatchEvent(new Event('close'));
  const before = document.activeElement;
  const items: HTMLElement[] = [];
  const menu = element('div', { class: 'menu', role: 'menu', 'aria-label': label });
  menu.tabIndex = -1;
  const abort = new AbortController();
  const close = (): void => {
    if (!menu.isConnected) return;
    const hadFocus = menu.contains(document.activeElement);
    abort.abort();
    menu.remove();
    if (hadFocus && before instanceof HTMLElement) before.focus({ preventScroll: true });
  };
  const choose = (item: MenuItem): void => {
    close();
    item.run();
  };
  for (const group of groups.filter((one) => one.length > 0)) {
    if (items.length > 0) menu.append(element('div', { class: 'separator', role: 'separator' }));
    for (const item of group) {
      const made = itemElement(item);
      made.addEventListener('click', () => {
        if (item.disabled !== true) choose(item);
      });
      made.addEventListener('pointermove', () => made.focus({ preventScroll: true }));
      items.push(made);
      menu.append(made);
    }
  }
  menu.addEventListener('keydown', (event) => {
    event.stopPropagation();
    const at = items.indexOf(document.activeElement as HTMLElement);
    const next = keyTarget(event, items, at);
    if (event.key === 'Escape' || event.key === 'Tab') close();
    else if ((event.key === 'Enter' || event.key === ' ') && at >= 0) items[at]?.click();
    else if (next) next.focus();
    else return;
    event.preventDefault();
  });
  menu.addEventListener('close', close);
  menu.addEventListener('contextmenu', (event) => event.preventDefault());
  const outside = ({ target }: Event): void => {
    if (!(target instanceof Node && menu.contains(target))) close();
  };
  window.addEventListener('pointerdown', outside, { capture: true, signal: abort.signal });
  window.addEventListener('blur', close, { signal: abort.signal });
  window.addEventListener('resize', close, { signal: abort.signal });
  document.body.append(menu);
  const { width, height } = menu.getBoundingClientRect();
  const within = (wanted: number, size: number, room: number): number =>
    Math.max(EDGE, Math.min(wanted, room - size - EDGE));
  menu.style.left = `${within(place.x, width, window.innerWidth)}px`;
  menu.style.top = `${within(place.y, height, window.innerHeight)}px`;
  (items.find((item) => item.getAttribute('aria-disabled') !== 'true') ?? menu).focus({ preventScroll: true });
}

function itemElement({ label, keys = '', checked, disabled = false }: MenuItem): HTMLElement {
  const made = element(
    'div',
    {
      class: 'menu-item',
      role: checked === undefined ? 'menuitem' : 'menuitemcheckbox',
      ...(checked === undefined ? {} : { 'aria-checked': String(checked) }),
      'aria-disabled': String(disabled),
    },
    element('span', { class: 'check', 'aria-hidden': 'true' }, checked === true ? icon(CHECK) : undefined),
    element('span', { class: 'label' }, label),
    element('span', { class: 'keys', 'aria-hidden': 'true' }, keys),
  );
  made.tabIndex = -1;
  return made;
}

/** By arrows, to the ends, or to the next item that begins with a letter. */
function keyTarget({ key }: KeyboardEvent, items: readonly HTMLElement[], at: number): HTMLElement | undefined {
  switch (key) {
    case 'ArrowDown':
      return items[(at + 1) % items.length];
    case 'ArrowUp':
      return items[(at - 1 + items.length) % items.length];
    case 'Home':
      return items[0];
    case 'End':
      return items.at(-1);
    default:
      if (key.length !== 1 || key === ' ') return undefined;
      return [...items.slice(at + 1), ...items.slice(0, at + 1)].find((item) =>
        item.querySelector('.label')?.textContent?.toLowerCase().startsWith(key.toLowerCase()),
      );
  }
}
