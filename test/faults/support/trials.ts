import * as fs from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import {
  checkDone,
  checkInterrupted,
  checkLeftovers,
  checkPointers,
  checkStore,
  checkUntouched,
  describeViolation,
  look,
  md5,
  type Violation,
  type World,
  wasThere,
} from '../../support/checker.ts';
import type { Scenario } from './scenarios.ts';
import type { FaultPlan, LoggedOp, Outcome } from './trial-host.ts';
import type { TrialWorld } from './world.ts';

/** What a scenario does when nothing goes wrong: the measure of every trial. */
export interface Baseline {
  readonly before: World;
  readonly after: World;
  readonly between: ReadonlyMap<string, ReadonlySet<string>>;
  readonly outcome: Outcome;
  readonly log: readonly LoggedOp[];
  readonly outside: World;
}

export interface Failure {
  readonly scenario: string;
  readonly plan: string;
  readonly problems: readonly string[];
  readonly output: string;
}

/** Faults to try, without the roots every plan of a world shares. */
export type Fault = Omit<FaultPlan, 'roots'>;

/** Prepares the scenario in this world and runs it once without faults. @throws where that run itself breaks a rule. */
export async function establish(world: TrialWorld, scenario: Scenario): Promise<Baseline> {
  await scenario.prepare(world);
  world.keep();
  await begin(world, scenario);
  const before = world.look();
  const outside = look([world.outside]);
  const outcome = await world.host.run(world.repo, scenario.argv, { roots: world.roots, log: true });
  const after = world.look();
  const log = outcome.log ?? [];
  const baseline = { before, after, between: between(log), outcome, log, outside };
  const problems = [...checkAll(world), ...checkLeftovers(after), ...checkUntouched(outside, look([world.outside]))];
  if (outcome.code !== 0 || problems.length > 0)
    throw new Error(
      `${scenario.name} without any fault: exit ${outcome.code}\n${problems.map(describeViolation).join('\n')}\n${outcome.stderr}${outcome.stdout}`,
    );
  return baseline;
}

/** Brings the scenario's first state back, with a warm index where it asks for one. */
export async function begin(world: TrialWorld, scenario: Scenario): Promise<void> {
  world.restore();
  await letTimePass(scenario);
  if (scenario.warm) await world.host.run(world.repo, ['status', '-q'], { roots: world.roots });
}

/** What was made as late as the clock can tell is spared by gc; between two commands of a person more time goes by. */
const letTimePass = ({ verb }: Scenario): Promise<void> => setTimeout(verb === 'gc' ? 50 : 0);

/** The contents that were renamed onto each path: several steps of one command are all "new". */
function between(log: readonly LoggedOp[]): Map<string, Set<string>> {
  const steps = new Map<string, Set<string>>();
  for (const entry of log) {
    if (entry.op !== 'rename' || !entry.content) continue;
    const known = steps.get(entry.to) ?? new Set();
    steps.set(entry.to, known.add(md5(entry.content)));
  }
  return steps;
}

const checkAll = (world: TrialWorld): Violation[] => [
  ...checkStore(join(world.repo, '.dvc/cache'), 'I1'),
  ...checkStore(world.remote, 'I9'),
];

/** Runs the scenario under one fault and judges what it leaves, then whether the next command works. */
export async function tryFault(
  world: TrialWorld,
  scenario: Scenario,
  baseline: Baseline,
  fault: Fault,
): Promise<{ outcome: Outcome; failure?: Failure }> {
  await begin(world, scenario);
  const outcome = await world.host.run(world.repo, scenario.argv, { ...fault, roots: world.roots });
  const problems = [...judge(world, baseline, outcome), ...(await recover(world, scenario, baseline))];
  if (problems.length === 0) return { outcome };
  const plan = `${JSON.stringify(fault)}${outcome.trace === undefined ? '' : ` at ${outcome.trace.replaceAll(world.base, '')}`}`;
  return {
    outcome,
    failure: {
      scenario: scenario.name,
      plan,
      problems,
      output: `exit ${outcome.code}: ${outcome.stderr}${outcome.stdout}`,
    },
  };
}

