import type { FileInWork, Progress } from './events.ts';
import { monotonicMs } from './monotonic.ts';
import type { OpContext } from './op-context.ts';

/** Counts one task and announces it at most every 50 ms, and once at its end. */
export interface Counter {
  advance(files: number, bytes: number, current?: string): void;
  /** Sets totals that became known later. */
  expect(files: number, bytes?: number): void;
  /** Adds to the totals what has turned out to be part of the task. */
  expectMore(files: number, bytes: number): void;
  /** A file of its own, whose bytes are counted as they come. @param path Asked for only if the file takes a while. */
  file(path: () => string | undefined, totalBytes?: number): FileCounter;
  pause(paused: boolean): void;
  done(): void;
}

export interface FileCounter {
  /** A negative number: they were in vain. */
  moved(bytes: number): void;
  /** The file is no longer in work. @param whole Whether it counts as done. */
  end(whole: boolean): void;
}

/** Shortest time between two announcements, over which a rate is measured, and after which a file in work is named: ms. */
const STEP = 50;
const RATE_SPAN = 4000;
const RATE_LEAST = 1000;
const A_WHILE = 300;

export function startProgress(ctx: OpContext, task: string, totalFiles?: number, totalBytes?: number): Counter {
  let state: Progress = {
    task,
    files: 0,
    bytes: 0,
    ...(totalFiles === undefined ? {} : { totalFiles }),
    ...(totalBytes === undefined ? {} : { totalBytes }),
  };
  let last = 0;
  const rate = new Rate();
  const working = new Map<object, Working>();
  const announce = (force: boolean): void => {
    const now = monotonicMs();
    if (!force && now - last < STEP) return;
    last = now;
    const perSecond = rate.at(now, state.bytes);
    const named = inWork(working.values(), now);
    ctx.emit({
      type: 'progressed',
      progress: {
        ...state,
        ...(perSecond === undefined ? {} : { rate: perSecond }),
        ...(named.length === 0 ? {} : { working: named }),
      },
    });
  };
  const advance = (files: number, bytes: number, current?: string): void => {
    state = {
      ...state,
      files: state.files + files,
      bytes: state.bytes + bytes,
      ...(current === undefined ? {} : { current }),
    };
    announce(false);
  };
  return {
    advance,
    expect(files, bytes) {
      state = { ...state, totalFiles: files, ...(bytes === undefined ? {} : { totalBytes: bytes }) };
    },
    expectMore(files, bytes) {
      const { totalFiles = 0, totalBytes = 0 } = state;
      state = { ...state, totalFiles: totalFiles + files, totalBytes: totalBytes + bytes };
    },
    file(path, total) {
      const file: Working = { path, begun: monotonicMs(), bytes: 0, total, name: undefined };
      working.set(file, file);
      return {
        moved(bytes) {
          file.bytes += bytes;
          advance(0, bytes);
        },
        end(whole) {
          working.delete(file);
          if (whole) advance(1, 0, file.name);
        },
      };
    },
    pause(paused) {
      const { paused: _, ...running } = state;
      state = paused ? { ...running, paused } : running;
      rate.forget();
      announce(true);
    },
    done() {
      announce(true);
      ctx.emit({ type: 'task-finished', task });
    },
  };
}

interface Working {
  readonly path: () => string | undefined;
  readonly begun: number;
  readonly total: number | undefined;
  bytes: number;
  name: string | undefined;
}

function inWork(files: Iterable<Working>, now: number): FileInWork[] {
  const named: FileInWork[] = [];
  for (const file of files) {
    if (now - file.begun < A_WHILE) continue;
    file.name ??= file.path();
    if (file.name === undefined) continue;
    named.push({
      path: file.name,
      bytes: file.bytes,
      ...(file.total === undefined ? {} : { totalBytes: file.total }),
    });
  }
  return named;
}

/** Bytes a second over a window that moves along. */
class Rate {
  #points: { readonly at: number; readonly bytes: number }[] = [];

  at(now: number, bytes: number): number | undefined {
    this.#points.push({ at: now, bytes });
    while (this.#points.length > 2 && now - this.#points[1]!.at >= RATE_SPAN) this.#points.shift();
    const first = this.#points[0]!;
    if (now - first.at < RATE_LEAST) return undefined;
    return Math.max(0, Math.round(((bytes - first.bytes) / (now - first.at)) * 1000));
  }

  forget(): void {
    this.#points = [];
  }
}
