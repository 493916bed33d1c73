import type { GitId } from './git.ts';

/** A commit as `git rev-list --timestamp --parents` prints it. */
export interface WalkedCommit {
  readonly id: GitId;
  /** Seconds since 1970. */
  readonly time: number;
  readonly parents: readonly GitId[];
}

export function walkedCommit(line: string): WalkedCommit {
  const [time, id = '', ...parents] = line.split(' ');
  return { id, time: Number(time), parents };
}

/**
 * Newest first, and of commits of the same second that are reached at the same time the smaller id first, as DVC's library walks them.
 *
 * @param commits In Git's order, which is the same where no two are of one second. @param starts Where the walk begins: asked only if needed.
 */
export async function inOneOrder(
  commits: readonly WalkedCommit[],
  starts: () => Promise<readonly GitId[]>,
): Promise<readonly WalkedCommit[]> {
  if (new Set(commits.map(({ time }) => time)).size === commits.length) return commits;
  const byId = new Map(commits.map((commit) => [commit.id, commit]));
  const waiting = new Heap();
  const seen = new Set<GitId>();
  const push = (id: GitId): void => {
    const commit = byId.get(id);
    if (!commit || seen.has(id)) return;
    seen.add(id);
    waiting.push(commit);
  };
  for (const id of await starts()) push(id);
  const walked: WalkedCommit[] = [];
  for (let commit = waiting.pop(); commit; commit = waiting.pop()) {
    walked.push(commit);
    for (const parent of commit.parents) push(parent);
  }
  return walked;
}

const isBefore = (a: WalkedCommit, b: WalkedCommit): boolean => (a.time === b.time ? a.id < b.id : a.time > b.time);

/** A binary heap: what comes first is at the top. */
class Heap {
  readonly #items: WalkedCommit[] = [];

  push(item: WalkedCommit): void {
    const items = this.#items;
    let at = items.push(item) - 1;
    for (let up = (at - 1) >> 1; at > 0 && isBefore(item, items[up]!); up = (at - 1) >> 1) {
      items[at] = items[up]!;
      at = up;
    }
    items[at] = item;
  }

  pop(): WalkedCommit | undefined {
    const items = this.#items;
    const [top, last] = [items[0], items.pop()];
    if (items.length === 0 || !last) return top;
    let at = 0;
    for (let down = 1; down < items.length; down = 2 * at + 1) {
      if (down + 1 < items.length && isBefore(items[down + 1]!, items[down]!)) down++;
      if (!isBefore(items[down]!, last)) break;
      items[at] = items[down]!;
      at = down;
    }
    items[at] = last;
    return top;
  }
}
