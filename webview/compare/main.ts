import type { FromCompare, ToCompare } from '../../src/protocol/compare-page.ts';
import { openChannel } from '../shared/channel.ts';
import { defineElements } from '../shared/toolkit.ts';
import './compare.css';
import { CompareView } from './compare-view.ts';

defineElements();
const place = document.getElementById('page');
if (!place) throw new Error('The page has no place to draw in.');

const view = new CompareView(place, (message) => channel.send(message));
const channel = openChannel<ToCompare, FromCompare>((message) => {
  switch (message.type) {
    case 'page':
      channel.keep({ root: message.page.root, asked: message.page.asked });
      view.show(message.page);
      return;
    case 'plots':
      view.showPlots(message.plots);
      return;
    case 'content':
      view.setContent(message.plot, message.version, message.content);
      return;
    default:
      throw new Error(`The host sent ${JSON.stringify(message satisfies never)}.`);
  }
});
channel.send({ type: 'ready' });
