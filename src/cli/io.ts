import type { EngineEvent } from '../engine/core/events.ts';
import { monotonicMs } from '../engine/core/monotonic.ts';
import {
  type ConsentQuestion,
  createOpContext,
  type Log,
  type OpContext,
  type SecretQuestion,
} from '../engine/core/op-context.ts';
import type { PyValue } from '../engine/core/python.ts';
import { redactUrl } from '../engine/core/redact.ts';
import { printable } from './printable.ts';
import { createProgressView } from './progress.ts';
import { makeStyle, type Style, wantsColour } from './style.ts';

/** A stream the CLI writes to: `process.stdout` and `process.stderr`, or a test's collector. */
export interface Sink {
  readonly isTTY?: boolean | undefined;
  readonly columns?: number | undefined;
  write(text: string, done?: () => void): unknown;
}

export interface IoOptions {
  readonly stdout: Sink;
  readonly stderr: Sink;
  readonly signal: AbortSignal;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Asks on the terminal; absent where nobody can answer. */
  readonly ask?: (question: string) => Promise<string>;
  /** The same for a secret, which is not shown; undefined where the user has backed out. */
  readonly askSecret?: (question: string) => Promise<string | undefined>;
}

/** What a command sees of the terminal. Everything printed loses control characters and secrets in URLs. */
export interface CliIo {
  /** A line (or several) of the command's answer; silent with `-q`. */
  print(text: string): void;
  /** Part of the answer for machines: one line as Python's `json.dumps` prints it, also with `-q`. */
  printJson(value: PyValue): Promise<void>;
  /** Text exactly as it is, also with `-q`: generated scripts, contents of files. */
  printRaw(text: string): void;
  /** `ERROR: …` on standard error. */
  error(text: string, hint?: string): void;
  warn(text: string): void;
  readonly style: Style;
  /** Style of standard output is on only where it is a terminal. */
  readonly isTty: boolean;
  readonly quiet: boolean;
  readonly verbose: number;
  /** `--wait-for-lock` was given. */
  readonly waitForLock: boolean;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The context for a verb: signal, progress on the terminal, questions, the current folder. */
  context(): OpContext;
  /** Resolves when all that was printed has left the process. */
  flush(): Promise<void>;
}

export interface IoSettings {
  readonly quiet: boolean;
  readonly verbose: number;
  readonly waitForLock: boolean;
}

const FLUSH_AT = 1 << 16;

export function createIo(options: IoOptions, settings: IoSettings): CliIo {
  const { stdout, stderr, env, askSecret } = options;
  const isTty = stdout.isTTY === true;
  const style = makeStyle(wantsColour(isTty, env));
  const errorStyle = makeStyle(wantsColour(stderr.isTTY === true, env));
  const progress = createProgressView({
    isTty: stderr.isTTY === true,
    columns: () => stderr.columns ?? 80,
    write: (text) => stderr.write(text),
    now: () => monotonicMs(),
  });
  let pending = '';
  const send = (): void => {
    if (pending !== '') stdout.write(pending);
    pending = '';
  };
  const out = (text: string): void => {
    if (isTty) progress.clear();
    pending += text;
    if (isTty || pending.length >= FLUSH_AT) send();
  };
  const err = (text: string): void => {
    progress.clear();
    send(); // Keeps the order of what the user reads.
    stderr.write(`${printable(redactUrl(text))}\n`);
  };
  const print = (text: string): void => {
    if (!settings.quiet) out(`${printable(text)}\n`);
  };
  const warn = (text: string): void => {
    if (!settings.quiet) err(`${errorStyle.yellow('WARNING')}: ${text}`);
  };
  const handle = (event: EngineEvent): void => {
    if (event.type === 'said') (event.level === 'warning' ? warn : print)(event.text);
    else if (event.type === 'waited' && !settings.quiet) err(event.text);
    else if (!settings.quiet) progress.handle(event);
  };
  const io: CliIo = {
    print,
    async printJson(value) {
      const { pyJson } = await import('../engine/core/python.ts');
      out(`${pyJson(value)}\n`);
    },
    printRaw: out,
    error(text, hint) {
      err(`${errorStyle.red('ERROR')}: ${text}`);
      if (hint !== undefined) err(`${errorStyle.dim('hint')}: ${hint}`);
    },
    warn,
    style,
    isTty,
    ...settings,
    env,
    context: () =>
      createOpContext({
        signal: options.signal,
        log: settings.verbose > 0 ? stderrLog(err) : createOpContext().log,
        emit: handle,
        async confirm(question) {
          if (!options.ask) return false;
          progress.clear();
          send();
          return /^y(?:es)?$/i.test((await options.ask(printable(`${question} [y/n]: `))).trim());
        },
        ...(options.ask && {
          async consent(question) {
            progress.clear();
            send();
            const answer = await options.ask?.(printable(`${consentQuestion(question)} [y/n]: `));
            return /^y(?:es)?$/i.test(answer?.trim() ?? '');
          },
        }),
        ...(askSecret && {
          async askSecret(question) {
            progress.clear();
            send();
            const value = await askSecret(printable(redactUrl(secretQuestion(question))));
            return value === undefined ? undefined : { value };
          },
        }),
      }),
    async flush() {
      progress.clear();
      send();
      await Promise.all([stdout, stderr].map((sink) => new Promise<void>((done) => void sink.write('', () => done()))));
    },
  };
  return io;
}

const consentQuestion = ({ kind, place, by }: ConsentQuestion): string =>
  kind === 'path'
    ? `'${by}' takes its data from '${place}', outside of this repository. May it be read?`
    : kind === 'address'
      ? `'${by}' takes its data from '${place}'. May it be asked?`
      : `The repository '${by}' keeps its data at '${place}'. May it be asked?`;

/** As ssh asks. */
function secretQuestion({ option, about, remote, again }: SecretQuestion): string {
  const wrong = again ? 'That was wrong, try again. ' : '';
  const what = option === 'password' ? `Password for '${about}'` : `Passphrase of the key '${about}'`;
  return `${wrong}${what}${remote ? ` (remote '${remote.name}')` : ''}: `;
}

/** What `-v` shows: a time, a level and the message, on standard error. */
function stderrLog(err: (text: string) => void): Log {
  const line = (level: string, text: string): void => err(`${new Date().toISOString()} ${level}: ${text}`);
  return {
    debug: (text) => line('DEBUG', text),
    info: (text) => line('INFO', text),
    warn: (text) => line('WARNING', text),
    error: (text, cause) => line('ERROR', cause instanceof Error ? `${text}: ${cause.message}` : text),
  };
}
