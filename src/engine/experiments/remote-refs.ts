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

/** What became of a ref on its way. */
export type RefOutcome = 'done' | 'up-to-date' | 'diverged';

/**
 * Sends refs to another repository: `from:to`, or `:to` to remove one.
 *
 * @returns by name on the other side. @throws `git-failed`
 */
export async function pushRefs(
  git: Git,
  remote: string,
  refspecs: readonly string[],
  { force }: { readonly force: boolean },
): Promise<Map<string, RefOutcome>> {
  const outcomes = new Map<string, RefOutcome>();
  if (refspecs.length === 0) return outcomes;
  requireRemote(remote);
  const args = ['push', '--porcelain', '--no-verify', ...(force ? ['--force'] : []), '--', remote, ...refspecs];
  const answer = (await git.run(args, { asUser: true, accept: [1] })).toString();
  for (const line of answer.split('\n')) {
    const [, flag = '', to = '', summary = ''] = /^([ +*=!-])\t[^:\t]*:([^\t]+)\t(.*)$/.exec(line) ?? [];
    if (to === '') continue;
    if (flag !== '!') outcomes.set(to, flag === '=' ? 'up-to-date' : 'done');
    else if (/fetch first|non-fast-forward|already exists|stale info/.test(summary)) outcomes.set(to, 'diverged');
    else throw refused(remote, to, summary);
  }
  if (outcomes.size === 0) throw refused(remote, refspecs[0] ?? '', 'it could not be reached, or took nothing');
  return outcomes;
}

/** Brings experiments of another repository. One that is another one here stays, unless `force`. @throws `git-failed` */
export async function fetchRefs(
  git: Git,
  remote: string,
  experiments: readonly Experiment[],
  { force }: { readonly force: boolean },
): Promise<Map<string, RefOutcome>> {
  const known = new Map((await git.refs(EXPERIMENTS)).map(({ name, id }) => [name, id]));
  const outcomes = new Map<string, RefOutcome>();
  const wanted: Experiment[] = [];
  for (const one of experiments) {
    const here = known.get(one.ref);
    if (here === one.rev) outcomes.set(one.ref, 'up-to-date');
    else if (here === undefined || force) wanted.push(one);
    else outcomes.set(one.ref, 'diverged');
  }
  if (wanted.length > 0) {
    const refspecs = wanted.map(({ ref }) => `+${ref}:${ref}`);
    await git.run(['fetch', '--quiet', '--no-tags', '--no-write-fetch-head', '--', remote, ...refspecs], {
      asUser: true,
    });
    for (const { ref } of wanted) outcomes.set(ref, 'done');
  }
  return outcomes;
}

const refused = (remote: string, ref: string, why: string) =>
  new DvcError('git-failed', `'${remote}' has not taken '${ref}': ${why}`, {
    hint: 'Try `git push` to the same remote.',
  });
