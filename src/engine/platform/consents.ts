import { createHash } from 'node:crypto';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { DvcError } from '../core/errors.ts';
import type { ConsentQuestion, OpContext } from '../core/op-context.ts';

/**
 * Whether what a repository's files name may be used: asked once for each place, and kept for this user. It lies with the user, and never
 * in a repository: one that was cloned or unpacked cannot bring it along.
 *
 * Where nobody can be asked, as in scripts, it may be used, as with DVC, unless `LODE_CONSENT=refuse` is in the environment.
 *
 * @param about The repository that names it. @throws `consent`
 */
export async function agree(about: string, question: ConsentQuestion, ctx: OpContext): Promise<void> {
  const file = consentFile();
  const key = keyOf(about, question);
  const refuses = process.env['LODE_CONSENT'] === 'refuse';
  if (!ctx.consent && !refuses) return;
  if (read(file).has(key)) return;
  if (refuses || !(await ctx.consent?.(question))) throw refused(question);
  remember(file, key);
}

/** The user has named the place, which is as good as an answer. */
export function agreed(about: string, question: ConsentQuestion): void {
  const file = consentFile();
  const key = keyOf(about, question);
  if (!read(file).has(key)) remember(file, key);
}

const keyOf = (about: string, { kind, place }: ConsentQuestion): string =>
  createHash('sha256')
    .update(JSON.stringify([about, kind, place]))
    .digest('hex');

const NAME = 'consents';

function consentFile({ env, platform } = process): string {
  if (platform === 'win32') return path.join(env['LOCALAPPDATA'] ?? os.homedir(), 'lode', NAME);
  if (platform === 'darwin') return path.join(os.homedir(), 'Library', 'Application Support', 'lode', NAME);
  const xdg = env['XDG_STATE_HOME'];
  return path.join(xdg && path.isAbsolute(xdg) ? xdg : path.join(os.homedir(), '.local', 'state'), 'lode', NAME);
}

/** What cannot be read is asked again. */
function read(file: string): ReadonlySet<string> {
  try {
    return new Set(fs.readFileSync(file, 'utf8').split('\n'));
  } catch {
    return new Set();
  }
}

/** A line is added at the end: two programs may do so at once. An answer that cannot be kept counts this once. */
function remember(file: string, key: string): void {
  try {
    fs.mkdirSync(path.dirname(file), { recursive: true, mode: 0o700 });
    fs.appendFileSync(file, `${key}\n`, { mode: 0o600 });
  } catch {}
}

const refused = ({ kind, place, by }: ConsentQuestion) =>
  new DvcError('consent', `'${by}' names ${WHAT[kind]} '${place}', which you have not agreed to use.`, {
    hint: 'Run the command in a terminal and answer its question, or import the data from there yourself.',
    exitCode: 1,
    data: { kind, place, by },
  });

const WHAT = {
  path: 'the path outside of this repository',
  address: 'the address',
  remote: 'as its remote',
} as const;
