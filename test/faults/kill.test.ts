import { runSeed, seededRandom } from '../support/random.ts';
import { chosenScenarios, Lanes, LONG, sample, share } from './support/sweep.ts';
import { type Fault, Tally } from './support/trials.ts';

/** A kill before every operation that changes the disk, and in the middle of every write and copy. */
describe('a kill', function () {
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
      const ops = Math.max(...[...baselines.values()].map((baseline) => baseline.outcome.ops));
      const faults: Fault[] = sample(ops, share(scenario, 24), random).map((killAt) => ({ killAt }));
      faults.push(...sample(ops, share(scenario, 6), random).map((killAt) => ({ killAt, torn: true })));
      await lanes.run(scenario, baselines, faults, tally);
      tally.settle();
    });
});
