import type { PlotRevision, PlotsWords } from '../../src/protocol/plots-page.ts';
import { element, icon } from '../shared/dom.ts';
import { ICONS } from './icons.ts';

/** The revisions that are drawn: a chip each, in its colour, that takes it away. */
export function ribbonOf(
  revisions: readonly PlotRevision[],
  words: PlotsWords,
  hide: (rev: string) => void,
): HTMLElement {
  const chips = revisions.map((revision) => {
    const swatch = element('span', { class: revision.isRunning ? 'swatch running' : 'swatch' });
    swatch.style.background = revision.color;
    const remove = element(
      'button',
      { class: 'remove', 'aria-label': `${words.hide}: ${revision.label}` },
      icon(ICONS.close),
    );
    remove.type = 'button';
    remove.title = words.hide;
    remove.addEventListener('click', () => hide(revision.id));
    const problem = revision.problem;
    const chip = element(
      'li',
      { class: problem === undefined ? 'chip' : 'chip failed' },
      swatch,
      element('span', { class: 'label' }, revision.label),
      problem === undefined
        ? undefined
        : element('span', { class: 'problem', role: 'img', 'aria-label': problem }, '!'),
      remove,
    );
    chip.title = [revision.detail, problem].filter(Boolean).join('\n\n');
    return chip;
  });
  return element('ul', { class: 'ribbon', 'aria-label': words.revisions }, ...chips);
}
