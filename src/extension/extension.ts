import { commands, type ExtensionContext } from 'vscode';
import { App } from './app.ts';
import { COMMANDS } from './commands.ts';
import type { RepoSnapshot } from './snapshot.ts';

/** What other extensions, and Lode's own tests, may use. */
export interface LodeApi {
  /** The repositories of the window, outer ones first. */
  readonly repositories: () => readonly { readonly root: string; readonly snapshot: RepoSnapshot }[];
  /** How often a repository was read since the start: what measurements count. */
  readonly refreshes: () => number;
  /** Roots of the repositories whose experiments are read at every change, because somebody shows them. */
  readonly followed: () => readonly string[];
  /** Resolves when all that happened on disk so far is shown. */
  readonly settled: () => Promise<void>;
}

export function activate(context: ExtensionContext): LodeApi {
  const startedAt = performance.now();
  const app = new App(context);
  context.subscriptions.push(app);
  for (const [id, command] of Object.entries(COMMANDS))
    context.subscriptions.push(commands.registerCommand(id, (...args: unknown[]) => app.invoke(command, args)));
  void app.repositories.discover();
  app.log.debug(`Activated in ${Math.round(performance.now() - startedAt)} ms`);
  return {
    repositories: () => app.repositories.all,
    refreshes: () => app.repositories.all.reduce((sum, { refreshes }) => sum + refreshes, 0),
    followed: () => app.repositories.all.filter((model) => app.experiments.isFollowed(model)).map(({ root }) => root),
    settled: () => app.repositories.settled(),
  };
}
