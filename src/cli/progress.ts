import type { EngineEvent, Progress } from '../engine/core/events.ts';
import { printable } from './printable.ts';

export interface ProgressScreen {
  readonly isTty: boolean;
  readonly columns: () => number;
  write(text: string): void;
  /** Milliseconds that only grow. */
  now(): number;
}

export interface ProgressView {
  handle(event: EngineEvent): void;
  /** Takes the line away, before something else is printed. */
  clear(): void;
}

const REDRAW_MS = 100;
/** Without a terminal: often enough to see life in a build log, rare enough not to fill it. */
const PLAIN_MS = 10_000;
/** Longest name of a file in work: a line says more than one name. */
const NAME = 40;

/** Shows long work: one line that is drawn over on a terminal, a plain line now and then elsewhere. */
export function createProgressView(screen: ProgressScreen): ProgressView {
  const started = new Map<string, number>();
  /** What was last known of tasks that a plain line has told of: their end is told as well. */
  const told = new Map<string, Progress>();
  const begun = screen.now();
  let drawnAt = Number.NEGATIVE_INFINITY;
  let plainAt = begun;
  let shown = false;
  const clear = (): void => {
    if (shown) screen.write('\r\x1b[K');
    shown = false;
  };
  return {
    clear,
    handle(event) {
      if (event.type === 'task-finished') {
        const [last, since] = [told.get(event.task), started.get(event.task)];
        if (last && since !== undefined) screen.write(`${summaryLine(last, (screen.now() - since) / 1000)}\n`);
        told.delete(event.task);
        started.delete(event.task);
        clear();
      }
      if (event.type !== 'progressed') return;
      const { progress } = event;
      const now = screen.now();
      if (!started.has(progress.task)) started.set(progress.task, now);
      const seconds = (now - (started.get(progress.task) ?? now)) / 1000;
      if (screen.isTty && now - drawnAt >= REDRAW_MS) {
        drawnAt = now;
        screen.write(`\r${progressLine(progress, seconds, screen.columns() - 1)}\x1b[K`);
        shown = true;
      }
      if (told.has(progress.task)) told.set(progress.task, progress);
      if (!screen.isTty && now - plainAt >= PLAIN_MS) {
        plainAt = now;
        told.set(progress.task, progress);
        screen.write(`${progressLine(progress, seconds, 200)}\n`);
      }
    },
  };
}

/** `push  120/1000 files  3.1 MB/20.0 MB  1.2 MB/s  0:14 left  data/x.png 40%`, cut to `width` columns. */
export function progressLine(progress: Progress, seconds: number, width: number): string {
  const { files, totalFiles, bytes, totalBytes } = progress;
  const parts = [progress.task, `${files}${totalFiles === undefined ? '' : `/${totalFiles}`} files`];
  if (bytes > 0) parts.push(totalBytes === undefined ? inBytes(bytes) : `${inBytes(bytes)}/${inBytes(totalBytes)}`);
  const rate = progress.rate ?? (seconds >= 1 ? bytes / seconds : 0);
  if (rate > 0) parts.push(`${inBytes(rate)}/s`);
  const left = secondsLeft(progress, seconds, rate);
  if (left !== undefined) parts.push(`${inMinutes(left)} left`);
  const line = parts.join('  ');
  const room = width - line.length - 2;
  const current = printable(workedOn(progress)).replace(/[\n\t]/g, ' ');
  if (current === '' || room < 8) return line.slice(0, Math.max(width, 0));
  return `${line}  ${current.length > room ? `…${current.slice(current.length - room + 1)}` : current}`;
}

/** `push  1000 files  20.0 MB in 0:14  1.4 MB/s`: for a log, when it is over. */
export function summaryLine({ task, files, bytes }: Progress, seconds: number): string {
  const rate = seconds > 0 && bytes > 0 ? `  ${inBytes(bytes / seconds)}/s` : '';
  return `${task}  ${files} files${bytes > 0 ? `  ${inBytes(bytes)}` : ''} in ${inMinutes(seconds)}${rate}`;
}

/** The large file that has been in work the longest, and how far it is; else the path worked on last. */
function workedOn({ working, current }: Progress): string {
  const file = working?.[0];
  if (!file) return current ?? '';
  const name = file.path.length > NAME ? `…${file.path.slice(1 - NAME)}` : file.path;
  return file.totalBytes ? `${name} ${Math.floor((file.bytes / file.totalBytes) * 100)}%` : name;
}

/** From bytes and the rate of the last seconds where the total is known, else from files; undefined in the first second. */
function secondsLeft(
  { files, totalFiles, bytes, totalBytes }: Progress,
  seconds: number,
  rate: number,
): number | undefined {
  if (seconds < 1) return undefined;
  if (totalBytes) return bytes > 0 && bytes <= totalBytes && rate > 0 ? (totalBytes - bytes) / rate : undefined;
  if (totalFiles === undefined || files <= 0 || files > totalFiles) return undefined;
  return (seconds / files) * (totalFiles - files);
}

const UNITS = ['B', 'kB', 'MB', 'GB', 'TB'];

/** Decimal units, one digit behind the point from kB on. */
export function inBytes(bytes: number): string {
  let value = bytes;
  let unit = 0;
  for (; value >= 999.95 && unit < UNITS.length - 1; unit++) value /= 1000;
  return `${unit === 0 ? Math.round(value) : value.toFixed(1)} ${UNITS[unit]}`;
}

const inMinutes = (seconds: number): string => {
  const whole = Math.ceil(seconds);
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, '0')}`;
};
