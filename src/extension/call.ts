import { l10n, type QuickPickItem, Uri, window } from 'vscode';
import type { App } from './app.ts';
import type { RepoModel } from './repo-model.ts';
import { current } from './status-bar.ts';

/** How a command was called: from which repository, and on what. */
export interface Call {
  readonly app: App;
  /** As VS Code or another command handed them over. */
  readonly args: readonly unknown[];
  /** What was selected, absolute; empty from the palette and from titles of views. */
  readonly uris: readonly Uri[];
}

export interface RepoCall extends Call {
  readonly model: RepoModel;
}

/** The files and folders a command was called on: explorer, tree, source control, editor title or another command. */
export function selectedUris(args: readonly unknown[]): Uri[] {
  const [first, second, ...more] = args;
  // The explorer and trees hand over the clicked item and then all selected ones; source control one argument for each.
  const several = Array.isArray(second) && second.length > 0 ? second : [first, second, ...more];
  return several.flatMap(urisOf);
}

function urisOf(item: unknown): Uri[] {
  if (item instanceof Uri) return [item];
  if (Array.isArray(item)) return item.flatMap(urisOf);
  if (typeof item !== 'object' || item === null) return [];
  if ('targetUri' in item && item.targetUri instanceof Uri) return [item.targetUri];
  if ('resourceUri' in item && item.resourceUri instanceof Uri) return [item.resourceUri];
  return [];
}

/** The repository a command is about; asks where several could be meant. Undefined when there is none, or nobody chose. */
export async function chooseRepository({ app, args, uris }: Call): Promise<RepoModel | undefined> {
  const { repositories } = app;
  const [uri] = uris;
  if (uri) return repositories.at(uri);
  const root = rootOf(args[0]);
  if (root) return repositories.at(root);
  if (repositories.all.length < 2) return repositories.all[0];
  const inUse = window.activeTextEditor && repositories.at(window.activeTextEditor.document.uri);
  if (inUse) return inUse;
  const items = repositories.all.map((model): QuickPickItem & { model: RepoModel } => ({
    model,
    label: `$(repo) ${model.name}`,
    description: model.root,
  }));
  const chosen = await window.showQuickPick(items, { placeHolder: l10n.t('Which repository?') });
  return chosen?.model;
}

/** Where the repository is that a source control, one of its groups or a row of a repository stands for. */
function rootOf(item: unknown): Uri | undefined {
  if (typeof item !== 'object' || item === null) return undefined;
  if ('rootUri' in item && item.rootUri instanceof Uri) return item.rootUri;
  if ('root' in item && typeof item.root === 'string') return Uri.file(item.root);
  // A group is all of its repository: thousands of rows are never handed over as thousands of targets.
  return 'resourceStates' in item && Array.isArray(item.resourceStates) ? urisOf(item.resourceStates[0])[0] : undefined;
}

/** The repository without asking, for what is shown and not done. */
export const likelyRepository = ({ app, uris }: Call): RepoModel | undefined =>
  current(app.repositories, uris[0] ?? window.activeTextEditor?.document.uri);
