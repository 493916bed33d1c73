import type { FromGraph, ToGraph } from '../../src/protocol/graph-page.ts';
import { openChannel } from '../shared/channel.ts';
import { noticeOf } from '../shared/notice.ts';
import { defineElements } from '../shared/toolkit.ts';
import './graph.css';
import { GraphView } from './graph-view.ts';
import { LayoutWorker } from './layout-worker.ts';

defineElements();
const place = document.getElementById('page');
const workerSource = document.querySelector<HTMLMetaElement>('meta[name=worker]')?.content;
if (!place || workerSource === undefined) throw new Error('The page has no place to draw in, or no worker.');

const worker = new LayoutWorker(workerSource);
let view: GraphView | undefined;
const channel = openChannel<ToGraph, FromGraph>((message) => {
  switch (message.type) {
    case 'page':
      if (message.page.notice) {
        view = undefined;
        place.replaceChildren(
          noticeOf(message.page.notice, (command) => channel.send({ type: 'run', command, node: undefined })),
        );
        channel.keep({ ...(channel.kept() as object | undefined), root: message.page.root });
      } else if (view) view.show(message.page);
      else {
        view = new GraphView(message.page, channel, worker);
        place.replaceChildren(view.element);
        view.show(message.page);
      }
      return;
    case 'looks':
      view?.showLooks(message.looks);
      return;
    case 'details':
      view?.showDetails(message.details);
      return;
    case 'reveal':
      void view?.reveal(message.node);
      return;
    default:
      throw new Error(`The host sent ${JSON.stringify(message satisfies never)}.`);
  }
});
channel.send({ type: 'ready' });
