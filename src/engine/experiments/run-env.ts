import type { GitId } from '../git/git.ts';
import type { Repo } from '../repo.ts';

export type Env = Readonly<Record<string, string | undefined>>;

const STUDIO_URL = 'https://studio.datachain.ai';
/** As DVC reads switches of the environment: any text with one of these in it. */
const ON = /1|y|yes|true/i;

/** A switch of the environment, or what the configuration says where it is not set. */
export const switchOf = (env: Env, name: string, configured: boolean): boolean => {
  const value = env[name];
  return value === undefined ? configured : ON.test(value);
};

/**
 * The environment of an experiment's commands: what DVC and DVCLive tell them by.
 *
 * @param root Of the user's repository, wherever the commands run.
 * @param env What they would have otherwise.
 */
export async function experimentEnv(repo: Repo, name: string, baseline: GitId, root: string, env: Env): Promise<Env> {
  const own = { DVC_EXP_NAME: name, DVC_EXP_BASELINE_REV: baseline, DVC_ROOT: root };
  return { ...env, ...(await studioEnv(repo, env)), ...own };
}

/** Where DVCLive reports to, complete or not at all: a token, and the repository it is reported under. */
async function studioEnv(repo: Repo, env: Env): Promise<Env> {
  const configured = (option: string): string | undefined => {
    const value = repo.config.get('studio', option);
    return typeof value === 'string' && value !== '' ? value : undefined;
  };
  if (switchOf(env, 'DVC_STUDIO_OFFLINE', false) || configured('offline') === 'true') return {};
  const token = env['DVC_STUDIO_TOKEN'] || env['STUDIO_TOKEN'] || configured('token');
  if (!token) return {};
  const given = env['DVC_STUDIO_REPO_URL'] || env['STUDIO_REPO_URL'] || configured('repo_url');
  const url = given ?? (await repo.git.config('remote.origin.url'));
  if (!url) return {};
  return {
    DVC_STUDIO_REPO_URL: url,
    DVC_STUDIO_TOKEN: token,
    DVC_STUDIO_URL: env['DVC_STUDIO_URL'] || configured('url') || STUDIO_URL,
  };
}
