import { l10n } from 'vscode';
import type { DoctorCheck, PlaceFacts, RemoteFacts, RepoFacts } from '../../engine/index.ts';
import type { Check, DoctorCommand, DoctorPage, Fix, Health } from '../../protocol/doctor-page.ts';
import { formatBytes, formatCount, formatFiles } from '../format.ts';
import type { RepoSnapshot } from '../snapshot.ts';
import type { Examination } from './doctor-examination.ts';

/** Below this much free space the next big `add` may fail. Bytes. */
const LITTLE_SPACE = 5e9;

/** What the page shows: a pure function of what was found. */
export function doctorPage(found: readonly Examination[]): DoctorPage {
  const sections = found.map((one) => ({ title: one.name, checks: checksOf(one) }));
  const bad = sections
    .flatMap(({ checks }) => checks)
    .filter(({ health }) => health === 'problem' || health === 'warning');
  return {
    heading: l10n.t('Doctor'),
    summary: summaryOf(found.length, bad.length),
    detailsLabel: l10n.t('Details'),
    refreshLabel: l10n.t('Look Again'),
    copyLabel: l10n.t('Copy Report'),
    sections,
  };
}

function summaryOf(repositories: number, bad: number): string {
  if (repositories === 0) return l10n.t('There is no DVC repository in this window.');
  if (bad === 0) return l10n.t('All is well.');
  return bad === 1 ? l10n.t('One thing needs a look.') : l10n.t('{0} things need a look.', bad);
}

/** Checks of the engine that the page has no words of its own for; Git hooks are for those who work in a terminal. */
const FROM_ENGINE = ['config', 'cache-permissions', 'names', 'clock', 'lock', 'leftovers', 'gitignore'];

const FIXES: Readonly<Record<string, DoctorCommand>> = {
  'lode config cache.shared group': 'lode.shareCache',
  'lode cache verify': 'lode.cacheVerify',
};

/** A check as the engine reports it, in the command line's words. */
function engineCheck({ id, title, status, detail, fix: mend }: DoctorCheck): Check {
  const health = status === 'ok' ? 'good' : status === 'warning' ? 'warning' : 'problem';
  const command = mend && FIXES[mend.command];
  return check(id, title, health, detail, mend && command ? { fixes: [fix(mend.label, command)] } : {});
}

function checksOf({ root, trusted, snapshot, facts, engineChecks }: Examination): Check[] {
  if (!trusted)
    return [
      check('trust', l10n.t('Trust'), 'note', l10n.t('Restricted Mode: tracked data is shown, nothing is run.'), {
        fixes: [fix(l10n.t('Manage Workspace Trust'), 'workbench.trust.manage')],
      }),
    ];
  const repository = repositoryCheck(root, snapshot);
  if (!facts) return [repository];
  return [
    repository,
    dataCheck(snapshot),
    spaceCheck('workspace', l10n.t('Workspace'), facts.workspace),
    cacheCheck(facts.cache),
    linkCheck(facts),
    gitCheck(facts),
    ...remoteChecks(facts.remotes),
    ...engineChecks.filter(({ id }) => FROM_ENGINE.includes(id)).map(engineCheck),
  ];
}

function repositoryCheck(root: string, { phase, problem, outputs }: RepoSnapshot): Check {
  const title = l10n.t('Repository');
  if (phase === 'failed')
    return check('repository', title, 'problem', problem ?? l10n.t('It cannot be read.'), {
      details: [root],
      fixes: [fix(l10n.t('Show Log'), 'lode.showLog'), fix(l10n.t('Read Again'), 'lode.refresh')],
    });
  const count = l10n.t('{0} files and folders are tracked.', formatCount(outputs.length));
  return check('repository', title, 'good', outputs.length === 1 ? l10n.t('One file or folder is tracked.') : count, {
    details: [root],
  });
}

function dataCheck({ changes }: RepoSnapshot): Check {
  const title = l10n.t('Data');
  const files = (list: readonly { isFolder: boolean }[]): number => list.filter(({ isFolder }) => !isFolder).length;
  const absent = files(changes.notInCache);
  if (absent > 0)
    return check('data', title, 'warning', l10n.t('{0} are not in the cache.', formatFiles(absent)), {
      details: changes.notInCache.slice(0, 50).map(({ path }) => path),
      fixes: [fix(l10n.t('Pull'), 'lode.pull'), fix(l10n.t('Verify the Cache'), 'lode.cacheVerify')],
    });
  const changed = files(changes.uncommitted);
  if (changed > 0)
    return check('data', title, 'note', l10n.t('{0} changed since the last commit of data.', formatFiles(changed)), {
      fixes: [fix(l10n.t('Commit Data'), 'lode.commit')],
    });
  return check('data', title, 'good', l10n.t('Everything tracked is in the cache.'), {
    fixes: [fix(l10n.t('Verify the Cache'), 'lode.cacheVerify')],
  });
}

