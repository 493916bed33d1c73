import * as fs from 'node:fs';
import * as path from 'node:path';
import { errnoOf, fromErrno } from '../core/errors.ts';
import { QueueStore } from '../experiments/queue-store.ts';
import type { Repo } from '../repo.ts';

export interface ExpCleanResult {
  /** Logs of entries that are gone, by id. */
  readonly logs: number;
}

/** Removes what ended runs have left: registered work trees that are gone, and logs of entries that are no longer in the queue. */
export async function expClean(repo: Repo): Promise<ExpCleanResult> {
  if (repo.git.present) await repo.git.run(['worktree', 'prune']);
  const store = new QueueStore(repo);
  const known = new Set<string>(store.list().map(({ id }) => id));
  const folder = path.join(store.folder, 'logs');
  let logs = 0;
  try {
    for (const name of fs.readdirSync(folder)) {
      if (known.has(name.replace(/\.log$/, ''))) continue;
      fs.rmSync(path.join(folder, name), { force: true });
      logs++;
    }
  } catch (error) {
    if (errnoOf(error) !== 'ENOENT') throw fromErrno(error, 'clean', folder);
  }
  return { logs };
}
