import * as fs from 'node:fs';
import * as path from 'node:path';
import { errnoOf, fromErrno } from '../core/errors.ts';
import { monotonicMs } from '../core/monotonic.ts';

/** Logs of one stage that are kept; older ones go. */
const KEPT = 10;
/** Lines of output that a failure is told with. */
const TAIL = 20;

/**
 * What one run of a stage printed: a file per run, `<logs>/<stage>/<time>-<pid>.log`, written as it goes, so that a kill leaves what
 * there was. A log that cannot be written does not stop the run.
 */
export class RunLog {
  /** Absolute. */
  readonly file: string;
  /** The last lines of output. */
  readonly tail: string[] = [];
  readonly #fd: number | undefined;
  readonly #began = monotonicMs();

  /** @param logs The folder for all logs, absolute; made where it is missing. `stage` is an address. */
  constructor(logs: string, stage: string) {
    const folder = folderOf(logs, stage);
    this.file = path.join(folder, `${new Date().toISOString().replace(/[-:.]/g, '')}-${process.pid}.log`);
    try {
      fs.mkdirSync(folder, { recursive: true });
      for (const file of runLogs(logs, stage).slice(KEPT - 1)) fs.rmSync(file, { force: true });
      this.#fd = fs.openSync(this.file, 'a', 0o600);
    } catch (error) {
      if (errnoOf(error) === undefined) throw error;
    }
  }

  /** A command about to start. */
  command(line: string): void {
    this.#write(`> ${line}\n`);
  }

  line(text: string): void {
    this.tail.push(text);
    if (this.tail.length > TAIL) this.tail.shift();
    this.#write(`${text}\n`);
  }

  /** Closes the file with how it ended. */
  end(how: string): void {
    this.#write(`# ${how} after ${((monotonicMs() - this.#began) / 1000).toFixed(1)} s\n`);
    if (this.#fd !== undefined) fs.closeSync(this.#fd);
  }

  #write(text: string): void {
    if (this.#fd === undefined) return;
    try {
      fs.writeSync(this.#fd, text);
    } catch (error) {
      if (errnoOf(error) === undefined) throw error; // A full disk is the command's to meet.
    }
  }
}

/** Logs of a stage, the newest first; absolute. */
export function runLogs(logs: string, stage: string): string[] {
  const folder = folderOf(logs, stage);
  try {
    const names = fs.readdirSync(folder).filter((name) => name.endsWith('.log'));
    return names
      .sort()
      .reverse()
      .map((name) => path.join(folder, name));
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return [];
    throw fromErrno(error, 'list', folder);
  }
}

const folderOf = (logs: string, stage: string): string => path.join(logs, encodeURIComponent(stage).slice(0, 200));
