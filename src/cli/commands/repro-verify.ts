import { DvcError } from '../../engine/core/errors.ts';
import type { OpContext } from '../../engine/core/op-context.ts';
import { pyStr } from '../../engine/core/python.ts';
import type { Repo } from '../../engine/repo.ts';
import type { ReproOptions } from '../../engine/verbs/repro.ts';
import { type OutputDifference, type VerifiedStage, verifyStages } from '../../engine/verbs/verify.ts';
import type { CliIo } from '../io.ts';
import type { ParsedArgs } from '../parsed-args.ts';
import { reproOptions } from './repro-arguments.ts';

/** What says how to run, and so means nothing where nothing is to be recorded. */
const OTHER_FLAGS = ['force', 'interactive', 'dry', 'no_commit', 'no_run_cache', 'pull', 'allow_missing'] as const;
const MOST = 10;

/** `repro --verify`. @returns 1 where a stage gave something else, or failed */
export async function verifyAll(
  repo: Repo,
  args: ParsedArgs,
  options: Pick<ReproOptions, 'jobs' | 'resources'>,
  io: CliIo,
  ctx: OpContext,
): Promise<number> {
  const other = OTHER_FLAGS.find((flag) => args.flag(flag));
  if (other) throw new DvcError('usage', `--verify cannot be combined with --${other.replaceAll('_', '-')}`);
  const tolerance = args.number('tolerance') ?? 0;
  if (!(tolerance >= 0)) throw new DvcError('usage', '--tolerance takes a number from 0 on');
  const { targets, recursive, singleItem, pipeline, allPipelines, downstream } = reproOptions(args);
  const choice = { targets, recursive, singleItem, pipeline, allPipelines, downstream, glob: args.flag('glob') };
  const silent: OpContext = {
    ...ctx,
    emit(event) {
      if (event.type === 'stage-started') {
        io.print(`Verifying stage '${event.stage}'`);
        void io.flush(); // A stage may take hours.
      } else if (!event.type.startsWith('stage-')) ctx.emit(event);
    },
  };
  const stages = await verifyStages(repo, { ...definedOf(choice), ...options, tolerance }, silent);
  for (const stage of stages) for (const line of linesOf(stage)) io.print(line);
  const counted = (state: VerifiedStage['state']): number => stages.filter((stage) => stage.state === state).length;
  const [different, failed, leftOut] = [counted('different'), counted('failed'), counted('left-out')];
  if (different + failed === 0)
    io.print(`${counted('same')} of ${stages.length} stages verified: all give the same outputs again.`);
  else
    io.print(
      [
        ...(different > 0 ? [`${different} ${different === 1 ? 'stage is' : 'stages are'} not deterministic`] : []),
        ...(failed > 0 ? [`${failed} failed`] : []),
        ...(leftOut > 0 ? [`${leftOut} left out`] : []),
        `${counted('same')} of ${stages.length} give the same outputs again.`,
      ].join(', '),
    );
  return different + failed > 0 ? 1 : 0;
}

type Defined<T> = { [K in keyof T]: Exclude<T[K], undefined> };
const definedOf = <T extends object>(given: T): Partial<Defined<T>> =>
  Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)) as Partial<Defined<T>>;

function linesOf({ shown, state, note, differences, error }: VerifiedStage): string[] {
  switch (state) {
    case 'same':
      return [];
    case 'left-out':
      return [`Stage '${shown}' is left out: ${note}`];
    case 'failed': {
      const { tail = [] } = (error?.data ?? {}) as { tail?: readonly string[] };
      return [`Stage '${shown}' fails in a copy of what is recorded: ${error?.message}`, ...indented(tail)];
    }
    case 'different':
      return [`Stage '${shown}' is not deterministic:`, ...differences.flatMap(differenceLines)];
  }
}

function differenceLines({ path, old, now, files, values }: OutputDifference): string[] {
  if (values)
    return capped(
      values.map(({ key, old: was, new: is }) => {
        const text = (value: typeof was): string => (value === undefined ? '(none)' : pyStr(value));
        return `${path}:${key} ${text(was)} → ${text(is)}`;
      }),
    );
  if (now === undefined) return indented([`${path} is not made`]);
  const changed = files
    ? [
        ...files.added.map((file) => `+ ${path}/${file}`),
        ...files.modified.map((file) => `~ ${path}/${file}`),
        ...files.deleted.map((file) => `- ${path}/${file}`),
      ]
    : [];
  return [...indented([`${path} ${old.slice(0, 8)} → ${now.slice(0, 8)}`]), ...capped(changed, '\t\t')];
}

const indented = (lines: readonly string[], by = '\t'): string[] => lines.map((line) => by + line);
const capped = (lines: readonly string[], by = '\t'): string[] =>
  indented(lines.length <= MOST ? lines : [...lines.slice(0, MOST), `… and ${lines.length - MOST} more`], by);
