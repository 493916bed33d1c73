import type { Check, DoctorPage, FromDoctor, Health } from '../../src/protocol/doctor-page.ts';
import { element, icon } from '../shared/dom.ts';
import { button, divider } from '../shared/toolkit.ts';

type Send = (message: FromDoctor) => void;

const ICONS: Readonly<Record<Health, string>> = {
  good: 'M8 1.5a6.5 6.5 0 1 1 0 13a6.5 6.5 0 0 1 0-13ZM5 8.2l2.2 2.2L11 6',
  note: 'M8 1.5a6.5 6.5 0 1 1 0 13a6.5 6.5 0 0 1 0-13ZM8 7.2v4M8 4.8v.1',
  warning: 'M8 2L14.5 13.5H1.5ZM8 6.5v3.2M8 11.6v.1',
  problem: 'M8 1.5a6.5 6.5 0 1 1 0 13a6.5 6.5 0 0 1 0-13ZM5.7 5.7l4.6 4.6M10.3 5.7l-4.6 4.6',
};

/** Draws the whole page in place of what was there; what was opened and where the focus was stays. */
export function renderPage(place: HTMLElement, page: DoctorPage, send: Send): void {
  const opened = new Set([...place.querySelectorAll<HTMLDetailsElement>('details[open]')].map(({ id }) => id));
  const focused = document.activeElement?.id;
  const sections = page.sections.map(({ title, checks }, at) =>
    element(
      'section',
      { 'aria-labelledby': `section-${at}` },
      element('h2', { id: `section-${at}` }, title),
      element('ul', { class: 'checks' }, ...checks.map((check) => checkRow(check, at, page, opened, send))),
    ),
  );
  const again = button(page.refreshLabel, 'secondary', () => send({ type: 'refresh' }));
  again.id = 'refresh';
  const copy = button(page.copyLabel, 'secondary', () => send({ type: 'copy' }));
  copy.id = 'copy';
  place.replaceChildren(
    element(
      'header',
      {},
      element('h1', {}, page.heading),
      element('p', { class: 'muted', role: 'status' }, page.summary),
      element('div', { class: 'buttons' }, again, copy),
    ),
    divider(),
    ...sections,
  );
  if (focused) document.getElementById(focused)?.focus();
}

/** Says that the host is at work, above the page as it is. */
export function renderWorking(place: HTMLElement, text: string): void {
  const status = place.querySelector('[role=status]');
  if (status) status.textContent = text;
  else place.replaceChildren(element('p', { class: 'muted', role: 'status' }, text));
}

function checkRow(
  check: Check,
  section: number,
  page: DoctorPage,
  opened: ReadonlySet<string>,
  send: Send,
): HTMLElement {
  const id = `${section}-${check.id}`;
  const fixes = check.fixes.map((fix, at) => {
    const made = button(fix.label, at === 0 && check.health !== 'good' ? 'primary' : 'secondary', () =>
      send({ type: 'fix', section, command: fix.command }),
    );
    made.id = `fix-${id}-${at}`;
    return made;
  });
  return element(
    'li',
    { class: `check ${check.health}` },
    element(
      'span',
      { class: 'health' },
      icon(ICONS[check.health]),
      element('span', { class: 'hidden' }, check.healthText),
    ),
    element(
      'div',
      { class: 'text' },
      element('h3', {}, check.title),
      element('p', {}, check.finding),
      check.details.length > 0 ? detailsOf(check, `details-${id}`, page.detailsLabel, opened) : undefined,
    ),
    fixes.length > 0 ? element('div', { class: 'buttons' }, ...fixes) : undefined,
  );
}

function detailsOf(check: Check, id: string, label: string, opened: ReadonlySet<string>): HTMLElement {
  const summary = element(
    'summary',
    { id: `${id}-summary` },
    label,
    element('span', { class: 'hidden' }, `: ${check.title}`),
  );
  const details = element(
    'details',
    { id },
    summary,
    ...check.details.map((line) => element('div', { class: 'exact' }, line)),
  );
  details.open = opened.has(id);
  return details;
}
