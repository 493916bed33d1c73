import { configError } from '../core/errors.ts';
import type { OpContext } from '../core/op-context.ts';
import type { Repo } from '../repo.ts';
import { cloudStatus } from './cloud-status.ts';

/** What a push of commits does about data the remote lacks: takes it along, as DVC's hook does, stops, or leaves it be. */
export type PushGuardMode = 'push' | 'stop' | 'never';

export interface UnpushedData {
  readonly guard: PushGuardMode;
  /** With `stop`: paths whose data is in the cache and not on the remote. */
  readonly missing: readonly string[];
}

/** Reads `lode.pushGuard` of Git's configuration, which every clone has for itself, and asks the remote where that stops a push. */
export async function unpushedData(repo: Repo, ctx: OpContext): Promise<UnpushedData> {
  const guard = (await repo.git.config('lode.pushGuard')) ?? 'push';
  if (guard !== 'push' && guard !== 'stop' && guard !== 'never')
    throw configError(`lode.pushGuard is '${guard}'.`, {
      hint: 'Set it to push, stop or never: `git config lode.pushGuard stop`.',
    });
  if (guard !== 'stop' || repo.config.defaultRemote === undefined) return { guard, missing: [] };
  const status = await cloudStatus(repo, {}, ctx);
  const missing = [...status].flatMap(([path, word]) => (word === 'new' ? [path] : []));
  return { guard, missing };
}
