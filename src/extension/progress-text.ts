import { l10n } from 'vscode';
import type { Progress } from '../engine/index.ts';
import { formatBytes, formatCount, formatFiles, formatSeconds } from './format.ts';

/** The counters of a task in words, as far as they are known: '' for each that is not. */
export interface ProgressParts {
  readonly files: string;
  readonly bytes: string;
  readonly rate: string;
  readonly left: string;
}

const UNKNOWN: ProgressParts = { files: '', bytes: '', rate: '', left: '' };

export function progressParts(progress: Progress | undefined): ProgressParts {
  if (!progress) return UNKNOWN;
  const { files, totalFiles, bytes, totalBytes, rate = 0, paused } = progress;
  const isMoving = rate > 0 && !paused;
  return {
    files: filesText(files, totalFiles),
    bytes: bytesText(bytes, totalBytes),
    rate: isMoving ? l10n.t('{0}/s', formatBytes(rate)) : '',
    left:
      isMoving && totalBytes !== undefined && totalBytes > bytes
        ? l10n.t('{0} left', formatSeconds((totalBytes - bytes) / rate))
        : '',
  };
}

/** `1,204 of 10,000 files · 120 MB of 1.2 GB · 95 MB/s · 12 s left`, as far as it is known. */
export function describeProgress(progress: Progress): string {
  const { files, bytes, rate, left } = progressParts(progress);
  return [files, bytes, rate, left].filter(Boolean).join(' · ');
}

function filesText(files: number, total: number | undefined): string {
  if (total === undefined) return files > 0 ? formatFiles(files) : '';
  return total > 1 ? l10n.t('{0} of {1} files', formatCount(Math.min(files, total)), formatCount(total)) : '';
}

function bytesText(bytes: number, total: number | undefined): string {
  if (total !== undefined && total > 0)
    return l10n.t('{0} of {1}', formatBytes(Math.min(bytes, total)), formatBytes(total));
  return bytes > 0 ? formatBytes(bytes) : '';
}

/** 0 to 1, by bytes where they are known; undefined without totals. */
export function fractionDone({ files, totalFiles, bytes, totalBytes }: Progress): number | undefined {
  if (totalBytes !== undefined && totalBytes > 0) return Math.min(1, bytes / totalBytes);
  if (totalFiles !== undefined && totalFiles > 1) return Math.min(1, files / totalFiles);
  return undefined;
}
