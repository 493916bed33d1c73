import { runSeed, seededRandom } from '../support/random.ts';
import { chosenScenarios, eligible, Lanes, LONG, sample, share } from './support/sweep.ts';
import { type Fault, Tally } from './support/trials.ts';

const ERRNOS = ['ENOSPC', 'EIO', 'EACCES', 'EMFILE', 'EROFS', 'EINTR'];

/** Each error at operation 1, 2, 3 … once, and from there on for good; then a disk that fills up, and short transfers. */
describe('a failing file operation', function () {
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
      const faults: Fault[] = [];
      for (const errno of ERRNOS) {
        const count = await eligible(scenario, baselines, errno);
        for (const persistent of [false, true])
          for (const at of sample(count, share(scenario, errno === 'ENOSPC' || errno === 'EIO' ? 4 : 2), random))
            faults.push({ errno, at, persistent });
      }
      await lanes.run(scenario, baselines, faults, tally);
      tally.settle();
    });

  for (const scenario of chosenScenarios())
    it(`and short reads and writes change nothing in ${scenario.name}`, async () => {
      const tally = new Tally(`${scenario.name}, short transfers`);
      const baselines = await lanes.prepare(scenario);
      const seeds = Array.from({ length: LONG ? 50 : 2 }, () => ({ short: 1 + random.int(1 << 20) }));
      await lanes.run(scenario, baselines, seeds, tally);
      tally.settle();
    });
});
