import type { ExperimentRow, ExperimentState } from '../../src/protocol/experiments-page.ts';
import { element, icon } from '../shared/dom.ts';
import type { CellContext, CellPart } from './grid-cells.ts';
import { ICONS, KIND_ICONS, STATE_ICONS } from './icons.ts';
import type { ShownRow } from './table-model.ts';
import type { Words } from './words.ts';

const INDENT = 12; // px for each level

/** A cell that names a row, with what can be done to it. It is made once for an element, and told of one row after the other. */
export class NameCell {
  readonly #check: HTMLElement;
  readonly #tick: SVGElement;
  readonly #indent = element('span', { class: 'indent' });
  readonly #fold: HTMLElement;
  readonly #foldIcon: SVGElement;
  readonly #mark = element('span', { class: 'state', 'aria-hidden': 'true' });
  readonly #markIcon: SVGElement;
  readonly #colour = element('span', { class: 'colour', 'aria-hidden': 'true' });
  readonly #label = element('span', { class: 'label' });
  readonly #detail = element('span', { class: 'aside' });
  readonly #spoken = element('span', { class: 'hidden' });
  readonly #badge = element('span', { class: 'badge' });
  readonly #stop: HTMLElement;
  readonly #log: HTMLElement;
  readonly #rules: HTMLElement;
  readonly #bell: SVGElement;
  readonly #cloud = element('span', { class: 'cloud', 'aria-hidden': 'true' });
  readonly #star: HTMLElement;

  constructor(cell: HTMLElement, words: Words) {
    this.#tick = icon(ICONS.check);
    this.#foldIcon = icon(ICONS.right);
    this.#markIcon = icon(ICONS.check);
    this.#check = part('check', words.select, this.#tick);
    this.#fold = part('fold', words.expand, this.#foldIcon);
    this.#mark.append(this.#markIcon);
    this.#stop = part('stop', words.stop, icon(ICONS.stop));
    this.#log = part('log', words.log, icon(ICONS.log));
    this.#bell = icon(ICONS.bell);
    this.#rules = part('rules', words.removeStopRule, this.#bell);
    this.#star = part('star', words.star, icon(ICONS.star));
    this.#cloud.append(icon(ICONS.cloud));
    this.#cloud.title = words.pushed;
    const own = [this.#stop, this.#log, this.#rules];
    const end = element('span', { class: 'end' }, this.#badge, ...own, this.#cloud, this.#star);
    cell.replaceChildren(
      ...[this.#check, this.#indent, this.#fold, this.#mark, this.#colour],
      ...[this.#label, this.#detail, this.#spoken, end],
    );
  }

  show(shown: ShownRow, { words, selected, busy, trusted }: CellContext): void {
    const { row, group, level, expanded, below } = shown;
    const isSelectable = row !== undefined && row.kind !== 'branch';
    this.#check.classList.toggle('none', !isSelectable);
    show(this.#tick, isSelectable && selected.has(row.id));
    this.#indent.style.width = `${(level - 1) * INDENT}px`;
    this.#fold.classList.toggle('none', expanded === undefined);
    show(this.#foldIcon, expanded !== undefined);
    draw(this.#foldIcon, expanded === true ? ICONS.down : ICONS.right);
    this.#fold.title = expanded === undefined ? '' : expanded ? words.collapse : words.expand;
    const isBusy = row !== undefined && busy.has(row.id);
    const isExperiment = row?.kind === 'experiment';
    show(this.#mark, row !== undefined);
    if (row) {
      draw(
        this.#markIcon,
        row.kind === 'experiment' ? STATE_ICONS[isBusy ? 'running' : row.state] : KIND_ICONS[row.kind],
      );
      name(this.#mark, `state ${stateClass(row, isBusy)}`);
    }
    show(this.#colour, row?.colour !== undefined);
    this.#colour.style.background = row?.colour ?? '';
    write(this.#label, row?.name ?? (group === undefined || group.value === '' ? words.without : group.value));
    const detail = row
      ? [row.progress, row.detail].filter((text) => text !== undefined && text !== '').join(' · ')
      : '';
    write(this.#detail, row ? detail : String(group?.count ?? 0));
    write(this.#spoken, row ? spokenFacts(row, words) : '');
    show(this.#badge, row !== undefined && expanded === false);
    write(this.#badge, String(below));
    show(this.#stop, isExperiment && trusted && row.state === 'running');
    show(this.#log, isExperiment && row.state !== 'queued' && (row.state !== 'success' || isBusy));
    const rules = row?.rules ?? 'none';
    show(this.#rules, rules !== 'none');
    draw(this.#bell, rules === 'met' ? ICONS.bellDot : ICONS.bell);
    this.#rules.classList.toggle('met', rules === 'met');
    this.#rules.title = trusted && (row?.state === 'running' || row?.state === 'queued') ? words.removeStopRule : '';
    show(this.#cloud, row?.pushed === true);
    show(this.#star, isExperiment && row.state !== 'queued');
    this.#star.title = row?.starred === true ? words.unstar : words.star;
  }
}

function part(which: CellPart, title: string, child: Node): HTMLElement {
  const made = element('span', { class: `part ${which}`, 'aria-hidden': 'true' }, child);
  made.dataset['part'] = which;
  made.title = title;
  return made;
}

function show(one: Element, isShown: boolean): void {
  if (one.hasAttribute('hidden') === isShown) one.toggleAttribute('hidden', !isShown);
}

function write(one: HTMLElement, text: string): void {
  if (one.textContent !== text) one.textContent = text;
}

function name(one: HTMLElement, names: string): void {
  if (one.className !== names) one.className = names;
}

function draw(svg: SVGElement, path: string): void {
  const shape = svg.firstElementChild;
  if (shape && shape.getAttribute('d') !== path) shape.setAttribute('d', path);
}

const stateClass = (row: ExperimentRow, isBusy: boolean): ExperimentState | 'kind' =>
  isBusy ? 'running' : row.kind === 'experiment' ? row.state : row.problem === undefined ? 'kind' : 'failed';

/** What icons say to those who see them. */
function spokenFacts(row: ExperimentRow, words: Words): string {
  const facts = [
    row.kind === 'experiment' && row.state !== 'success' ? words[row.state] : '',
    row.problem ?? '',
    row.rules === 'none' ? '' : row.rules === 'met' ? words.ruleMet : words.ruled,
    row.starred ? words.starred : '',
    row.pushed ? words.pushed : '',
  ].filter((fact) => fact !== '');
  return facts.length > 0 ? `, ${facts.join(', ')}` : '';
}

/** On hovering: whole names, facts, what failed. */
export function tooltipOf({ name: own, detail, facts, problem }: ExperimentRow): string {
  const lines = [
    [own, detail].filter((text) => text !== '').join(' · '),
    ...facts.map(([label, value]) => `${label}: ${value}`),
  ];
  return [...lines, ...(problem === undefined ? [] : [problem])].join('\n');
}
