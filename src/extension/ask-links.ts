import { l10n, type QuickPickItem, window } from 'vscode';
import type { LinkType } from '../engine/index.ts';
import type { RepoCall } from './call.ts';
import { loadEngine } from './engine.ts';
import { quietContext } from './op-context.ts';

export interface LinkChoice {
  readonly type: LinkType;
}

/** Offers the link types that work between cache and workspace, with what each means for editing. */
export async function askLinkType({ app, model }: RepoCall): Promise<LinkChoice | undefined> {
  const [engine, repo] = [await loadEngine(), await model.repo()];
  const ctx = quietContext(engine, app.log, model.root, new AbortController().signal);
  const { possibleLinkTypes } = await engine.examine(repo, ctx);
  const items = possibleLinkTypes.map((type): QuickPickItem & LinkChoice => ({
    type,
    label: type,
    detail: meaningOf(type),
  }));
  return window.showQuickPick(items, { placeHolder: l10n.t('How should files come out of the cache?') });
}

function meaningOf(type: LinkType): string {
  switch (type) {
    case 'reflink':
      return l10n.t('Shares the bytes until a file is edited. The best where it works.');
    case 'hardlink':
      return l10n.t('Shares the bytes; files are read-only until they are unprotected.');
    case 'symlink':
      return l10n.t('Points to the cache, also on another disk; files are read-only until they are unprotected.');
    case 'copy':
      return l10n.t('Takes the space twice; files can be edited at once.');
    default:
      return unreachable(type);
  }
}

function unreachable(type: never): never {
  throw new Error(`There is no meaning for ${String(type)}.`);
}