/** What must hold right after a run that was stopped, failed or went well. */
export function judge(world: TrialWorld, baseline: Baseline, outcome: Outcome): string[] {
  const now = world.look();
  const violations: Violation[] = [
    ...checkAll(world).filter((violation) => !wasThere(violation, baseline.before)),
    ...checkInterrupted(world.repo, { ...baseline, now }),
    ...checkUntouched(baseline.outside, look([world.outside])),
    ...(outcome.code === 0 ? checkDone(world.repo, baseline.after, now) : []),
    ...checkNewPointers(world, baseline, now),
  ];
  const problems = violations.map(describeViolation);
  if (outcome.hung) problems.push('hung');
  if (outcome.code !== 0 && !outcome.killed) problems.push(...unclear(outcome));
  return problems;
}

/** A pointer that is not the old one any more names only objects that are there, whatever happened to the command. */
function checkNewPointers(world: TrialWorld, baseline: Baseline, now: World): Violation[] {
  const store = join(world.repo, '.dvc/cache');
  const old = baseline.before.get(world.repo);
  const wanted = baseline.after.get(world.repo);
  const found = now.get(world.repo);
  // A pointer that is incomplete when all goes well (--no-commit, --to-remote) is not judged.
  const incomplete = new Set(baselineIncomplete(baseline));
  return checkPointers(
    world.repo,
    store,
    (path) => found?.get(path)?.md5 !== old?.get(path)?.md5 && wanted?.has(path) === true && !incomplete.has(path),
  );
}

const incompleteOf = new WeakMap<Baseline, readonly string[]>();
const baselineIncomplete = (baseline: Baseline): readonly string[] => incompleteOf.get(baseline) ?? [];

/** Remembers which pointers name absent objects after a run without faults. Called while that state is on the disk. */
export function noteIncomplete(world: TrialWorld, baseline: Baseline): void {
  const violations = checkPointers(world.repo, join(world.repo, '.dvc/cache'));
  incompleteOf.set(
    baseline,
    violations.map((violation) => violation.path),
  );
}

/** A failure must be told in words: a stack trace or nothing at all is no answer. */
function unclear({ stderr, stdout, code }: Outcome): string[] {
  if (code === 7) return [`crashed: ${stderr.slice(0, 2000)}`];
  if (/unexpected error|^\s+at .*:\d+:\d+\)?$/m.test(stderr)) return [`unclear error: ${stderr.slice(0, 2000)}`];
  if ((stderr + stdout).trim() === '') return [`exit ${code} without a word`];
  return [];
}

/** I11: the same command again, or `status` once it is done, works without any manual step and cleans up. */
export async function recover(world: TrialWorld, scenario: Scenario, baseline: Baseline): Promise<string[]> {
  const done = checkDone(world.repo, baseline.after, world.look()).length === 0;
  const again = done && scenario.once ? ['status'] : scenario.argv;
  await letTimePass(scenario);
  const next = await world.host.run(world.repo, again, { roots: world.roots });
  const words = `next command \`${again.join(' ')}\``;
  if (next.code !== 0) {
    if (done && scenario.verb === 'destroy') return []; // Nothing is left that `status` could tell about.
    return [`I11 ${words} exits ${next.code}: ${next.stderr}${next.stdout}`];
  }
  const now = world.look();
  return [
    ...checkAll(world),
    ...checkDone(world.repo, baseline.after, now),
    ...(again === scenario.argv || scenario.tidy ? checkLeftovers(now) : []),
    ...checkUntouched(baseline.outside, look([world.outside])),
  ].map((violation) => `after the ${words}: ${describeViolation(violation)}`);
}

/** Numbers of one kind of trial, printed as `add dir: 412 trials, 0 violations`. */
export class Tally {
  trials = 0;
  fired = 0;
  readonly failures: Failure[] = [];
  readonly name: string;

  constructor(name: string) {
    this.name = name;
  }

  count(outcome: Outcome, failure: Failure | undefined): void {
    this.trials++;
    if (outcome.fired > 0) this.fired++;
    if (failure) this.failures.push(failure);
  }

  line(): string {
    return `${this.name}: ${this.trials} trials, ${this.failures.length} violations`;
  }

  /** Prints the numbers, keeps every failure in LODE_FAULT_REPORT where that is set, and throws if there was one. */
  settle(): void {
    console.log(`      ${this.line()}`);
    if (this.failures.length === 0) return;
    const text = this.failures
      .map((f) => `## ${f.scenario} ${f.plan}\n${f.problems.map((p) => `- ${p}`).join('\n')}\n  ${f.output.trim()}\n`)
      .join('\n');
    const report = process.env['LODE_FAULT_REPORT'];
    if (report !== undefined) fs.appendFileSync(report, `${text}\n`);
    throw new Error(`${this.line()}\n${text.slice(0, 6000)}`);
  }
}
