import assert from 'node:assert/strict';
import { metricSeries } from '../../../src/engine/verbs/metric-series.ts';
import { type EngineRepo, makeEngineRepo, useEngineSandbox } from '../../support/engine-repo.ts';

describe('steps of the metrics of a commit', function () {
  this.timeout(60_000);
  const sandbox = useEngineSandbox('metric-series');
  let repo: EngineRepo;

  beforeEach(async () => {
    repo = await makeEngineRepo(sandbox());
    repo.writeAll([
      ['dvclive/metrics.json', '{"train": {"loss": 0.5}, "acc": 0.9}'],
      ['dvclive/plots/metrics/train/loss.tsv', 'step\ttrain/loss\n0\t1\n1\t0.5\n'],
      ['dvclive/plots/metrics/acc.tsv', 'step\tacc\n0\tnan\n1\t0.9\n'],
      ['metrics.json', '{"f1": 1}'],
    ]);
  });

  const read = (files: readonly string[]) =>
    repo.open(async (open, ctx) => {
      const rev = repo.git('rev-parse', 'HEAD').trim();
      const found = await metricSeries(open, { rev, files }, ctx);
      return found.map(({ file, keys, values }) => `${file} ${keys.join('.')} ${values.join(',')}`).sort();
    });
  const both = ['dvclive/metrics.json acc 0.9', 'dvclive/metrics.json train.loss 1,0.5'];

  it('are read from Git, as they were then', async () => {
    repo.commitAll('one');
    repo.write('dvclive/plots/metrics/acc.tsv', 'step\tacc\n0\t7\n');
    assert.deepEqual(await read(['dvclive/metrics.json', 'metrics.json']), both);
  });

  it('are read from the cache, where DVC has them', async () => {
    await repo.add('dvclive/plots');
    repo.commitAll('one');
    repo.remove('dvclive/plots');
    assert.deepEqual(await read(['dvclive/metrics.json']), both);
    repo.remove('.dvc/cache');
    assert.deepEqual(await read(['dvclive/metrics.json']), []);
  });
});
