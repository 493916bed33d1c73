import type { ExperimentRow, ExperimentState } from '../../src/protocol/experiments-page.ts';

const CIRCLE = 'M8 2.5a5.5 5.5 0 1 1 0 11a5.5 5.5 0 0 1 0-11Z';

/** Each state has a shape of its own, for those who do not tell colours apart. */
export const STATE_ICONS: Readonly<Record<ExperimentState, string>> = {
  success: `${CIRCLE}M5.4 8.2l1.8 1.8L10.7 6.3`,
  running: 'M8 2.5A5.5 5.5 0 1 1 2.5 8',
  queued: `${CIRCLE}M8 5v3.2l2 1.3`,
  failed: `${CIRCLE}M6 6l4 4M10 6l-4 4`,
};

/** Of rows that are no experiments. */
export const KIND_ICONS: Readonly<Record<Exclude<ExperimentRow['kind'], 'experiment'>, string>> = {
  workspace: 'M2.5 4.5h4l1.2 1.5h5.8v6.5h-11Z',
  branch:
    'M5 3.2a1.3 1.3 0 1 1 0 2.6a1.3 1.3 0 0 1 0-2.6ZM5 10.2a1.3 1.3 0 1 1 0 2.6a1.3 1.3 0 0 1 0-2.6ZM11 4.2a1.3 1.3 0 1 1 0 2.6a1.3 1.3 0 0 1 0-2.6ZM5 5.8v4.4M11 6.8c0 2-6 1.4-6 3.4',
  commit: 'M8 5.8a2.2 2.2 0 1 1 0 4.4a2.2 2.2 0 0 1 0-4.4ZM1.5 8h4.3M10.2 8h4.3',
};

export const ICONS = {
  run: 'M4.5 3l8 5-8 5Z',
  queue: 'M2.5 4h8M2.5 8h8M2.5 12h5M12 9.5v5M9.5 12h5',
  stop: 'M4.5 4.5h7v7h-7Z',
  log: 'M4 2.5h8v11H4ZM6 5.5h4M6 8h4M6 10.5h2.5',
  star: 'M8 2.2l1.75 3.7 4.05.5-3 2.8.8 4L8 11.2 4.4 13.2l.8-4-3-2.8 4.05-.5Z',
  bell: 'M3.5 11.5h9c-1-1-1.4-2-1.4-4.2a3.1 3.1 0 0 0-6.2 0c0 2.2-.4 3.2-1.4 4.2ZM6.8 13.3a1.3 1.3 0 0 0 2.4 0',
  bellDot:
    'M3.5 11.5h9c-1-1-1.4-2-1.4-4.2a3.1 3.1 0 0 0-6.2 0c0 2.2-.4 3.2-1.4 4.2ZM6.8 13.3a1.3 1.3 0 0 0 2.4 0M8 6.3v2.2M8 9.9v.1',
  cloud: 'M4.8 12.5h6.4a2.6 2.6 0 0 0 .4-5.2A3.6 3.6 0 0 0 4.7 6.6a3 3 0 0 0 .1 5.9Z',
  right: 'M6 3.5L10.5 8L6 12.5',
  down: 'M3.5 6L8 10.5L12.5 6',
  up: 'M8 12.5V3.5M4.5 7L8 3.5L11.5 7',
  descend: 'M8 3.5v9M4.5 9L8 12.5L11.5 9',
  check: 'M3.5 8.5l3 3 6-7',
  close: 'M4 4l8 8M12 4l-8 8',
  more: 'M4 8h.1M8 8h.1M12 8h.1',
  filter: 'M2.5 4h11M4.5 8h7M6.5 12h3',
  columns: 'M2.5 3h11v10h-11ZM6.2 3v10M9.9 3v10',
  changed: 'M8 3v6M5 6h6M5 12h6',
  views: 'M2.5 3.5h11v9h-11ZM2.5 6.5h11M6 6.5v6',
  group: 'M2.5 3.5h6M5 7h8.5M5 10h8.5M2.5 13h6',
  compare: 'M4 3.5v9M12 3.5v9M6.5 6L4 3.5 1.5 6M9.5 10l2.5 2.5 2.5-2.5',
  plots: 'M2.5 2.5v11h11M5 10l2.5-3.5L10 8.5l3-4',
  history: 'M3.2 8a4.9 4.9 0 1 0 1.6-3.6M3 2.6v2.6h2.6M8 5.6V8l1.8 1.2',
  refresh: 'M13 8a5 5 0 1 1-1.6-3.7M13.2 2.5v2.6h-2.6',
  error: `${CIRCLE}M8 5v3.6M8 10.8v.1`,
  edit: 'M3 13l.6-2.8L10.8 3l2.2 2.2-7.2 7.2Z',
} as const;
