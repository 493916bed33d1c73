import type { GraphPage } from '../../src/protocol/graph-page.ts';
import { element, icon } from '../shared/dom.ts';
import { STATE_ICONS } from './icons.ts';

/** What colours and icons mean, and the keys. */
export function legendOf({ legend, words }: GraphPage): HTMLElement {
  return element(
    'section',
    { class: 'legend', 'aria-label': words.legend },
    element(
      'ul',
      { class: 'states' },
      ...legend.map(({ state, word }) =>
        element('li', { class: state }, element('span', { class: 'state' }, icon(STATE_ICONS[state])), word),
      ),
    ),
    element(
      'ul',
      { class: 'keys' },
      ...words.keys.map(([keys, meaning]) =>
        element('li', { class: 'key' }, element('kbd', {}, keys), element('span', { class: 'muted' }, meaning)),
      ),
    ),
  );
}
