import { type PyValue, pyEquals } from '../core/python.ts';
import { type LockEntry, parseLockfile, removeFromLockfile, sameLockEntry, updateLockfile } from './lockfile.ts';
import { changeYaml } from './yaml-doc.ts';

/** The texts behind a conflict. */
export interface LockSides {
  readonly ours: string;
  readonly theirs: string;
  /** What both came from, where it is known: then only what both sides changed is in conflict. */
  readonly base: string | undefined;
}

export type LockSide = 'ours' | 'theirs';

export interface LockMerge {
  readonly text: string;
  /** Stages that both sides ran, with another result: `text` has those of the side asked for; without one, ours. */
  readonly conflicts: readonly string[];
  /** Stages that the merge takes from the other side. */
  readonly taken: readonly string[];
}

const MARKER = /^(<{7}|\|{7}|={7}|>{7})(?: .*)?$/;

/** Both sides of a text with merge conflict markers, and the base where Git wrote it too; undefined without markers. */
export function conflictSides(text: string): LockSides | undefined {
  const sides = { ours: [] as string[], base: [] as string[], theirs: [] as string[] };
  let [state, hasConflict, hasBase]: ['all' | keyof typeof sides, boolean, boolean] = ['all', false, false];
  for (const line of text.split(/\r\n|\r|\n/)) {
    const marker = MARKER.exec(line)?.[1]?.[0];
    if (marker === '<' && state === 'all') [state, hasConflict] = ['ours', true];
    else if (marker === '|' && state === 'ours') [state, hasBase] = ['base', true];
    else if (marker === '=' && (state === 'ours' || state === 'base')) state = 'theirs';
    else if (marker === '>' && state === 'theirs') state = 'all';
    else for (const side of state === 'all' ? (['ours', 'base', 'theirs'] as const) : [state]) sides[side].push(line);
  }
  if (!hasConflict) return undefined;
  const whole = (lines: readonly string[]): string => lines.join('\n');
  return { ours: whole(sides.ours), theirs: whole(sides.theirs), base: hasBase ? whole(sides.base) : undefined };
}

/**
 * A dvc.lock with the stages of both sides: of what only one side changed, that side's; of what both did, in conflict.
 *
 * Ours come first, in their order, then what theirs adds.
 *
 * @param path Named in errors.
 * @throws As {@link parseLockfile}, for a side that is no lock file by itself.
 */
export function mergeLockfiles(sides: LockSides, path: string, prefer?: LockSide): LockMerge {
  const [ours, theirs] = [parseLockfile(sides.ours, path), parseLockfile(sides.theirs, path)];
  const base = sides.base === undefined ? undefined : readBase(sides.base, path);
  const [conflicts, taken]: [string[], string[]] = [[], []];
  let text = sides.ours;
  for (const name of new Set([...ours.stages.keys(), ...theirs.stages.keys()])) {
    const [mine, other, before] = [ours.stages.get(name), theirs.stages.get(name), base?.get(name)];
    const side = chosen(mine, other, base === undefined ? undefined : { before });
    if (side === undefined) conflicts.push(name);
    if ((side ?? prefer ?? 'ours') === 'ours' || isSame(mine, other)) continue;
    taken.push(name);
    text =
      other === undefined ? (removeFromLockfile(text, name, path) ?? EMPTY) : updateLockfile(text, name, other, path);
  }
  if (!pyEquals(ours.datasets ?? null, theirs.datasets ?? null)) {
    conflicts.push('datasets');
    if (prefer === 'theirs') text = withDatasets(text, theirs.datasets, path);
  }
  return { text, conflicts, taken };
}

const EMPTY = "schema: '2.0'\nstages: {}\n";

/** Of a base that cannot be read, nothing is known. */
function readBase(text: string, path: string): ReadonlyMap<string, LockEntry> | undefined {
  try {
    return parseLockfile(text, path).stages;
  } catch {
    return undefined;
  }
}

const isSame = (a: LockEntry | undefined, b: LockEntry | undefined): boolean =>
  a === b || (a !== undefined && b !== undefined && sameLockEntry(a, b));

const withDatasets = (text: string, datasets: PyValue | undefined, path: string): string =>
  changeYaml(
    text,
    [datasets === undefined ? { at: ['datasets'], remove: true } : { at: ['datasets'], set: datasets }],
    path,
  );

/** Whose entry counts; undefined where both sides changed it. Without a base an entry on one side only was added there. */
function chosen(
  mine: LockEntry | undefined,
  other: LockEntry | undefined,
  base: { readonly before: LockEntry | undefined } | undefined,
): LockSide | undefined {
  if (isSame(mine, other)) return 'ours';
  if (base === undefined) return mine === undefined ? 'theirs' : other === undefined ? 'ours' : undefined;
  if (isSame(other, base.before)) return 'ours';
  return isSame(mine, base.before) ? 'theirs' : undefined;
}
