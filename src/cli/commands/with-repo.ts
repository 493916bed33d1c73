import type { OpContext } from '../../engine/core/op-context.ts';
import { type OpenOptions, Repo } from '../../engine/repo.ts';
import type { CliIo } from '../io.ts';

/** Of verbs that read files wherever they lie, in no repository too. */
export const ANYWHERE = { uninitialized: true } as const;

/**
 * Opens the repository around the current folder for one verb, and closes it whatever happens.
 *
 * @param options {@link ANYWHERE}, or nothing
 */
export async function withRepo<T>(
  io: CliIo,
  work: (repo: Repo, ctx: OpContext) => Promise<T>,
  options: Pick<OpenOptions, 'uninitialized'> = {},
): Promise<T> {
  const ctx = io.context();
  await using repo = await Repo.open(ctx.cwd, ctx, { waitForLock: io.waitForLock, ...options });
  for (const warning of repo.config.warnings) io.warn(warning);
  return await work(repo, ctx);
}
