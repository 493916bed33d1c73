import type { OpContext } from '../../engine/core/op-context.ts';
import { Repo } from '../../engine/repo.ts';
import type { CliIo } from '../io.ts';

/** Opens the repository around the current folder for one verb, and closes it whatever happens. */
export async function withRepo<T>(io: CliIo, work: (repo: Repo, ctx: OpContext) => Promise<T>): Promise<T> {
  const ctx = io.context();
  await using repo = await Repo.open(ctx.cwd, ctx, { waitForLock: io.waitForLock });
  for (const warning of repo.config.warnings) io.warn(warning);
  return await work(repo, ctx);
}
