import { fromCwd } from '../../engine/core/paths.ts';
import { type PyValue, pyJson, pyJsonDictKey } from '../../engine/core/python.ts';
import type { RevisionsDiff } from '../../engine/verbs/revisions-diff.ts';
import type { CliIo } from '../io.ts';
import type { ParsedArgs } from '../parsed-args.ts';
import type { ArgumentSpec } from '../spec.ts';
import { valueTable } from '../value-table.ts';
import { valueText } from '../value-text.ts';
import { JSON_OUTPUT } from './target-arguments.ts';

/** Arguments of `metrics diff` and `params diff` alike. */
export const VALUE_DIFF_ARGUMENTS: readonly ArgumentSpec[] = [
  { flags: ['--all'], action: 'flag', help: 'Show what is unchanged too.' },
  JSON_OUTPUT,
  { flags: ['--md'], action: 'flag', dest: 'markdown', help: 'Show a table in Markdown.' },
  { flags: ['--no-path'], action: 'flag', help: 'Leave out the column of paths.' },
  { flags: ['a_rev'], count: '?', help: 'Commit to start from; HEAD unless told.', complete: 'revision' },
  { flags: ['b_rev'], count: '?', help: 'Commit to compare with; the workspace unless told.', complete: 'revision' },
];

/** The revisions of {@link VALUE_DIFF_ARGUMENTS}. */
export const diffRevisions = (args: ParsedArgs): { readonly oldRev: string; readonly newRev: string } => ({
  oldRev: args.text('a_rev') ?? 'HEAD',
  newRev: args.text('b_rev') ?? 'workspace',
});

export interface ValueDiffLook {
  /** Title of the column of keys. */
  readonly title: string;
  /** A column of differences. */
  readonly changes: boolean;
  readonly precision?: number;
}

type Changes = RevisionsDiff['files'] extends ReadonlyMap<string, infer T> ? T : never;

function changesJson(changes: Changes): string {
  let text = '{';
  for (const [key, { old, new: current, diff }] of changes) {
    const by = diff === undefined ? '' : `, "diff": ${pyJson(diff)}`;
    text += `${text === '{' ? '' : ', '}${pyJsonDictKey(key)}{"old": ${pyJson(old)}, "new": ${pyJson(current)}${by}}`;
  }
  return `${text}}`;
}

/** Prints what is different as JSON, a table, or nothing. */
export async function printValueDiff(
  { files }: RevisionsDiff,
  root: string,
  cwd: string,
  args: ParsedArgs,
  { title, changes, precision }: ValueDiffLook,
  io: CliIo,
): Promise<void> {
  const shown = [...files].map(([path, changed]) => [fromCwd(cwd, `${root}/${path}`), changed] as const);
  if (args.flag('json')) {
    io.printRaw(`{${shown.map(([path, changed]) => `${pyJsonDictKey(path)}${changesJson(changed)}`).join(', ')}}\n`);
    return;
  }
  const withPath = !args.flag('no_path');
  const { oldRev, newRev } = diffRevisions(args);
  const cell = (value: PyValue): string => valueText(value, precision);
  const rows = shown.flatMap(([path, changed]) =>
    [...changed].map(([key, change]) => [
      ...(withPath ? [path] : []),
      key,
      cell(change.old),
      cell(change.new),
      ...(changes ? [cell(change.diff ?? null)] : []),
    ]),
  );
  const headers = [...(withPath ? ['Path'] : []), title, oldRev, newRev, ...(changes ? ['Change'] : [])];
  const table = valueTable(headers, rows, { markdown: args.flag('markdown') });
  if (table !== '') io.print(table);
}
