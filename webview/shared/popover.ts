import { element } from './dom.ts';

/** Shows content over the page below an element; closed by Escape, a press outside, or its own call. The keyboard stays in it meanwhile. */
export function openPopover(
  content: HTMLElement,
  place: { readonly x: number; readonly y: number },
  label: string,
  before: Element | null = document.activeElement,
): () => void {
  const popover = element('div', { class: 'popover', role: 'dialog', 'aria-label': label }, content);
  const abort = new AbortController();
  const { signal } = abort;
  const close = (): void => {
    if (!popover.isConnected) return;
    abort.abort();
    const hadFocus = popover.contains(document.activeElement);
    popover.remove();
    if (hadFocus && before instanceof HTMLElement) before.focus({ preventScroll: true });
  };
  const focusable = (): HTMLElement[] =>
    [...popover.querySelectorAll<HTMLElement>('input, select, button, vscode-button')].filter(({ hidden }) => !hidden);
  popover.addEventListener('keydown', (event) => {
    event.stopPropagation();
    if (event.key === 'Escape') {
      event.preventDefault();
      close();
    } else if (event.key === 'Tab') {
      const all = focusable();
      const at = all.indexOf(document.activeElement as HTMLElement);
      const isEnd = event.shiftKey ? at <= 0 : at === all.length - 1;
      if (!isEnd) return;
      event.preventDefault();
      all.at(event.shiftKey ? -1 : 0)?.focus();
    }
  });
  window.addEventListener(
    'pointerdown',
    ({ target }) => {
      if (!(target instanceof Node && popover.contains(target))) close();
    },
    { capture: true, signal },
  );
  window.addEventListener('resize', close, { signal });
  document.body.append(popover);
  const { width, height } = popover.getBoundingClientRect();
  popover.style.left = `${Math.max(4, Math.min(place.x, window.innerWidth - width - 4))}px`;
  popover.style.top = `${Math.max(4, Math.min(place.y, window.innerHeight - height - 4))}px`;
  focusable()[0]?.focus();
  return close;
}
