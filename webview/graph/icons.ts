import type { NodeState } from '../../src/protocol/graph-page.ts';

const CIRCLE = 'M8 2.5a5.5 5.5 0 1 1 0 11a5.5 5.5 0 0 1 0-11Z';

/** Paths on 16 × 16 of how a node stands: each has a shape of its own, for those who do not tell colours apart. */
export const STATE_ICONS: Readonly<Record<NodeState, string>> = {
  'up-to-date': `${CIRCLE}M5.4 8.2l1.8 1.8L10.7 6.3`,
  stale: `${CIRCLE}M8 5.2v3.4M8 10.7v.1`,
  awaiting: `${CIRCLE}M8 10.8V5.4M5.9 7.3L8 5.2l2.1 2.1`,
  'never-run': CIRCLE,
  restorable: 'M3.2 8a4.9 4.9 0 1 0 1.6-3.6M3 2.6v2.6h2.6M8 5.6V8l1.8 1.2',
  frozen: 'M8 2v12M2.8 5l10.4 6M13.2 5L2.8 11M6.5 3L8 4.4L9.5 3M6.5 13L8 11.6L9.5 13',
  unknown: `${CIRCLE}M6.5 6.4a1.6 1.6 0 1 1 2.3 1.4c-.5.3-.8.6-.8 1.1M8 10.9v.1`,
  waiting: `${CIRCLE}M8 5v3.2l2 1.3`,
  running: 'M8 2.5A5.5 5.5 0 1 1 2.5 8',
  failed: `${CIRCLE}M6 6l4 4M10 6l-4 4`,
  data: 'M3.5 4.2c0-1 2-1.7 4.5-1.7s4.5.7 4.5 1.7v7.6c0 1-2 1.7-4.5 1.7s-4.5-.7-4.5-1.7ZM3.5 4.2c0 1 2 1.7 4.5 1.7s4.5-.7 4.5-1.7M3.5 8c0 1 2 1.7 4.5 1.7s4.5-.7 4.5-1.7',
};

export const TOOL_ICONS = {
  run: 'M4.5 3l8 5-8 5Z',
  zoomIn: 'M8 3.5v9M3.5 8h9',
  zoomOut: 'M3.5 8h9',
  fit: 'M2.5 6V2.5H6M10 2.5h3.5V6M13.5 10v3.5H10M6 13.5H2.5V10',
  expand: 'M4 6.2L8 2.5l4 3.7M4 9.8l4 3.7 4-3.7',
  collapse: 'M4 2.5l4 3.7 4-3.7M4 13.5l4-3.7 4 3.7',
  focus: 'M8 5.5a2.5 2.5 0 1 1 0 5a2.5 2.5 0 0 1 0-5ZM8 1.5v2.5M8 12v2.5M1.5 8H4M12 8h2.5',
  direction: 'M2.5 5.5h9.5M9.5 3l2.5 2.5L9.5 8M5 8v5.5M2.8 11.3L5 13.5l2.2-2.2',
  legend: `${CIRCLE}M8 7.5v3.3M8 5.3v.1`,
  close: 'M4 4l8 8M12 4l-8 8',
  right: 'M6 3.5L10.5 8L6 12.5',
  down: 'M3.5 6L8 10.5L12.5 6',
} as const;
