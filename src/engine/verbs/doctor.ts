import * as fs from 'node:fs';
import * as path from 'node:path';
import { DvcError } from '../core/errors.ts';
import type { OpContext } from '../core/op-context.ts';
import { gitVersion } from '../git/git-version.ts';
import { formatBytes } from '../platform/disk-space.ts';
import { fileLock } from '../platform/lock.ts';
import { type FolderTraits, findProgram, probeFolder } from '../platform/probes.ts';
import type { Repo } from '../repo.ts';
import { examine, type PlaceFacts, type RemoteFacts, type RepoFacts } from './examine.ts';
import { HOOKS } from './install.ts';

/** One thing looked at, and what was found. */
export interface DoctorCheck {
  readonly id: string;
  readonly title: string;
  readonly status: 'ok' | 'warning' | 'error';
  /** One sentence, or two. */
  readonly detail: string;
  /** What would mend it: for a button, and as a command line. */
  readonly fix?: { readonly label: string; readonly command: string };
}

export interface DoctorReport {
  readonly checks: readonly DoctorCheck[];
}

/** Below this the next big `add` may fail: bytes. */
const LITTLE_SPACE = 1024 ** 3;
/** Between the clocks of this machine and of its file system: ms. */
const CLOCK_TOLERANCE = 2000;

/** Looks at what a repository stands on: disks, links, locks, Git, remotes, leftovers. Reads no data; writes scratch names only. */
export async function doctor(repo: Repo, ctx: OpContext): Promise<DoctorReport> {
  const facts = await examine(repo, ctx);
  const traits = repo.trusted ? probeFolder(fs.existsSync(repo.tmpDir) ? repo.tmpDir : repo.dvcDir) : undefined;
  return {
    checks: [
      configCheck(repo),
      spaceCheck('workspace', 'Workspace', facts.workspace),
      ...cacheChecks(facts.cache),
      linksCheck(facts),
      namesCheck(traits),
      clockCheck(traits),
      await lockCheck(repo, ctx),
      ...(await gitChecks(repo, ctx)),
      ...remoteChecks(facts.remotes),
      leftoversCheck(repo),
      ignoreCheck(repo),
    ],
  };
}

function configCheck({ config }: Repo): DoctorCheck {
  const [id, title] = ['config', 'Configuration'];
  if (config.warnings.length === 0) return { id, title, status: 'ok', detail: 'Every option is understood.' };
  return { id, title, status: 'warning', detail: `${config.warnings.join('. ')}.` };
}

function spaceCheck(id: string, title: string, { path: at, free, fileSystem, writable }: PlaceFacts): DoctorCheck {
  const where = `'${at}'${fileSystem === undefined ? '' : ` (${fileSystem})`}`;
  if (!writable) return { id, title, status: 'error', detail: `${where} cannot be written to.` };
  if (free === undefined) return { id, title, status: 'ok', detail: `${where} does not say how much space is free.` };
  const little = free < LITTLE_SPACE;
  return { id, title, status: little ? 'warning' : 'ok', detail: `${where} has ${formatBytes(free)} free.` };
}

function cacheChecks(cache: PlaceFacts): DoctorCheck[] {
  const space = spaceCheck('cache', 'Cache', cache);
  if (!cache.exists) return [space];
  const refused = foldersRefused(path.join(cache.path, 'files', 'md5'));
  const permissions = { id: 'cache-permissions', title: 'Cache permissions' };
  if (refused.length === 0)
    return [space, { ...permissions, status: 'ok', detail: 'All its folders can be written to.' }];
  return [
    space,
    {
      ...permissions,
      status: 'error',
      detail: `${refused.length} of its folders cannot be written to, such as '${refused[0]}'. Another user may have made them.`,
      fix: { label: 'Share the cache with the group', command: 'lode config cache.shared group' },
    },
  ];
}

function foldersRefused(root: string): string[] {
  const names = namesIn(root).filter((name) => /^[0-9a-f]{2}$/.test(name));
  return [root, ...names.map((name) => path.join(root, name))].filter((folder) => {
    try {
      fs.accessSync(folder, fs.constants.W_OK | fs.constants.X_OK);
      return false;
    } catch {
      return fs.existsSync(folder);
    }
  });
}

