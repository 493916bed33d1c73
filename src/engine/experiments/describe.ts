import type { Git, GitId, GitRef } from '../git/git.ts';

/** Names of commits: the branches and tags that lead to them. */
export interface CommitNames {
  /** The one DVC shows: the current branch, else the first tag, else the first branch. */
  shown(rev: GitId): string | undefined;
  branches(rev: GitId): readonly string[];
  tags(rev: GitId): readonly string[];
}

/** @param refs Those of the repository, where they have been listed already. */
export async function commitNames(git: Git, refs?: readonly GitRef[]): Promise<CommitNames> {
  const [head, branch] = [git.head(), git.branch()];
  const [branches, tags] = [new Map<GitId, string[]>(), new Map<GitId, string[]>()];
  for (const { name, id } of refs ?? (await git.refs('refs/'))) {
    for (const [prefix, map] of [
      ['refs/heads/', branches],
      ['refs/tags/', tags],
    ] as const) {
      if (!name.startsWith(prefix)) continue;
      const short = name.slice(prefix.length);
      const known = map.get(id);
      if (known) known.push(short);
      else map.set(id, [short]);
    }
  }
  return {
    shown: (rev) => (rev === head && branch !== undefined ? branch : (tags.get(rev)?.[0] ?? branches.get(rev)?.[0])),
    branches: (rev) => branches.get(rev) ?? [],
    tags: (rev) => tags.get(rev) ?? [],
  };
}
