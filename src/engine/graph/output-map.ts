import type { RepoPath } from '../core/ids.ts';
import { compareCodePoints, isWithin, parentOf } from '../core/paths.ts';
import { type Output, repoPathOf } from './output.ts';

/** Outputs by where they lie, answering containment without a scan: ancestors by walking up, descendants by binary search. */
export class OutputMap {
  readonly #byPath = new Map<RepoPath, Output[]>();
  readonly #sorted: readonly RepoPath[];

  constructor(outputs: Iterable<Output>) {
    for (const output of outputs) {
      const path = repoPathOf(output);
      if (path === undefined) continue;
      const there = this.#byPath.get(path);
      if (there) there.push(output);
      else this.#byPath.set(path, [output]);
    }
    this.#sorted = [...this.#byPath.keys()].sort(compareForRange);
  }

  /** More than one only where two stages claim the same path. */
  at(path: RepoPath): readonly Output[] {
    return this.#byPath.get(path) ?? [];
  }

  /** The outputs that are `path` or a folder around it, outermost last. */
  around(path: RepoPath): Output[] {
    const found = [...this.at(path)];
    for (let folder = path; folder !== ''; ) {
      folder = parentOf(folder);
      found.push(...this.at(folder));
    }
    return found;
  }

  /** The outputs strictly below `folder`. */
  below(folder: RepoPath): Output[] {
    const found: Output[] = [];
    for (let i = this.#lowerBound(folder === '' ? '' : `${folder}/`); i < this.#sorted.length; i++) {
      const path = this.#sorted[i]!;
      if (!isWithin(path, folder)) break;
      if (path !== folder) found.push(...this.at(path));
    }
    return found;
  }

  #lowerBound(text: string): number {
    let low = 0;
    let high = this.#sorted.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (compareForRange(this.#sorted[middle]!, text) < 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

/** Any total order in which everything below a folder is contiguous. */
const compareForRange = compareCodePoints;
