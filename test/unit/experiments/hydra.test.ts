/* biome-ignore-all lint/suspicious/noTemplateCurlyInString: the expressions are what is tested. */
import * as assert from 'node:assert/strict';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { DvcError } from '../../../src/engine/core/errors.ts';
import type { PyKey, PyValue } from '../../../src/engine/core/python.ts';
import { composeHydra } from '../../../src/engine/experiments/hydra-compose.ts';
import { evaluateElement } from '../../../src/engine/experiments/omega-expression.ts';
import { parseOverride } from '../../../src/engine/experiments/override-grammar.ts';
import { parseOmegaYaml } from '../../../src/engine/files/omega-yaml.ts';
import { dumpOmegaYaml } from '../../../src/engine/files/pyyaml-write.ts';
import { useSandbox } from '../../support/sandbox.ts';

describe('Hydra configurations', () => {
  const sandbox = useSandbox('hydra');

  function compose(
    files: Readonly<Record<string, string>>,
    overrides: readonly string[] = [],
    name = 'config',
  ): string {
    const folder = sandbox().path('conf');
    for (const [file, text] of Object.entries(files)) {
      fs.mkdirSync(path.dirname(path.join(folder, file)), { recursive: true });
      fs.writeFileSync(path.join(folder, file), text);
    }
    return composeHydra({ folder, name, cwd: sandbox().root, env: { HOST: 'h1' } }, overrides.map(parseOverride));
  }
  const refused = (files: Readonly<Record<string, string>>, overrides: readonly string[], expected: RegExp): void =>
    assert.throws(
      () => compose(files, overrides),
      (error: unknown) => error instanceof DvcError && expected.test(`${error.message}\n${error.hint ?? ''}`),
    );

  const FILES = {
    'config.yaml': 'defaults:\n- db: mysql\n- _self_\nlr: 1e-3\ndb:\n  host: ${oc.env:HOST}\n',
    'db/mysql.yaml': 'port: 3306\nurl: ${.host}:${.port}\nhost: none\n',
    'db/lite.yaml': '# @package db\nfile: x.db\n',
  };

  it('merges the files that defaults lists name, applies overrides, and resolves expressions', () => {
    assert.equal(compose(FILES), 'db:\n  port: 3306\n  url: h1:3306\n  host: h1\nlr: 0.001\n');
    assert.equal(compose(FILES, ['db=lite', 'lr=2']), 'db:\n  file: x.db\n  host: h1\nlr: 2\n');
    assert.equal(compose(FILES, ['~db', '+x.y=[1,a]']), "lr: 0.001\ndb:\n  host: h1\nx:\n  'y':\n  - 1\n  - a\n");
  });

  it('leaves out what is of Hydra itself', () => {
    const text = 'defaults:\n- _self_\n- override hydra/job_logging: colorlog\nhydra:\n  run: {dir: out}\na: 1\n';
    assert.equal(compose({ 'config.yaml': text }, ['hydra.job.name=x', 'hydra/launcher=joblib']), 'a: 1\n');
  });

  it('looks into the folders of hydra.searchpath too', () => {
    const more = sandbox().path('more/db');
    fs.mkdirSync(more, { recursive: true });
    fs.writeFileSync(path.join(more, 'other.yaml'), 'x: 1\n');
    const config = 'hydra:\n  searchpath: [more]\ndefaults:\n- db: other\n';
    assert.equal(compose({ 'config.yaml': config }), 'db:\n  x: 1\n');
  });

  it('says what is wrong, and what there is instead', () => {
    refused(FILES, ['db=postgres'], /In 'config': Could not find 'db\/postgres'[\s\S]*\tlite\n\tmysql/);
    refused(
      { ...FILES, 'config.yaml': 'defaults:\n- db: ???\n' },
      [],
      /You must specify 'db', e\.g, db=<OPTION>[\s\S]*\tmysql/,
    );
    refused(
      FILES,
      ['db@backup=lite'],
      /Could not override 'db@backup'\.[\s\S]*Did you mean to override db\?[\s\S]*\+db@backup=lite/,
    );
    refused(FILES, ['~db=lite'], /Could not delete 'db=lite'/);
    refused(FILES, ['lrr=1'], /Key 'lrr' is not in struct[\s\S]*Did you mean 'lr'/);
    refused({ 'config.yaml': 'a: ${b.c}\n' }, [], /Interpolation key 'b\.c' not found\s+full_key: a/);
    refused({ 'config.yaml': 'a: ${mine:1}\n' }, [], /Unsupported interpolation type mine/);
    refused({ 'config.yaml': 'a: ${b}\nb: ${a}\n' }, [], /leads back to itself/);
    refused({ 'config.yaml': 'defaults:\n- config\n' }, [], /lead back to themselves/);
    assert.throws(() => compose(FILES, [], 'nope'), /Cannot find primary config 'nope'/);
    assert.throws(
      () => composeHydra({ folder: sandbox().path('none'), name: 'config', cwd: sandbox().root }, []),
      (error: unknown) => DvcError.is(error, 'invalid-file') && /hydra\.config_dir/.test(error.hint ?? ''),
    );
  });
});

describe('YAML as OmegaConf has it', () => {
  it('reads YAML 1.1, with floats that have no point', () => {
    const text = 'a: yes\nb: 010\nc: 1e3\nd: 1:30\ne: 2020-01-02\nf: 0o7\n';
    assert.equal(
      dumpOmegaYaml(parseOmegaYaml(text, 'f')),
      "a: true\nb: 8\nc: 1000.0\nd: 90\ne: '2020-01-02'\nf: 0o7\n",
    );
  });

  it('folds long texts past column 80 and quotes what would be read as something else', () => {
    const value = new Map<PyKey, PyValue>([
      ['long', 'word '.repeat(20).trim()],
      ['quoted', ['1e3', 'y', 'null', '', 'a: b', "it's: so", 'x\ny', 'tab\t']],
      ['empty', [new Map(), []]],
    ]);
    assert.equal(
      dumpOmegaYaml(value),
      `long: ${'word '.repeat(15)}word\n  word word word word\nquoted:\n- '1e3'\n- 'y'\n- 'null'\n- ''\n- 'a: b'\n- 'it''s: so'\n- 'x\n\n  y'\n- "tab\\t"\nempty:\n- {}\n- []\n`,
    );
  });
});

describe('expressions of OmegaConf', () => {
  const values: Readonly<Record<string, PyValue>> = { 'a.b': 5, '.x[0]': 'y' };
  const meanings = {
    at: (key: string): PyValue => values[key] ?? `<${key}>`,
    call: (name: string, args: readonly PyValue[]): PyValue => [name, ...args],
  };
  for (const [text, expected] of [
    ['${a.b}', 5],
    ['${ .x[0] }', 'y'],
    ['${a.${.x[0]}}', '<a.y>'],
    ["[1, 2.5, 'a, b', x y, true, null]", [1, 2.5, 'a, b', 'x y', true, null]],
    ['${f:1,${a.b},"q"}', ['f', 1, 5, 'q']],
    ['${f:}', ['f']],
    ['${f:,}', ['f', '', '']],
    ['a\\,b', 'a,b'],
    ['x${a.b}', 'x5'],
  ] as const)
    it(`reads ${text}`, () => assert.deepEqual(evaluateElement(text, meanings), expected));
});
