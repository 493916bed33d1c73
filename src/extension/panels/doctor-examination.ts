import type { DoctorCheck, RepoFacts } from '../../engine/index.ts';
import { loadEngine } from '../engine.ts';
import type { ExtensionLog } from '../log.ts';
import { quietContext } from '../op-context.ts';
import type { RepoModel } from '../repo-model.ts';
import type { RepoSnapshot } from '../snapshot.ts';

/** What is known of one repository when its part of the page is made. */
export interface Examination {
  readonly name: string;
  readonly root: string;
  readonly trusted: boolean;
  readonly snapshot: RepoSnapshot;
  /** Undefined where the repository cannot be opened, or must not be. */
  readonly facts: RepoFacts | undefined;
  /** What the engine's own doctor says of configuration, names, clock, locks and leftovers. */
  readonly engineChecks: readonly DoctorCheck[];
}

/** Looks at a repository's disk, links, locks, Git and remotes. Never rejects: what cannot be looked at is a finding itself. */
export async function examine(model: RepoModel, log: ExtensionLog): Promise<Examination> {
  const { name, root, trusted, snapshot } = model;
  if (!trusted) return { name, root, trusted, snapshot, facts: undefined, engineChecks: [] };
  try {
    const [engine, repo] = [await loadEngine(), await model.repo()];
    const ctx = quietContext(engine, log, root, new AbortController().signal);
    const [facts, { checks }] = [await engine.examine(repo, ctx), await engine.doctor(repo, ctx)];
    return { name, root, trusted, snapshot, facts, engineChecks: checks };
  } catch (error) {
    log.error(`${root} cannot be examined.`, error);
    return { name, root, trusted, snapshot, facts: undefined, engineChecks: [] };
  }
}
