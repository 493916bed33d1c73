import { element } from '../shared/dom.ts';
import { fullName } from './query-fields.ts';
import { NAME, type TableModel } from './table-model.ts';
import type { Words } from './words.ts';

type Column = ReturnType<TableModel['allColumns']>[number];

export interface PickerHost {
  readonly columns: readonly Column[];
  readonly hidden: ReadonlySet<string>;
  set(columns: readonly string[], isHidden: boolean): void;
}

/** The list of all columns with a check box each, grouped by file, and a search above it. */
export function columnPicker(words: Words, { columns, hidden, set }: PickerHost): HTMLElement {
  const search = element('input', { class: 'picker-search', 'aria-label': words.searchColumns });
  search.type = 'text';
  search.placeholder = words.searchColumns;
  search.spellcheck = false;
  const list = element('div', { class: 'picker-list' });
  const groups = new Map<string, Column[]>();
  for (const one of columns.filter(({ id }) => id !== NAME)) {
    const title =
      one.column === undefined ? words.general : one.column.file === '' ? words.dependencies : one.column.file;
    groups.set(title, [...(groups.get(title) ?? []), one]);
  }
  const state = new Set(hidden);
  const draw = (): void => {
    const wanted = search.value.trim().toLowerCase();
    const nameOf = ({ column, label }: Column): string => (column ? fullName(column) : label);
    list.replaceChildren(
      ...[...groups].flatMap(([title, members]) => {
        const shown = members.filter((one) => nameOf(one).toLowerCase().includes(wanted));
        if (shown.length === 0) return [];
        const ids = shown.map(({ id }) => id);
        const visible = ids.filter((id) => !state.has(id)).length;
        const all = checkBox(title, visible === ids.length, 'group', (isOn) => change(ids, !isOn));
        const box = all.querySelector('input');
        if (box) box.indeterminate = visible > 0 && visible < ids.length;
        return [
          all,
          ...shown.map(({ id, column, label }) =>
            checkBox(column?.keys.join('.') ?? label, !state.has(id), column?.kind ?? '', (isOn) =>
              change([id], !isOn),
            ),
          ),
        ];
      }),
    );
    if (list.childElementCount === 0) list.append(element('p', { class: 'muted' }, words.noColumn));
  };
  const change = (ids: readonly string[], isHidden: boolean): void => {
    for (const id of ids) isHidden ? state.add(id) : state.delete(id);
    const focused = [...list.querySelectorAll('input')].indexOf(document.activeElement as HTMLInputElement);
    set(ids, isHidden);
    draw();
    list.querySelectorAll('input')[focused]?.focus();
  };
  search.addEventListener('input', draw);
  list.addEventListener('keydown', (event) => {
    const by = event.key === 'ArrowDown' ? 1 : event.key === 'ArrowUp' ? -1 : 0;
    const boxes = [...list.querySelectorAll('input')];
    const at = boxes.indexOf(event.target as HTMLInputElement);
    if (by === 0 || at < 0) return;
    event.preventDefault();
    (boxes[at + by] ?? (by < 0 ? search : undefined))?.focus();
  });
  search.addEventListener('keydown', (event) => {
    if (event.key === 'ArrowDown') list.querySelector('input')?.focus();
  });
  draw();
  return element('div', { class: 'picker' }, search, list);
}

function checkBox(label: string, isOn: boolean, kind: string, change: (isOn: boolean) => void): HTMLElement {
  const box = element('input', {});
  box.type = 'checkbox';
  box.checked = isOn;
  box.addEventListener('change', () => change(box.checked));
  const made = element('label', { class: `picker-row ${kind}` }, box, element('span', {}, label));
  made.title = label;
  return made;
}
