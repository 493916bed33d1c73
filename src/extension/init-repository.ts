import { l10n, type QuickPickItem, Uri, window, workspace } from 'vscode';
import type { Call } from './call.ts';
import { loadEngine } from './engine.ts';
import { gitApi } from './git-extension.ts';
import { withContext } from './op-context.ts';

/** Makes a repository in a folder of the window; asks which, and what to do about Git where there is none. */
export async function initRepository({ app, uris }: Call): Promise<void> {
  const root = uris[0]?.fsPath ?? (await chooseFolder());
  if (root === undefined) return;
  const engine = await loadEngine();
  const init = (options: { noScm?: boolean; subdir?: boolean }): Thenable<unknown> =>
    withContext({ engine, log: app.log, cwd: root, title: l10n.t('Initializing'), where: 'window' }, (ctx) =>
      engine.init(root, options, ctx),
    );
  try {
    await init({});
  } catch (error) {
    if (!engine.DvcError.is(error, 'not-tracked-by-git')) throw error;
    const choice = await chooseGit(Uri.file(root));
    if (!choice) return;
    if (choice.git === 'init') await (await gitApi())?.init(Uri.file(root));
    await init({ noScm: choice.git === 'none', subdir: choice.git === 'around' });
  }
  await app.repositories.discover();
  app.log.info(`Initialized ${root}`);
}

async function chooseFolder(): Promise<string | undefined> {
  const folders = (workspace.workspaceFolders ?? []).filter(({ uri }) => uri.scheme === 'file');
  if (folders.length < 2) return folders[0]?.uri.fsPath;
  const chosen = await window.showWorkspaceFolderPick({ placeHolder: l10n.t('Where should the repository be made?') });
  return chosen?.uri.fsPath;
}

interface GitChoice extends QuickPickItem {
  readonly git: 'init' | 'around' | 'none';
}

async function chooseGit(root: Uri): Promise<GitChoice | undefined> {
  const around = (await gitApi())?.getRepository(root);
  const choices: GitChoice[] = [
    around
      ? {
          git: 'around',
          label: `$(repo) ${l10n.t('As a part of the Git repository around it')}`,
          detail: around.rootUri.fsPath,
        }
      : {
          git: 'init',
          label: `$(source-control) ${l10n.t('Initialize Git here too')}`,
          detail: l10n.t('Git remembers which version of the data belongs to which version of the code.'),
        },
    {
      git: 'none',
      label: `$(circle-slash) ${l10n.t('Without Git')}`,
      detail: l10n.t('Data is tracked and shared; older versions cannot be named.'),
    },
  ];
  return window.showQuickPick(choices, {
    title: l10n.t('Initialize a Repository'),
    placeHolder: l10n.t('{0} is not the root of a Git repository.', root.fsPath),
  });
}
