/* biome-ignore-all lint/suspicious/noTemplateCurlyInString: dvc.yaml has them. */
import * as assert from 'node:assert/strict';
import { DvcError } from '../../../src/engine/core/errors.ts';
import { pyEquals } from '../../../src/engine/core/python.ts';
import { parseYaml } from '../../../src/engine/files/yaml-doc.ts';
import { type Fix, fixesIn, reformatted, renamableAt, renameStage } from '../../../src/engine/language/index.ts';
import { randomDocument } from '../../live/support/random-document.ts';
import { applied, languageCase, shownRange } from '../../support/language-project.ts';
import { seededRandom } from '../../support/random.ts';

type Files = Record<string, string>;

/** All files after a rename. */
async function renamed(files: Files, name: string): Promise<Files> {
  const { project, file, position } = languageCase(files);
  const edits = await renameStage(project, file, position, name);
  const after: Files = {};
  for (const [path, text] of Object.entries(files))
    after[path] = applied(text.replace('|', ''), edits?.get(path as never) ?? []);
  return after;
}

const LOCK =
  "schema: '2.0'\nstages:\n  a:\n    cmd: a\n  g@1:\n    cmd: x\n  g@2: # note\n    cmd: x\n  ga:\n    cmd: x\n";

describe('rename of a stage', () => {
  it('changes its key in both files and nothing else', async () =>
    assert.deepEqual(
      await renamed({ 'dvc.yaml': 'stages:\n  a|: # a\n    cmd: a\n    desc: a\n', 'dvc.lock': LOCK }, 'b'),
      {
        'dvc.yaml': 'stages:\n  b: # a\n    cmd: a\n    desc: a\n',
        'dvc.lock': LOCK.replace('  a:', '  b:'),
      },
    ));
  it('of a group, from dvc.yaml and from a member', async () => {
    const yaml = 'stages:\n  g:\n    foreach: [1, 2]\n    do: {cmd: x}\n  ga: {cmd: x}\n';
    const after = { 'dvc.yaml': yaml.replace('  g:', '  h:'), 'dvc.lock': LOCK.replaceAll('g@', 'h@') };
    assert.deepEqual(await renamed({ 'dvc.yaml': yaml.replace('  g:', '  |g:'), 'dvc.lock': LOCK }, 'h'), after);
    assert.deepEqual(await renamed({ 'dvc.yaml': yaml, 'dvc.lock': LOCK.replace('g@2', 'g@|2') }, 'h'), after);
  });
  it('keeps quotes, and adds them where YAML would read a number', async () => {
    assert.deepEqual(await renamed({ 'dvc.yaml': 'stages:\n  "a|": {cmd: x}\n' }, 'b'), {
      'dvc.yaml': 'stages:\n  "b": {cmd: x}\n',
    });
    assert.deepEqual(await renamed({ 'dvc.yaml': 'stages:\n  a|: {cmd: x}\n' }, '12'), {
      'dvc.yaml': "stages:\n  '12': {cmd: x}\n",
    });
  });
  it('offers the name without the member, and nothing elsewhere', async () => {
    const at = async (files: Files) => {
      const { project, file, position } = languageCase(files);
      const found = await renamableAt(project, file, position);
      return found && `${found.name} ${shownRange(found.range)}`;
    };
    const yaml = 'stages:\n  g:\n    foreach: [1]\n    do: {cmd: x}\n';
    assert.equal(await at({ 'dvc.yaml': yaml, 'dvc.lock': LOCK.replace('g@1', 'g@1|') }), 'g 5:2-5:3');
    assert.equal(await at({ 'dvc.yaml': yaml.replace('cmd', 'c|md') }), undefined);
  });
  const refused: [string, string, string][] = [
    ['a.b', 'bad-name', 'punctuation'],
    ['', 'bad-name', 'punctuation'],
    ['a@1', 'bad-name', 'punctuation'],
    ['other', 'stage-exists', 'already exists'],
  ];
  for (const [name, code, word] of refused)
    it(`refuses '${name}'`, () =>
      assert.rejects(renamed({ 'dvc.yaml': 'stages:\n  a|: {cmd: x}\n  other: {cmd: x}\n' }, name), (error) => {
        assert.ok(error instanceof DvcError);
        assert.equal(error.code, code);
        assert.ok(error.message.includes(word));
        return true;
      }));
});

