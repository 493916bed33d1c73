import { type Disposable, type Event, extensions, type Uri } from 'vscode';

/** What Lode uses of the API that VS Code's built-in Git extension offers (version 1). */
export interface GitRepository {
  readonly rootUri: Uri;
  readonly inputBox: { value: string };
  readonly state: {
    readonly HEAD:
      | {
          readonly name?: string;
          readonly commit?: string;
          readonly upstream?: { readonly remote: string; readonly name: string };
          /** Commits that the upstream branch lacks. */
          readonly ahead?: number;
        }
      | undefined;
    readonly indexChanges: readonly GitChange[];
    readonly workingTreeChanges: readonly GitChange[];
    /** From VS Code 1.91 on; until then new files are among `workingTreeChanges`. */
    readonly untrackedChanges?: readonly GitChange[];
    readonly mergeChanges: readonly GitChange[];
    readonly rebaseCommit: unknown;
    readonly onDidChange: Event<void>;
  };
  add(paths: string[]): Promise<void>;
  revert(paths: string[]): Promise<void>;
  commit(message: string, options?: { all?: boolean }): Promise<void>;
}

export interface GitChange {
  readonly uri: Uri;
  readonly status: number;
}

export interface GitApi {
  readonly state: 'uninitialized' | 'initialized';
  readonly repositories: readonly GitRepository[];
  readonly onDidChangeState: Event<'uninitialized' | 'initialized'>;
  readonly onDidOpenRepository: Event<GitRepository>;
  readonly onDidCloseRepository: Event<GitRepository>;
  getRepository(uri: Uri): GitRepository | null;
  init(root: Uri): Promise<GitRepository | null>;
  /** A file as it was at a commit. */
  toGitUri(uri: Uri, ref: string): Uri;
}

interface GitExtension {
  readonly enabled: boolean;
  readonly onDidChangeEnablement: Event<boolean>;
  getAPI(version: 1): GitApi;
}

/** The API of the built-in Git extension, which is activated for it; undefined where the user has switched Git off. */
export async function gitApi(): Promise<GitApi | undefined> {
  const extension = extensions.getExtension<GitExtension>('vscode.git');
  if (!extension) return undefined;
  const git = extension.isActive ? extension.exports : await extension.activate();
  return git.enabled ? git.getAPI(1) : undefined;
}

/** Calls `open` for each repository of Git, now and later; what it returns is disposed when the repository is closed. */
export function forEachGitRepository(git: GitApi, open: (repository: GitRepository) => Disposable): Disposable {
  const opened = new Map<GitRepository, Disposable>();
  const add = (repository: GitRepository): void => void opened.set(repository, open(repository));
  for (const repository of git.repositories) add(repository);
  const links = [
    git.onDidOpenRepository(add),
    git.onDidCloseRepository((repository) => {
      opened.get(repository)?.dispose();
      opened.delete(repository);
    }),
  ];
  return {
    dispose: () => {
      for (const link of [...links, ...opened.values()]) link.dispose();
    },
  };
}
