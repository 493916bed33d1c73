import { checkLabel, NO_MARKS, readMarks, writeMarks } from '../experiments/marks.ts';
import { findByName, listExperiments, noExperiment } from '../experiments/refs.ts';
import type { ExperimentMarks } from '../experiments/table-rows.ts';
import type { Repo } from '../repo.ts';
import { requireCommits } from './exp-list.ts';

export interface MarkChange {
  readonly starred?: boolean;
  readonly addLabels?: readonly string[];
  readonly removeLabels?: readonly string[];
  /** Replaces the note; '' removes it. */
  readonly note?: string;
}

/** Stars, labels and notes of an experiment: kept under `refs/lode`, and shared with `exp push`. @throws `unknown-experiment`, `usage` */
export async function expMark(repo: Repo, name: string, change: MarkChange): Promise<ExperimentMarks> {
  const head = requireCommits(repo);
  const found = findByName(await listExperiments(repo.git), name, head);
  if (!found) throw noExperiment([name]);
  for (const label of change.addLabels ?? []) checkLabel(label);
  const old = (await readMarks(repo.git)).get(found.ref) ?? NO_MARKS;
  const gone = new Set(change.removeLabels ?? []);
  const marks: ExperimentMarks = {
    starred: change.starred ?? old.starred,
    labels: [...new Set([...old.labels.filter((label) => !gone.has(label)), ...(change.addLabels ?? [])])].sort(),
    note: change.note ?? old.note,
  };
  await writeMarks(repo.git, found, marks);
  return marks;
}
