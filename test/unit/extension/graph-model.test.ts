import * as assert from 'node:assert/strict';
import type { PipelineFile, StageView } from '../../../src/engine/index.ts';
import { groupOf, pipelineGraph } from '../../../src/extension/panels/graph-model.ts';
import type { OutputView } from '../../../src/extension/snapshot.ts';

interface Made {
  readonly deps?: readonly string[];
  readonly outs?: Readonly<Record<string, number | undefined>>;
  readonly needs?: readonly string[];
  readonly group?: string;
}

const inRepo = (path: string) => ({ kind: 'repo', path });

/** A stage with what a graph looks at. */
function stage(address: string, { deps = [], outs = {}, needs = [], group }: Made = {}): StageView {
  const [file = '', name = ''] = address.split(':');
  return {
    address,
    file,
    needs,
    stage: {
      name,
      group,
      deps: deps.map((path) => ({ place: inRepo(path), meta: {} })),
      outs: Object.entries(outs).map(([path, size]) => ({ place: inRepo(path), meta: { size } })),
    },
  } as unknown as StageView;
}

const pipeline = (...stages: StageView[]): PipelineFile[] => [{ file: 'dvc.yaml', stages } as unknown as PipelineFile];
const data = (path: string, size: number): OutputView =>
  ({ path, size, pointer: `${path}.dvc`, isFolder: false }) as unknown as OutputView;

const edgesOf = (files: PipelineFile[], outputs: OutputView[] = []): string[] =>
  pipelineGraph(files, outputs).edges.map(({ from, to, files: read, size }) => `${from} ${to} ${read.join()} ${size}`);

describe('the graph of pipelines', () => {
  it('leads from what makes a file to what reads it', () => {
    const found = edgesOf(
      pipeline(stage('dvc.yaml:a', { outs: { x: 5 } }), stage('dvc.yaml:b', { deps: ['x', 'code.py'] })),
    );
    assert.deepEqual(found, ['dvc.yaml:a dvc.yaml:b x 5']);
  });

  it('knows files in folders that are made, and folders around files that are', () => {
    const [a, b] = [
      stage('dvc.yaml:a', { outs: { 'out/x': 1, 'out/y': 2 } }),
      stage('dvc.yaml:b', { outs: { raw: 9 } }),
    ];
    const c = stage('dvc.yaml:c', { deps: ['out', 'raw/deep/part.csv'] });
    assert.deepEqual(edgesOf(pipeline(a, b, c)), [
      'dvc.yaml:a dvc.yaml:c out/x,out/y 3',
      'dvc.yaml:b dvc.yaml:c raw/deep/part.csv 9',
    ]);
  });

  it('is not misled by names that begin alike', () => {
    const found = edgesOf(
      pipeline(stage('dvc.yaml:a', { outs: { out: 1 } }), stage('dvc.yaml:b', { deps: ['out2', 'outer/x'] })),
    );
    assert.deepEqual(found, []);
  });

  it('has tracked data that a stage reads as its source, and no other', () => {
    const graph = pipelineGraph(pipeline(stage('dvc.yaml:a', { deps: ['data/raw.csv'] })), [
      data('data/raw.csv', 7),
      data('other', 8),
    ]);
    assert.deepEqual(
      graph.nodes.map(({ id, kind, name, place }) => [id, kind, name, place]),
      [
        ['data/raw.csv.dvc', 'data', 'raw.csv', 'data'],
        ['dvc.yaml:a', 'stage', 'a', ''],
      ],
    );
    assert.deepEqual(graph.edges[0]?.size, 7);
  });

  it('has an edge for what the engine alone knows of, and none to what is not there', () => {
    const needs = ['dvc.yaml:a', 'gone.yaml:x', 'import.dvc'];
    const found = edgesOf(pipeline(stage('dvc.yaml:a'), stage('dvc.yaml:b', { needs })));
    assert.deepEqual(found, ['dvc.yaml:a dvc.yaml:b  undefined', 'import.dvc dvc.yaml:b  undefined']);
  });

  it('calls members of a group by what sets them apart', () => {
    const view = stage('sub/dvc.yaml:train@b', { group: 'train' });
    assert.deepEqual(groupOf(view), { id: 'sub/dvc.yaml:train', name: 'train', place: 'sub' });
    assert.equal(groupOf({ ...view, address: 'train@b' as StageView['address'] })?.id, 'train');
    const { nodes, groups } = pipelineGraph(pipeline(view), []);
    assert.deepEqual([nodes[0]?.name, nodes[0]?.group, groups.length], ['b', 'sub/dvc.yaml:train', 1]);
  });
});
