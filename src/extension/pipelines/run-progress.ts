import { l10n } from 'vscode';
import type { JobProgress } from '../command.ts';
import { formatCount } from '../format.ts';
import type { StageRunState } from './run-state.ts';

/** Running stages that are named. */
const NAMED = 2;

/** How far a plan is, in stages: `3 of 12 stages · train, evaluate`. */
export function progressOf(states: ReadonlyMap<string, StageRunState>): JobProgress {
  const running: string[] = [];
  let done = 0;
  for (const [address, { phase }] of states) {
    if (phase === 'running') running.push(address);
    else if (phase !== 'waiting') done += 1;
  }
  const count = l10n.t('{0} of {1} stages', formatCount(done), formatCount(states.size));
  const names = running.slice(0, NAMED).join(', ') + (running.length > NAMED ? ', …' : '');
  return { text: names === '' ? count : `${count} · ${names}`, fraction: states.size === 0 ? 0 : done / states.size };
}

/** What became of a plan, in a sentence. */
export function outcomeText(outcomes: readonly { readonly state: string }[]): string {
  const count = (...states: string[]): number => outcomes.filter(({ state }) => states.includes(state)).length;
  const [ran, restored] = [count('ran', 'verified'), count('restored', 'pulled')];
  if (ran + restored === 0) return l10n.t('Everything is up to date.');
  const parts = [
    ran === 1 ? l10n.t('1 stage ran') : ran > 0 ? l10n.t('{0} stages ran', formatCount(ran)) : '',
    restored > 0 ? l10n.t('{0} restored', formatCount(restored)) : '',
    count('unchanged') > 0 ? l10n.t('{0} up to date', formatCount(count('unchanged'))) : '',
  ];
  return parts.filter(Boolean).join(', ');
}
