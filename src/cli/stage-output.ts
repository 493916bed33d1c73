import * as fs from 'node:fs';
import { type EngineEvent, ruleMetText } from '../engine/core/events.ts';
import type { OpContext } from '../engine/core/op-context.ts';
import { redactUrl } from '../engine/core/redact.ts';
import type { OutputStreams } from '../engine/verbs/repro.ts';
import type { CliIo } from './io.ts';

/**
 * Where commands of stages write: a terminal is theirs, for colours, progress bars and questions; else their output goes on as it comes, and
 * into the log.
 */
export function commandOutput(): true | OutputStreams {
  const { stdout, stderr } = process;
  if (stdout.isTTY || stderr.isTTY) return true;
  return { stdout, stderr: isSameFile(1, 2) ? stdout : stderr };
}

function isSameFile(a: number, b: number): boolean {
  try {
    const [one, other] = [fs.fstatSync(a), fs.fstatSync(b)];
    return one.dev === other.dev && one.ino === other.ino;
  } catch {
    return false; // Closed by whoever started us.
  }
}

/**
 * The context for a verb that runs stages: prints what happens as DVC does.
 *
 * With `parallel` every line of a command carries its stage, as lines of several stages come mixed.
 */
export function stageContext(io: CliIo, ctx: OpContext, { parallel = false } = {}): OpContext {
  let blankDue = false;
  const print = (text: string): void => {
    io.print(text);
    if (!io.isTty) void io.flush(); // Commands write to the same place, past what is still held back here.
  };
  const show = (event: EngineEvent): boolean => {
    const prefix = parallel && 'stage' in event ? `${io.style.cyan(event.stage)} | ` : '';
    switch (event.type) {
      case 'stage-reached':
        if (blankDue && !parallel) print('');
        blankDue = false;
        return true;
      case 'stage-started':
        print(`Running stage '${event.stage}':`);
        blankDue = true;
        return true;
      case 'stage-command':
        print(`${prefix}> ${event.cmd}`);
        return true;
      case 'stage-line':
        io.printRaw(`${prefix}${event.line}\n`);
        return true;
      case 'stage-skipped':
        print(`${event.stage.endsWith('.dvc') ? '' : 'Stage '}'${event.stage}' didn't change, skipping`);
        return true;
      case 'stage-restored':
        print(`Stage '${event.stage}' is cached - skipping run, checking out outputs`);
        blankDue = true;
        return true;
      case 'import-started':
        print(`Importing '${redactUrl(event.source)}' -> '${event.output}'`);
        blankDue = true;
        return true;
      case 'stage-finished':
        if (parallel) print(`Stage '${event.stage}' finished in ${event.seconds.toFixed(1)} s`);
        return true;
      case 'rule-met':
        print(ruleMetText(event));
        return true;
      case 'stage-failed':
        if (parallel) print(`Stage '${event.stage}' failed`);
        blankDue = false;
        return true;
      default:
        return false;
    }
  };
  return {
    ...ctx,
    emit(event) {
      if (!show(event)) ctx.emit(event);
    },
  };
}
