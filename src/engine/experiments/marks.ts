import { DvcError } from '../core/errors.ts';
import type { Git, GitId, GitRef } from '../git/git.ts';
import { changeRefs, commitTree } from './git-trees.ts';
import { EXPERIMENTS, type ExperimentRef } from './refs.ts';
import type { ExperimentMarks } from './table-rows.ts';

/** Marks of an experiment have its ref's name below this folder, where DVC does not look. */
export const MARKS = 'refs/lode/marks/';
const EMPTY_TREE = '4b825dc642cb6eb9a060e54bf8d69288fbee4904';

export const NO_MARKS: ExperimentMarks = { starred: false, labels: [], note: '' };

export const marksRef = ({ ref }: Pick<ExperimentRef, 'ref'>): string => MARKS + ref.slice(EXPERIMENTS.length);

/** Marks by the full ref name of their experiment. @param refs Those of the repository, where they have been listed already */
export async function readMarks(git: Git, refs?: readonly GitRef[]): Promise<Map<string, ExperimentMarks>> {
  const marks = new Map<string, ExperimentMarks>();
  for (const { name, id } of refs ?? (await git.refs(MARKS)))
    if (name.startsWith(MARKS))
      marks.set(EXPERIMENTS + name.slice(MARKS.length), parseMarks((await git.commit(id)).message));
  return marks;
}

/** Writes what people say about an experiment; saying nothing removes it. */
export async function writeMarks(git: Git, experiment: ExperimentRef, marks: ExperimentMarks): Promise<void> {
  const ref = marksRef(experiment);
  const known = (await git.refs(ref)).find(({ name }) => name === ref);
  if (!marks.starred && marks.labels.length === 0 && marks.note === '') {
    if (known) await changeRefs(git, [{ ref }]);
    return;
  }
  const tree: GitId = (await git.run(['mktree'], { input: '' })).toString().trim() || EMPTY_TREE;
  const to = await commitTree(git, tree, known ? [known.id] : [], JSON.stringify({ lode: 1, ...marks }));
  await changeRefs(git, [{ ref, to }]);
}

function parseMarks(message: string): ExperimentMarks {
  try {
    const found = JSON.parse(message) as Partial<ExperimentMarks>;
    return {
      starred: found.starred === true,
      labels: Array.isArray(found.labels) ? found.labels.filter((label) => typeof label === 'string') : [],
      note: typeof found.note === 'string' ? found.note : '',
    };
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return NO_MARKS;
  }
}

/** @throws `usage` for a label that would not come back as it was written */
export function checkLabel(label: string): void {
  if (label.trim() !== label || label === '' || label.includes('\n') || label.length > 100)
    throw new DvcError('usage', `'${label}' is no label: it needs 1 to 100 characters in one line.`, { exitCode: 255 });
}
