import { commands, l10n, type MessageItem, Uri, window } from 'vscode';
import type { CacheProblem, CacheVerifyResult } from '../engine/index.ts';
import { formatCount } from './format.ts';
import type { RepoModel } from './repo-model.ts';

interface Verified {
  readonly model: RepoModel;
}

/** Says how the cache stands; where something is wrong, which data needs it, with a button to repair. */
export function offerRepair(
  { checked, resumed, problems, sound }: CacheVerifyResult,
  { model }: Verified,
): string | undefined {
  const count = formatCount(checked + resumed);
  if (sound) return l10n.t('{0} objects checked: all of them are sound.', count);
  void askRepair(problems, model);
  return undefined;
}

async function askRepair(problems: readonly CacheProblem[], model: RepoModel): Promise<void> {
  const repair: MessageItem = { title: l10n.t('Repair') };
  const corrupt = problems.filter(({ kind }) => kind === 'corrupt').length;
  const absent = problems.length - corrupt;
  const found = [
    corrupt > 0
      ? objectCount(corrupt, l10n.t('1 object of the cache is damaged.'), (n) =>
          l10n.t('{0} objects of the cache are damaged.', n),
        )
      : '',
    absent > 0
      ? objectCount(absent, l10n.t('1 object is missing or cannot be read.'), (n) =>
          l10n.t('{0} objects are missing or cannot be read.', n),
        )
      : '',
  ];
  const text = [...found, l10n.t('Affected: {0}.', affected(problems))].filter(Boolean).join(' ');
  if ((await window.showWarningMessage(text, repair)) === repair)
    await commands.executeCommand('lode.cacheRepair', { rootUri: Uri.file(model.root) });
}

/** What the repair could do, and what is lost for good. */
export function repairedText({ problems, sound }: CacheVerifyResult): string {
  const healed = problems.filter(({ outcome }) => outcome === 'healed' || outcome === 'set-aside').length;
  if (sound) return l10n.t('The cache is sound; {0} objects were repaired.', formatCount(healed));
  const lost = problems.filter(({ outcome }) => outcome !== 'healed' && outcome !== 'set-aside');
  void window.showWarningMessage(
    l10n.t(
      '{0} objects could not be repaired, because nobody has them: {1}.',
      formatCount(lost.length),
      affected(lost),
    ),
  );
  return l10n.t('{0} objects were repaired.', formatCount(healed));
}

const objectCount = (count: number, one: string, many: (count: string) => string): string =>
  count === 1 ? one : many(formatCount(count));

/** The first few paths that need the objects. */
function affected(problems: readonly CacheProblem[]): string {
  const paths = [...new Set(problems.flatMap(({ paths: needed }) => needed.map(({ path }) => path)))];
  if (paths.length === 0) return l10n.t('nothing that is tracked');
  return paths.length <= 3
    ? paths.join(', ')
    : l10n.t('{0} and {1} more', paths.slice(0, 3).join(', '), paths.length - 3);
}
