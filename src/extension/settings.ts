import { type ConfigurationScope, workspace } from 'vscode';

/** What to do with the data when Git has changed the branch or the commit. */
export type FollowGit = 'ask' | 'always' | 'never';

/** What to do when commits were pushed whose data is not on the remote. */
export type PushGuardChoice = 'ask' | 'push' | 'never';

/** Which remotes are asked, without being told to, what they lack. */
export type RemoteCheck = 'all' | 'folders' | 'never';

/** The settings of package.json, by name without `lode.`, with their types. Defaults are those of the manifest. */
export interface Settings {
  readonly 'git.followCheckout': FollowGit;
  readonly 'git.pushGuard': PushGuardChoice;
  readonly 'remotes.check': RemoteCheck;
  /** Megabytes from which a new file is a big one; 0 turns the guard off. */
  readonly 'git.bigFileSize': number;
  /** Stage what Lode writes for Git: pointers, `.gitignore`, configuration. */
  readonly 'git.stagePointers': boolean;
  readonly 'decorations.enabled': boolean;
  readonly 'sourceControl.enabled': boolean;
  /** Changed files of one folder from which they are shown as one row. */
  readonly 'sourceControl.foldAbove': number;
  readonly 'statusBar.enabled': boolean;
  /** Show the values of `${}` in dvc.yaml. */
  readonly 'inlayHints.enabled': boolean;
  /** `editor`: only VS Code's own watcher, for file systems where watching folders directly does not work. */
  readonly watcher: 'folders' | 'editor' | 'off';
  /** Parallel transfers; 0 lets the engine decide. */
  readonly 'transfer.jobs': number;
  /** Stages that run at a time. */
  readonly 'repro.jobs': number;
  /** How each stage stands, above it in dvc.yaml. */
  readonly 'codeLens.enabled': boolean;
  /** What runs had, above parameters that differ between them. */
  readonly 'experiments.codeLens': boolean;
  /** Stop rules of every run that is started here. */
  readonly 'experiments.stopRules': readonly string[];
  /** Which way metrics get better, by name or pattern: `max`, `min` or `none`. */
  readonly 'metrics.direction': Readonly<Record<string, string>>;
}

export function setting<K extends keyof Settings>(name: K, scope?: ConfigurationScope): Settings[K] {
  const value = workspace.getConfiguration('lode', scope).get<Settings[K]>(name);
  if (value === undefined) throw new Error(`The setting lode.${name} has no default in package.json.`);
  return value;
}