function linksCheck({ cache, linkTypes, usableLinkTypes, possibleLinkTypes }: RepoFacts): DoctorCheck {
  const [id, title] = ['links', 'Links'];
  if (!cache.exists) return { id, title, status: 'ok', detail: 'They are tried once there is a cache.' };
  const used = usableLinkTypes[0];
  const configured = `cache.type is ${linkTypes.join(',')}; here ${possibleLinkTypes.join(', ') || 'nothing'} can be used`;
  if (used === undefined)
    return {
      id,
      title,
      status: 'error',
      detail: `${configured}, so data cannot be checked out.`,
      fix: { label: 'Use links that work', command: 'lode config --unset cache.type' },
    };
  if (used !== 'copy') return { id, title, status: 'ok', detail: `${configured}: files are made as ${used}s.` };
  return { id, title, status: 'ok', detail: `${configured}: files are copies, so data takes its space twice.` };
}

function namesCheck(traits: FolderTraits | undefined): DoctorCheck {
  const [id, title] = ['names', 'File names'];
  if (traits?.foldsCase)
    return {
      id,
      title,
      status: 'warning',
      detail:
        "Upper and lower case are the same here: data with files 'A' and 'a' in one folder cannot be checked out whole.",
    };
  return { id, title, status: 'ok', detail: traits ? 'Upper and lower case are told apart.' : 'Not tried.' };
}

function clockCheck(traits: FolderTraits | undefined): DoctorCheck {
  const [id, title] = ['clock', 'Clock'];
  if (!traits) return { id, title, status: 'ok', detail: 'Not tried.' };
  if (Math.abs(traits.clockAhead) > CLOCK_TOLERANCE) {
    const seconds = Math.round(Math.abs(traits.clockAhead) / 1000);
    return {
      id,
      title,
      status: 'warning',
      detail: `The file system's clock is ${seconds} s ${traits.clockAhead > 0 ? 'ahead of' : 'behind'} this machine's.`,
    };
  }
  if (traits.coarseTimes)
    return {
      id,
      title,
      status: 'warning',
      detail: 'File times are whole seconds: files that were changed moments ago are read again each time.',
    };
  return { id, title, status: 'ok', detail: 'File times are fine enough to see every change.' };
}

async function lockCheck(repo: Repo, ctx: OpContext): Promise<DoctorCheck> {
  const [id, title] = ['lock', 'Lock'];
  if (!repo.trusted) return { id, title, status: 'ok', detail: 'Not tried.' };
  try {
    const hardlink = repo.config.core.hardlinkLock;
    const held = await fileLock(path.join(repo.tmpDir, 'lock'), { timeoutMs: 0, hardlink }, ctx);
    held.release();
    return { id, title, status: 'ok', detail: 'Nobody holds it.' };
  } catch (error) {
    if (!DvcError.is(error) || error.code === 'cancelled') throw error;
    if (error.code !== 'lock-held') return { id, title, status: 'error', detail: error.message };
    return { id, title, status: 'warning', detail: error.hint ?? 'Another process holds it.' };
  }
}

async function gitChecks(repo: Repo, ctx: OpContext): Promise<DoctorCheck[]> {
  const [id, title] = ['git', 'Git'];
  if (repo.config.core.noScm || !repo.trusted)
    return [{ id, title, status: 'ok', detail: 'Not used: older versions of the data cannot be named.' }];
  const version = await gitVersion(ctx.signal);
  if (version === undefined)
    return [
      { id, title, status: 'error', detail: 'The git program was not found. Install it, and see that it is on PATH.' },
    ];
  if (!repo.git.present)
    return [
      {
        id,
        title,
        status: 'error',
        detail: 'The repository was made inside a Git repository, and there is none around it now.',
        fix: { label: 'Do without Git', command: 'lode config core.no_scm true' },
      },
    ];
  const branch = repo.git.branch();
  const detail = `Version ${version}, ${branch === undefined ? 'no branch is checked out' : `on the branch ${branch}`}.`;
  return [{ id, title, status: 'ok', detail }, await hooksCheck(repo)];
}

