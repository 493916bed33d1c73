import * as fs from 'node:fs';
import * as path from 'node:path';
import { errnoOf } from '../core/errors.ts';
import { runLogs } from './run-log.ts';

/** A run of one stage, as its log remembers it. */
export interface StageRun {
  /** Ms since the epoch. */
  readonly startedAt: number;
  readonly seconds: number | undefined;
  /** 0 after success; undefined while it runs, or where it was killed. */
  readonly exitCode: number | undefined;
  /** Absolute path of the log. */
  readonly log: string;
}

/** Bytes at the end of a log that its last line lies in. */
const END = 128;
const NAME = /^(\d{4})(\d\d)(\d\dT\d\d)(\d\d)(\d\d)(\d{3})Z-\d+\.log$/;
const LAST_LINE = /(?:^|\n)# (?:exited with (-?\d+)|stopped) after (\d+(?:\.\d+)?) s\n$/;

/** The newest run of a stage that a log is kept of. */
export function lastRun(logs: string, stage: string): StageRun | undefined {
  for (const log of runLogs(logs, stage)) {
    const run = readRun(log);
    if (run) return run;
  }
  return undefined;
}

/** What a log's name and its last line say; undefined where it is gone, or no log of ours. */
function readRun(log: string): StageRun | undefined {
  const parts = NAME.exec(path.basename(log))?.slice(1);
  const end = parts && readEnd(log);
  if (end === undefined) return undefined;
  const [year, month, dayAndHour, minute, second, ms] = parts as [string, string, string, string, string, string];
  const [, code, seconds] = LAST_LINE.exec(end) ?? [];
  return {
    startedAt: Date.parse(`${year}-${month}-${dayAndHour}:${minute}:${second}.${ms}Z`),
    seconds: seconds === undefined ? undefined : Number(seconds),
    exitCode: code === undefined ? undefined : Number(code),
    log,
  };
}

function readEnd(file: string): string | undefined {
  try {
    const fd = fs.openSync(file, 'r');
    try {
      const { size } = fs.fstatSync(fd);
      const bytes = Buffer.alloc(Math.min(size, END));
      return bytes.toString('utf8', 0, fs.readSync(fd, bytes, 0, bytes.length, Math.max(0, size - END)));
    } finally {
      fs.closeSync(fd);
    }
  } catch (error) {
    if (errnoOf(error) === undefined) throw error;
    return undefined;
  }
}
