/* biome-ignore-all lint/suspicious/noTemplateCurlyInString: dvc.yaml has them. */
import * as assert from 'node:assert/strict';
import { hoverAt, type InlayValue, inlayValues } from '../../../src/engine/language/index.ts';
import { languageCase } from '../../support/language-project.ts';

type Files = Record<string, string>;

async function hover(files: Files, options = {}) {
  const { project, file, position } = languageCase(files, options);
  return hoverAt(project, file, position);
}

const MD5 = '2306b4377429730ee03a806cff76e92b';
const LOCK = `schema: '2.0'\nstages:\n  train:\n    cmd: y\n    deps:\n    - path: data/clean\n      hash: md5\n      md5: ${MD5}\n      size: 4\n    params:\n      params.yaml:\n        lr: 0.1\n`;
const YAML =
  'stages:\n  prep:\n    cmd: x\n    outs: [data/clean]\n  train:\n    cmd: y\n    deps:\n    - data/clean\n    params:\n    - lr\n';

describe('hover', () => {
  it('of a dep: what is recorded, where it is, who makes it', async () => {
    const files = { 'dvc.yaml': YAML.replace('- data', '- da|ta'), 'dvc.lock': LOCK, 'data/clean': 'abc' };
    const found = await hover(files, { cached: [MD5] });
    assert.ok(found?.kind === 'path');
    const [facts] = found.paths;
    assert.equal(found.role, 'dep');
    assert.deepEqual([facts?.recorded?.hash?.value, facts?.recorded?.meta.size], [MD5, 4]);
    assert.deepEqual([facts?.onDisk, facts?.inCache], ['file', true]);
    assert.deepEqual(
      facts?.madeBy.map(({ name }) => name),
      ['prep'],
    );
  });
  it('of an output: who uses it; nothing is recorded yet', async () => {
    const found = await hover({ 'dvc.yaml': YAML.replace('[data', '[da|ta') });
    assert.ok(found?.kind === 'path');
    assert.equal(found.role, 'out');
    assert.deepEqual(
      found.paths[0]?.usedBy.map(({ name }) => name),
      ['train'],
    );
    assert.deepEqual(
      [found.paths[0]?.recorded, found.paths[0]?.inCache, found.paths[0]?.onDisk],
      [undefined, undefined, undefined],
    );
  });
  it('of tracked data: what its pointer file records', async () => {
    const recorded = [{ path: 'raw', recordedIn: 'raw.dvc', size: 7, files: 2, oid: `${MD5}.dir` }];
    const found = await hover(
      { 'dvc.yaml': 'stages:\n  a:\n    cmd: x\n    deps: [raw/a|.csv]\n' },
      { recorded, cached: [`${MD5}.dir`] },
    );
    assert.ok(found?.kind === 'path');
    assert.deepEqual([found.paths[0]?.tracked?.recordedIn, found.paths[0]?.tracked?.size], ['raw.dvc', 7]);
    assert.deepEqual([found.paths[0]?.recorded, found.paths[0]?.inCache], [undefined, true]);
  });
  it('of a param: now, at the last run, at the last commit', async () => {
    const files = { 'dvc.yaml': YAML.replace('- lr', '- l|r'), 'dvc.lock': LOCK, 'params.yaml': 'lr: 0.5\n' };
    const found = await hover(files, { committed: { 'params.yaml': 'lr: 0.2\n' } });
    assert.ok(found?.kind === 'param');
    assert.deepEqual(found.params, [
      { key: 'lr', file: 'params.yaml', now: '0.5', locked: '0.1', committed: '0.2', hasRun: true },
    ]);
  });
  it('of a param that is nowhere', async () => {
    const found = await hover({ 'dvc.yaml': YAML.replace('- lr', '- l|r') });
    assert.ok(found?.kind === 'param');
    assert.deepEqual([found.params[0]?.now, found.params[0]?.hasRun], [undefined, false]);
  });
  it('of a variable: its value and its file', async () => {
    const found = await hover({
      'dvc.yaml': 'stages:\n  a:\n    cmd: x ${train.l|r} ${b}\n',
      'params.yaml': 'train: {lr: 1e-3}\nb: true\n',
    });
    assert.ok(found?.kind === 'variable');
    assert.deepEqual(
      [found.values, found.source, found.key, found.problem],
      [['0.001'], 'params.yaml', 'train.lr', undefined],
    );
  });
  it('of item in a group: the value of each member', async () => {
    const found = await hover({ 'dvc.yaml': 'stages:\n  a:\n    foreach: [us, gb]\n    do:\n      cmd: x ${it|em}\n' });
    assert.ok(found?.kind === 'variable');
    assert.deepEqual([found.values, found.source], [['us', 'gb'], undefined]);
  });
  it('of a variable that leads nowhere: why', async () => {
    const found = await hover({ 'dvc.yaml': 'stages:\n  a:\n    cmd: x ${epoc|s}\n', 'params.yaml': 'epochs: 1\n' });
    assert.ok(found?.kind === 'variable');
    assert.deepEqual([found.problem, found.hint], ["Could not find 'epocs'", "Did you mean 'epochs'?"]);
  });
  const keys: [string, string][] = [
    ['sta|ges:\n  a: {cmd: x}\n', 'stages'],
    ['stages:\n  a:\n    always_ch|anged: true\n', 'stages.*.always_changed'],
    ['stages:\n  a:\n    outs:\n    - o:\n        per|sist: true\n', 'stages.*.outs.*.*.persist'],
    ['stages:\n  a:\n    foreach: []\n    do:\n      wd|ir: x\n', 'stages.*.do.wdir'],
  ];
  for (const [text, path] of keys)
    it(`of the key ${path}`, async () => {
      const found = await hover({ 'dvc.yaml': text });
      assert.ok(found?.kind === 'key');
      assert.equal(found.schemaPath, path);
    });
  it('of a path in dvc.lock', async () => {
    const found = await hover({ 'dvc.yaml': YAML, 'dvc.lock': LOCK.replace('path: data', 'path: da|ta') });
    assert.ok(found?.kind === 'path');
    assert.deepEqual([found.paths[0]?.place, found.paths[0]?.recorded?.hash?.value], ['data/clean', MD5]);
  });
  it('of nothing', async () => assert.equal(await hover({ 'dvc.yaml': 'stages:\n  # |x\n' }), undefined));
});

