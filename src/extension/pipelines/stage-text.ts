import { l10n } from 'vscode';
import type { ChangeReason, ExplainedReason, StageView } from '../../engine/index.ts';
import { formatCount, formatSeconds } from '../format.ts';
import { stageLook } from './stage-look.ts';

/** Reasons that are named in one line. */
const NAMED = 3;

/** `stale: params.yaml:lr 0.01 → 0.05, data/train +312 files · last run 14 min`: a stage in one line. */
export function stageLine(view: StageView): string {
  const { lastRun } = view;
  const parts = [stateText(view)];
  if (lastRun?.seconds !== undefined) parts.push(l10n.t('last run {0}', formatSeconds(lastRun.seconds)));
  return parts.join(' · ');
}

/** How it stands, and why. */
export function stateText(view: StageView): string {
  const { word } = stageLook(view, undefined);
  switch (view.state) {
    case 'stale':
      return `${word}: ${reasonsText(view)}`;
    case 'restorable':
      return l10n.t('would be restored from the run cache');
    case 'unknown':
      return view.failure === undefined ? word : `${word}: ${view.failure.split('\n')[0]}`;
    default:
      return word;
  }
}

/** Its reasons, the first few by name. */
export function reasonsText({ reasons }: StageView): string {
  const named = reasons.slice(0, NAMED).map(reasonText);
  if (reasons.length > NAMED) named.push(l10n.t('{0} more', formatCount(reasons.length - NAMED)));
  return named.join(', ');
}

/** One reason in a few words. */
export function reasonText({ reason, text }: ExplainedReason): string {
  switch (reason.kind) {
    case 'dependency':
    case 'output':
      return `${reason.path} ${pathText(reason)}`;
    case 'params-file':
      return reason.word === 'deleted' ? l10n.t('{0} is missing', reason.file) : l10n.t('{0} is new', reason.file);
    case 'param':
      return shortened(text); // `params.yaml:lr 0.01 → 0.05`.
    case 'always-changed':
      return l10n.t('always runs');
    case 'command':
      return l10n.t('command changed');
    case 'checksum':
      return l10n.t('changed by hand');
  }
}

function pathText({ word, files, kind, old }: Extract<ChangeReason, { kind: 'dependency' | 'output' }>): string {
  if (files) {
    const counts = [signed('+', files.added), signed('−', files.deleted), signed('~', files.modified)].filter(Boolean);
    const sum = files.added.length + files.deleted.length + files.modified.length;
    return sum === 1 ? l10n.t('{0} file', counts.join(' ')) : l10n.t('{0} files', counts.join(' '));
  }
  switch (word) {
    case 'deleted':
      return l10n.t('is missing');
    case 'not in cache':
      return l10n.t('not in cache');
    case 'update available':
      return l10n.t('has an update');
    default:
      return old === undefined && kind === 'dependency' ? l10n.t('is new') : l10n.t('modified');
  }
}

const signed = (sign: string, files: readonly string[]): string =>
  files.length > 0 ? `${sign}${formatCount(files.length)}` : '';

const shortened = (text: string): string => (text.length > LONGEST ? `${text.slice(0, LONGEST - 1)}…` : text);
const LONGEST = 80;
