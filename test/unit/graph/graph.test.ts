import assert from 'node:assert/strict';
import { DvcError } from '../../../src/engine/core/errors.ts';
import { asRepoPath } from '../../../src/engine/core/ids.ts';
import { buildGraph, withUpstream } from '../../../src/engine/graph/graph.ts';
import { OutputMap } from '../../../src/engine/graph/output-map.ts';
import { output, pipelineStage } from '../../support/stages.ts';

const failsWith = (code: string, text: RegExp) => (error: unknown) =>
  DvcError.is(error) && error.code === code && text.test(error.message);

describe('graph', () => {
  it('draws an edge where a dependency is, lies in, or contains an output', () => {
    const graph = buildGraph([
      pipelineStage('same', { deps: ['a'], outs: ['w'] }),
      pipelineStage('inside', { deps: ['b/file'], outs: ['x'] }),
      pipelineStage('around', { deps: ['c'], outs: ['y'] }),
      pipelineStage('apart', { deps: ['ab', 'b2'], outs: ['z'] }),
      pipelineStage('makes', { outs: ['a', 'b', 'c/deep/out'] }),
    ]);
    const edges = Object.fromEntries([...graph.needs].map(([stage, needs]) => [stage, [...needs]]));
    assert.deepEqual(edges, { same: ['makes'], inside: ['makes'], around: ['makes'], apart: [], makes: [] });
  });

  it('puts each stage after what it needs', () => {
    const stages = [
      pipelineStage('c', { deps: ['b.out'], outs: ['c.out'] }),
      pipelineStage('a', { outs: ['a.out'] }),
      pipelineStage('b', { deps: ['a.out'], outs: ['b.out'] }),
      pipelineStage('other', { outs: ['other.out'] }),
    ];
    const order = withUpstream(buildGraph(stages), [stages[0]!]).map((stage) => stage.address);
    assert.deepEqual(order, ['a', 'b', 'c']);
  });

  it('names the way into a cycle', () => {
    const stages = [
      pipelineStage('a', { deps: ['c.out'], outs: ['a.out'] }),
      pipelineStage('b', { deps: ['a.out'], outs: ['b.out'] }),
      pipelineStage('c', { deps: ['b.out'], outs: ['c.out'] }),
    ];
    assert.throws(
      () => buildGraph(stages),
      (error) => DvcError.is(error, 'cycle') && /a → c → b → a|b → a|c → b/.test(error.hint ?? ''),
    );
  });

  it('refuses a stage that depends on its own output', () =>
    assert.throws(
      () => buildGraph([pipelineStage('a', { deps: ['o'], outs: ['o'] })]),
      failsWith('cycle', /in stage: a\./),
    ));

  it('refuses two owners of one path, and an output inside another', () => {
    assert.throws(
      () => buildGraph([pipelineStage('a', { outs: ['o'] }), pipelineStage('b', { outs: ['o'] })]),
      failsWith('output-overlap', /output 'o' is specified in:\n\t- [ab]\n\t- [ab]/),
    );
    assert.throws(
      () => buildGraph([pipelineStage('a', { outs: ['o'] }), pipelineStage('b', { outs: ['o/p'] })]),
      failsWith('output-overlap', /'o'\('a'\)\n'o\/p'\('b'\)\noverlap/),
    );
  });

  it('walks ten thousand stages in a row', () => {
    const stages = Array.from({ length: 10_000 }, (_, i) =>
      pipelineStage(`s${i}`, { deps: i === 0 ? [] : [`o${i - 1}`], outs: [`o${i}`] }),
    );
    assert.equal(buildGraph(stages).needs.size, 10_000);
  });
});

describe('OutputMap', () => {
  const map = new OutputMap(['data', 'data2', 'data-x/a', 'data-x/b/c', 'z'].map((path) => output(path)));
  const paths = (found: readonly { defPath: string }[]) => found.map((one) => one.defPath).sort();

  it('finds what lies around a path', () => {
    assert.deepEqual(paths(map.around(asRepoPath('data/x/y'))), ['data']);
    assert.deepEqual(paths(map.around(asRepoPath('data2'))), ['data2']);
    assert.deepEqual(paths(map.around(asRepoPath('dat'))), []);
  });

  it('finds what lies below a folder, and no neighbour of a like name', () => {
    assert.deepEqual(paths(map.below(asRepoPath('data-x'))), ['data-x/a', 'data-x/b/c']);
    assert.deepEqual(paths(map.below(asRepoPath('data'))), []);
    assert.equal(map.below(asRepoPath('')).length, 5);
  });
});
