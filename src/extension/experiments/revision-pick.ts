import { l10n, type QuickPickItem, QuickPickItemKind, window } from 'vscode';
import type { Repo } from '../../engine/index.ts';

/** A revision that was chosen: what the engine reads, and what people call it. */
export interface ChosenRevision {
  /** `workspace` or a commit's id. */
  readonly rev: string;
  readonly name: string;
}

/** A line of the choice; a heading where it is of kind separator. */
export interface RevisionItem extends QuickPickItem {
  readonly chosen: ChosenRevision | undefined;
}

const COMMITS = 50;

/** Everything that can be compared: the workspace, HEAD, branches, experiments, tags, recent commits. */
export async function revisionItems({ git }: Pick<Repo, 'git'>): Promise<RevisionItem[]> {
  const [refs, log] = [
    await git.refs('refs/'),
    (await git.run(['log', '-n', String(COMMITS), '--format=%H%x09%s%x09%cr'])).toString(),
  ];
  const commits = log
    .split('\n')
    .filter(Boolean)
    .map((line) => line.split('\t'));
  const subjects = new Map(commits.map(([id = '', subject = '']) => [id, subject]));
  const item = (name: string, id: string, description = ''): RevisionItem => ({
    label: name,
    description: [id.slice(0, 7), description || subjects.get(id)].filter(Boolean).join(' · '),
    chosen: { rev: id, name },
  });
  const named = (prefix: string): RevisionItem[] =>
    refs.flatMap(({ name, id }) => (name.startsWith(prefix) ? [item(name.slice(prefix.length), id)] : []));
  const experiments = refs.flatMap(({ name, id }) => {
    const [, found] = /^refs\/exps\/[0-9a-f]{2}\/[0-9a-f]{38,62}\/(.+)$/.exec(name) ?? [];
    return found === undefined ? [] : [item(found, id)];
  });
  const head = git.head();
  return [
    { label: l10n.t('Workspace'), chosen: { rev: 'workspace', name: l10n.t('workspace') } },
    ...(head === undefined ? [] : [item('HEAD', head)]),
    ...section(l10n.t('Branches'), [...named('refs/heads/'), ...named('refs/remotes/')]),
    ...section(l10n.t('Experiments'), experiments),
    ...section(l10n.t('Tags'), named('refs/tags/')),
    ...section(
      l10n.t('Commits'),
      commits.map(([id = '', subject = '', when = '']) => item(id.slice(0, 7), id, [subject, when].join(' · '))),
    ),
  ];
}

const section = (label: string, items: readonly RevisionItem[]): RevisionItem[] =>
  items.length === 0 ? [] : [{ label, kind: QuickPickItemKind.Separator, chosen: undefined }, ...items];

/** Asks for two revisions, one after the other. Undefined when the user backs out. */
export async function askRevisions(
  repo: Pick<Repo, 'git'>,
  title: string,
): Promise<readonly [ChosenRevision, ChosenRevision] | undefined> {
  const items = await revisionItems(repo);
  const ask = async (placeHolder: string, offered: readonly RevisionItem[]): Promise<ChosenRevision | undefined> =>
    (await window.showQuickPick(offered, { title, placeHolder, matchOnDescription: true }))?.chosen;
  // From what is committed to what is there: the first proposals.
  const [workspace, ...rest] = items;
  const from = await ask(
    l10n.t('From which revision?'),
    workspace ? [...rest.slice(0, 1), workspace, ...rest.slice(1)] : rest,
  );
  if (!from) return undefined;
  const others = items.filter(({ chosen }) => chosen?.rev !== from.rev);
  const to = await ask(l10n.t('To which revision, from {0}?', from.name), others);
  return to && [from, to];
}