async function hooksCheck(repo: Repo): Promise<DoctorCheck> {
  const [id, title] = ['hooks', 'Git hooks'];
  const folder = await repo.git.hooksDir();
  const callers = HOOKS.map((name) => ({
    name,
    program: /\b(lode|dvc) git-hook\b/.exec(textOf(path.join(folder, name)))?.[1],
  }));
  const installed = callers.filter(({ program }) => program !== undefined);
  if (installed.length === 0)
    return {
      id,
      title,
      status: 'ok',
      detail: 'None is installed: data does not follow when Git switches branches.',
      fix: { label: 'Install hooks', command: 'lode install' },
    };
  const programs = [...new Set(installed.map(({ program }) => program as string))];
  const lost = programs.find((program) => findProgram(program) === undefined);
  if (lost !== undefined)
    return {
      id,
      title,
      status: 'error',
      detail: `They call '${lost}', which is not on PATH: Git will refuse to commit and to push.`,
    };
  const names = installed.map(({ name }) => name).join(', ');
  return { id, title, status: 'ok', detail: `Installed: ${names}; they call ${programs.join(' and ')}.` };
}

function remoteChecks(remotes: readonly RemoteFacts[]): DoctorCheck[] {
  if (remotes.length === 0)
    return [
      {
        id: 'remotes',
        title: 'Remotes',
        status: 'ok',
        detail: 'There is none: the data is on this machine only.',
        fix: { label: 'Add a remote', command: 'lode remote add -d <name> <url>' },
      },
    ];
  const checks = remotes.map(remoteCheck);
  if (remotes.some(({ isDefault }) => isDefault)) return checks;
  return [
    ...checks,
    {
      id: 'remotes',
      title: 'Remotes',
      status: 'warning',
      detail: 'None of them is the default one.',
      fix: { label: 'Choose the default', command: `lode remote default ${remotes[0]?.name ?? '<name>'}` },
    },
  ];
}

function remoteCheck({ name, url, isDefault, place, problem }: RemoteFacts): DoctorCheck {
  const [id, title] = [`remote ${name}`, `Remote ${name}${isDefault ? ' (default)' : ''}`];
  if (problem !== undefined) return { id, title, status: 'error', detail: problem };
  if (!place) return { id, title, status: 'ok', detail: `'${url}' is asked when data is pushed or pulled.` };
  if (place.exists) return spaceCheck(id, title, place);
  const detail = `'${url}' is not there: the first push makes it, unless a disk or a share is not connected.`;
  return { id, title, status: 'warning', detail, fix: { label: 'Push', command: `lode push -r ${name}` } };
}

function leftoversCheck(repo: Repo): DoctorCheck {
  const [id, title] = ['leftovers', 'Leftovers'];
  const quarantine = path.join(repo.privateDir, 'quarantine');
  const damaged = namesIn(quarantine);
  if (damaged.length === 0) return { id, title, status: 'ok', detail: 'No damaged objects were set aside.' };
  const bytes = damaged.reduce(
    (total, name) => total + (fs.statSync(path.join(quarantine, name), { throwIfNoEntry: false })?.size ?? 0),
    0,
  );
  return {
    id,
    title,
    status: 'warning',
    detail:
      `${damaged.length} damaged ${damaged.length === 1 ? 'object' : 'objects'} (${formatBytes(bytes)}) were set aside in ` +
      `'${quarantine}'. Delete them once nothing is missed.`,
    fix: { label: 'Verify the cache', command: 'lode cache verify' },
  };
}

/** What `init` makes Git ignore, and must stay so: secrets, locks, data. */
const PRIVATE = ['/config.local', '/tmp', '/cache'] as const;

function ignoreCheck(repo: Repo): DoctorCheck {
  const [id, title] = ['gitignore', '.dvc/.gitignore'];
  const lines = textOf(path.join(repo.dvcDir, '.gitignore')).split(/\r?\n/);
  const absent = PRIVATE.filter((line) => !lines.includes(line));
  if (!repo.git.present || absent.length === 0)
    return { id, title, status: 'ok', detail: 'Private files stay out of Git.' };
  return {
    id,
    title,
    status: 'warning',
    detail: `${absent.join(', ')} ${absent.length === 1 ? 'is' : 'are'} not in it: Git may pick up secrets or data.`,
  };
}

function namesIn(folder: string): string[] {
  try {
    return fs.readdirSync(folder);
  } catch {
    return [];
  }
}

function textOf(file: string): string {
  try {
    return fs.readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}
