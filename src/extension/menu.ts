import { commands, l10n, type QuickPickItem, QuickPickItemKind, Uri, window } from 'vscode';
import { type Call, likelyRepository } from './call.ts';
import { summary } from './status-bar.ts';

interface MenuItem extends QuickPickItem {
  readonly command?: string;
}

/** What a click on the status bar offers: the verbs of the day for the repository in use. */
export async function showMenu(call: Call): Promise<void> {
  const model = likelyRepository(call);
  const item = (icon: string, label: string, command: string, description = ''): MenuItem => ({
    label: `$(${icon}) ${label}`,
    description,
    command,
  });
  const separator: MenuItem = { label: '', kind: QuickPickItemKind.Separator };
  const { defaultRemote = '' } = model?.snapshot ?? {};
  const transfer = model && call.app.transfers.of(model);
  const items: MenuItem[] = transfer
    ? [
        transfer.control.paused
          ? item('debug-continue', l10n.t('Resume Transfer'), 'lode.transferResume', transfer.text)
          : item('debug-pause', l10n.t('Pause Transfer'), 'lode.transferPause', transfer.text),
        item('debug-stop', l10n.t('Cancel Transfer'), 'lode.transferCancel', transfer.title),
        separator,
      ]
    : [];
  if (model?.trusted)
    items.push(
      item('add', l10n.t('Track Data…'), 'lode.add'),
      item('check', l10n.t('Commit Data and Git…'), 'lode.commitAll'),
      item('history', l10n.t('Check Out'), 'lode.checkout'),
      separator,
      item('cloud-download', l10n.t('Pull'), 'lode.pull', defaultRemote),
      item('cloud-upload', l10n.t('Push'), 'lode.push', defaultRemote),
      item('remote', l10n.t('Add Remote…'), 'lode.remoteAdd'),
      separator,
    );
  if (!model) items.push(item('repo-create', l10n.t('Initialize a Repository'), 'lode.init'), separator);
  items.push(
    item('pulse', l10n.t('Doctor'), 'lode.doctor'),
    item('refresh', l10n.t('Refresh'), 'lode.refresh'),
    item('output', l10n.t('Show Log'), 'lode.showLog'),
    item('gear', l10n.t('Settings'), 'lode.openSettings'),
  );
  const title = model ? `${model.name}: ${summary(model)}` : l10n.t('Lode');
  const chosen = await window.showQuickPick(items, { title, placeHolder: l10n.t('What should be done?') });
  if (chosen?.command === undefined) return;
  const about = { rootUri: model && Uri.file(model.root), ...(transfer && { transfer }) };
  await commands.executeCommand(chosen.command, ...(model ? [about] : []));
}
