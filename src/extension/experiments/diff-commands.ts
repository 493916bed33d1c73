import { type AnyCommand, onRepo } from '../command.ts';
import { showValueDiff } from './value-diffs.ts';

/** Values of two revisions against each other, as Markdown. */
export const DIFF_COMMANDS: Readonly<Record<string, AnyCommand>> = {
  'lode.metricsDiff': onRepo((call) => showValueDiff(call, 'metrics'), 'trusted-repo'),
  'lode.paramsDiff': onRepo((call) => showValueDiff(call, 'params'), 'trusted-repo'),
};
