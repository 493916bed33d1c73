import { l10n, MarkdownString, StatusBarAlignment, type Uri, window, workspace } from 'vscode';
import { Disposables } from './disposables.ts';
import { formatCount, formatFiles, formatPercent } from './format.ts';
import type { RepoModel } from './repo-model.ts';
import type { Repositories } from './repositories.ts';
import { setting } from './settings.ts';
import { countChanges } from './snapshot.ts';
import type { Transfer, Transfers } from './transfers.ts';

/** Behind the item of Git, whose order is 10000, as what is changed in Git matters first. */
const PRIORITY = 90;

/** The state of the repository in use, or what is at work on it. A click opens the menu. */
export class StatusBar extends Disposables {
  readonly #item = this.track(window.createStatusBarItem('lode.status', StatusBarAlignment.Left, PRIORITY));
  readonly #repositories: Repositories;
  readonly #transfers: Transfers;
  readonly #running = new Map<RepoModel, { title: string; fraction: number | undefined }>();

  constructor(repositories: Repositories, transfers: Transfers) {
    super();
    this.#repositories = repositories;
    this.#transfers = transfers;
    this.#item.name = l10n.t('Lode: State of the Data');
    this.#item.command = 'lode.showMenu';
    const show = (): void => this.#show();
    this.track(repositories.onDidChange(show));
    this.track(repositories.onDidChangeSnapshot(show));
    this.track(transfers.onDidChange(show));
    this.track(transfers.onDidMove(show));
    this.track(window.onDidChangeActiveTextEditor(show));
    this.track(workspace.onDidChangeConfiguration(show));
  }

  /** Shows a verb at work; `fraction` is 0 to 1 where it is known. */
  running(model: RepoModel, title: string, fraction?: number): void {
    this.#running.set(model, { title, fraction });
    this.#show();
  }

  finished(model: RepoModel): void {
    this.#running.delete(model);
    this.#show();
  }

  #show(): void {
    const model = current(this.#repositories, window.activeTextEditor?.document.uri);
    if (!model || !setting('statusBar.enabled')) {
      this.#item.hide();
      return;
    }
    const running = this.#running.get(model);
    const transfer = this.#transfers.of(model);
    this.#item.text = running ? runningText(running, transfer?.control.paused === true) : idleText(model);
    this.#item.tooltip = transfer ? transferTooltip(transfer) : tooltip(model, running?.title);
    this.#item.accessibilityInformation = { label: spoken(model, running?.title) };
    this.#item.show();
  }
}

/** The repository of the editor in use, else the first one. */
export const current = (repositories: Repositories, uri: Uri | undefined): RepoModel | undefined =>
  (uri && repositories.at(uri)) ?? repositories.all[0];

const runningText = ({ title, fraction }: { title: string; fraction: number | undefined }, isPaused: boolean): string =>
  `$(${isPaused ? 'debug-pause' : 'sync~spin'}) ${title}${fraction === undefined ? '' : ` ${formatPercent(fraction)}`}`;

function idleText(model: RepoModel): string {
  const { phase, changes } = model.snapshot;
  if (phase === 'loading') return `$(loading~spin) ${l10n.t('Lode')}`;
  if (phase === 'failed') return `$(warning) ${l10n.t('Lode')}`;
  if (phase === 'restricted') return `$(shield) ${l10n.t('Lode')}`;
  const [changed, unpushed] = [countChanges(changes), fileCount(changes.unpushed)];
  if (changed === 0 && unpushed === 0) return `$(database) ${l10n.t('Lode')}`;
  const parts = [changed > 0 ? `${formatCount(changed)}●` : '', unpushed > 0 ? `${formatCount(unpushed)}↑` : ''];
  return `$(database) ${parts.filter(Boolean).join(' ')}`;
}

function spoken(model: RepoModel, running: string | undefined): string {
  return [l10n.t('Lode, data of {0}', model.name), running ?? summary(model)].join(': ');
}

/** One sentence about the repository. */
export function summary({ snapshot }: RepoModel): string {
  const { phase, changes, problem, outputs } = snapshot;
  if (phase === 'loading') return l10n.t('Reading the repository.');
  if (phase === 'failed') return problem ?? l10n.t('The repository cannot be read.');
  if (phase === 'restricted') return l10n.t('Restricted Mode: tracked data is shown, nothing is run.');
  if (outputs.length === 0) return l10n.t('Nothing is tracked yet.');
  const parts = [
    [fileCount(changes.uncommitted), l10n.t('changed')],
    [fileCount(changes.committed), l10n.t('stored and not yet in Git')],
    [fileCount(changes.notInCache), l10n.t('not in the cache')],
    [fileCount(changes.unpushed), l10n.t('to push')],
  ] as const;
  const shown = parts.filter(([count]) => count > 0).map(([count, what]) => `${formatFiles(count)} ${what}`);
  return shown.length > 0 ? shown.join(', ') : l10n.t('All data is as recorded.');
}

const fileCount = (changes: readonly { isFolder: boolean }[]): number =>
  changes.filter(({ isFolder }) => !isFolder).length;

function tooltip(model: RepoModel, running: string | undefined): MarkdownString {
  const text = new MarkdownString();
  text
    .appendMarkdown(`**${l10n.t('Lode')}** — `)
    .appendText(model.name)
    .appendMarkdown('\n\n');
  text.appendText(running ?? summary(model));
  return text;
}

/** How far it is, and what can be done with it. */
function transferTooltip({ model, title, text, control }: Transfer): MarkdownString {
  const shown = new MarkdownString(undefined, true);
  shown.isTrusted = { enabledCommands: ['lode.transferPause', 'lode.transferResume', 'lode.transferCancel'] };
  shown
    .appendMarkdown(`**${l10n.t('Lode')}** — `)
    .appendText([model.name, title].join(': '))
    .appendMarkdown('\n\n')
    .appendText(text)
    .appendMarkdown('\n\n');
  const hold = control.paused
    ? `[$(debug-continue) ${l10n.t('Resume')}](command:lode.transferResume)`
    : `[$(debug-pause) ${l10n.t('Pause')}](command:lode.transferPause)`;
  return shown.appendMarkdown(`${hold} &nbsp; [$(debug-stop) ${l10n.t('Cancel')}](command:lode.transferCancel)`);
}
