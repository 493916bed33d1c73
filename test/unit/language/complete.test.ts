/* biome-ignore-all lint/suspicious/noTemplateCurlyInString: dvc.yaml has them. */
import * as assert from 'node:assert/strict';
import { type Completion, completionsAt } from '../../../src/engine/language/index.ts';
import { applied, languageCase } from '../../support/language-project.ts';

type Files = Record<string, string>;

async function complete(
  files: Files,
  options: Parameters<typeof languageCase>[1] = {},
): Promise<readonly Completion[]> {
  const { project, file, position } = languageCase(files, options);
  return completionsAt(project, file, position);
}

const labels = (found: readonly Completion[]): string[] =>
  [...found].sort((a, b) => (a.rank ?? 0) - (b.rank ?? 0)).map(({ label }) => label);

/** What the file is after choosing a completion, without its tab stops. */
async function chosen(files: Files, label: string): Promise<string> {
  const found = (await complete(files)).find((one) => one.label === label);
  assert.ok(found, `${label} is offered`);
  const { file } = languageCase(files);
  const source = files[file]!.replace('|', '');
  const text = found.isSnippet ? found.insert.replace(/\$\d|\$\{\d[:|]?([^}]*)\}/g, '') : found.insert;
  return applied(source, [{ range: found.range, newText: text }]);
}

const PARAMS = 'lr: 0.01\ntrain:\n  epochs: 3\n  opt: {name: adam}\nmodels: [a, b]\n';

describe('completion: keys', () => {
  const stage = ['cmd', 'wdir', 'deps', 'params', 'outs', 'metrics', 'plots', 'vars'];
  const cases: [string, string, string[], string[]][] = [
    ['at the top of an empty file', '|', ['stages', 'vars', 'artifacts', 'metrics', 'plots', 'params'], ['cmd']],
    ['at the top, not those that are there', 'vars: []\ns|', ['stages', 'metrics'], ['vars', 'cmd']],
    ['in a new stage', 'stages:\n  a:\n    |', [...stage, 'foreach', 'matrix'], ['stages', 'md5']],
    ['beside others', 'stages:\n  a:\n    cmd: x\n    |', ['deps', 'matrix'], ['cmd', 'foreach', 'do']],
    ['above others', 'stages:\n  a:\n    d|\n    cmd: x\n    outs: [a]\n', ['deps', 'desc'], ['cmd', 'outs']],
    ['of a foreach', 'stages:\n  a:\n    foreach: [1]\n    |', ['do'], ['cmd', 'foreach', 'deps']],
    ['in its do', 'stages:\n  a:\n    foreach: [1]\n    do:\n      |', ['cmd', 'deps'], ['do']],
    [
      'flags of an output',
      'stages:\n  a:\n    outs:\n    - o:\n        |',
      ['cache', 'persist', 'push', 'remote'],
      ['x', 'cmd', 'checkpoint'],
    ],
    [
      'flags of a plot',
      'stages:\n  a:\n    plots:\n    - o:\n        cache: false\n        |',
      ['x', 'template'],
      ['cache'],
    ],
    [
      'of the meta of a metric',
      'stages:\n  a:\n    metrics:\n    - m.json:\n        meta:\n          |',
      ['direction'],
      ['cache', 'cmd'],
    ],
    ['of the meta of a stage', 'stages:\n  a:\n    meta:\n      |', ['direction'], ['cmd']],
    ['in braces', 'stages:\n  a:\n    outs: [x, {o: {c|', ['cache'], ['cmd']],
    ['of an artifact', 'artifacts:\n  m:\n    |', ['path', 'type', 'labels'], ['cmd']],
    ['of a plot at the top', 'plots:\n- p:\n    |', ['x', 'y', 'title'], ['cache']],
    [
      'in a file with an error above',
      'stages:\n  a:\n    cmd: [x\n    deps: {\n  b:\n    |',
      ['cmd', 'deps'],
      ['stages'],
    ],
    ['with CRLF', 'stages:\r\n  a:\r\n    cmd: x\r\n    |\r\n', ['deps'], ['cmd']],
  ];
  for (const [what, text, some, none] of cases)
    it(what, async () => {
      const found = labels(await complete({ 'dvc.yaml': text }));
      assert.deepEqual(
        some.filter((label) => !found.includes(label)),
        [],
        `of ${found.join(', ')}`,
      );
      assert.deepEqual(
        none.filter((label) => found.includes(label)),
        [],
      );
    });

  it('of a pointer file', async () => {
    assert.ok(labels(await complete({ 'a.dvc': '|' })).includes('outs'));
    const found = labels(await complete({ 'a.dvc': 'outs:\n- path: a\n  |' }));
    assert.ok(found.includes('md5') && found.includes('desc') && !found.includes('path'));
  });

  it('of a lock entry', async () => {
    const found = labels(await complete({ 'dvc.lock': "schema: '2.0'\nstages:\n  a:\n    cmd: x\n    |" }));
    assert.deepEqual(found.sort(), ['deps', 'outs', 'params']);
  });

  it('none in a comment, none behind a plain value', async () => {
    assert.deepEqual(await complete({ 'dvc.yaml': 'stages:\n  a:\n    # c|' }), []);
    assert.deepEqual(await complete({ 'dvc.yaml': 'stages:\n  a:\n    desc: c|' }), []);
  });

  it('begin their value as its kind wants it', async () => {
    const inStage = (key: string) => chosen({ 'dvc.yaml': 'stages:\n  a:\n    |' }, key);
    assert.equal(await inStage('cmd'), 'stages:\n  a:\n    cmd: ');
    assert.equal(await inStage('deps'), 'stages:\n  a:\n    deps:\n- ');
    assert.equal(await chosen({ 'dvc.yaml': 'stages:\n  a:\n    dep|: [x]' }, 'deps'), 'stages:\n  a:\n    deps: [x]');
    assert.equal(await chosen({ 'dvc.yaml': '|' }, 'stages'), 'stages:\n  ');
  });

  it('new stages, of each kind', async () =>
    assert.deepEqual(labels(await complete({ 'dvc.yaml': 'stages:\n  a:\n    cmd: x\n  |' })), [
      'stage',
      'foreach',
      'matrix',
    ]));
});

