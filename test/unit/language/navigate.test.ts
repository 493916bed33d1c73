/* biome-ignore-all lint/suspicious/noTemplateCurlyInString: dvc.yaml has them. */
import * as assert from 'node:assert/strict';
import {
  type Destination,
  definitionsAt,
  paramReferencesAt,
  pathLinks,
  referencesAt,
} from '../../../src/engine/language/index.ts';
import { languageCase, shownRange } from '../../support/language-project.ts';

type Files = Record<string, string>;

const shown = (found: readonly Destination[] | undefined): string[] =>
  (found ?? []).map(({ file, range }) => `${file} ${shownRange(range)}`).sort();

async function definitions(files: Files, options = {}): Promise<string[]> {
  const { project, file, position } = languageCase(files, options);
  return shown((await definitionsAt(project, file, position))?.destinations);
}

async function references(files: Files): Promise<string[]> {
  const { project, file, position } = languageCase(files);
  return shown(await referencesAt(project, file, position));
}

const PREP = '  prep:\n    cmd: x\n    outs:\n    - data/clean\n';

describe('definition', () => {
  it('of a dep: the output it is', async () =>
    assert.deepEqual(
      await definitions({ 'dvc.yaml': `stages:\n${PREP}  train:\n    cmd: y\n    deps:\n    - data/cl|ean\n` }),
      ['dvc.yaml 5:6-5:16'],
    ));
  it('of a dep inside an output, and around one', async () => {
    const inside = `stages:\n${PREP}  train:\n    cmd: y\n    deps: [data/clean/a.csv|]\n`;
    assert.deepEqual(await definitions({ 'dvc.yaml': inside }), ['dvc.yaml 5:6-5:16']);
    const around = `stages:\n${PREP}  train:\n    cmd: y\n    deps: [data|]\n`;
    assert.deepEqual(await definitions({ 'dvc.yaml': around }), ['dvc.yaml 5:6-5:16']);
  });
  it('in another dvc.yaml, each from its own folder', async () =>
    assert.deepEqual(
      await definitions({
        'dvc.yaml': 'stages:\n  a:\n    cmd: x\n    deps:\n    - sub/out.b|in\n',
        'sub/dvc.yaml':
          'stages:\n  b:\n    wdir: ..\n    cmd: x\n    outs:\n    - sub/out.bin:\n        cache: false\n',
      }),
      ['sub/dvc.yaml 6:6-6:17'],
    ));
  it('through variables', async () =>
    assert.deepEqual(
      await definitions({
        'params.yaml': 'out: clean\n',
        'dvc.yaml': 'stages:\n  a:\n    cmd: x\n    outs: ["data/${out}"]\n  b:\n    cmd: y\n    deps: [data/cl|ean]\n',
      }),
      ['dvc.yaml 4:11-4:24'],
    ));
  it('of a member of a group', async () =>
    assert.deepEqual(
      await definitions({
        'dvc.yaml':
          'stages:\n  a:\n    foreach: [us, gb]\n    do:\n      cmd: x\n      outs:\n      - out/${item}.csv\n  b:\n    cmd: y\n    deps: [out/g|b.csv]\n',
      }),
      ['dvc.yaml 7:8-7:23'],
    ));
  it('of data with a pointer file, and of a plain file', async () => {
    const recorded = [{ path: 'raw.csv', recordedIn: 'raw.csv.dvc' }];
    const tracked = { 'dvc.yaml': 'stages:\n  a:\n    cmd: x\n    deps: [raw.|csv]\n', 'raw.csv.dvc': 'outs: []' };
    assert.deepEqual(await definitions(tracked, { recorded }), ['raw.csv.dvc 1:0-1:0']);
    const plain = { 'dvc.yaml': 'stages:\n  a:\n    cmd: x\n    deps: [train|.py]\n', 'train.py': '' };
    assert.deepEqual(await definitions(plain), ['train.py 1:0-1:0']);
  });

  const stage = (params: string) => `stages:\n  a:\n    cmd: x\n    params:\n${params}`;
  const params: [string, Files, string[]][] = [
    ['a key', { 'dvc.yaml': stage('    - l|r\n'), 'params.yaml': 'x: 1\nlr: 2\n' }, ['params.yaml 2:0-2:2']],
    [
      'a nested key',
      { 'dvc.yaml': stage('    - train.epo|chs\n'), 'params.yaml': 'train:\n  # how long\n  epochs: 2\n' },
      ['params.yaml 3:2-3:8'],
    ],
    [
      'a key that is not there: the nearest around it',
      { 'dvc.yaml': stage('    - train.no|pe\n'), 'params.yaml': 'train:\n  epochs: 2\n' },
      ['params.yaml 1:0-1:5'],
    ],
    [
      'JSON',
      { 'dvc.yaml': stage('    - p.json:\n      - y.z|\n'), 'p.json': '{\n  "x": 1,\n  "y": {"z": [1]}\n}' },
      ['p.json 3:8-3:11'],
    ],
    [
      'TOML',
      { 'dvc.yaml': stage('    - p.toml:\n      - t.u.k|\n'), 'p.toml': 'k = 1\n[t.u]\n"k" = 2\n' },
      ['p.toml 3:0-3:3'],
    ],
    [
      'Python',
      {
        'dvc.yaml': stage('    - p.py:\n      - K.Q|\n'),
        'p.py': 'Q = 1\ndef f():\n    Q = 2\nclass K:\n    Q: int = 3\n',
      },
      ['p.py 5:4-5:5'],
    ],
    [
      'a constructor in Python',
      {
        'dvc.yaml': stage('    - p.py:\n      - K.q|\n'),
        'p.py': 'class K:\n    def run(self):\n        self.q = 1\n    def __init__(self):\n        self.q = 2\n',
      },
      ['p.py 5:13-5:14'],
    ],
    [
      'from the wdir',
      { 'dvc.yaml': 'stages:\n  a:\n    wdir: s\n    cmd: x\n    params: [l|r]\n', 's/params.yaml': 'lr: 1\n' },
      ['s/params.yaml 1:0-1:2'],
    ],
    ['the file', { 'dvc.yaml': stage('    - p.j|son:\n      - x\n'), 'p.json': '{}' }, ['p.json 1:0-1:0']],
  ];
  for (const [what, files, expected] of params)
    it(`of a param: ${what}`, async () => assert.deepEqual(await definitions(files), expected));

  const variables: [string, Files, string[]][] = [
    [
      'params.yaml',
      { 'dvc.yaml': 'stages:\n  a:\n    cmd: x ${l|r}\n', 'params.yaml': 'lr: 1\n' },
      ['params.yaml 1:0-1:2'],
    ],
    [
      'a file of vars',
      { 'dvc.yaml': 'vars: [v.yaml]\nstages:\n  a:\n    cmd: x ${a.b|}\n', 'v.yaml': 'a:\n  b: 1\n' },
      ['v.yaml 2:2-2:3'],
    ],
    ['vars in place', { 'dvc.yaml': 'vars:\n- a: {b: 1}\nstages:\n  s:\n    cmd: x ${a.b|}\n' }, ['dvc.yaml 2:6-2:7']],
    [
      'vars of the stage',
      { 'dvc.yaml': 'stages:\n  s:\n    vars:\n    - q: 1\n    cmd: x ${q|}\n' },
      ['dvc.yaml 4:6-4:7'],
    ],
    [
      'item',
      { 'dvc.yaml': 'stages:\n  s:\n    foreach: [1]\n    do:\n      cmd: x ${it|em}\n' },
      ['dvc.yaml 3:4-3:11'],
    ],
    [
      'an axis',
      { 'dvc.yaml': 'stages:\n  s:\n    matrix:\n      m: [1]\n    cmd: x ${item.|m}\n' },
      ['dvc.yaml 4:6-4:7'],
    ],
    ['nothing', { 'dvc.yaml': 'stages:\n  s:\n    cmd: x ${no|}\n' }, []],
  ];
  for (const [what, files, expected] of variables)
    it(`of a variable: ${what}`, async () => assert.deepEqual(await definitions(files), expected));

  it('of a stage: from dvc.yaml to dvc.lock and back, groups too', async () => {
    const [yaml, lock] = [
      'stages:\n  a: {cmd: x}\n  g:\n    foreach: [1, 2]\n    do: {cmd: x}\n',
      "schema: '2.0'\nstages:\n  a:\n    cmd: x\n  g@1:\n    cmd: x\n  g@2:\n    cmd: x\n",
    ];
    assert.deepEqual(await definitions({ 'dvc.yaml': yaml.replace('a:', 'a|:'), 'dvc.lock': lock }), [
      'dvc.lock 3:2-3:3',
    ]);
    assert.deepEqual(await definitions({ 'dvc.yaml': yaml.replace('g:', 'g|:'), 'dvc.lock': lock }), [
      'dvc.lock 5:2-5:5',
      'dvc.lock 7:2-7:5',
    ]);
    assert.deepEqual(await definitions({ 'dvc.yaml': yaml, 'dvc.lock': lock.replace('g@2', 'g@|2') }), [
      'dvc.yaml 3:2-3:3',
    ]);
  });

  it('of a path in dvc.lock: where the stage names it', async () =>
    assert.deepEqual(
      await definitions({
        'dvc.yaml': 'stages:\n  a:\n    cmd: x\n    deps:\n    - in\n    outs:\n    - out\n',
        'dvc.lock': "schema: '2.0'\nstages:\n  a:\n    cmd: x\n    outs:\n    - path: o|ut\n      md5: abc\n",
      }),
      ['dvc.yaml 7:6-7:9'],
    ));

  it('works while another stage is broken', async () =>
    assert.deepEqual(
      await definitions({
        'dvc.yaml': `stages:\n${PREP}  bad:\n    cmd: [x\n    "\n  train:\n    cmd: y\n    deps:\n    - data/cl|ean\n`,
      }),
      ['dvc.yaml 5:6-5:16'],
    ));
});

