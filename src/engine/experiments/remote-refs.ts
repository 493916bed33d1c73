import { DvcError } from '../core/errors.ts';
import type { Git, GitId } from '../git/git.ts';
import { EXPERIMENTS, type Experiment, parseExperimentRef } from './refs.ts';

/** Refs of another Git repository, by a remote's name or a URL. @throws `git-failed` */
export async function remoteRefs(git: Git, remote: string, prefix: string): Promise<{ name: string; id: GitId }[]> {
  requireRemote(remote);
  const answer = await git.run(['ls-remote', '--refs', '--', remote, `${prefix}*`], { asUser: true });
  return answer
    .toString()
    .split('\n')
    .flatMap((line) => {
      const [id = '', name = ''] = line.split('\t');
      return name.startsWith(prefix) ? [{ name, id }] : [];
    });
}

/** Experiments of another Git repository, sorted by ref name. @throws `git-failed` */
export async function remoteExperiments(git: Git, remote: string): Promise<Experiment[]> {
  return (await remoteRefs(git, remote, EXPERIMENTS)).flatMap(({ name, id }) => {
    const found = parseExperimentRef(name);
    return found ? [{ ...found, rev: id }] : [];
  });
}

/** Git takes what begins with a dash for an option, and what names a helper for a program to run. */
export function requireRemote(remote: string): void {
  if (remote.startsWith('-') || /^[\w-]+::/.test(remote))
    throw new DvcError('usage', `'${remote}' is not a valid Git remote or URL`, {
      hint: 'Name a remote of `git remote`, or give its URL.',
      exitCode: 255,
    });
}
