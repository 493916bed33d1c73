import type { ExperimentsNotice, FromExperiments } from '../../src/protocol/experiments-page.ts';
import { element } from '../shared/dom.ts';
import { button } from '../shared/toolkit.ts';

/** What stands in place of the table. */
export function noticeOf(
  { kind, title, text, buttons }: ExperimentsNotice,
  send: (message: FromExperiments) => void,
): HTMLElement {
  return element(
    'div',
    { class: `notice ${kind}`, role: kind === 'error' ? 'alert' : 'status' },
    kind === 'loading' ? element('div', { class: 'bar', 'aria-hidden': 'true' }) : undefined,
    element('h2', {}, title),
    text === '' ? undefined : element('p', { class: 'muted' }, text),
    buttons.length === 0
      ? undefined
      : element(
          'div',
          { class: 'buttons' },
          ...buttons.map(({ label, command }, at) =>
            button(label, at === 0 ? 'primary' : 'secondary', () => send({ type: 'run', command, rows: [] })),
          ),
        ),
  );
}
