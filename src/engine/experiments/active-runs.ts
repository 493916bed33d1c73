import { randomBytes } from 'node:crypto';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { errnoOf } from '../core/errors.ts';
import type { GitId } from '../git/git.ts';
import { writeAtomic } from '../platform/atomic-write.ts';
import { livenessOf, type Owner, thisOwner } from '../platform/owner.ts';
import type { Repo } from '../repo.ts';
import { StopRuleStore } from './stop-rule-store.ts';

/** An experiment that runs now, outside of the queue. */
export interface ActiveRun {
  readonly name: string;
  readonly baseline: GitId;
  readonly kind: 'workspace' | 'temp';
  /** The folder it runs in: absolute. */
  readonly root: string;
  /** Milliseconds since 1970. */
  readonly startedAt: number;
  readonly owner: Owner;
}

const folderOf = (repo: Repo): string => path.join(repo.privateDir, 'exps', 'active');

/** Tells runs outside of the queue apart. */
export const runKey = ({ kind, owner, name }: Pick<ActiveRun, 'kind' | 'owner' | 'name'>): string =>
  `${kind}-${owner.pid}-${name}`;

/** Says that an experiment runs, until it is disposed or this process ends. @param rules Its stop rules, as texts */
export function announceRun(
  repo: Repo,
  run: Omit<ActiveRun, 'startedAt' | 'owner'>,
  rules: readonly string[] = [],
): Disposable & { readonly key: string } {
  const file = path.join(folderOf(repo), `${process.pid}-${randomBytes(4).toString('hex')}.json`);
  fs.mkdirSync(path.dirname(file), { recursive: true });
  const active: ActiveRun = { ...run, startedAt: Date.now(), owner: thisOwner() };
  const [key, store] = [runKey(active), new StopRuleStore(repo)];
  writeAtomic(file, JSON.stringify(active));
  store.forgetDead(activeRuns(repo).map(runKey));
  store.set(key, rules);
  return {
    key,
    [Symbol.dispose]: () => {
      fs.rmSync(file, { force: true });
      store.forget(key);
    },
  };
}

/** What runs now, by any process of this machine. */
export function activeRuns(repo: Repo): ActiveRun[] {
  let names: string[];
  try {
    names = fs.readdirSync(folderOf(repo));
  } catch (error) {
    if (errnoOf(error) === undefined) throw error;
    return [];
  }
  return names.flatMap((name) => {
    const file = path.join(folderOf(repo), name);
    try {
      const run = JSON.parse(fs.readFileSync(file, 'utf8')) as ActiveRun;
      if (livenessOf(run.owner) !== 'dead') return [run];
      fs.rmSync(file, { force: true });
    } catch (error) {
      if (!(error instanceof SyntaxError) && errnoOf(error) === undefined) throw error;
    }
    return [];
  });
}
