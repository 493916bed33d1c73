import * as path from 'node:path';
import { ConfigurationTarget, commands, l10n, type MessageItem, Uri, window, workspace } from 'vscode';
import type { RepoPath } from '../engine/index.ts';
import { Disposables } from './disposables.ts';
import { loadEngine } from './engine.ts';
import type { ExtensionLog } from './log.ts';
import { quietContext } from './op-context.ts';
import type { RepoModel } from './repo-model.ts';
import type { Repositories } from './repositories.ts';
import { setting } from './settings.ts';
import type { GitHead } from './snapshot.ts';

/** Lets the data follow when Git has moved to another commit: branch, pull, merge, rebase, reset. */
export class FollowGit extends Disposables {
  readonly #log: ExtensionLog;
  /** The commit whose data was checked out, or which was decided about, last. */
  readonly #heads = new WeakMap<RepoModel, GitHead>();
  readonly #asking = new WeakSet<RepoModel>();

  constructor(repositories: Repositories, log: ExtensionLog) {
    super();
    this.#log = log;
    this.track(repositories.onDidChangeSnapshot(({ model, after }) => this.#look(model, after.head)));
  }

  #look(model: RepoModel, head: GitHead | undefined): void {
    if (!model.trusted || model.snapshot.phase !== 'ready' || !head) return;
    const before = this.#heads.get(model);
    this.#heads.set(model, head);
    if (before && before.commit !== head.commit)
      void this.#moved(model, before, head).catch((error: unknown) =>
        this.#log.error('The data could not follow Git.', error),
      );
  }

  async #moved(model: RepoModel, before: GitHead, head: GitHead): Promise<void> {
    const choice = setting('git.followCheckout');
    if (choice === 'never' || this.#asking.has(model)) return;
    const paths = await this.#waiting(model, before, head);
    if (paths.length === 0) return;
    this.#log.info(
      `${model.name}: Git went from ${shown(before)} to ${shown(head)}; ${paths.length} outputs have another version.`,
    );
    if (choice === 'always' || (await this.#ask(model, head, paths)))
      await commands.executeCommand('lode.checkout', ...argumentsFor(model, paths));
  }

  /** Outputs which the two commits record differently and which are not on disk as the new one says. */
  async #waiting(model: RepoModel, before: GitHead, head: GitHead): Promise<RepoPath[]> {
    const [engine, repo] = [await loadEngine(), await model.repo()];
    const ctx = quietContext(engine, this.#log, model.root, new AbortController().signal);
    const changed = await engine.diff(repo, { a: before.commit, b: head.commit }, ctx);
    if (!changed) return [];
    const outputs = new Set<RepoPath>();
    for (const { path: at } of [...changed.added, ...changed.modified, ...changed.deleted, ...changed.renamed])
      for (const name of typeof at === 'string' ? [at] : [at.old, at.new]) {
        const output = model.outputAround(name.replace(/\/$/, ''));
        if (output) outputs.add(output.path);
      }
    const { uncommitted, notInCache } = model.snapshot.changes;
    const different = new Set([...uncommitted, ...notInCache].map(({ path: at }) => model.outputAround(at)?.path));
    return [...outputs].filter((output) => different.has(output));
  }

  async #ask(model: RepoModel, head: GitHead, paths: readonly string[]): Promise<boolean> {
    this.#asking.add(model);
    try {
      const [yes, always, never] = [l10n.t('Check Out Data'), l10n.t('Always'), l10n.t('Never')].map(
        (title): MessageItem => ({ title }),
      );
      const what = paths.length === 1 ? `“${path.basename(paths[0] ?? '')}”` : l10n.t('{0} data sets', paths.length);
      const text = l10n.t('{0} has another version of {1}. Check it out?', shown(head), what);
      const chosen = await window.showInformationMessage(text, ...[yes, always, never].flatMap((item) => item ?? []));
      if (chosen === always || chosen === never)
        await workspace
          .getConfiguration('lode')
          .update('git.followCheckout', chosen === always ? 'always' : 'never', ConfigurationTarget.Global);
      return chosen === yes || chosen === always;
    } finally {
      this.#asking.delete(model);
    }
  }
}

const shown = ({ branch, commit }: GitHead): string => branch ?? commit.slice(0, 7);

/** All of it, which also takes away what the new commit no longer tracks, unless unsaved changes elsewhere are in the way. */
function argumentsFor(model: RepoModel, paths: readonly string[]): unknown[] {
  const elsewhere = model.snapshot.changes.uncommitted.some(
    ({ path: at }) => !paths.some((output) => at === output || at.startsWith(`${output}/`)),
  );
  if (!elsewhere) return [{ rootUri: Uri.file(model.root) }];
  const uris = paths.map((output) => Uri.file(model.absolute(output)));
  return [uris[0], uris];
}