describe('completion: values', () => {
  const at = (text: string) => complete({ 'dvc.yaml': text }, { remotes: ['s3', 'backup'] });
  it('truth values', async () => {
    assert.deepEqual(labels(await at('stages:\n  a:\n    frozen: |')), ['true', 'false']);
    assert.deepEqual(labels(await at('stages:\n  a:\n    outs:\n    - o: {cache: f|}')), ['true', 'false']);
  });
  it('remotes', async () =>
    assert.deepEqual(labels(await at('stages:\n  a:\n    outs:\n    - o:\n        remote: |')), ['s3', 'backup']));
  it('directions of metrics', async () => {
    const meta = 'stages:\n  a:\n    metrics:\n    - m.json:\n        meta:\n          direction: ';
    assert.deepEqual(labels(await at(`${meta}|`)), ['max', 'min', 'none']);
    assert.deepEqual(labels(await at(`${meta}{acc: |}`)), ['max', 'min', 'none']);
  });
  it('plot templates', async () =>
    assert.ok(labels(await at('plots:\n- p:\n    template: |')).includes('confusion_normalized')));
  it('the stages that a lock file lacks', async () => {
    const files = {
      'dvc.yaml': 'stages:\n  a: {cmd: x}\n  g:\n    foreach: [1, 2]\n    do: {cmd: "x ${item}"}\n',
      'dvc.lock': "schema: '2.0'\nstages:\n  a: {cmd: x}\n  |",
    };
    assert.deepEqual(labels(await complete(files)), ['g@1', 'g@2']);
  });
});

describe('completion: paths', () => {
  const tree = {
    'data/raw.csv': '',
    'data/sub/x': '',
    'train.py': '',
    'params.yaml': PARAMS,
    'sub/in.txt': '',
    'a.dvc': '',
  };
  const recorded = [{ path: 'data/made.bin' as never, recordedIn: 'dvc.yaml' as never }];
  const at = (text: string) => complete({ ...tree, 'dvc.yaml': text }, { recorded });

  it('of a dep: files and folders, not the files of DVC', async () => {
    const found = labels(await at('stages:\n  a:\n    deps:\n    - |'));
    assert.deepEqual(found, ['train.py', 'params.yaml', 'data/', 'sub/']);
  });
  it('in a folder, with outputs that are not there', async () =>
    assert.deepEqual(labels(await at('stages:\n  a:\n    deps:\n      - data/|')), ['raw.csv', 'made.bin', 'sub/']));
  it('from the wdir', async () =>
    assert.deepEqual(labels(await at('stages:\n  a:\n    wdir: sub\n    deps: [|')), ['in.txt']));
  it('of folders for wdir', async () =>
    assert.deepEqual(labels(await at('stages:\n  a:\n    wdir: |')), ['data/', 'sub/']));
  it('in a command, the word at the cursor only', async () => {
    const files = { ...tree, 'dvc.yaml': 'stages:\n  a:\n    cmd: python tr| --x' };
    assert.equal(await chosen(files, 'train.py'), 'stages:\n  a:\n    cmd: python train.py --x');
  });
  it('replace the last part only', async () => {
    const files = { ...tree, 'dvc.yaml': 'stages:\n  a:\n    deps:\n    - data/r|' };
    assert.equal(await chosen(files, 'raw.csv'), 'stages:\n  a:\n    deps:\n    - data/raw.csv');
  });
  it('with a dash where the list has none yet', async () => {
    const files = { ...tree, 'dvc.yaml': 'stages:\n  a:\n    deps:\n    cmd: x\n    outs:\n      |' };
    assert.equal(await chosen(files, 'train.py'), 'stages:\n  a:\n    deps:\n    cmd: x\n    outs:\n      - train.py');
  });
  it('of a pointer file', async () =>
    assert.ok(labels(await complete({ ...tree, 'x.dvc': 'outs:\n- path: |' })).includes('data/')));
});

