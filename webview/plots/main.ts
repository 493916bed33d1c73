import type { FromPlots, PlotsNotice, ToPlots } from '../../src/protocol/plots-page.ts';
import { openChannel } from '../shared/channel.ts';
import { element } from '../shared/dom.ts';
import { button, defineElements } from '../shared/toolkit.ts';
import './plots.css';
import { PlotsView } from './plots-view.ts';

defineElements();
const place = document.getElementById('page');
if (!place) throw new Error('The page has no place to draw in.');

let view: PlotsView | undefined;
const channel = openChannel<ToPlots, FromPlots>((message) => {
  switch (message.type) {
    case 'page':
      if (message.page.notice) {
        view = undefined;
        place.replaceChildren(noticeOf(message.page.notice));
        channel.keep({ ...(channel.kept() as object | undefined), root: message.page.root });
        return;
      }
      if (!view) {
        view = new PlotsView(message.page, channel);
        place.replaceChildren(view.element);
      }
      view.show(message.page);
      return;
    case 'content':
      view?.setContent(message.plot, message.version, message.content);
      return;
    case 'highlight':
      view?.highlight(message.revs);
      return;
    default:
      throw new Error(`The host sent ${JSON.stringify(message satisfies never)}.`);
  }
});
channel.send({ type: 'ready' });

/** What stands in place of plots while there are none. */
function noticeOf({ kind, text, actions }: PlotsNotice): HTMLElement {
  return element(
    'div',
    { class: `notice ${kind}`, role: kind === 'error' ? 'alert' : 'status' },
    ...text.split('\n').map((line) => element('p', {}, line)),
    element(
      'div',
      { class: 'notice-actions' },
      ...actions.map(({ label, command }, at) =>
        button(label, at === 0 ? 'primary' : 'secondary', () => channel.send({ type: 'command', command })),
      ),
    ),
  );
}
