import type {
  ExperimentRow,
  ExperimentsCommand,
  NumberFormat,
  TableView,
} from '../../src/protocol/experiments-page.ts';
import type { MenuGroups, MenuItem } from '../shared/menu.ts';
import { NAME, type ShownColumn } from './table-model.ts';
import { movedBefore, withGroup, withHidden, withPinned, withSort } from './table-view.ts';
import { say, type Words } from './words.ts';

export type CopyForm = 'cell' | 'rows' | 'csv' | 'markdown';

export interface RowMenuHost {
  readonly words: Words;
  readonly trusted: boolean;
  readonly hasPlots: boolean;
  run(command: ExperimentsCommand, rows: readonly string[]): void;
  copy(form: CopyForm): void;
  edit(): void;
  launch(how: 'run' | 'queue'): void;
}

/** @param rows Those that are selected if the row under the menu is among them, otherwise it alone. @param canEdit The cell can be typed over. */
export function rowMenu(rows: readonly ExperimentRow[], canEdit: boolean, host: RowMenuHost): MenuGroups {
  const { words, trusted, run } = host;
  const ids = rows.map(({ id }) => id);
  const [first, ...others] = rows;
  if (!first) return [];
  const item = (label: string, command: ExperimentsCommand, keys?: string): MenuItem => ({
    label,
    ...(keys === undefined ? {} : { keys }),
    run: () => run(command, ids),
  });
  const all = (test: (row: ExperimentRow) => boolean): boolean => rows.every(test);
  const isExperiment = all(({ kind }) => kind === 'experiment');
  const isFinished = isExperiment && all(({ state }) => state === 'success');
  const isOpen = isExperiment && all(({ state }) => state === 'running' || state === 'queued');
  const isOne = others.length === 0;
  const compare =
    rows.length >= 2 && rows.length <= 10 && all(({ kind }) => kind !== 'branch')
      ? [item(say(words.compareRows, rows.length), 'lode.expCompare', 'Ctrl+D')]
      : isOne && first.kind !== 'workspace' && first.kind !== 'branch'
        ? [item(words.compareWithWorkspace, 'lode.expCompare', 'Ctrl+D')]
        : [];
  const workspace: MenuItem[] =
    trusted && isOne && first.kind === 'workspace'
      ? [
          { label: words.run, keys: 'Ctrl+Enter', run: () => host.launch('run') },
          { label: words.queue, keys: 'Ctrl+Shift+Enter', run: () => host.launch('queue') },
          item(words.save, 'lode.expSave'),
        ]
      : [];
  return [
    canEdit ? [{ label: words.edit, keys: 'F2', run: () => host.edit() }] : [],
    workspace,
    [
      ...(trusted && isOne && isFinished
        ? [item(words.apply, 'lode.expApply'), item(words.branchOff, 'lode.expBranch')]
        : []),
      ...compare,
      ...(host.hasPlots && isExperiment && all(({ state }) => state !== 'queued')
        ? [item(words.showPlots, 'lode.expShowPlots')]
        : []),
    ],
    [
      ...(trusted && isExperiment && all(({ state }) => state === 'running') ? [item(words.stop, 'lode.expStop')] : []),
      ...(isOne && isExperiment && first.state !== 'queued' ? [item(words.log, 'lode.expLog')] : []),
      ...(trusted && isOpen ? [item(words.addStopRule, 'lode.expAddStopRule')] : []),
      ...(trusted && isOpen && rows.some(({ rules }) => rules !== 'none')
        ? [item(words.removeStopRule, 'lode.expRemoveStopRule')]
        : []),
    ],
    isExperiment && all(({ state }) => state !== 'queued')
      ? [
          all(({ starred }) => starred)
            ? item(words.unstar, 'lode.expUnstar', 'S')
            : item(words.star, 'lode.expStar', 'S'),
          ...(trusted && isOne && isFinished
            ? [item(words.rename, 'lode.expRename', 'F2'), item(words.note, 'lode.expNote')]
            : []),
          ...(trusted && isFinished ? [item(words.push, 'lode.expPush')] : []),
        ]
      : [],
    copyItems(rows, host),
    trusted && isExperiment && all(({ state }) => state !== 'running')
      ? [item(words.remove, 'lode.expRemove', 'Delete')]
      : [],
  ];
}

