import { isDeepStrictEqual } from 'node:util';
import type { Expectation, FileRecord, StdoutMode, TreeFile } from './cases.ts';
import { normalize } from './stdout.ts';

/** Every difference between what real DVC left and what is there now, a line each; none means equal. */
export function differences(want: Expectation, got: Expectation, stdout: StdoutMode | undefined): string[] {
  const lines: string[] = [];
  if ((want.exit === 0) !== (got.exit === 0))
    lines.push(`exit: expected ${want.exit === 0 ? '0' : 'non-zero'}, got ${got.exit}`);
  lines.push(...stdoutDifferences(want, got, stdout), ...fileDifferences('file', want.files, got.files));
  lines.push(...listDifferences('cache object', want.cache, got.cache));
  for (const fault of got.objects ?? []) if (!want.objects?.includes(fault)) lines.push(`object ${fault}`);
  for (const [key, text] of Object.entries(want.runs ?? {})) {
    const now = got.runs?.[key];
    if (now !== undefined && now !== text)
      lines.push(`run-cache entry differs: ${key}`, ...textDifferences(text ?? '', now ?? ''));
  }
  const [before, after] = [want.siblings ?? {}, got.siblings ?? {}];
  lines.push(...listDifferences('sibling file', Object.keys(before), Object.keys(after)));
  for (const name of Object.keys(before))
    if (name in after && before[name] !== after[name]) lines.push(`sibling file differs: ${name}`);
  if (!isDeepStrictEqual(want.git_status, got.git_status))
    lines.push(
      'git status differs',
      ...textDifferences(want.git_status?.join('\n') ?? '', got.git_status?.join('\n') ?? ''),
    );
  if (want.git_refs) lines.push(...refDifferences(want.git_refs, got.git_refs ?? {}));
  return lines;
}

function stdoutDifferences(want: Expectation, got: Expectation, mode: StdoutMode | undefined): string[] {
  if (mode === undefined) return [];
  if (want.stdout_text !== undefined && want.stdout_text !== got.stdout_text)
    return ['stdout differs', ...textDifferences(want.stdout_text, got.stdout_text ?? '')];
  if (want.stdout_lines !== undefined && !isDeepStrictEqual(want.stdout_lines, got.stdout_lines))
    return ['stdout differs', ...listDifferences('line', want.stdout_lines, got.stdout_lines ?? [])];
  if (want.stdout_json === undefined) return [];
  // Recorded lists were sorted by another sort, so both sides pass through this one.
  const [expected, actual] = [want.stdout_json, got.stdout_json ?? null].map((value) =>
    normalize(value as never, mode),
  );
  return isDeepStrictEqual(expected, actual)
    ? []
    : ['stdout differs', ...textDifferences(printed(expected), printed(actual))];
}

type AnyFile = FileRecord | TreeFile;

function fileDifferences(what: string, want: Record<string, AnyFile>, got: Record<string, AnyFile>): string[] {
  const lines = listDifferences(what, Object.keys(want), Object.keys(got));
  for (const [name, { content: wantText, ...expected }] of Object.entries(want)) {
    if (!(name in got)) continue;
    const { content: gotText, ...actual } = got[name]!;
    if (isDeepStrictEqual(expected, actual)) continue;
    lines.push(`${what} differs: ${name}`);
    lines.push(...textDifferences(printed(expected), printed(actual)));
    if (wantText !== undefined && gotText !== undefined) lines.push(...textDifferences(wantText, gotText));
  }
  return lines;
}

function refDifferences(
  want: NonNullable<Expectation['git_refs']>,
  got: NonNullable<Expectation['git_refs']>,
): string[] {
  const lines = listDifferences('git ref', Object.keys(want), Object.keys(got));
  for (const [name, expected] of Object.entries(want)) {
    const actual = got[name];
    if (!actual) continue;
    if ('tree' in expected && 'tree' in actual)
      lines.push(...fileDifferences(`in ${name}: file`, expected.tree, actual.tree));
    else if (!isDeepStrictEqual(expected, actual))
      lines.push(`${name}: expected ${printed(expected)}, got ${printed(actual)}`);
  }
  return lines;
}

const listDifferences = (what: string, want: readonly string[], got: readonly string[]) => [
  ...want.filter((name) => !got.includes(name)).map((name) => `${what} missing: ${name}`),
  ...got.filter((name) => !want.includes(name)).map((name) => `${what} not expected: ${name}`),
];

const printed = (value: unknown) => JSON.stringify(value, null, 1);

/** The lines that stand in one of two texts only; those in common are left out. */
function textDifferences(want: string, got: string): string[] {
  const [a, b] = [want.split('\n'), got.split('\n')];
  return [
    ...a.filter((line) => !b.includes(line)).map((line) => `    - ${line}`),
    ...b.filter((line) => !a.includes(line)).map((line) => `    + ${line}`),
  ];
}
