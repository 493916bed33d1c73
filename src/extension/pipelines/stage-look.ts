import { l10n, ThemeColor, ThemeIcon } from 'vscode';
import type { StageView } from '../../engine/index.ts';
import type { StageRunState } from './run-state.ts';

/** How a stage looks in trees and lists. */
export interface StageLook {
  /** A codicon. */
  readonly icon: string;
  /** Of the editor's own; undefined for that of text. */
  readonly color: string | undefined;
  /** One to three words. */
  readonly word: string;
}

/** @param run What a reproduction at work says of it: that comes first. */
export function stageLook(view: StageView, run: StageRunState | undefined): StageLook {
  switch (run?.phase) {
    case 'running':
      return look('loading~spin', undefined, l10n.t('running'));
    case 'waiting':
      return look('watch', undefined, l10n.t('waiting'));
    case 'failed':
      return look('error', 'testing.iconFailed', l10n.t('failed'));
    case 'done':
    case 'restored':
    case 'skipped':
      return look('pass', 'testing.iconPassed', l10n.t('up to date'));
    case undefined:
      return lookOfState(view);
  }
}

function lookOfState(view: StageView): StageLook {
  if (hasFailed(view)) return look('error', 'testing.iconFailed', l10n.t('failed'));
  switch (view.state) {
    case 'up-to-date':
      return view.awaitsUpstream
        ? look('circle-outline', 'testing.iconQueued', l10n.t('needs a stale stage'))
        : look('pass', 'testing.iconPassed', l10n.t('up to date'));
    case 'stale':
      return look('warning', 'list.warningForeground', l10n.t('stale'));
    case 'never-run':
      return look('circle-outline', undefined, l10n.t('never run'));
    case 'restorable':
      return look('history', 'charts.blue', l10n.t('in the run cache'));
    case 'frozen':
      return look('lock', undefined, l10n.t('frozen'));
    case 'unknown':
      return look(
        'question',
        undefined,
        view.failure === undefined ? l10n.t('not compared') : l10n.t('cannot be compared'),
      );
  }
}

/** Whether its last run failed, and it has not become right since. */
export const hasFailed = ({ state, lastRun }: StageView): boolean =>
  (state === 'stale' || state === 'never-run') && lastRun?.exitCode !== undefined && lastRun.exitCode !== 0;

export const iconOf = ({ icon, color }: StageLook): ThemeIcon =>
  new ThemeIcon(icon, color === undefined ? undefined : new ThemeColor(color));

const look = (icon: string, color: string | undefined, word: string): StageLook => ({ icon, color, word });