function copyItems(rows: readonly ExperimentRow[], { words, copy, run }: RowMenuHost): MenuItem[] {
  const [first] = rows;
  const ids = rows.map(({ id }) => id);
  const isOne = rows.length === 1;
  const named: MenuItem[] =
    isOne && first && first.kind !== 'workspace' && first.state !== 'queued' && first.kind !== 'branch'
      ? [
          { label: words.copyName, run: () => run('lode.expCopyName', ids) },
          { label: words.copyRevision, run: () => run('lode.expCopyRevision', ids) },
        ]
      : [];
  return [
    { label: words.copyCell, ...(isOne ? { keys: 'Ctrl+C' } : {}), run: () => copy('cell') },
    {
      label: isOne ? words.copyRow : say(words.copyRows, rows.length),
      ...(isOne ? {} : { keys: 'Ctrl+C' }),
      run: () => copy('rows'),
    },
    { label: words.copyCsv, run: () => copy('csv') },
    { label: words.copyMarkdown, run: () => copy('markdown') },
    ...named,
  ];
}

export interface ColumnMenuHost {
  readonly words: Words;
  readonly view: TableView;
  /** Ids of the columns as they stand. */
  readonly shown: readonly string[];
  set(view: TableView): void;
  filter(): void;
  fit(): void;
}

const FORMATS: readonly NumberFormat[] = ['short', 'full', 'fixed2', 'fixed4', 'percent'];

export function columnMenu(column: ShownColumn, host: ColumnMenuHost): MenuGroups {
  const { words, view, shown, set } = host;
  const { id } = column;
  const sort = view.sorts.find((one) => one.column === id);
  const sortItem = (label: string, descending: boolean, adds: boolean): MenuItem => ({
    label,
    checked: sort?.descending === descending && (adds ? view.sorts.length > 1 : view.sorts.length === 1),
    run: () => set(withSort(view, id, descending, adds)),
  });
  const movable = shown.filter((one) => one !== NAME);
  const at = movable.indexOf(id);
  const isValue = column.at >= 0;
  const isName = id === NAME;
  const formatLabels: Readonly<Record<NumberFormat, string>> = {
    short: words.formatShort,
    full: words.formatFull,
    fixed2: words.formatFixed2,
    fixed4: words.formatFixed4,
    percent: words.formatPercent,
  };
  const hasOthers = view.sorts.some((one) => one.column !== id);
  return [
    [
      sortItem(words.sortAscending, false, false),
      sortItem(words.sortDescending, true, false),
      ...(hasOthers ? [sortItem(words.thenAscending, false, true), sortItem(words.thenDescending, true, true)] : []),
      ...(sort ? [{ label: words.sortNot, run: () => set(withSort(view, id, undefined, true)) }] : []),
    ],
    [
      { label: words.filterColumn, run: () => host.filter() },
      ...(isName
        ? []
        : [{ label: words.groupColumn, checked: view.groups.includes(id), run: () => set(withGroup(view, id)) }]),
    ],
    isName
      ? [{ label: words.fit, run: () => host.fit() }]
      : [
          {
            label: words.pin,
            checked: view.pinned.includes(id),
            run: () => set(withPinned(view, id, !view.pinned.includes(id))),
          },
          {
            label: words.moveLeft,
            keys: 'Alt+←',
            disabled: at <= 0,
            run: () => set(movedBefore(view, id, movable[at - 1], shown)),
          },
          {
            label: words.moveRight,
            keys: 'Alt+→',
            disabled: at === movable.length - 1,
            run: () => set(movedBefore(view, id, movable[at + 2], shown)),
          },
          { label: words.moveFirst, disabled: at <= 0, run: () => set(movedBefore(view, id, movable[0], shown)) },
          { label: words.fit, run: () => host.fit() },
          { label: words.hide, run: () => set(withHidden(view, [id], true)) },
        ],
    isValue && column.column?.kind !== 'dep'
      ? FORMATS.map((format) => ({
          label: formatLabels[format],
          checked: (view.formats[id] ?? 'short') === format,
          run: () => set({ ...view, formats: { ...view.formats, [id]: format } }),
        }))
      : [],
  ];
}
