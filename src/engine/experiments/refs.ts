import { DvcError } from '../core/errors.ts';
import type { Git, GitId } from '../git/git.ts';

/** An experiment as a ref names it. */
export interface ExperimentRef {
  /** The commit it started from. */
  readonly baseline: GitId;
  readonly name: string;
  /** `refs/exps/<2 digits>/<the other digits>/<name>`. */
  readonly ref: string;
}

/** One whose commit is known. */
export interface Experiment extends ExperimentRef {
  readonly rev: GitId;
}

export const EXPERIMENTS = 'refs/exps/';
/** The experiment whose results were put into the workspace last; DVC looks at it too. */
export const APPLIED = 'refs/exps/exec/EXEC_APPLY';

const NOT_EXPERIMENTS = ['apply/', 'celery/', 'exec/', 'temp/'].map((folder) => EXPERIMENTS + folder);
const STASHES = new Set(['refs/exps/stash', 'refs/exps/celery/stash', 'refs/exps/celery/failed']);

export function experimentRef(baseline: GitId, name: string): ExperimentRef {
  return { baseline, name, ref: `${EXPERIMENTS}${baseline.slice(0, 2)}/${baseline.slice(2)}/${name}` };
}

/** The experiment that a full ref name is of; undefined for DVC's own refs beside them, and for names of another shape. */
export function parseExperimentRef(ref: string): ExperimentRef | undefined {
  if (NOT_EXPERIMENTS.some((folder) => ref.startsWith(folder)) || STASHES.has(ref)) return undefined;
  const [, head = '', rest = '', name = ''] =
    /^refs\/exps\/([0-9a-f]{2})\/([0-9a-f]{38}|[0-9a-f]{62})\/([^/]+)$/.exec(ref) ?? [];
  return name === '' ? undefined : { baseline: head + rest, name, ref };
}

/** Every experiment of the repository, sorted by ref name. Refs of a shape that is none of DVC's are passed over. */
export async function listExperiments(git: Git): Promise<Experiment[]> {
  return (await git.refs(EXPERIMENTS)).flatMap(({ name, id }) => {
    const found = parseExperimentRef(name);
    return found ? [{ ...found, rev: id }] : [];
  });
}

/**
 * Which experiment a name means: one that started at the commit checked out goes before others of the same name. A full ref name
 * means that ref.
 *
 * @returns undefined where there is none. @throws `usage` where several are meant.
 */
export function findByName<T extends ExperimentRef>(
  experiments: readonly T[],
  name: string,
  head: GitId | undefined,
): T | undefined {
  if (name.startsWith('refs/')) return experiments.find((one) => one.ref === name);
  const named = experiments.filter((one) => one.name === name);
  const here = named.find((one) => one.baseline === head);
  if (here || named.length < 2) return here ?? named[0];
  const list = named.map(({ ref }) => `\t${ref}`).join('\n');
  throw new DvcError(
    'usage',
    `Ambiguous name '${name}' refers to multiple experiments. Use one of the following full refnames instead:\n\n${list}`,
    { exitCode: 255 },
  );
}

/** A character or a sequence that Git allows in no ref name, as `git check-ref-format` says, or a slash, which DVC does not. */
const FORBIDDEN = /[\u0000-\u0020\u007f~^:?*[\\/]|\.\.|@\{|^\.|\.$|\.lock$/;

/** @throws `bad-name` */
export function checkExperimentName(name: string): void {
  if (name === '' || FORBIDDEN.test(name))
    throw new DvcError(
      'bad-name',
      `Invalid exp name ${name}, the exp name must follow rules in https://git-scm.com/docs/git-check-ref-format`,
      { hint: 'Take letters, digits, dashes, underscores and dots in the middle.', data: { name } },
    );
}

export const experimentExists = (name: string, command = 'run') =>
  new DvcError(
    'experiment-exists',
    `Experiment conflicts with existing experiment '${name}'. To overwrite the existing experiment run:\n\n\tlode exp ${command} -f ...\n`,
    { ...(command === 'rename' ? {} : { hint: 'Or give it another name with `-n`.' }), data: { name } },
  );

export const noExperiment = (names: readonly string[], remote?: string) =>
  new DvcError(
    'unknown-experiment',
    remote === undefined
      ? names.length > 1
        ? `'${names.join('; ')}' are not valid experiment names`
        : `'${names[0]}' is not a valid experiment name`
      : `Experiment '${names.join('; ')}' does not exist in '${remote}'`,
    {
      hint:
        remote === undefined ? 'See them with `lode exp list -A`.' : `See them with \`lode exp list ${remote} -A\`.`,
    },
  );
