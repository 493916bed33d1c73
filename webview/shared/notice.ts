import { element } from './dom.ts';
import { button } from './toolkit.ts';

/** Text in place of what a page shows otherwise. */
export interface Notice<Command> {
  readonly kind: 'loading' | 'empty' | 'error';
  /** '' for none. */
  readonly title: string;
  readonly text: string;
  readonly buttons: readonly { readonly label: string; readonly command: Command }[];
}

/** @param run Called with the command of the button that was pressed. */
export function noticeOf<Command>(
  { kind, title, text, buttons }: Notice<Command>,
  run: (command: Command) => void,
): HTMLElement {
  return element(
    'div',
    { class: `notice ${kind}`, role: kind === 'error' ? 'alert' : 'status' },
    kind === 'loading' ? element('div', { class: 'bar', 'aria-hidden': 'true' }) : undefined,
    title === '' ? undefined : element('h2', {}, title),
    text === '' ? undefined : element('p', { class: 'muted' }, text),
    buttons.length === 0
      ? undefined
      : element(
          'div',
          { class: 'buttons' },
          ...buttons.map(({ label, command }, at) =>
            button(label, at === 0 ? 'primary' : 'secondary', () => run(command)),
          ),
        ),
  );
}
