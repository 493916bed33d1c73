import type { RepoPath, TrackedEntry } from '../../engine/index.ts';
import type { RepoModel } from '../repo-model.ts';

/** The tracked entries a filter leaves, with the folders around them. */
export interface TrackedMatches {
  readonly count: number;
  /** There are more than are shown. */
  readonly isCut: boolean;
  below(model: RepoModel, at: string): readonly TrackedEntry[];
}

/** Matches up to which a list is something to look through. */
const MOST = 2000;
/** Entries looked at between two pauses, so that the host stays responsive. */
const SLICE = 20_000;

type ListChildren = (model: RepoModel, at: RepoPath) => Promise<readonly TrackedEntry[]>;

/** Searches all tracked paths, upper and lower case alike. */
export async function findTracked(
  models: readonly RepoModel[],
  text: string,
  list: ListChildren,
): Promise<TrackedMatches> {
  const needle = text.toLowerCase();
  const kept = new Map<string, TrackedEntry[]>();
  let count = 0;
  let looked = 0;
  let isCut = false;

  /** Whether something at or below `at` matched, so that the way to it must be shown. */
  const search = async (model: RepoModel, at: RepoPath): Promise<boolean> => {
    const found: TrackedEntry[] = [];
    for (const entry of await list(model, at)) {
      if (isCut) break;
      if (++looked % SLICE === 0) await new Promise((resolve) => setImmediate(resolve));
      const matches =
        entry.name.toLowerCase().includes(needle) ||
        (needle.includes('/') && entry.path.toLowerCase().includes(needle));
      const inside = entry.kind === 'directory' && (await search(model, entry.path));
      if (!matches && !inside) continue;
      if (matches && count >= MOST) {
        isCut = true;
        break;
      }
      if (matches) count += 1;
      found.push(entry);
    }
    if (found.length > 0) kept.set(keyOf(model, at), found);
    return found.length > 0;
  };

  for (const model of models) await search(model, '' as RepoPath); // The root.
  return { count, isCut, below: (model, at) => kept.get(keyOf(model, at)) ?? [] };
}

const keyOf = (model: RepoModel, at: string): string => `${model.root}\0${at}`;
