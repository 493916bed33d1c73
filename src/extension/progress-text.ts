import { l10n } from 'vscode';
import type { Progress } from '../engine/index.ts';
import { formatBytes, formatCount, formatFiles, formatSeconds } from './format.ts';

/** Counters of one task and since when it runs, in ms of any clock. */
export interface RunningTask {
  readonly progress: Progress;
  readonly startedAt: number;
}

/** Before this many ms a rate or a time left is a guess. */
const SETTLED = 1500;

/** `1,204 of 10,000 files · 120 MB of 1.2 GB · 95 MB/s · 12 s left`, as far as it is known. */
export function describeProgress({ progress, startedAt }: RunningTask, now: number): string {
  const { files, totalFiles, bytes, totalBytes } = progress;
  const parts: string[] = [];
  if (totalFiles !== undefined && totalFiles > 1)
    parts.push(l10n.t('{0} of {1} files', formatCount(Math.min(files, totalFiles)), formatCount(totalFiles)));
  else if (totalFiles === undefined && files > 0) parts.push(formatFiles(files));
  if (totalBytes !== undefined && totalBytes > 0)
    parts.push(l10n.t('{0} of {1}', formatBytes(Math.min(bytes, totalBytes)), formatBytes(totalBytes)));
  else if (bytes > 0) parts.push(formatBytes(bytes));
  const elapsed = now - startedAt;
  if (elapsed >= SETTLED) {
    if (bytes > 0) parts.push(l10n.t('{0}/s', formatBytes(bytes / (elapsed / 1000))));
    const fraction = fractionDone(progress);
    if (fraction !== undefined && fraction > 0.01 && fraction < 1)
      parts.push(l10n.t('{0} left', formatSeconds(((elapsed / fraction) * (1 - fraction)) / 1000)));
  }
  return parts.join(' · ');
}

/** 0 to 1, by bytes where they are known; undefined without totals. */
export function fractionDone({ files, totalFiles, bytes, totalBytes }: Progress): number | undefined {
  if (totalBytes !== undefined && totalBytes > 0) return Math.min(1, bytes / totalBytes);
  if (totalFiles !== undefined && totalFiles > 1) return Math.min(1, files / totalFiles);
  return undefined;
}
