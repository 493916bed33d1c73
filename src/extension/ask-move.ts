import { l10n, window } from 'vscode';
import { selectedOrPicked } from './ask-targets.ts';
import type { RepoCall } from './call.ts';

export interface Move {
  readonly from: string;
  readonly to: string;
}

/** Asks for the new path of one tracked file or folder. */
export async function askMove(call: RepoCall): Promise<Move | undefined> {
  const { model } = call;
  const chosen = await selectedOrPicked(call, l10n.t('Which data should be moved?'));
  const from = chosen?.targets[0];
  if (from === undefined) return undefined;
  const now = call.uris[0] ? model.pathOf(call.uris[0]) : from.slice(model.root.length + 1).replaceAll('\\', '/');
  if (now === undefined) return undefined;
  const nameAt = now.lastIndexOf('/') + 1;
  const to = await window.showInputBox({
    title: l10n.t('Rename or Move Tracked Data'),
    prompt: l10n.t('New path, from the root of the repository'),
    value: now,
    valueSelection: [nameAt, now.length],
    validateInput: (text) => problemOf(call, now, text),
  });
  return to === undefined ? undefined : { from, to: model.absolute(to) };
}

function problemOf({ model }: RepoCall, now: string, text: string): string | undefined {
  if (text.trim() === '' || text.startsWith('/') || text.split('/').includes('..'))
    return l10n.t('A path below the root of the repository is needed.');
  if (text === now) return l10n.t('It is there already.');
  const taken = model.snapshot.outputs.some(({ path }) => path === text);
  return taken ? l10n.t('“{0}” is tracked already.', text) : undefined;
}
