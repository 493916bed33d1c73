import { Uri } from 'vscode';
import type { TrackedEntry } from '../../engine/index.ts';
import type { RepoModel } from '../repo-model.ts';

/** A repository, where the window has several. */
export interface RepoNode {
  readonly kind: 'repo';
  readonly id: string;
  readonly model: RepoModel;
  readonly rootUri: Uri;
}

/** A tracked file or folder, or a folder with tracked data in it. */
export interface EntryNode {
  readonly kind: 'entry';
  readonly id: string;
  readonly model: RepoModel;
  readonly entry: TrackedEntry;
  readonly resourceUri: Uri;
}

/** A run of siblings of a folder that has more than anyone wants to scroll through. */
export interface RangeNode {
  readonly kind: 'range';
  readonly id: string;
  readonly model: RepoModel;
  readonly parent: string;
  readonly entries: readonly EntryNode[];
}

/** What one row of the *Tracked Data* tree stands for: data only. */
export type TrackedNode = RepoNode | EntryNode | RangeNode;

/** Rows of one folder up to which it is shown as it is; and the length of the ranges of a longer one. */
export const RANGE = 1000;

export const repoNode = (model: RepoModel): RepoNode => ({
  kind: 'repo',
  id: model.root,
  model,
  rootUri: Uri.file(model.root),
});

/** The ids of the root and its repository must differ: the separator is in no path. */
export const entryNode = (model: RepoModel, entry: TrackedEntry): EntryNode => ({
  kind: 'entry',
  id: `${model.root}\0${entry.path}`,
  model,
  entry,
  resourceUri: Uri.file(model.absolute(entry.path)),
});

/** The rows of one folder: its entries, or ranges of them. */
export function asRows(model: RepoModel, parent: string, entries: readonly TrackedEntry[]): TrackedNode[] {
  const nodes = sorted(entries).map((entry) => entryNode(model, entry));
  if (nodes.length <= RANGE) return nodes;
  const ranges: RangeNode[] = [];
  for (let from = 0; from < nodes.length; from += RANGE)
    ranges.push({
      kind: 'range',
      id: `${model.root}\0${parent}\0${from}`,
      model,
      parent,
      entries: nodes.slice(from, from + RANGE),
    });
  return ranges;
}

/** Folders first, then by name with numbers in their order, as the explorer sorts. */
const sorted = (entries: readonly TrackedEntry[]): TrackedEntry[] =>
  [...entries].sort((a, b) => rank(a) - rank(b) || names.compare(a.name, b.name));

const rank = ({ kind }: TrackedEntry): number => (kind === 'directory' ? 0 : 1);
const names = new Intl.Collator(undefined, { numeric: true, sensitivity: 'base' });
