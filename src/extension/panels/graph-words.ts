import { l10n } from 'vscode';
import type { GraphNotice, GraphPage, GraphWords, NodeState } from '../../protocol/graph-page.ts';
import { stateWord } from './graph-look.ts';

const SHOWN: readonly NodeState[] = [
  'up-to-date',
  'stale',
  'awaiting',
  'never-run',
  'restorable',
  'frozen',
  'running',
  'waiting',
  'failed',
  'unknown',
  'data',
];

/** What each state is called, in the order of the legend. */
export const graphLegend = (): GraphPage['legend'] => SHOWN.map((state) => ({ state, word: stateWord(state) }));

/** The texts of the page. */
export const graphWords = (): GraphWords => ({
  graph: l10n.t('Pipeline graph'),
  search: l10n.t('Search stages'),
  found: l10n.t('{0} of {1}'),
  notFound: l10n.t('No stage'),
  run: l10n.t('Reproduce Everything That Is Not Up to Date'),
  expandAll: l10n.t('Expand All Groups'),
  collapseAll: l10n.t('Collapse All Groups'),
  expand: l10n.t('Expand (Space)'),
  collapse: l10n.t('Collapse (Space)'),
  focus: l10n.t('Show Only What Leads to the Selected Stage and What It Leads To (F)'),
  unfocus: l10n.t('Show All Stages (F)'),
  direction: l10n.t('Change Direction'),
  legend: l10n.t('Legend and Keys'),
  zoomIn: l10n.t('Zoom In (+)'),
  zoomOut: l10n.t('Zoom Out (-)'),
  fit: l10n.t('Show Whole Graph (0)'),
  close: l10n.t('Close'),
  details: l10n.t('Selected stage'),
  tools: l10n.t('Graph tools'),
  keys: [
    ['←↑↓→', l10n.t('Along edges, across a layer')],
    ['Enter', l10n.t('Open code')],
    ['Ctrl+Enter', l10n.t('Run')],
    ['Space', l10n.t('Expand or collapse the group')],
    ['F', l10n.t('Only the path')],
    ['/', l10n.t('Search')],
    ['+ - 0', l10n.t('Zoom')],
    ['Shift+F10', l10n.t('Menu')],
  ],
  layingOut: l10n.t('Laying out…'),
  failed: l10n.t('The graph cannot be laid out.'),
});

export const loadingNotice = (): GraphNotice => ({
  kind: 'loading',
  title: l10n.t('Reading pipelines…'),
  text: '',
  buttons: [],
});

export const emptyNotice = (): GraphNotice => ({
  kind: 'empty',
  title: l10n.t('There is no pipeline yet.'),
  text: l10n.t('Stages are written in dvc.yaml: a command, what it reads and what it makes.'),
  buttons: [{ label: l10n.t('New Stage…'), command: 'lode.newStage' }],
});

export const errorNotice = (problem: string): GraphNotice => ({
  kind: 'error',
  title: l10n.t('The pipelines cannot be read.'),
  text: problem,
  buttons: [
    { label: l10n.t('Read Again'), command: 'lode.refresh' },
    { label: l10n.t('Show Log'), command: 'lode.showLog' },
  ],
});