describe('fixes', () => {
  async function fixes(files: Files, options = {}): Promise<readonly Fix[]> {
    const { project, file, position } = languageCase(files, options);
    return fixesIn(project, file, { start: position, end: position });
  }
  /** The file after the one fix of a kind. */
  async function fixed(files: Files, kind: Fix['kind']): Promise<string> {
    const found = (await fixes(files)).filter((fix) => fix.kind === kind);
    assert.equal(found.length, 1);
    assert.ok(found[0] && 'changes' in found[0]);
    return applied(files['dvc.yaml']!.replace('|', ''), found[0].changes);
  }
  const kinds = (found: readonly Fix[]) => found.map(({ kind }) => kind);

  it('an unknown key becomes the one it is most like', async () => {
    assert.equal(
      await fixed({ 'dvc.yaml': 'stages:\n  a:\n    cmd: x\n    dep|: [y]\n' }, 'rename-key'),
      'stages:\n  a:\n    cmd: x\n    deps: [y]\n',
    );
    assert.equal(
      await fixed({ 'dvc.yaml': 'stage|:\n  a:\n    cmd: x\n' }, 'rename-key'),
      'stages:\n  a:\n    cmd: x\n',
    );
    assert.equal(
      await fixed(
        { 'dvc.yaml': 'stages:\n  a:\n    cmd: x\n    outs:\n    - o:\n        cach|: false\n' },
        'rename-key',
      ),
      'stages:\n  a:\n    cmd: x\n    outs:\n    - o:\n        cache: false\n',
    );
  });
  it('known keys and names are left alone', async () => {
    assert.deepEqual(await fixes({ 'dvc.yaml': 'stages:\n  dep|:\n    cmd: x\n' }), []);
    assert.deepEqual(await fixes({ 'dvc.yaml': 'stages:\n  a:\n    meta: {dep|: 1}\n    cmd: x\n' }), []);
  });

  it('a dep that is nowhere can be created, one that a stage makes not', async () => {
    const yaml = (dep: string) =>
      `stages:\n  a:\n    cmd: x\n    outs: [made]\n  b:\n    cmd: x\n    deps: [${dep}|]\n`;
    const [fix] = await fixes({ 'dvc.yaml': yaml('new.csv') });
    assert.ok(fix?.kind === 'create-file');
    assert.equal(fix.place, 'new.csv');
    assert.deepEqual(await fixes({ 'dvc.yaml': yaml('made/x') }), []);
  });
  it('a dep that nobody tracks can be tracked; scripts, tracked data and outputs not', async () => {
    const yaml = (dep: string) => `stages:\n  b:\n    cmd: x\n    deps: [${dep}|]\n`;
    assert.deepEqual(kinds(await fixes({ 'dvc.yaml': yaml('raw.csv'), 'raw.csv': '' })), ['track']);
    assert.deepEqual(kinds(await fixes({ 'dvc.yaml': yaml('train.py'), 'train.py': '' })), []);
    const recorded = [{ path: 'raw.csv', recordedIn: 'raw.csv.dvc' }];
    assert.deepEqual(kinds(await fixes({ 'dvc.yaml': yaml('raw.csv'), 'raw.csv': '' }, { recorded })), []);
  });

  const scripts = { 'train.py': '', 'src/prep.py': '', 'pkg/mod.py': '', 'out.txt': '' };
  const added: [string, string, string][] = [
    [
      'behind the others',
      'stages:\n  a:\n    cmd: python tr|ain.py\n    deps:\n    - x\n    outs: [o]\n',
      'stages:\n  a:\n    cmd: python train.py\n    deps:\n    - x\n    - train.py\n    outs: [o]\n',
    ],
    [
      'as they are indented',
      'stages:\n  a:\n    cmd: python tr|ain.py\n    deps:\n      - x # c\n',
      'stages:\n  a:\n    cmd: python train.py\n    deps:\n      - x # c\n      - train.py\n',
    ],
    [
      'in brackets',
      'stages:\n  a:\n    cmd: python tr|ain.py\n    deps: [x]\n',
      'stages:\n  a:\n    cmd: python train.py\n    deps: [x, train.py]\n',
    ],
    [
      'with a list of its own',
      'stages:\n  a:\n    cmd: python tr|ain.py > out.txt\n    outs: [o]\n',
      'stages:\n  a:\n    cmd: python train.py > out.txt\n    deps:\n    - train.py\n    outs: [o]\n',
    ],
    [
      'below a block',
      'stages:\n  a:\n    cmd: >\n      python tr|ain.py\n    outs: [o]\n',
      'stages:\n  a:\n    cmd: >\n      python train.py\n    deps:\n    - train.py\n    outs: [o]\n',
    ],
    [
      'of a list of commands',
      'stages:\n  a:\n    cmd:\n    - echo|\n    - ./src/prep.py\n',
      'stages:\n  a:\n    cmd:\n    - echo\n    - ./src/prep.py\n    deps:\n    - ./src/prep.py\n',
    ],
    [
      'of a module',
      'stages:\n  a:\n    cmd: python -m pkg.mo|d\n',
      'stages:\n  a:\n    cmd: python -m pkg.mod\n    deps:\n    - pkg/mod.py\n',
    ],
    [
      'in a foreach',
      'stages:\n  a:\n    foreach: [1]\n    do:\n      cmd: python tr|ain.py ${item}\n',
      'stages:\n  a:\n    foreach: [1]\n    do:\n      cmd: python train.py ${item}\n      deps:\n      - train.py\n',
    ],
  ];
  for (const [what, before, after] of added)
    it(`a script of the command becomes a dep: ${what}`, async () =>
      assert.equal(await fixed({ ...scripts, 'dvc.yaml': before }, 'add-dep'), after));
  it('a script that is a dep, lies in one, or is not there is not offered', async () => {
    const yaml = 'stages:\n  a:\n    cmd: python train.py src/prep.py n|o.py\n    deps: [train.py, src]\n';
    assert.deepEqual(await fixes({ ...scripts, 'dvc.yaml': yaml }), []);
  });

  it('a second output of the same path goes, and the list with its last item', async () => {
    assert.equal(
      await fixed(
        {
          'dvc.yaml':
            'stages:\n  a:\n    cmd: x\n    outs:\n    - o\n    metrics:\n    - o|:\n        cache: false\n    - m\n',
        },
        'remove-duplicate',
      ),
      'stages:\n  a:\n    cmd: x\n    outs:\n    - o\n    metrics:\n    - m\n',
    );
    assert.equal(
      await fixed(
        {
          'dvc.yaml':
            'stages:\n  a:\n    cmd: x\n    outs: [o]\n  b:\n    cmd: x\n    outs:\n    - ./o|\n    frozen: true\n',
        },
        'remove-duplicate',
      ),
      'stages:\n  a:\n    cmd: x\n    outs: [o]\n  b:\n    cmd: x\n    frozen: true\n',
    );
  });
  it('an output of a group is not its own double', async () =>
    assert.deepEqual(
      await fixes({
        'dvc.yaml': 'stages:\n  a:\n    foreach: [1, 2]\n    do:\n      cmd: x\n      outs:\n      - o|${item}\n',
      }),
      [],
    ));
});

