import type { FromDoctor, ToDoctor } from '../../src/protocol/doctor-page.ts';
import { openChannel } from '../shared/channel.ts';
import { defineElements } from '../shared/toolkit.ts';
import './doctor.css';
import { renderPage, renderWorking } from './page.ts';

defineElements();
const place = document.getElementById('page');
if (!place) throw new Error('The page has no place to draw in.');

const channel = openChannel<ToDoctor, FromDoctor>((message) => {
  if (message.type === 'page') renderPage(place, message.page, (answer) => channel.send(answer));
  else renderWorking(place, message.text);
});
channel.send({ type: 'ready' });
