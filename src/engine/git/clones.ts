import { createHash } from 'node:crypto';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { DvcError, fromErrno, gitFailed } from '../core/errors.ts';
import { checkAborted, type OpContext, say } from '../core/op-context.ts';
import { redactUrl } from '../core/redact.ts';
import { exists } from '../platform/exists.ts';
import { sweepOnce, tempName } from '../platform/temp-name.ts';
import type { Git } from './git.ts';
import { openGit } from './git-cli.ts';
import { type GitRun, runGit } from './git-process.ts';

/** Ways to another repository that Git may take: none that starts a program of the URL's choice. */
const PROTOCOLS = 'file:git:http:https:ssh';
/** Settings against what a repository could bring along: hooks, monitors, other repositories inside it. */
const SAFE = ['-c', 'core.hooksPath=/dev/null', '-c', 'core.fsmonitor=false', '-c', 'protocol.ext.allow=never'];
const COMMIT_ID = /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/;

/** Clones that were brought up to date for one command, whose signal they are kept by. */
const fresh = new WeakMap<AbortSignal, Map<string, Promise<void>>>();

/**
 * A private copy of another repository, without a work tree, for reading. It is brought up to date unless it has the wanted commit.
 *
 * @param folder Where such copies are kept. @param rev What has to be known: a branch, a tag, a commit; the default branch unless told.
 * @throws `git-failed` where the repository cannot be reached, `usage` for a URL that would start a program
 */
export async function openClone(url: string, folder: string, rev: string | undefined, ctx: OpContext): Promise<Git> {
  refuseUnsafe(url);
  const clone = path.join(folder, createHash('md5').update(url).digest('hex'));
  const known = exists(path.join(clone, '.git', 'HEAD')) ? openGit(clone, ctx.signal) : undefined;
  if (known && rev !== undefined && COMMIT_ID.test(rev) && (await hasCommit(known, rev))) return known;
  known?.close();
  let ready = fresh.get(ctx.signal);
  if (!ready) fresh.set(ctx.signal, (ready = new Map()));
  let work = ready.get(clone);
  if (!work) ready.set(clone, (work = known ? refresh(url, clone, ctx) : makeClone(url, clone, ctx)));
  await work.catch((error: unknown) => {
    ready.delete(clone);
    throw error;
  });
  const git = openGit(clone, ctx.signal);
  if (!git) throw gitFailed('clone', `'${clone}' is no repository`);
  return git;
}

/** `helper::address` starts a program called `git-remote-helper`; a leading dash is an option. */
function refuseUnsafe(url: string): void {
  if (!/^-|^[a-z0-9+.-]+::|[\0\r\n]/i.test(url)) return;
  throw new DvcError('usage', `'${redactUrl(url)}' is no address of a repository that may be opened.`, {
    hint: 'Name a folder, or a URL that begins with https:// or ssh://.',
    exitCode: 1,
  });
}

async function hasCommit(git: Git, id: string): Promise<boolean> {
  try {
    return (await git.resolve(id)) === id;
  } catch (error) {
    if (DvcError.is(error, 'unknown-revision')) return false;
    throw error;
  }
}

/** The clone appears whole, under its name. */
async function makeClone(url: string, clone: string, ctx: OpContext): Promise<void> {
  const parent = path.dirname(clone);
  const temp = path.join(parent, tempName());
  try {
    fs.mkdirSync(parent, { recursive: true, mode: 0o700 });
    sweepOnce(parent);
    fs.mkdirSync(temp, { mode: 0o700 });
    say(ctx, `Cloning '${redactUrl(url)}'`);
    await run(url, temp, ['clone', '--bare', '--quiet', '--template=', '--', url, path.join(temp, '.git')], ctx);
    checkAborted(ctx.signal);
    fs.rmSync(clone, { recursive: true, force: true });
    fs.renameSync(temp, clone);
  } catch (error) {
    throw fromErrno(error, 'write', clone);
  } finally {
    fs.rmSync(temp, { recursive: true, force: true });
  }
}

const REFS = ['+refs/heads/*:refs/heads/*', '+refs/tags/*:refs/tags/*'];

async function refresh(url: string, clone: string, ctx: OpContext): Promise<void> {
  const fetch = ['fetch', '--quiet', '--prune', '--no-recurse-submodules', '--no-auto-maintenance', '--', url, ...REFS];
  await run(url, clone, fetch, ctx);
  const answer = (await run(url, clone, ['ls-remote', '--symref', '--', url, 'HEAD'], ctx)).toString();
  const branch = /^ref: (refs\/heads\/\S+)\tHEAD$/m.exec(answer)?.[1];
  if (branch !== undefined) await run(url, clone, ['symbolic-ref', 'HEAD', branch], ctx);
}

/** Experiments are fetched only where a name is none of a branch or a tag. @returns whether there may be any */
export async function fetchExperiments(git: Git, url: string, ctx: OpContext): Promise<void> {
  refuseUnsafe(url);
  await run(url, git.root, ['fetch', '--quiet', '--no-recurse-submodules', '--', url, '+refs/exps/*:refs/exps/*'], ctx);
}

async function run(url: string, folder: string, args: readonly string[], ctx: OpContext): Promise<Buffer> {
  const place = { root: folder, gitDir: path.join(folder, '.git') };
  // The user's own settings hold: proxies, ways of signing in, shortcuts for hosts.
  const how: GitRun = { signal: ctx.signal, asUser: true, env: { GIT_ALLOW_PROTOCOL: PROTOCOLS } };
  try {
    return await runGit(place, [...SAFE, ...args], how);
  } catch (error) {
    if (!DvcError.is(error, 'git-failed')) throw error;
    const reason = redactUrl(String(error.data['reason'] ?? error.message));
    throw cannotReach(url, reason, error);
  }
}

function cannotReach(url: string, reason: string, cause: unknown): DvcError {
  const lines = reason.split('\n').filter((line) => line.trim() !== '');
  const telling = lines.find((line) => /^(fatal|error|ssh|remote|.*: Permission denied)/i.test(line)) ?? lines[0] ?? '';
  return new DvcError(
    'git-failed',
    `Failed to clone repo '${redactUrl(url)}': ${telling.replace(/^(fatal|error): /i, '').trim()}`,
    {
      hint: `Check the address and your access to it: \`git ls-remote ${redactUrl(url)}\` has to work.`,
      exitCode: 1,
      retryable: true,
      cause,
      data: { url: redactUrl(url), reason },
    },
  );
}
