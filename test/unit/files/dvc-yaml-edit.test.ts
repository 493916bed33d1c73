/* biome-ignore-all lint/suspicious/noTemplateCurlyInString: dvc.yaml has them. */
import * as assert from 'node:assert/strict';
import { DvcError } from '../../../src/engine/core/errors.ts';
import { type OutEntry, type PipelineEntry, requireValid, resolveDvcYaml } from '../../../src/engine/files/dvc-yaml.ts';
import { addStage, removeStage, type StageSpec, setFrozen } from '../../../src/engine/files/dvc-yaml-edit.ts';

const out = (path: string, kind: OutEntry['kind'], more: Partial<OutEntry> = {}): OutEntry => ({
  ...{ path, kind, cache: true, persist: false, push: true, remote: undefined },
  ...{ desc: undefined, type: undefined, labels: [], meta: null, plot: new Map() },
  ...more,
});

const PREP: StageSpec = {
  name: 'prep',
  cmd: 'run',
  wdir: undefined,
  deps: ['src', 'raw.csv'],
  params: [
    { path: 'p.toml', keys: 'all' },
    { path: 'p.json', keys: ['y.z', 'x'] },
    { path: 'params.yaml', keys: ['nested.b', 'lr'] },
  ],
  outs: [
    out('per.txt', 'out', { persist: true }),
    out('m2.json', 'metric', { cache: false }),
    out('m.json', 'metric'),
    out('pl.csv', 'plot', { plot: new Map([['x', 'step']]), remote: 'r', push: false, desc: 'd', labels: ['l'] }),
    out('nc.csv', 'out', { cache: false }),
  ],
  frozen: false,
  alwaysChanged: true,
  desc: 'a desc',
  meta: null,
};

const PREP_TEXT = `stages:
  prep:
    desc: a desc
    cmd: run
    deps:
    - raw.csv
    - src
    params:
    - lr
    - nested.b
    - p.json:
      - x
      - y.z
    - p.toml:
    outs:
    - nc.csv:
        cache: false
    - per.txt:
        persist: true
    metrics:
    - m.json
    - m2.json:
        cache: false
    plots:
    - pl.csv:
        desc: d
        labels:
        - l
        x: step
        remote: r
        push: false
    always_changed: true
`;

const stagesOf = async (content: string): Promise<readonly PipelineEntry[]> =>
  requireValid(await resolveDvcYaml({ path: 'dvc.yaml', content, readFile: async () => undefined })).stages;
const first = async (content: string): Promise<PipelineEntry> => {
  const [stage] = await stagesOf(content);
  assert.ok(stage);
  return stage;
};

describe('editing dvc.yaml', () => {
  it('writes a stage in the order of DVC', () => assert.equal(addStage(undefined, PREP, 'dvc.yaml'), PREP_TEXT));

  it('reads back what it writes', async () => {
    const stage = await first(PREP_TEXT);
    assert.equal(addStage(undefined, stage, 'dvc.yaml'), PREP_TEXT);
  });

  it('adds at the end and keeps comments', () => {
    const old = '# top\nstages:\n  a:\n    cmd: x # why\n';
    const added = addStage(old, { ...PREP, deps: [], params: [], outs: [], desc: undefined }, 'dvc.yaml');
    assert.equal(added, `${old}  prep:\n    cmd: run\n    always_changed: true\n`);
  });

  it('keeps what only a hand can write when it replaces a stage', async () => {
    const old =
      'stages:\n  prep:\n    cmd: old\n    desc: mine\n    meta: {k: 1}\n    outs:\n    - nc.csv:\n        desc: words\n';
    const given = {
      ...PREP,
      deps: [],
      params: [],
      alwaysChanged: false,
      desc: undefined,
      outs: [out('nc.csv', 'out')],
    };
    assert.equal(addStage(old, given, 'dvc.yaml', await first(old)), old.replace('old', 'run'));
  });

  it('freezes at the end of the entry and thaws again', async () => {
    const text = 'stages:\n  a:\n    cmd: x # why\n  b:\n    cmd: y\n';
    const frozen = setFrozen(text, await first(text), true, 'dvc.yaml');
    assert.equal(frozen, 'stages:\n  a:\n    cmd: x # why\n    frozen: true\n  b:\n    cmd: y\n');
    assert.equal(setFrozen(frozen, await first(frozen), false, 'dvc.yaml'), text);
  });

  it('removes a stage, and the file with the last one', async () => {
    const text = 'stages:\n  a:\n    cmd: x\n  b:\n    cmd: y\nmetrics:\n- m\n';
    const rest = removeStage(text, await first(text), 'dvc.yaml');
    assert.equal(rest, 'stages:\n  b:\n    cmd: y\nmetrics:\n- m\n');
    assert.equal(removeStage(rest, await first(rest), 'dvc.yaml'), undefined);
  });

  it('leaves stages that are made by interpolation to the hand', async () => {
    const stage = await first('stages:\n  f:\n    foreach: [1]\n    do:\n      cmd: x ${item}\n');
    const refused = (action: string) => (error: unknown) =>
      DvcError.is(error) && error.message === `cannot ${action} a parametrized stage: 'f@1'`;
    assert.throws(() => setFrozen('', stage, true, 'dvc.yaml'), refused('dump'));
    assert.throws(() => removeStage('', stage, 'dvc.yaml'), refused('remove'));
  });
});
