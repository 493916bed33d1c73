import { l10n } from 'vscode';

export { formatBytes } from '../protocol/size-text.ts';

/** `1,204`, in the display language's way. */
export const formatCount = (count: number): string => count.toLocaleString();

export const formatFiles = (count: number): string =>
  count === 1 ? l10n.t('1 file') : l10n.t('{0} files', formatCount(count));

/** `43%` of 0 to 1; never 100 before it is so. */
export const formatPercent = (fraction: number): string => `${Math.floor(fraction * 100)}%`;

/** `45 s`, `3 min`, `2 h 5 min`: as exact as a person waiting wants it. */
export function formatSeconds(seconds: number): string {
  const whole = Math.max(1, Math.round(seconds));
  if (whole < 60) return l10n.t('{0} s', whole);
  const minutes = Math.round(whole / 60);
  if (minutes < 60) return l10n.t('{0} min', minutes);
  return l10n.t('{0} h {1} min', Math.floor(minutes / 60), minutes % 60);
}
