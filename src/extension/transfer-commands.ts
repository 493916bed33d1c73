import { l10n, type QuickPickItem, window } from 'vscode';
import { type AnyCommand, anywhere } from './command.ts';
import { Transfer } from './transfers.ts';

/** What a row of a transfer hands to its commands. */
const transferOf = (item: unknown): Transfer | undefined =>
  typeof item === 'object' && item !== null && 'transfer' in item && item.transfer instanceof Transfer
    ? item.transfer
    : undefined;

/** The transfer of the clicked row, else the one that is at work; asks where there are several. */
async function chooseTransfer(
  item: unknown,
  candidates: readonly Transfer[],
  placeHolder: string,
): Promise<Transfer | undefined> {
  const clicked = transferOf(item);
  if (clicked) return clicked;
  if (candidates.length < 2) return candidates[0];
  const items = candidates.map((transfer): QuickPickItem & { transfer: Transfer } => ({
    transfer,
    label: transfer.title,
    description: [transfer.model.name, transfer.text].filter(Boolean).join(' · '),
  }));
  return (await window.showQuickPick(items, { placeHolder }))?.transfer;
}

/** Commands about a push, fetch or pull at work. They wait for no turn: what they are about has it. */
export const TRANSFER_COMMANDS: Readonly<Record<string, AnyCommand>> = {
  'lode.transferPause': anywhere(async ({ app, args }) => {
    const running = app.transfers.all.filter(({ control }) => !control.paused);
    (await chooseTransfer(args[0], running, l10n.t('Which transfer should be paused?')))?.control.pause();
  }),
  'lode.transferResume': anywhere(async ({ app, args }) => {
    const held = app.transfers.all.filter(({ control }) => control.paused);
    (await chooseTransfer(args[0], held, l10n.t('Which transfer should go on?')))?.control.resume();
  }),
  'lode.transferCancel': anywhere(async ({ app, args }) => {
    (await chooseTransfer(args[0], app.transfers.all, l10n.t('Which transfer should be cancelled?')))?.cancel();
  }),
};
