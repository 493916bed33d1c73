import * as fs from 'node:fs';
import { DvcError } from '../core/errors.ts';
import { type OpContext, say, warn } from '../core/op-context.ts';
import { type Env, switchOf } from '../experiments/run-env.ts';
import type { Repo } from '../repo.ts';
import { expPush } from './exp-share.ts';

/** Where experiments go by themselves; undefined where they do not (`exp.auto_push`, `exp.git_remote`, and DVC's variables for both). */
function autoPushRemote(repo: Repo, env: Env): string | undefined {
  if (!switchOf(env, 'DVC_EXP_AUTO_PUSH', repo.config.flag('exp', 'auto_push', false))) return undefined;
  return env['DVC_EXP_GIT_REMOTE'] ?? repo.config.get('exp', 'git_remote')?.toString() ?? 'origin';
}

/** Sends a new experiment, its data and the runs' cache to the remotes that the configuration names. What goes wrong is a warning. */
export async function autoPush(repo: Repo, name: string, ctx: OpContext, env: Env = process.env): Promise<void> {
  const remote = autoPushRemote(repo, env);
  if (remote === undefined) return;
  const missing = await missingRemote(repo, remote);
  if (missing !== undefined) {
    warn(ctx, `Failed to validate remotes. Disabling auto push: ${missing}`);
    return;
  }
  say(ctx, `Pushing experiment to '${remote}'. Cancel with CTRL+C.`);
  try {
    await expPush(repo, remote, { names: [name], runCache: true }, ctx);
  } catch (error) {
    if (!DvcError.is(error) || error.code === 'cancelled') throw error;
    warn(
      ctx,
      `Something went wrong while auto pushing experiment to the remote '${remote}': ${error.message}\nRun \`lode exp push ${remote} ${name}\` to try again.`,
    );
  }
}

/** Why nothing can be pushed; undefined where it can be tried. */
async function missingRemote(repo: Repo, remote: string): Promise<string | undefined> {
  const names = (await repo.git.run(['remote'])).toString().split('\n');
  const isUrl = /^[\w+-]+:\/\/|^[^/]+@[^/]+:/.test(remote);
  if (!names.includes(remote) && !isUrl && !fs.existsSync(remote))
    return `'${remote}' is not a valid Git remote or URL`;
  return repo.config.defaultRemote === undefined
    ? 'no default remote is set: run `lode remote default NAME`'
    : undefined;
}
