import { commands, l10n, Uri, window } from 'vscode';
import type { RepoCall } from './call.ts';
import { type GitRepository, gitApi } from './git-extension.ts';

/** Commits changed data to the cache and, with the message of the input box, its pointers to Git: one step for both. */
export async function commitWithGit({ app, model }: RepoCall): Promise<void> {
  const root = Uri.file(model.root);
  const git = (await gitApi())?.getRepository(root);
  const input = app.sourceControl.inputBox(model);
  const message = input?.value.trim() || (git && (await askMessage()));
  if (git && !message) return;
  if (!(await commands.executeCommand<boolean>('lode.commit', { rootUri: root }))) return;
  if (!git || !message) return;
  await stageRecords(git, model);
  if (git.state.indexChanges.length === 0)
    return void window.showInformationMessage(
      l10n.t('The data is committed to the cache; Git has nothing new to commit.'),
    );
  await git.commit(message);
  if (input) input.value = '';
}

const askMessage = (): Thenable<string | undefined> =>
  window.showInputBox({
    title: l10n.t('Commit Data and Git'),
    prompt: l10n.t('Message of the Git commit'),
    placeHolder: l10n.t('What changed in the data, and why'),
  });

/** Pointers and ignore files that changed before, too: those written by this commit are staged already where the setting says so. */
async function stageRecords(git: GitRepository, { root }: RepoCall['model']): Promise<void> {
  const { workingTreeChanges, untrackedChanges } = git.state;
  const files = [...workingTreeChanges, ...(untrackedChanges ?? [])].map(({ uri }) => uri.fsPath);
  const records = files.filter((file) => file.startsWith(root) && /(\.dvc|[/\\](dvc\.lock|\.gitignore))$/.test(file));
  if (records.length > 0) await git.add(records);
}
