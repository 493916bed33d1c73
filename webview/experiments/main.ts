import type { FromExperiments, ToExperiments } from '../../src/protocol/experiments-page.ts';
import { openChannel } from '../shared/channel.ts';
import { noticeOf } from '../shared/notice.ts';
import { defineElements } from '../shared/toolkit.ts';
import './experiments.css';
import { ExperimentsView } from './experiments-view.ts';

defineElements();
const place = document.getElementById('page');
if (!place) throw new Error('The page has no place to draw in.');

let page: Extract<ToExperiments, { type: 'page' }> | undefined;
let view: ExperimentsView | undefined;
const channel = openChannel<ToExperiments, FromExperiments>((message) => {
  switch (message.type) {
    case 'page':
      page = message;
      channel.keep({ root: message.root });
      view?.showPage(message);
      return;
    case 'notice':
      view = undefined;
      place.replaceChildren(noticeOf(message.notice, (command) => channel.send({ type: 'run', command, rows: [] })));
      return;
    case 'table':
      if (!page) return;
      if (!view) {
        view = new ExperimentsView(page, channel.send);
        place.replaceChildren(view.element);
      }
      view.showTable(message.table, message.isWhole);
      return;
    case 'rows':
      view?.showRows(message.rows, message.isLast);
      return;
    case 'patch':
      if (view?.showPatch(message.patch) === false) channel.send({ type: 'resend' });
      return;
    case 'views':
      view?.showViews(message.views);
      return;
    case 'busy':
      view?.showBusy(message.rows);
      return;
    case 'refused':
      view?.refuse(message.column, message.message);
      return;
    case 'taken':
      view?.forgetEdits();
      return;
    case 'pick':
      view?.pick(message.rows ?? []);
      return;
    case 'reveal':
      view?.reveal(message.row);
      return;
    default:
      throw new Error(`The host sent ${JSON.stringify(message satisfies never)}.`);
  }
});
channel.send({ type: 'ready' });
