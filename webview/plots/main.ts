import type { FromPlots, ToPlots } from '../../src/protocol/plots-page.ts';
import { openChannel } from '../shared/channel.ts';
import { noticeOf } from '../shared/notice.ts';
import { defineElements } from '../shared/toolkit.ts';
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
        {
          const { kind, text, actions } = message.page.notice;
          const notice = { kind, title: '', text, buttons: actions };
          place.replaceChildren(noticeOf(notice, (command) => channel.send({ type: 'command', command })));
        }
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