describe('completion: params', () => {
  const tree = { 'params.yaml': PARAMS, 'p.json': '{"x": 1, "y": {"z": 2}}', 'sub/params.yaml': 'inner: 1\n' };
  const at = (text: string) => complete({ ...tree, 'dvc.yaml': text });
  it('keys of params.yaml, nested ones, and other files', async () =>
    assert.deepEqual(labels(await at('stages:\n  a:\n    params:\n    - |')), [
      'lr',
      'train',
      'train.epochs',
      'train.opt',
      'train.opt.name',
      'models',
      'p.json:',
    ]));
  it('keys of another file', async () =>
    assert.deepEqual(labels(await at('stages:\n  a:\n    params:\n    - p.json:\n      - |')), ['x', 'y', 'y.z']));
  it('from the wdir', async () =>
    assert.deepEqual(labels(await at('stages:\n  a:\n    wdir: sub\n    params: [|')), ['inner']));
  it('with their values', async () => {
    const found = await at('stages:\n  a:\n    params:\n    - |');
    assert.equal(found.find(({ label }) => label === 'lr')?.detail, '0.01');
  });
});

describe('completion: variables', () => {
  const tree = { 'params.yaml': PARAMS, 'more.yaml': 'deep: {er: 1}\n' };
  const at = (text: string) => complete({ ...tree, 'dvc.yaml': text });
  const cases: [string, string, string[]][] = [
    ['of params.yaml', 'stages:\n  a:\n    cmd: x ${|', ['lr', 'train', 'models']],
    ['below a key', 'stages:\n  a:\n    cmd: "x ${train.|}"', ['epochs', 'opt']],
    ['in quotes that are not closed', 'stages:\n  a:\n    cmd: "x ${train.o|', ['epochs', 'opt']],
    ['of a list', 'stages:\n  a:\n    cmd: x ${models[|', ['0', '1']],
    [
      'of vars',
      'vars:\n- more.yaml\n- own: 1\nstages:\n  a:\n    cmd: x ${|}',
      ['deep', 'own', 'lr', 'train', 'models'],
    ],
    [
      'of the stage itself',
      'stages:\n  a:\n    vars:\n    - mine: 1\n    cmd: x ${m|',
      ['mine', 'lr', 'train', 'models'],
    ],
    [
      'item of a list',
      'stages:\n  a:\n    foreach: ${models}\n    do:\n      cmd: x ${|',
      ['item', 'lr', 'train', 'models'],
    ],
    ['item and key of a dict', 'stages:\n  a:\n    foreach: {us: {n: 1}}\n    do:\n      cmd: x ${item.|', ['n']],
    ['axes of a matrix', 'stages:\n  a:\n    matrix:\n      m: [1, 2]\n      k: [x]\n    cmd: x ${item.|', ['m', 'k']],
    [
      'in a block of several lines',
      'stages:\n  a:\n    cmd: >\n      x\n      ${tr|\n    deps: [a]',
      ['lr', 'train', 'models'],
    ],
    ['in a dep', 'stages:\n  a:\n    deps:\n    - data/${|', ['lr', 'train', 'models']],
    ['outside stages', 'metrics:\n- ${|', ['lr', 'train', 'models']],
  ];
  for (const [what, text, some] of cases)
    it(what, async () => {
      const found = await at(text);
      assert.deepEqual([...labels(found)].sort(), [...some].sort());
    });

  it('close their brace where nobody has', async () => {
    const open = { ...tree, 'dvc.yaml': 'stages:\n  a:\n    cmd: x ${l|' };
    assert.equal(await chosen(open, 'lr'), 'stages:\n  a:\n    cmd: x ${lr}');
    const closed = { ...tree, 'dvc.yaml': 'stages:\n  a:\n    cmd: x ${l|}' };
    assert.equal(await chosen(closed, 'lr'), 'stages:\n  a:\n    cmd: x ${lr}');
  });
  it('tell value and file', async () =>
    assert.equal(
      (await at('stages:\n  a:\n    cmd: x ${|')).find(({ label }) => label === 'lr')?.detail,
      '0.01 · params.yaml',
    ));
  it('an escaped marker is none', async () => assert.deepEqual(labels(await at('stages:\n  a:\n    desc: \\${|')), []));
});
