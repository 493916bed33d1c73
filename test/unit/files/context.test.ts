import * as assert from 'node:assert/strict';
import { DvcError } from '../../../src/engine/core/errors.ts';
import { type Context, EMPTY_CONTEXT, nodeValue, select } from '../../../src/engine/files/context.ts';
import { TemplateError } from '../../../src/engine/files/template-error.ts';
import { loadDefaultParams, loadVars, type ReadFile } from '../../../src/engine/files/vars.ts';
import { parseYaml } from '../../../src/engine/files/yaml-doc.ts';

const reader =
  (files: Readonly<Record<string, string>>): ReadFile =>
  async (file) => {
    const text = files[file];
    if (text === '<folder>') throw Object.assign(new Error('EISDIR'), { code: 'EISDIR' });
    return text === undefined ? undefined : Buffer.from(text);
  };

const load = async (vars: string, files: Readonly<Record<string, string>> = {}, folder = ''): Promise<Context> => {
  const read = reader(files);
  const items = parseYaml(vars, 'vars') as string[];
  return loadVars(await loadDefaultParams(EMPTY_CONTEXT, folder, read), items, folder, read);
};

const at = (context: Context, key: string): unknown => nodeValue(select(context, key));

describe('vars', () => {
  it('reads params.yaml of the folder first, if there is one', async () => {
    assert.equal(at(await load('[]', { 'params.yaml': 'lr: 1' }), 'lr'), 1);
    assert.equal(at(await load('[]', { 'sub/params.yaml': 'lr: 2', 'params.yaml': 'lr: 1' }, 'sub'), 'lr'), 2);
    assert.equal((await load('[]')).root.entries.size, 0);
  });

  it('merges mappings, files and picked keys at every depth', async () => {
    const context = await load("[{a: {b: 1}}, v.json, 'w.yaml:p,q', {a: {d: 3}}]", {
      'v.json': '{"a": {"c": 2.0}}',
      'w.yaml': 'p: 4\nq: 5\nr: 6',
    });
    assert.deepEqual(
      ['a.b', 'a.d', 'p', 'q'].map((key) => at(context, key)),
      [1, 3, 4, 5],
    );
    assert.throws(() => select(context, 'r'), TemplateError);
  });

  it('knows where each value came from', async () => {
    const context = await load('[{a: {b: 1}}]', { 'params.yaml': 'l: [1, {m: 2}]' });
    assert.deepEqual(select(context, 'a.b').origin, { source: 'vars[0]', isFile: false, path: ['a', 'b'] });
    assert.deepEqual(select(context, 'l[1].m').origin, { source: 'params.yaml', isFile: true, path: ['l', '1', 'm'] });
  });

  it('leaves out keys that are not text', async () => {
    const context = await load('[{1: x, a: {2: y, b: z}}]');
    assert.deepEqual(at(context, 'a'), new Map([['b', 'z']]));
  });

  it('reads dates without failing', async () =>
    assert.doesNotReject(load('[]', { 'params.yaml': 'day: 2024-01-31\nat: 2024-01-31T10:00:00Z' })));

  it('allows a whole file twice', async () =>
    assert.doesNotReject(load('[v.yaml, ./v.yaml, params.yaml]', { 'v.yaml': 'a: 1', 'params.yaml': 'b: 1' })));

  const refused: readonly [name: string, vars: string, files: Record<string, string>, message: string][] = [
    [
      'a second definition',
      '[{lr: 2}]',
      { 'params.yaml': 'lr: 1' },
      "cannot redefine 'lr' from 'vars[0]' as it already exists in 'params.yaml'",
    ],
    [
      'a second definition inside',
      '[{a: {b: 1}}, {a: {b: 2}}]',
      {},
      "cannot redefine 'a.b' from 'vars[1]' as it already exists in 'vars[0]'",
    ],
    [
      'a scalar over a dict',
      '[{a: {b: 1}}, {a: 2}]',
      {},
      "cannot redefine 'a' from 'vars[1]' as it already exists in 'vars[0]'",
    ],
    [
      'part of a whole file',
      "['params.yaml:lr']",
      { 'params.yaml': 'lr: 1' },
      "cannot partially load 'params.yaml:lr' as it's already loaded.",
    ],
    [
      'the whole of a partial file',
      "['v.yaml:a', v.yaml]",
      { 'v.yaml': 'a: 1' },
      "cannot load 'v.yaml' as it's partially loaded already",
    ],
    [
      'the same part twice',
      "['v.yaml:a', 'v.yaml:a']",
      { 'v.yaml': 'a: 1' },
      "cannot load 'v.yaml:a' as it's partially loaded already",
    ],
    ['a missing file', '[no.yaml]', {}, "'no.yaml' does not exist"],
    ['a folder', '[d]', { d: '<folder>' }, "'d' is a directory"],
    ['a missing key', "['v.yaml:b']", { 'v.yaml': 'a: 1' }, "could not find 'b' in 'v.yaml'"],
    ['a file with a list', '[v.yaml]', { 'v.yaml': '- 1' }, "expected a dictionary, got 'list' in file 'v.yaml'"],
  ];
  for (const [name, vars, files, message] of refused) {
    it(`refuses ${name}`, () =>
      assert.rejects(load(vars, files), (error) => error instanceof TemplateError && error.message === message));
  }

  it('names the line of a broken file', () =>
    assert.rejects(
      load('[v.json]', { 'v.json': '{\n "a": }' }),
      (error) => DvcError.is(error, 'invalid-file') && error.data['line'] === 2,
    ));
});
