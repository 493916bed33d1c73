import { l10n, type MessageItem, ProgressLocation, window } from 'vscode';
import type { ConsentQuestion, EngineEvent, OpContext, Progress } from '../engine/index.ts';
import { askSecret } from './ask-secret.ts';
import type { JobProgress } from './command.ts';
import type { Engine } from './engine.ts';
import type { ExtensionLog } from './log.ts';
import { describeProgress, fractionDone } from './progress-text.ts';
import type { RemoteSecrets } from './remote-secrets.ts';

export interface ContextOptions {
  readonly engine: Engine;
  readonly log: ExtensionLog;
  /** What relative paths start from and printed ones are relative to: the repository's root. */
  readonly cwd: string;
  readonly title: string;
  /** Where credentials go that the user is asked for and wants to be kept; absent where nobody logs in. */
  readonly secrets?: RemoteSecrets;
  readonly where: 'notification' | 'window';
  /** Told how far the work is, 0 to 1; undefined while nobody knows. */
  readonly onProgress?: (fraction: number | undefined) => void;
  /** Told of the counters of whatever is counted now. */
  readonly onCount?: ((progress: Progress) => void) | undefined;
  readonly onEvent?: ((event: EngineEvent) => JobProgress | undefined) | undefined;
  /** Another way to cancel than the notification's button. */
  readonly signal?: AbortSignal | undefined;
}

/** What a running verb gives its face beside the context. */
export interface Reporter {
  /** Shows a line in place of the counters, until they move again. */
  say(text: string): void;
}

/** The one place where editor progress, questions and cancellation become an engine context. */
export function withContext<T>(
  options: ContextOptions,
  work: (ctx: OpContext, reporter: Reporter) => Promise<T>,
): Thenable<T> {
  const { engine, log, title, secrets } = options;
  const location = options.where === 'notification' ? ProgressLocation.Notification : ProgressLocation.Window;
  return window.withProgress({ location, title, cancellable: true }, async (ui, token) => {
    const abort = new AbortController();
    const cancel = (): void => abort.abort(engine.cancelled(title));
    const link = token.onCancellationRequested(cancel);
    options.signal?.addEventListener('abort', cancel, { once: true });
    if (options.signal?.aborted) cancel();
    let shown = 0;
    const show = ({ text, fraction }: JobProgress): void => {
      options.onProgress?.(fraction);
      ui.report({ message: text, increment: Math.max(0, fraction - shown) * 100 });
      shown = Math.max(shown, fraction);
    };
    const say = (text: string): void => ui.report({ message: text });
    const emit = (event: EngineEvent): void => {
      const special = options.onEvent?.(event);
      if (special) {
        show(special);
        return;
      }
      switch (event.type) {
        case 'progressed': {
          const { progress } = event;
          options.onCount?.(progress);
          options.onProgress?.(fractionDone(progress));
          say([progress.paused ? l10n.t('paused') : '', describeProgress(progress)].filter(Boolean).join(' · '));
          break;
        }
        case 'task-finished':
          break;
        case 'waited':
          log.info(event.text);
          say(event.text);
          break;
        case 'said':
          if (event.level === 'warning') log.warn(event.text);
          else log.info(event.text);
          break;
        default:
          log.debug(event.type);
      }
    };
    try {
      return await work(
        engine.createOpContext({
          signal: abort.signal,
          log,
          cwd: options.cwd,
          interactive: true,
          emit,
          confirm,
          consent,
          ...(secrets && { askSecret: (question) => askSecret(secrets, options.cwd, question) }),
        }),
        { say },
      );
    } finally {
      link.dispose();
      options.signal?.removeEventListener('abort', cancel);
    }
  });
}

/** A context for work nobody waits for: no progress, and a question is answered with no. */
export const quietContext = (engine: Engine, log: ExtensionLog, cwd: string, signal: AbortSignal): OpContext =>
  engine.createOpContext({ signal, log, cwd, interactive: true, consent: async () => false });

/** Asked by the engine before it uses what a repository's files name, once for each place. */
async function consent({ kind, place, by }: ConsentQuestion): Promise<boolean> {
  const use: MessageItem = { title: l10n.t('Use It') };
  const question =
    kind === 'path'
      ? l10n.t('{0} takes its data from {1}, outside of this repository. May it be read?', by, place)
      : kind === 'address'
        ? l10n.t('{0} takes its data from {1}. May it be asked?', by, place)
        : l10n.t('The repository {0} keeps its data at {1}. May it be asked?', by, place);
  const detail = l10n.t('The answer is remembered for this repository and this place.');
  return (await window.showWarningMessage(question, { modal: true, detail }, use)) === use;
}

/** Asked by the engine before something is thrown away that is stored nowhere else. */
async function confirm(question: string): Promise<boolean> {
  const goOn: MessageItem = { title: l10n.t('Continue') };
  return (await window.showWarningMessage(question, { modal: true }, goOn)) === goOn;
}
