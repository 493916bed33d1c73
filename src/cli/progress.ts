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

/** Shows long work: one line that is drawn over on a terminal, a plain line now and then elsewhere. */
export function createProgressView(screen: ProgressScreen): ProgressView {
  const started = new Map<string, number>();
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
      if (!screen.isTty && now - plainAt >= PLAIN_MS) {
        plainAt = now;
        screen.write(`${progressLine(progress, seconds, 200)}\n`);
      }
    },
  };
}

/** `push  120/1000 files  3.1/20.0 MB  1.2 MB/s  0:14 left  data/x.png`, cut to `width` columns. */
export function progressLine(progress: Progress, seconds: number, width: number): string {
  const { files, totalFiles, bytes, totalBytes } = progress;
  const parts = [progress.task, `${files}${totalFiles === undefined ? '' : `/${totalFiles}`} files`];
  if (bytes > 0) parts.push(totalBytes === undefined ? inBytes(bytes) : `${inBytes(bytes)}/${inBytes(totalBytes)}`);
  if (seconds >= 1 && bytes > 0) parts.push(`${inBytes(bytes / seconds)}/s`);
  const left = secondsLeft(progress, seconds);
  if (left !== undefined) parts.push(`${inMinutes(left)} left`);
  const line = parts.join('  ');
  const room = width - line.length - 2;
  const current = printable(progress.current ?? '').replace(/[\n\t]/g, ' ');
  if (current === '' || room < 8) return line.slice(0, Math.max(width, 0));
  return `${line}  ${current.length > room ? `…${current.slice(current.length - room + 1)}` : current}`;
}

/** From bytes where their total is known, else from files; undefined in the first second. */
function secondsLeft({ files, totalFiles, bytes, totalBytes }: Progress, seconds: number): number | undefined {
  if (seconds < 1) return undefined;
  const [done, total] = totalBytes ? [bytes, totalBytes] : [files, totalFiles];
  if (total === undefined || done <= 0 || done > total) return undefined;
  return (seconds / done) * (total - done);
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
