import { asRepoPath, type RepoPath } from '../core/ids.ts';
import { parentOf } from '../core/paths.ts';

/** Paths, asked which other paths they touch: themselves, what lies in them and the folders around them. */
export class PathSet {
  readonly #paths: ReadonlySet<RepoPath>;
  readonly #around = new Set<RepoPath>();

  constructor(paths: Iterable<RepoPath>) {
    this.#paths = new Set(paths);
    for (const path of this.#paths) for (const folder of upwards(path)) this.#around.add(folder);
  }

  [Symbol.iterator](): Iterator<RepoPath> {
    return this.#paths.values();
  }

  /** Whether one of them is `path`, lies in it, or is a folder around it. Independent of how many there are. */
  touches(path: RepoPath): boolean {
    if (this.#around.has(path)) return true;
    for (const folder of upwards(path)) if (this.#paths.has(folder)) return true;
    return false;
  }
}

/** A path and the folders around it, the root last. */
function* upwards(path: RepoPath): Generator<RepoPath> {
  for (let at = path; at !== ''; at = parentOf(at)) yield at;
  yield asRepoPath('');
}
