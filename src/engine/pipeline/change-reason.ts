import type { PyValue } from '../core/python.ts';
import type { HashInfo } from '../hash/hash-info.ts';
import type { TreeDiff } from '../hash/tree.ts';

/** DVC's words for what is wrong with a dependency, a parameter or an output (dvc-format 5.3). */
export type StatusWord = 'deleted' | 'modified' | 'new' | 'not in cache' | 'update available';

/** One cause why a stage is not up to date. Paths as the user sees them from their folder. */
export type ChangeReason =
  | ({ readonly kind: 'dependency' | 'output' } & PathReason)
  | { readonly kind: 'params-file'; readonly file: string; readonly word: 'deleted' | 'new' }
  | {
      readonly kind: 'param';
      readonly file: string;
      readonly key: string;
      readonly word: 'deleted' | 'modified' | 'new';
      readonly old: PyValue | undefined;
      readonly new: PyValue | undefined;
    }
  | { readonly kind: 'always-changed' }
  | {
      readonly kind: 'command';
      readonly old: string | readonly string[] | undefined;
      readonly new: string | readonly string[];
    }
  | { readonly kind: 'checksum' };

export interface PathReason {
  readonly path: string;
  readonly word: StatusWord;
  /** As recorded. */
  readonly old: HashInfo | undefined;
  /** As it is now; undefined where it is gone or was not read. */
  readonly new: HashInfo | undefined;
  /** For a folder whose recorded files are known: which of them changed. */
  readonly files?: TreeDiff;
  /** For `not in cache`: objects the cache lacks. */
  readonly missing?: readonly string[];
}