describe('references', () => {
  it('of an output: the stages that need it, in any file', async () =>
    assert.deepEqual(
      await references({
        'dvc.yaml': `stages:\n${PREP.replace('data/', 'da|ta/')}  train:\n    cmd: y\n    deps: [data/clean/x]\n`,
        'sub/dvc.yaml': 'stages:\n  t:\n    cmd: x\n    deps: [../data/clean]\n',
      }),
      ['dvc.yaml 5:6-5:16', 'dvc.yaml 8:11-8:23', 'sub/dvc.yaml 4:11-4:24'],
    ));
  it('of a stage: its definition, its lock entries, and who needs what it makes', async () =>
    assert.deepEqual(
      await references({
        'dvc.yaml': `stages:\n${PREP.replace('prep', 'pr|ep')}  train:\n    cmd: y\n    deps: [data/clean]\n`,
        'dvc.lock': "schema: '2.0'\nstages:\n  prep:\n    cmd: x\n",
      }),
      ['dvc.lock 3:2-3:6', 'dvc.yaml 2:2-2:6', 'dvc.yaml 8:11-8:21'],
    ));
  it('of a param: the other stages that use it', async () =>
    assert.deepEqual(
      await references({
        'params.yaml': 'lr: 1\n',
        'dvc.yaml': 'stages:\n  a:\n    cmd: x\n    params: [l|r]\n  b:\n    cmd: x\n    params: [lr, other]\n',
      }),
      ['dvc.yaml 4:13-4:15', 'dvc.yaml 7:13-7:15'],
    ));

  it('from the params file, with whole files and keys around and below', async () => {
    const yaml =
      'stages:\n  a:\n    cmd: x\n    params: [train]\n  b:\n    cmd: x\n    params: [train.epochs, lr]\n  c:\n    cmd: x\n    params:\n    - params.yaml:\n';
    const at = async (text: string) => {
      const { project, file, position } = languageCase({ 'dvc.yaml': yaml, 'params.yaml': text });
      const found = await paramReferencesAt(project, file, position);
      return [found?.key, ...shown(found?.uses)];
    };
    assert.deepEqual(await at('lr: 1\ntrain:\n  ep|ochs: 1\n'), [
      'train.epochs',
      'dvc.yaml 11:6-11:17',
      'dvc.yaml 4:13-4:18',
      'dvc.yaml 7:13-7:25',
    ]);
    assert.deepEqual(await at('l|r: 1\n'), ['lr', 'dvc.yaml 11:6-11:17', 'dvc.yaml 7:27-7:29']);
    assert.deepEqual(await at('lr: 1|\n'), [undefined]);
  });
});