function spaceCheck(id: string, title: string, { path, free, fileSystem, writable }: PlaceFacts): Check {
  const details = [path, ...(fileSystem === undefined ? [] : [fileSystem])];
  if (!writable) return check(id, title, 'warning', l10n.t('It cannot be written to.'), { details });
  if (free === undefined) return check(id, title, 'note', l10n.t('How much space is free is not known.'), { details });
  const finding = l10n.t('{0} free.', formatBytes(free));
  return check(id, title, free < LITTLE_SPACE ? 'warning' : 'good', finding, { details });
}

function cacheCheck(cache: PlaceFacts): Check {
  const title = l10n.t('Cache');
  if (cache.exists) return spaceCheck('cache', title, cache);
  return check('cache', title, 'note', l10n.t('There is none yet; the first tracked file makes it.'), {
    details: [cache.path],
  });
}

function linkCheck({ cache, linkTypes, usableLinkTypes, possibleLinkTypes }: RepoFacts): Check {
  const title = l10n.t('Links');
  const details = [
    l10n.t('Configured: {0}', linkTypes.join(', ')),
    l10n.t('Work here: {0}', possibleLinkTypes.join(', ') || l10n.t('unknown')),
  ];
  if (!cache.exists) return check('links', title, 'note', l10n.t('Known once there is a cache.'), { details });
  const used = usableLinkTypes[0];
  if (used === 'reflink')
    return check('links', title, 'good', l10n.t('Files share their bytes with the cache until they are edited.'), {
      details,
    });
  if (used === 'hardlink' || used === 'symlink')
    return check(
      'links',
      title,
      'good',
      l10n.t('Files are links to the cache, and read-only. “Unprotect” makes one editable.'),
      { details },
    );
  const better = possibleLinkTypes.find((type) => type !== 'copy');
  const finding =
    better === undefined
      ? l10n.t('Files are copies of the cache: tracked data takes its space twice.')
      : l10n.t(
          'Files are copies of the cache: tracked data takes its space twice. Links of the type “{0}” would save that.',
          better,
        );
  const fixes = better === undefined ? [] : [fix(l10n.t('Use Links…'), 'lode.useLinks')];
  return check('links', title, better === undefined ? 'note' : 'warning', finding, { details, fixes });
}

function gitCheck({ gitRoot, branch }: RepoFacts): Check {
  const title = l10n.t('Git');
  if (gitRoot === undefined)
    return check('git', title, 'note', l10n.t('Not used: older versions of the data cannot be named.'));
  const finding = branch === undefined ? l10n.t('No branch is checked out.') : l10n.t('On the branch {0}.', branch);
  return check('git', title, 'good', finding, { details: [gitRoot] });
}

function remoteChecks(remotes: readonly RemoteFacts[]): Check[] {
  if (remotes.length === 0)
    return [
      check('remotes', l10n.t('Remotes'), 'note', l10n.t('There is none: the data is on this machine only.'), {
        fixes: [fix(l10n.t('Add Remote…'), 'lode.remoteAdd')],
      }),
    ];
  const checks = remotes.map(remoteCheck);
  if (remotes.some(({ isDefault }) => isDefault)) return checks;
  return [
    ...checks,
    check('remotes', l10n.t('Remotes'), 'warning', l10n.t('None of them is the default one.'), {
      fixes: [fix(l10n.t('Choose the Default…'), 'lode.remoteDefault')],
    }),
  ];
}

function remoteCheck({ name, url, isDefault, place, problem }: RemoteFacts): Check {
  const id = `remote ${name}`;
  const title = isDefault ? l10n.t('Remote {0} (default)', name) : l10n.t('Remote {0}', name);
  const details = [url];
  if (problem !== undefined) return check(id, title, 'problem', problem, { details });
  if (!place) return check(id, title, 'note', l10n.t('It is asked when data is pushed or pulled.'), { details });
  if (!place.exists)
    return check(
      id,
      title,
      'note',
      l10n.t('The folder is not there: the first push makes it, unless a disk or a share is not connected.'),
      {
        details,
        fixes: [fix(l10n.t('Push'), 'lode.push')],
      },
    );
  return spaceCheck(id, title, place);
}

function check(
  id: string,
  title: string,
  health: Health,
  finding: string,
  more: { details?: readonly string[]; fixes?: readonly Fix[] } = {},
): Check {
  return {
    id,
    title,
    health,
    healthText: healthWord(health),
    finding,
    details: more.details ?? [],
    fixes: more.fixes ?? [],
  };
}

const fix = (label: string, command: DoctorCommand): Fix => ({ label, command });

function healthWord(health: Health): string {
  switch (health) {
    case 'good':
      return l10n.t('Good');
    case 'note':
      return l10n.t('Note');
    case 'warning':
      return l10n.t('Warning');
    case 'problem':
      return l10n.t('Problem');
    default:
      return unreachable(health);
  }
}

/** The page for a bug report. */
export function pageAsText({ heading, summary, sections }: DoctorPage): string {
  const lines = [`${heading}: ${summary}`];
  for (const { title, checks } of sections) {
    lines.push('', title);
    for (const one of checks) {
      lines.push(`  [${one.healthText}] ${one.title}: ${one.finding}`);
      for (const detail of one.details) lines.push(`      ${detail}`);
    }
  }
  return lines.join('\n');
}

function unreachable(health: never): never {
  throw new Error(`There is no word for ${String(health)}.`);
}
