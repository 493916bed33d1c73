import type { FromCompare, ToCompare } from '../../src/protocol/compare-page.ts';
import { openChannel } from '../shared/channel.ts';
import { defineElements } from '../shared/toolkit.ts';
import './compare.css';
import { CompareView } from './compare-view.ts';

defineElements();
const place = document.getElementById('page');
if (!place) throw new Error('The page has no place to draw in.');

const view = new CompareView(place, (message) => channel.send(message));
const channel = openChannel<ToCompare, FromCompare>(({ page }) => {
  channel.keep({ root: page.root, asked: page.asked });
  view.show(page);
});
channel.send({ type: 'ready' });