describe('formatting', () => {
  it('indents as DVC does; comments, order and flow collections stay', () => {
    const text =
      '# top\nstages:\n    a:   # first\n        cmd:   python x.py\n\n        deps:\n            - b   # why\n            - a\n        outs: [c,   d]\n';
    assert.equal(
      reformatted(text),
      '# top\nstages:\n  a:     # first\n    cmd: python x.py\n\n    deps:\n    - b           # why\n    - a\n    outs: [c, d]\n',
    );
  });
  it('leaves a file with an error alone', () => assert.equal(reformatted('stages:\n  a: [x\n'), undefined));
  it('leaves an empty file alone', () => assert.equal(reformatted('# only a comment\n'), undefined));
  it('changes nothing the second time', () => {
    const text = `stages:\n  a:\n      cmd: ${'word '.repeat(30)}\n      deps:\n      - x\n`;
    const once = reformatted(text);
    assert.ok(once);
    assert.equal(reformatted(once), once);
  });
  it('keeps the meaning of any document, and rests', () => {
    const random = seededRandom(7);
    let formatted = 0;
    for (let round = 0; round < 300; round++) {
      const text = randomDocument(random);
      const written = reformatted(text);
      if (written === undefined) continue;
      formatted += 1;
      assert.ok(pyEquals(parseYaml(written, 'x'), parseYaml(text, 'x')), text);
      assert.equal(reformatted(written), written, text);
    }
    assert.ok(formatted > 250, `${formatted} of 300`);
  });
});
