import { l10n, type QuickPickItem, window } from 'vscode';
import type { GcOptions, GcSweep } from '../engine/index.ts';
import { confirmed } from './ask-targets.ts';
import type { RepoCall } from './call.ts';
import { formatBytes, formatFiles } from './format.ts';

/** Which versions of the data are kept. */
export interface GcScope {
  readonly options: GcOptions;
}

/** Asks what is to be kept, the most careful choice first. */
export async function askScope({ model }: RepoCall): Promise<GcScope | undefined> {
  const items: (QuickPickItem & GcScope)[] = [
    {
      label: l10n.t('Every Commit'),
      detail: l10n.t('Deletes only what no commit ever recorded: versions that were overwritten before a commit'),
      options: { workspace: true, allCommits: true },
    },
    {
      label: l10n.t('Branches and Tags'),
      detail: l10n.t('Keeps what the workspace, the tip of each branch and each tag record'),
      options: { workspace: true, allBranches: true, allTags: true },
    },
    {
      label: l10n.t('Branches'),
      detail: l10n.t('Keeps what the workspace and the tip of each branch record'),
      options: { workspace: true, allBranches: true },
    },
    {
      label: l10n.t('The Workspace'),
      detail: l10n.t('Keeps what is recorded now, and nothing else'),
      options: { workspace: true },
    },
  ];
  const { defaultRemote } = model.snapshot;
  if (defaultRemote !== undefined)
    items.push({
      label: l10n.t('What Is Not on the Remote “{0}”', defaultRemote),
      detail: l10n.t('Frees the disk: what was pushed can be pulled again'),
      options: { workspace: true, notInRemote: true },
    });
  return window.showQuickPick(items, {
    title: l10n.t('Clean Up the Cache'),
    placeHolder: l10n.t('Which versions of the data should be kept?'),
  });
}

/** Says how much would go, and asks whether it may. */
export async function confirmCollection(swept: readonly GcSweep[]): Promise<boolean> {
  const [removed, bytes] = swept.reduce(([n, size], one) => [n + one.removed, size + one.bytes], [0, 0]);
  if (removed === 0) {
    void window.showInformationMessage(l10n.t('Everything in the cache is still used.'));
    return false;
  }
  const question = l10n.t('Delete {0} from the cache, {1}?', formatFiles(removed), formatBytes(bytes));
  const detail = l10n.t(
    'What is not on a remote either is lost. Other projects that use the same cache lose theirs, too.',
  );
  return confirmed(question, detail, l10n.t('Delete'));
}
