import { DvcError } from '../core/errors.ts';
import { sweepValues } from './override-functions.ts';
import { badOverride, type Override, parseOverride } from './override-grammar.ts';
import { elementText } from './override-value.ts';

/** One of the experiments that sweeps mean. */
export interface SweepItem {
  /** By file, as they would be typed. */
  readonly overrides: ReadonlyMap<string, readonly string[]>;
  /** Whether there was any sweep. */
  readonly swept: boolean;
}

/** @throws `bad-override` where several experiments are meant */
export function refuseSweeps(overrides: ReadonlyMap<string, readonly Override[]>): void {
  const sweep = [...overrides.values()].flat().find((one) => one.sweep !== undefined);
  if (sweep)
    throw new DvcError('bad-override', "Sweep overrides can't be used without `--queue`", {
      hint: `Add --queue, then run \`lode queue start\`; or put the value in quotes: \`-S '${sweep.text.replace(/=(.*)$/s, '="$1"')}'\`.`,
      data: { override: sweep.text },
    });
}

const MOST_EXPERIMENTS = 10_000;

/**
 * Every combination of the values of all sweeps: the last override of a file changes fastest, and the last file.
 *
 * @param given Overrides as they were typed, by file. @throws `bad-override`
 */
export function expandSweeps(given: ReadonlyMap<string, readonly string[]>): SweepItem[] {
  const parsed = [...given].map(([file, texts]) => [file, texts.map(parseOverride)] as const);
  for (const [, list] of parsed)
    for (const { sweep, text } of list)
      if (sweep?.kind === 'glob')
        throw new DvcError('bad-override', `Glob override '${text}' is not supported.`, {
          hint: 'Name the values: `-S key=a,b`.',
        });
  const swept = parsed.some(([, list]) => list.some(({ sweep }) => sweep !== undefined));
  if (!swept) return [{ overrides: new Map([...given].map(([file, texts]) => [file, [...texts]])), swept }];
  const files = parsed.map(([file, list]) => product(choicesOf(list)).map((texts) => [file, texts] as const));
  return product(files).map((entries) => ({ overrides: new Map(entries), swept }));
}

/** The texts each override of a file can have. A key that is given twice counts once, as it was given last. */
function choicesOf(list: readonly Override[]): string[][] {
  const choices = new Map<string, string[]>();
  for (const one of list) {
    const key = keyText(one);
    if (one.sweep?.kind === 'interval')
      throw badOverride(
        one.text,
        'an interval has no values to choose from',
        undefined,
        'Take `range(from,to,step)` or `choice(a,b)`.',
      );
    choices.set(key, one.sweep ? valuesOf(one).map((value) => `${key}=${value}`) : [textOf(one, key)]);
  }
  return [...choices.values()];
}

function valuesOf({ sweep, text }: Override): string[] {
  try {
    return sweep ? sweepValues(sweep).map(elementText) : [];
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw badOverride(text, error.message);
  }
}

const PREFIX = { change: '', add: '+', 'force-add': '++', delete: '~' } as const;
const keyText = ({ kind, key, pkg }: Override): string => `${PREFIX[kind]}${key}${pkg === undefined ? '' : `@${pkg}`}`;
const textOf = ({ value }: Override, key: string): string =>
  `${key}=${value === undefined ? 'null' : elementText(value)}`;

function product<T>(lists: readonly (readonly T[])[]): T[][] {
  let all: T[][] = [[]];
  for (const list of lists) {
    if (all.length * list.length > MOST_EXPERIMENTS)
      throw new DvcError('bad-override', `The sweeps mean more than ${MOST_EXPERIMENTS} experiments.`);
    all = all.flatMap((head) => list.map((item) => [...head, item]));
  }
  return all;
}
