import { ConfigurationTarget, commands, l10n, type MessageItem, Uri, window, workspace } from 'vscode';
import { Disposables } from './disposables.ts';
import { formatFiles } from './format.ts';
import { forEachGitRepository, type GitRepository, gitApi } from './git-extension.ts';
import type { ExtensionLog } from './log.ts';
import type { RepoModel } from './repo-model.ts';
import type { Repositories } from './repositories.ts';
import { setting } from './settings.ts';

/** Where a branch was when its repository last reported a change. */
interface Branch {
  readonly name: string | undefined;
  readonly commit: string | undefined;
  /** Commits that its upstream lacks; undefined without an upstream. */
  readonly ahead: number | undefined;
}

/** Sees when commits were pushed whose data was not, and pushes it along or asks: others would find pointers to nothing. */
export class PushGuard extends Disposables {
  readonly #repositories: Repositories;
  readonly #log: ExtensionLog;
  readonly #asking = new Set<RepoModel>();

  constructor(repositories: Repositories, log: ExtensionLog) {
    super();
    this.#repositories = repositories;
    this.#log = log;
    if (workspace.isTrusted) void this.#start();
    else this.track(workspace.onDidGrantWorkspaceTrust(() => void this.#start()));
  }

  async #start(): Promise<void> {
    const git = await gitApi();
    if (!git) return;
    this.track(
      forEachGitRepository(git, (repository) => {
        let before = branchOf(repository);
        return repository.state.onDidChange(() => {
          const now = branchOf(repository);
          if (wasPushed(before, now)) this.#pushed(repository);
          before = now;
        });
      }),
    );
  }

  #pushed({ rootUri }: GitRepository): void {
    for (const model of this.#repositories.all)
      if (this.#repositories.at(Uri.file(model.root)) === model && isBelow(model.root, rootUri.fsPath))
        void this.#look(model).catch((error: unknown) => this.#log.error('Data could not follow a push.', error));
  }

  async #look(model: RepoModel): Promise<void> {
    const choice = setting('git.pushGuard', Uri.file(model.root));
    if (choice === 'never' || model.snapshot.defaultRemote === undefined || this.#asking.has(model)) return;
    await model.settled();
    const missing = model.snapshot.changes.unpushed.filter(({ isFolder }) => !isFolder).length;
    if (missing === 0) return;
    this.#log.info(`${model.name}: commits were pushed whose data is not on the remote (${missing} files).`);
    if (choice === 'push' || (await this.#ask(model, missing)))
      await commands.executeCommand('lode.push', { rootUri: Uri.file(model.root) });
  }

  async #ask(model: RepoModel, missing: number): Promise<boolean> {
    this.#asking.add(model);
    try {
      const push: MessageItem = { title: l10n.t('Push Data') };
      const always: MessageItem = { title: l10n.t('Always') };
      const never: MessageItem = { title: l10n.t('Never') };
      const text = l10n.t(
        'The commits are pushed, but {0} of their data are not on “{1}”: nobody else can get them yet.',
        formatFiles(missing),
        model.snapshot.defaultRemote ?? '',
      );
      const chosen = await window.showWarningMessage(text, push, always, never);
      if (chosen === always || chosen === never)
        await workspace
          .getConfiguration('lode')
          .update('git.pushGuard', chosen === always ? 'push' : 'never', ConfigurationTarget.Global);
      return chosen === push || chosen === always;
    } finally {
      this.#asking.delete(model);
    }
  }
}

const branchOf = ({ state: { HEAD } }: GitRepository): Branch => ({
  name: HEAD?.name,
  commit: HEAD?.commit,
  ahead: HEAD?.upstream === undefined ? undefined : HEAD.ahead,
});

/** The branch stayed where it is, and its upstream has come to it. */
export const wasPushed = (before: Branch, now: Branch): boolean =>
  now.commit !== undefined &&
  now.commit === before.commit &&
  now.name === before.name &&
  now.ahead === 0 &&
  before.ahead !== 0;

const isBelow = (folder: string, around: string): boolean => folder === around || folder.startsWith(`${around}/`);
