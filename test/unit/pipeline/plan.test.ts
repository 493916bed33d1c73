import * as assert from 'node:assert/strict';
import { buildGraph } from '../../../src/engine/graph/graph.ts';
import { type PlanOptions, planRepro, withoutFrozen } from '../../../src/engine/pipeline/plan.ts';
import { pipelineStage } from '../../support/stages.ts';

/** a ← b ← d, a ← c ← d; e alone. */
const STAGES = [
  pipelineStage('d', { deps: ['b.o', 'c.o'], outs: ['d.o'] }),
  pipelineStage('b', { deps: ['a.o'], outs: ['b.o'] }),
  pipelineStage('e', { outs: ['e.o'] }),
  pipelineStage('a', { outs: ['a.o'] }),
  pipelineStage('c', { deps: ['a.o'], outs: ['c.o'] }),
];

describe('planRepro', () => {
  const cases: readonly [targets: string, options: PlanOptions, order: string][] = [
    ['', {}, 'a b c d e'],
    ['d', {}, 'a b c d'],
    ['b', {}, 'a b'],
    ['c b', {}, 'a b c'],
    ['b', { downstream: true }, 'b d'],
    ['a', { downstream: true }, 'a b c d'],
    ['b', { pipeline: true }, 'a b c d'],
    ['e', { pipeline: true }, 'e'],
  ];
  for (const [targets, options, order] of cases)
    it(`plans ${targets || 'everything'} ${JSON.stringify(options)}`, () => {
      const graph = buildGraph(STAGES);
      const chosen =
        targets === '' ? [] : targets.split(' ').map((name) => STAGES.find((stage) => stage.name === name)!);
      assert.equal(
        planRepro(graph, chosen, options)
          .map(({ address }) => address)
          .join(' '),
        order,
      );
    });

  it('does nothing for the sake of a frozen stage', () => {
    const stages = STAGES.map((stage) => (stage.name === 'b' ? { ...stage, frozen: true } : stage));
    const plan = planRepro(withoutFrozen(buildGraph(stages)), [stages[1]!]);
    assert.deepEqual(
      plan.map(({ address }) => address),
      ['b'],
    );
  });

  it('plans 5,000 stages in a row', () => {
    const row = Array.from({ length: 5_000 }, (_, i) =>
      pipelineStage(`s${i}`, { deps: i === 0 ? [] : [`o${i - 1}`], outs: [`o${i}`] }),
    );
    const plan = planRepro(buildGraph(row), [row[row.length - 1]!]);
    assert.equal(plan.length, row.length);
    assert.equal(plan[0]?.address, 's0');
  });

  it('runs the maker of a params file first', () => {
    const reader = {
      ...pipelineStage('reader', { outs: ['r.o'] }),
      params: [{ file: STAGES[3]!.outs[0]!.place, defPath: 'a.o', keys: ['k'], locked: undefined }],
    };
    const plan = planRepro(buildGraph([reader, STAGES[3]!]), [reader]);
    assert.deepEqual(
      plan.map(({ address }) => address),
      ['a', 'reader'],
    );
  });
});