describe('inlay values', () => {
  const all = { start: { line: 0, character: 0 }, end: { line: 100, character: 0 } };
  const shown = (found: readonly InlayValue[]) =>
    found.map(({ position, values }) => `${position.line + 1}:${position.character} ${values.join('|')}`);
  const at = async (files: Files, range = all) => {
    const { project, file } = languageCase(files);
    return shown(await inlayValues(project, file, range));
  };
  it('stand behind each ${}', async () =>
    assert.deepEqual(
      await at({
        'params.yaml': 'a: 1\nb: [x]\n',
        'dvc.yaml': 'stages:\n  s:\n    cmd: "p ${a} ${b[0]}"\n    deps: ["${a}.csv"]\n',
      }),
      ['3:16 1', '3:24 x', '4:16 1'],
    ));
  it('of a group are those of all members', async () =>
    assert.deepEqual(
      await at({ 'dvc.yaml': 'stages:\n  s:\n    matrix: {m: [a, b], n: [1, 2]}\n    cmd: x ${item.m} ${item.n}\n' }),
      ['4:20 a|b', '4:30 1|2'],
    ));
  it('of keys and of what stands below them', async () =>
    assert.deepEqual(
      await at({
        'params.yaml': 'o: out\nd: text\n',
        'dvc.yaml': 'stages:\n  s:\n    cmd: x\n    outs:\n    - ${o}.csv:\n        desc: a ${d}\n',
      }),
      ['5:10 out', '6:20 text'],
    ));
  it('only of the lines asked for', async () => {
    const files = { 'params.yaml': 'a: 1\n', 'dvc.yaml': 'stages:\n  s:\n    cmd: x ${a}\n  t:\n    cmd: x ${a}\n' };
    assert.deepEqual(await at(files, { start: { line: 3, character: 0 }, end: { line: 4, character: 0 } }), ['5:15 1']);
  });
  it('are none in a stage with an error, and still there in the others', async () =>
    assert.deepEqual(
      await at({
        'params.yaml': 'a: 1\n',
        'dvc.yaml': 'stages:\n  s:\n    cmd: x ${nope} ${a}\n  t:\n    cmd: x ${a}\n  u:\n    cmd: "\n',
      }),
      ['5:15 1'],
    ));
});
