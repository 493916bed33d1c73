import { l10n } from 'vscode';
import type { CompareWords } from '../../protocol/compare-page.ts';

/** The texts of the page of a comparison. */
export const compareWords = (): CompareWords => ({
  compare: l10n.t('Comparison'),
  baseline: l10n.t('baseline'),
  makeBaseline: l10n.t('Compare with this one'),
  remove: l10n.t('Leave out'),
  explains: l10n.t('What Explains the Difference'),
  nothingExplains: l10n.t('Parameters and dependencies are the same.'),
  onlyDifferences: l10n.t('Only what differs'),
  nothingDiffers: l10n.t('Nothing differs.'),
  better: l10n.t('better'),
  worse: l10n.t('worse'),
  none: l10n.t('none'),
  code: l10n.t('Code'),
  data: l10n.t('Files of Data'),
  plots: l10n.t('Plots'),
  noFiles: l10n.t('The same files.'),
  looking: l10n.t('Looking…'),
  openDiff: l10n.t('Show what has changed'),
  apply: l10n.t('Apply to Workspace…'),
  branch: l10n.t('Create Branch…'),
  markdown: l10n.t('Copy for a Pull Request'),
  showPlots: l10n.t('Open in the Plots Panel'),
  noPlots: l10n.t('There is nothing to plot: dvc.yaml names no plots, and DVCLive has written none.'),
  added: l10n.t('added'),
  modified: l10n.t('modified'),
  deleted: l10n.t('deleted'),
  renamed: l10n.t('renamed'),
  error: l10n.t('Error'),
});
