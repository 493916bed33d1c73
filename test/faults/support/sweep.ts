import { cpus } from 'node:os';
import type { Random } from '../../support/random.ts';
import { SCENARIOS, type Scenario } from './scenarios.ts';
import { type Baseline, establish, type Fault, noteIncomplete, type Tally, tryFault } from './trials.ts';
import { TrialWorld } from './world.ts';

/** LODE_FAULT_LONG=1 tries every operation; otherwise each sweep takes a seeded sample. */
export const LONG = process.env['LODE_FAULT_LONG'] === '1';

const only = process.env['LODE_FAULT_VERB'];
/** The scenarios this run is about: all, or those of LODE_FAULT_VERB (a verb, or a part of a scenario's name). */
export const chosenScenarios = (): readonly Scenario[] =>
  SCENARIOS.filter((scenario) => only === undefined || scenario.verb === only || scenario.name.includes(only));

/** A few worlds side by side; a trial goes to whichever is free. */
export class Lanes {
  readonly worlds: readonly TrialWorld[];

  constructor() {
    const count = Number(process.env['LODE_FAULT_JOBS'] ?? Math.max(2, Math.min(4, cpus().length)));
    this.worlds = Array.from({ length: count }, () => new TrialWorld());
  }

  /** Prepares the scenario everywhere and gives one lane's baseline, for numbers of operations. */
  async prepare(scenario: Scenario): Promise<ReadonlyMap<TrialWorld, Baseline>> {
    const baselines = new Map<TrialWorld, Baseline>();
    await Promise.all(
      this.worlds.map(async (world) => {
        const baseline = await establish(world, scenario);
        noteIncomplete(world, baseline);
        baselines.set(world, baseline);
      }),
    );
    return baselines;
  }

  async run(
    scenario: Scenario,
    baselines: ReadonlyMap<TrialWorld, Baseline>,
    faults: readonly Fault[],
    tally: Tally,
  ): Promise<void> {
    let next = 0;
    await Promise.all(
      [...baselines].map(async ([world, baseline]) => {
        while (next < faults.length) {
          const fault = faults[next++];
          if (!fault) return;
          const { outcome, failure } = await tryFault(world, scenario, baseline, fault);
          tally.count(outcome, failure);
        }
      }),
    );
  }

  dispose(): void {
    for (const world of this.worlds) world.dispose();
  }
}

/** How many trials of a kind a scenario gets of those that most get; at least one. */
export const share = ({ few }: Scenario, trials: number): number => (few ? Math.ceil(trials / 3) : trials);

/** All of 1…count where that is at most `most` or the run is long; else that many, spread evenly with a random start. */
export function sample(count: number, most: number, random: Random): number[] {
  if (LONG || count <= most) return Array.from({ length: count }, (_, index) => index + 1);
  const step = count / most;
  const start = random.next() * step;
  return Array.from({ length: most }, (_, index) => 1 + Math.min(count - 1, Math.floor(start + index * step)));
}

/** How many operations of the scenario can meet this error, by a run in which it never fires. */
export async function eligible(
  scenario: Scenario,
  baselines: ReadonlyMap<TrialWorld, Baseline>,
  errno: string,
): Promise<number> {
  const [entry] = baselines;
  if (!entry) throw new Error('no lanes');
  const { outcome } = await tryFault(entry[0], scenario, entry[1], { errno, at: 1 << 30 });
  return outcome.eligible;
}
