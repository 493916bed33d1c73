import { l10n } from 'vscode';
import type { PlotsNotice, PlotsWords } from '../../protocol/plots-page.ts';

/** The texts of the page. */
export const plotsWords = (): PlotsWords => ({
  title: l10n.t('Plots'),
  search: l10n.t('Search plots'),
  addPlot: l10n.t('Add Plot…'),
  selectRevisions: l10n.t('Choose Experiments…'),
  refresh: l10n.t('Refresh'),
  report: l10n.t('Write a Report'),
  revisions: l10n.t('Plotted experiments'),
  hide: l10n.t('Do not plot'),
  templates: l10n.t('Plots of the Project'),
  images: l10n.t('Images'),
  custom: l10n.t('Own Plots'),
  size: l10n.t('Size'),
  smoothing: l10n.t('Smoothing'),
  logX: l10n.t('Logarithmic x axis'),
  logY: l10n.t('Logarithmic y axis'),
  bands: l10n.t('Mean and standard deviation of all lines'),
  resetZoom: l10n.t('Reset Zoom'),
  enlarge: l10n.t('Enlarge (Escape: back)'),
  close: l10n.t('Close'),
  more: l10n.t('More'),
  remove: l10n.t('Remove'),
  moveUp: l10n.t('Move Up'),
  moveDown: l10n.t('Move Down'),
  exportAs: l10n.t('Save as {0}…'),
  step: l10n.t('Step'),
  difference: l10n.t('Difference from the First'),
  noImage: l10n.t('No image'),
  thinned: l10n.t('{0} of {1} points; zoom in for all of them'),
  loading: l10n.t('Reading…'),
  cannotDraw: l10n.t('This plot cannot be drawn: {0}'),
  mean: l10n.t('Mean'),
  dataChanged: l10n.t('Data changed'),
  brush: l10n.t('Drag on an axis to choose experiments'),
  collapse: l10n.t('Collapse'),
  expand: l10n.t('Expand'),
  drag: l10n.t('Drag to move'),
  openImage: l10n.t('Open'),
});

export const plotsLoading = (): PlotsNotice => ({ kind: 'loading', text: l10n.t('Reading the plots…'), actions: [] });

export const noPlots = (): PlotsNotice => ({
  kind: 'empty',
  text: l10n.t(
    'There is no plot yet. A plot is a CSV, TSV, JSON or YAML file of values, or an image, that dvc.yaml names under plots; DVCLive adds its own.',
  ),
  actions: [
    { label: l10n.t('Add Plot…'), command: 'lode.plotsAdd' },
    { label: l10n.t('Run Experiment'), command: 'lode.expRun' },
  ],
});

export const plotsFailed = (problem: string): PlotsNotice => ({
  kind: 'error',
  text: problem,
  actions: [
    { label: l10n.t('Read Again'), command: 'lode.refresh' },
    { label: l10n.t('Show Log'), command: 'lode.showLog' },
  ],
});

export const plotsRestricted = (): PlotsNotice => ({
  kind: 'empty',
  text: l10n.t('Plots are not shown in Restricted Mode: reading them runs Git on the repository.'),
  actions: [],
});
