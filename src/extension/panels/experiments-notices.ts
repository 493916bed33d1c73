import { l10n } from 'vscode';
import type { ExperimentsNotice } from '../../protocol/experiments-page.ts';

export const loadingNotice = (): ExperimentsNotice => ({
  kind: 'loading',
  title: l10n.t('Reading experiments…'),
  text: '',
  buttons: [],
});

export const emptyNotice = (): ExperimentsNotice => ({
  kind: 'empty',
  title: l10n.t('There is no experiment yet.'),
  text: l10n.t(
    'An experiment is a run of the pipeline with its parameters, metrics and data. Parameters are read from params.yaml; metrics are what stages of dvc.yaml write.',
  ),
  buttons: [
    { label: l10n.t('Run Experiment'), command: 'lode.expRun' },
    { label: l10n.t('New Stage…'), command: 'lode.newStage' },
  ],
});

export const failedNotice = (problem: string): ExperimentsNotice => ({
  kind: 'error',
  title: l10n.t('The experiments cannot be read.'),
  text: problem,
  buttons: [
    { label: l10n.t('Read Again'), command: 'lode.refresh' },
    { label: l10n.t('Show Log'), command: 'lode.showLog' },
  ],
});

export const restrictedNotice = (): ExperimentsNotice => ({
  kind: 'empty',
  title: l10n.t('Experiments are not shown in Restricted Mode.'),
  text: l10n.t('Reading them runs Git on the repository, which can name programs to run.'),
  buttons: [{ label: l10n.t('Manage Workspace Trust'), command: 'workbench.trust.manage' }],
});
