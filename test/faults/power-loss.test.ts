import { type Random, runSeed, seededRandom } from '../support/random.ts';
import { CrashModel, SURVIVALS, type Survival } from './support/power-loss.ts';
import type { Scenario } from './support/scenarios.ts';
import { chosenScenarios, Lanes, LONG, sample, share } from './support/sweep.ts';
import { type Baseline, judge, recover, Tally } from './support/trials.ts';
import type { TrialWorld } from './support/world.ts';

/** The power goes after operation n, or after success: what was not flushed is lost, cut or reordered. */
describe('a power cut', function () {
  this.timeout(LONG ? 0 : 300_000);
  const random = seededRandom(runSeed());
  let lanes: Lanes;
  before(() => {
    lanes = new Lanes();
    console.log(`      seed ${random.seed}`);
  });
  after(() => lanes.dispose());

  for (const scenario of chosenScenarios())
    it(`leaves the repository valid in ${scenario.name}`, async () => {
      const tally = new Tally(scenario.name);
      const baselines = await lanes.prepare(scenario);
      const length = Math.max(...[...baselines.values()].map((baseline) => baseline.log.length));
      const cuts: { at: number; survival: Survival }[] = SURVIVALS.map((survival) => ({ at: length, survival }));
      for (const survival of SURVIVALS)
        for (const at of sample(length, share(scenario, 3), random)) cuts.push({ at, survival });
      let next = 0;
      await Promise.all(
        [...baselines].map(async ([world, baseline]) => {
          while (next < cuts.length) {
            const cut = cuts[next++];
            if (cut) await tryCut(world, scenario, baseline, cut, random, tally);
          }
        }),
      );
      tally.settle();
    });
});

async function tryCut(
  world: TrialWorld,
  scenario: Scenario,
  baseline: Baseline,
  cut: { at: number; survival: Survival },
  random: Random,
  tally: Tally,
): Promise<void> {
  world.restore();
  const model = new CrashModel(world.roots);
  for (const entry of baseline.log.slice(0, cut.at)) model.apply(entry);
  model.materialize(cut.survival, random);
  // After the last operation the command has said "done": for one that stores, that is a promise a cut must not break.
  const code = cut.at >= baseline.log.length && scenario.stores === true ? 0 : null;
  const outcome = { ...baseline.outcome, code, killed: code === null, fired: 1 };
  const problems = [...judge(world, baseline, outcome), ...(await recover(world, scenario, baseline))];
  const last = baseline.log[cut.at - 1];
  const where = last && 'path' in last ? `${last.op} ${last.path?.replaceAll(world.base, '')}` : last?.op;
  tally.count(
    outcome,
    problems.length === 0
      ? undefined
      : {
          scenario: scenario.name,
          plan: `${cut.survival} after ${cut.at}/${baseline.log.length} (${where})`,
          problems,
          output: '',
        },
  );
}
