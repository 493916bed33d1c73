import { noGit } from '../core/errors.ts';
import type { Git } from './git.ts';

/** Git of a repository made with `--no-scm`: nothing is tracked, nothing ignored, and there is no history to ask for. */
export function noGitAt(root: string): Git {
  const refuse = async (): Promise<never> => {
    throw noGit();
  };
  const none = async (): Promise<never[]> => [];
  return {
    root,
    gitDir: '',
    present: false,
    head: () => undefined,
    branch: () => undefined,
    stateFolders: () => [],
    rebasing: () => false,
    hooksDir: refuse,
    resolve: refuse,
    commit: refuse,
    readTree: refuse,
    readBlob: refuse,
    refs: none,
    annotatedTags: none,
    reflog: none,
    revisions: async ({ revs = [], num, ...all }) => {
      const asked = revs.find((rev) => rev !== 'workspace');
      if (asked !== undefined || Object.values(all).some(Boolean)) throw noGit();
      return new Map();
    },
    tracked: async () => new Set(),
    ignored: async () => new Set(),
    plainIgnores: () => undefined,
    trackedFiles: none,
    filesNamed: none,
    conflictBase: async () => undefined,
    status: async () => ({ dirty: false, untracked: [] }),
    add: async () => {},
    config: async () => undefined,
    setConfig: refuse,
    run: refuse,
    close: () => {},
  };
}