describe('what was typed since', () => {
  it('counts, and only the changed stage is read again', async () => {
    const files = {
      'dvc.yaml': `stages:\n${PREP}  train:\n    cmd: y\n    deps:\n    - data/cl|ean\n`,
      'params.yaml': 'o: 1\n',
    };
    const { project, file, position, write } = languageCase(files);
    const before = await project.text(file);
    write('dvc.yaml', files['dvc.yaml'].replace('|', '').replace('- data/clean', '- data/new\n    - data/clean'));
    assert.deepEqual(
      shown((await definitionsAt(project, file, { ...position, line: position.line + 1 }))?.destinations),
      ['dvc.yaml 6:6-6:16'],
    );
    const after = await project.text(file);
    assert.notEqual(after?.part('stages', 'prep')?.parsed, before?.part('stages', 'prep')?.parsed);
    assert.equal(after?.part('stages', 'train')?.parsed, before?.part('stages', 'train')?.parsed);
  });
  it('changes values when a params file changes', async () => {
    const { project, file, position, write } = languageCase({
      'params.yaml': 'o: a\n',
      'dvc.yaml': 'stages:\n  a:\n    cmd: x\n    outs: ["${o}"]\n  b:\n    cmd: x\n    deps: [b|]\n',
    });
    assert.equal(await definitionsAt(project, file, position), undefined);
    write('params.yaml', 'o: b\n');
    assert.equal((await definitionsAt(project, file, position))?.destinations.length, 1);
  });
});

describe('links', () => {
  it('of a dvc.yaml: deps, outputs and params files, each place once', async () => {
    const { project, file } = languageCase({
      'dvc.yaml':
        'stages:\n  a:\n    foreach: [1, 2]\n    do:\n      wdir: s\n      cmd: x\n      deps: ["in${item}", https://x/y, plain]\n      params: [lr, p.json: [a]]\n      outs: [o: {cache: false}]\n',
    });
    const links = (await pathLinks(project, file)).map(({ place, range }) => `${place} ${shownRange(range)}`);
    assert.deepEqual(links, ['s/in1 7:13-7:24', 's/plain 7:39-7:44', 's/p.json 8:19-8:25', 's/o 9:13-9:14']);
  });
  it('of a pointer file', async () => {
    const { project } = languageCase({ 'd/a.dvc': 'wdir: ..\nouts:\n- md5: abc\n  path: data\n' });
    assert.deepEqual(
      (await pathLinks(project, 'd/a.dvc' as never)).map(({ place }) => place),
      ['data'],
    );
  });
});
