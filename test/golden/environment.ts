import { spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as path from 'node:path';

const GIT_CONFIG = `[user]
\tname = Golden
\temail = golden@example.com
[init]
\tdefaultBranch = main
[core]
\tquotePath = false
\tautocrlf = false
[protocol "file"]
\tallow = always
[gc]
\tauto = 0
`;

/** The closed environment the cases were recorded in: own home, own Git and DVC configuration, fixed author and dates. */
export function closedEnvironment(top: string): NodeJS.ProcessEnv {
  const home = path.join(top, 'home');
  for (const folder of ['home', 'site', 'cfg']) fs.mkdirSync(path.join(top, folder), { recursive: true });
  const gitConfig = path.join(home, 'gitconfig');
  fs.writeFileSync(gitConfig, GIT_CONFIG);
  const inherited = Object.entries(process.env).filter(
    ([name]) => !/^(DVC|GIT_|LODE_)/.test(name) && name !== 'VIRTUAL_ENV' && name !== 'CI',
  );
  return {
    ...Object.fromEntries(inherited),
    HOME: home,
    XDG_CONFIG_HOME: home,
    XDG_CACHE_HOME: home,
    XDG_DATA_HOME: home,
    TZ: 'UTC',
    LC_ALL: 'C.UTF-8',
    LANG: 'C.UTF-8',
    CI: '1',
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_CONFIG_GLOBAL: gitConfig,
    GIT_AUTHOR_NAME: 'Golden',
    GIT_AUTHOR_EMAIL: 'golden@example.com',
    GIT_COMMITTER_NAME: 'Golden',
    GIT_COMMITTER_EMAIL: 'golden@example.com',
    GIT_AUTHOR_DATE: '1735689600 +0000',
    GIT_COMMITTER_DATE: '1735689600 +0000',
    GIT_CEILING_DIRECTORIES: top,
    GIT_TERMINAL_PROMPT: '0',
    DVC_NO_ANALYTICS: '1',
    DVC_SITE_CACHE_DIR: path.join(top, 'site'),
    DVC_GLOBAL_CONFIG_DIR: path.join(top, 'cfg', 'g'),
    DVC_SYSTEM_CONFIG_DIR: path.join(top, 'cfg', 's'),
    PYTHONDONTWRITEBYTECODE: '1',
  };
}

/** Runs git and gives its standard output; throws its standard error where it fails. */
export function git(cwd: string, env: NodeJS.ProcessEnv, args: readonly string[]): string {
  const done = spawnSync('git', args, { cwd, env, encoding: 'utf8', maxBuffer: 1 << 28 });
  if (done.status !== 0) throw new Error(`git ${args.join(' ')}: ${done.error?.message ?? done.stderr}`);
  return done.stdout;
}
