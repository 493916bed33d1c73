import { commands, l10n, type MessageItem, Position, Range, Uri, window } from 'vscode';
import type { DvcError } from '../engine/index.ts';
import type { App } from './app.ts';
import { loadEngine } from './engine.ts';
import type { RepoModel } from './repo-model.ts';

export interface ErrorOrigin {
  readonly model: RepoModel | undefined;
  /** Does the same once more. */
  readonly again?: () => unknown;
}

interface Step extends MessageItem {
  act(): unknown;
}

/** Shows a failure with the next step as a button, and puts all of it into the log. The only file that shows an error. */
export async function presentError(app: App, error: unknown, origin: ErrorOrigin): Promise<void> {
  const { DvcError } = await loadEngine();
  if (DvcError.is(error, 'cancelled') || isAbort(error)) return app.log.info('Cancelled.');
  const known = DvcError.is(error) ? error : undefined;
  app.log.error(known ? known.message : 'Unexpected error', known ? known.cause : error);
  const showLog: Step = { title: l10n.t('Show Log'), act: () => app.log.show() };
  const steps =
    known?.code === 'stage-failed' ? stageSteps(known, origin) : [...(known ? stepsFor(known, origin) : []), showLog];
  const chosen = await window.showErrorMessage(known ? sentence(known) : bugText(error), ...steps);
  await chosen?.act();
}

/** What went wrong, in the editor's words where DVC's name things only a terminal has. */
function sentence(error: DvcError): string {
  switch (error.code) {
    case 'no-remote':
      return l10n.t('No remote is set up for this repository, so there is nowhere to push to or pull from.');
    case 'lock-held':
      return l10n.t('Another program works on this repository. {0}', error.hint ?? '');
    case 'stage-failed':
      return stageFailure(error);
    default: {
      const hint = error.hint !== undefined && !error.hint.includes('`') ? ` ${error.hint}` : '';
      return `${capitalized(error.message.trim().replace(/\s*\n\s*/g, ' '))}${/[.!?]$/.test(error.message.trim()) ? '' : '.'}${hint}`;
    }
  }
}

function stepsFor(error: DvcError, { model, again }: ErrorOrigin): Step[] {
  const run = (title: string, command: string, ...args: unknown[]): Step => ({
    title,
    act: () => commands.executeCommand(command, ...args),
  });
  const on = model && { rootUri: Uri.file(model.root) };
  switch (error.code) {
    case 'no-remote':
    case 'remote-not-found':
      return [run(l10n.t('Add Remote…'), 'lode.remoteAdd', on)];
    case 'checkout-missing':
    case 'object-missing':
      return [run(l10n.t('Pull'), 'lode.pull', on)];
    case 'object-corrupt':
    case 'invalid-tree':
      return [run(l10n.t('Verify the Cache'), 'lode.cacheVerify', on)];
    case 'lock-held':
    case 'path-busy':
    case 'file-changing':
      return again ? [{ title: l10n.t('Try Again'), act: again }] : [];
    case 'invalid-file':
    case 'invalid-schema':
    case 'torn-file':
      return openStep(error, model);
    case 'config':
      return model
        ? [{ title: l10n.t('Open Configuration'), act: () => openAt(Uri.file(model.absolute('.dvc/config'))) }]
        : [];
    case 'no-space':
    case 'permission':
    case 'read-only':
      return [run(l10n.t('Open Doctor'), 'lode.doctor', on)];
    case 'not-tracked-by-git':
      return [run(l10n.t('Initialize Git'), 'git.init')];
    default:
      return error.retryable && again ? [{ title: l10n.t('Try Again'), act: again }] : [];
  }
}

/** The log of the run says more than Lode's own. */
function stageSteps({ data }: DvcError, { again }: ErrorOrigin): Step[] {
  const { log } = data;
  return [
    ...(typeof log === 'string' ? [{ title: l10n.t('Show Log'), act: () => openAt(Uri.file(log)) }] : []),
    ...(again ? [{ title: l10n.t('Run Again'), act: again }] : []),
  ];
}

/** What was run and how it ended, with the last lines it printed. */
function stageFailure({ data, message }: DvcError): string {
  const { stage, code, tail } = data;
  if (typeof stage !== 'string') return capitalized(message);
  const lines = Array.isArray(tail) ? tail.map(String).filter((line) => line.trim() !== '') : [];
  const last = lines.slice(-LAST_LINES).join(' ⏎ ');
  const how = l10n.t('{0} failed with exit code {1}.', stage, String(code));
  return last === '' ? how : `${how} ${last}`;
}
const LAST_LINES = 3;

/** Opens the broken file where it is broken. */
function openStep({ data }: DvcError, model: RepoModel | undefined): Step[] {
  const [file, line, column] = [data['path'], data['line'], data['column']];
  if (typeof file !== 'string' || !model) return [];
  const uri = /^([/\\]|[a-z]:)/i.test(file) ? Uri.file(file) : Uri.file(model.absolute(file));
  const at = typeof line === 'number' ? { line, column: typeof column === 'number' ? column : 1 } : undefined;
  return [{ title: l10n.t('Open File'), act: () => openAt(uri, at) }];
}

/** @param place 1-based. */
async function openAt(uri: Uri, place?: { line: number; column: number }): Promise<void> {
  const at = place && new Position(Math.max(0, place.line - 1), Math.max(0, place.column - 1));
  await window.showTextDocument(uri, at ? { selection: new Range(at, at) } : {});
}

const bugText = (error: unknown): string =>
  l10n.t('Lode failed in a way it should not: {0}', error instanceof Error ? error.message : String(error));

const isAbort = (error: unknown): boolean => error instanceof Error && error.name === 'AbortError';

const capitalized = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);
