import { l10n } from 'vscode';
import type { DataState } from './snapshot.ts';

/** How a state looks and what it means, the same in every view. */
export interface StateLook {
  /** One or two characters at the end of a row. */
  readonly badge: string;
  /** A colour of package.json. */
  readonly color: string;
  /** One or two words, for descriptions and screen readers. */
  readonly word: string;
  /** What it means and what to do, in one or two sentences. */
  readonly meaning: string;
}

export function lookOf(state: DataState): StateLook {
  switch (state) {
    case 'lost':
      return look(
        '!',
        'lost',
        l10n.t('missing everywhere'),
        l10n.t(
          'Neither on disk, nor in the cache, nor on the default remote. Somebody who has it can push it; another remote may have it.',
        ),
      );
    case 'missing':
      return look(
        '↓',
        'missing',
        l10n.t('not here'),
        l10n.t('Neither on disk nor in the cache. Pull it from a remote.'),
      );
    case 'modified':
      return look(
        'M',
        'modified',
        l10n.t('modified'),
        l10n.t('Modified. Commit the data to keep this version, or check out to go back.'),
      );
    case 'added':
      return look(
        'A',
        'added',
        l10n.t('new'),
        l10n.t('New in a tracked folder, and not in the cache yet. Commit the data to keep it.'),
      );
    case 'deleted':
      return look(
        'D',
        'deleted',
        l10n.t('deleted'),
        l10n.t('Deleted from disk, still in the cache. Check out to have it back, or commit the data to let it go.'),
      );
    case 'renamed':
      return look('R', 'renamed', l10n.t('renamed'), l10n.t('Renamed. Commit the data to keep the new name.'));
    case 'unknown':
      return look(
        '?',
        'notInCache',
        l10n.t('unknown'),
        l10n.t(
          'The list of files of this folder is not in the cache, so changes cannot be seen. Fetch it from a remote.',
        ),
      );
    case 'not-in-cache':
      return look(
        'NC',
        'notInCache',
        l10n.t('not in cache'),
        l10n.t('On disk, but the cache has no copy. Commit the data to store it again, or fetch it from a remote.'),
      );
    case 'stored-modified':
      return look(
        'M',
        'storedModified',
        l10n.t('modified, stored'),
        l10n.t('A new version is in the cache. Commit its pointer file to Git.'),
      );
    case 'stored-added':
      return look(
        'A',
        'storedAdded',
        l10n.t('new, stored'),
        l10n.t('Tracked and in the cache. Commit its pointer file to Git.'),
      );
    case 'stored-deleted':
      return look(
        'D',
        'storedDeleted',
        l10n.t('removed, stored'),
        l10n.t('No longer tracked. Commit the change of its pointer file to Git.'),
      );
    case 'stored-renamed':
      return look(
        'R',
        'storedAdded',
        l10n.t('renamed, stored'),
        l10n.t('Renamed. Commit the change of its pointer file to Git.'),
      );
    case 'unpushed':
      return look(
        '↑',
        'unpushed',
        l10n.t('not pushed'),
        l10n.t('In the cache, but not on the default remote. Push it to share it.'),
      );
    default:
      return unreachable(state);
  }
}

const look = (badge: string, color: string, word: string, meaning: string): StateLook => ({
  badge,
  color: `lode.${color}Foreground`,
  word,
  meaning,
});

function unreachable(state: never): never {
  throw new Error(`There is no look for ${String(state)}.`);
}
