/* biome-ignore-all lint/suspicious/noTemplateCurlyInString: the expressions are what is tested. */
import * as assert from 'node:assert/strict';
import { DvcError } from '../../../src/engine/core/errors.ts';
import { toPlain } from '../../../src/engine/core/python.ts';
import {
  type PipelineEntry,
  type ResolvedDvcYaml,
  type ResolveInput,
  requireValid,
  resolveDvcYaml,
} from '../../../src/engine/files/dvc-yaml.ts';

type Files = Readonly<Record<string, string>>;

const resolve = (content: string, files: Files = {}, more: Partial<ResolveInput> = {}): Promise<ResolvedDvcYaml> =>
  resolveDvcYaml({
    path: 'dvc.yaml',
    content,
    readFile: async (file) => (files[file] === undefined ? undefined : Buffer.from(files[file])),
    ...more,
  });

const stageOf = async (body: string, files: Files = {}): Promise<PipelineEntry> => {
  const [stage] = requireValid(await resolve(`stages:\n  a: ${body}\n`, files)).stages;
  assert.ok(stage);
  return stage;
};

const errorOf = async (content: string, files: Files = {}, more: Partial<ResolveInput> = {}): Promise<string> => {
  const { error } = await resolve(content, files, more);
  assert.ok(error, 'it is accepted');
  return error.message;
};

describe('dvc.yaml: schema', () => {
  const head = "'./dvc.yaml' validation failed";
  const refused: readonly [name: string, text: string, message: string][] = [
    [
      'an unknown key of a stage',
      'stages: {a: {cmd: x, foo: 1}}\n',
      `${head}.\n\nextra keys not allowed, in stages -> a -> foo, line 1, column 13\n  1 stages: {a: {cmd: x, foo: 1}}\n  2`,
    ],
    ['an unknown key of the file', 'foo: 1\n', `${head}.\n\nextra keys not allowed, in foo`],
    ['a list as the file', '[1, 2]\n', `${head}: expected a dictionary.`],
    ['stages without content', 'stages:\n', `${head}.\n\nexpected a dictionary, in stages`],
    [
      'a stage that is a number',
      'stages:\n  a: 3\n',
      `${head}.\n\nexpected a dictionary, in stages -> a, line 2, column 3\n  1 stages:\n  2   a: 3\n  3`,
    ],
    [
      'a foreach of a number',
      'stages:\n  a:\n    foreach: 3\n    do: {cmd: x}\n',
      `${head}.\n\nexpected dict, in stages -> a -> foreach, line 3, column 5\n  2   a:\n  3     foreach: 3\n  4     do: {cmd: x}`,
    ],
    [
      'a foreach without do',
      'stages:\n  a:\n    foreach: [3]\n',
      `${head}.\n\nrequired key not provided, in stages -> a -> do, line 3, column 5\n  2   a:\n  3     foreach: [3]\n  4`,
    ],
    [
      'an axis that is a number',
      'stages:\n  a:\n    matrix: {a: 3}\n    cmd: x\n',
      `${head}.\n\nexpected str, in stages -> a -> matrix -> a, line 3, column 13\n  2   a:\n  3     matrix: {a: 3}\n  4     cmd: x`,
    ],
    [
      'a number as a stage name',
      'stages: {1: {cmd: x}}\n',
      `${head}.\n\nexpected str, in stages -> 1, line 1, column 13\n  1 stages: {1: {cmd: x}}`,
    ],
    [
      'every problem at once',
      'stages:\n  a:\n    cmd: x\n    deps: a\n    outs:\n    - x:\n        cache: 1\n  b:\n    wdir: 3\n',
      [
        `${head}: 4 errors.`,
        '',
        'expected a list, in stages -> a -> deps, line 3, column 5',
        '   2   a:',
        '   3     cmd: x',
        '   4     deps: a',
        '',
        'expected bool, in stages -> a -> outs -> 0 -> x -> cache, line 7, column 9',
        '   6     - x:',
        '   7         cache: 1',
        '   8   b:',
        '',
        'expected str, in stages -> b -> wdir, line 9, column 5',
        '   8   b:',
        '   9     wdir: 3',
        '  10',
        '',
        'required key not provided, in stages -> b -> cmd, line 9, column 5',
        '   8   b:',
        '   9     wdir: 3',
        '  10',
      ].join('\n'),
    ],
  ];
  for (const [name, text, message] of refused) {
    it(`refuses ${name}, in DVC's words`, async () => assert.equal(await errorOf(text), message));
  }

  const places: readonly [text: string, message: string][] = [
    ['stages: {a: {cmd: echo, params: [3]}}', 'expected str, in stages -> a -> params -> 0'],
    ['plots: [{a: {x: 1}}]', 'expected str, in plots -> 0 -> a -> x'],
    ['plots: [3]', 'expected str, in plots -> 0'],
    ['vars: [3]', 'expected dict, in vars -> 0'],
    ['artifacts: {b: {type: z}}', 'required key not provided, in artifacts -> b -> path'],
    ['artifacts: {b: {path: z, foo: 1}}', 'extra keys not allowed, in artifacts -> b -> foo'],
    [
      'stages: {a: {cmd: echo, plots: [{x: [{cache: 1}]}]}}',
      'expected bool, in stages -> a -> plots -> 0 -> x -> 0 -> cache',
    ],
    ['stages: {a: {cmd: 2024-01-01}}', 'expected str, in stages -> a -> cmd'],
    ['stages: {a: {cmd: x, deps: }}', 'expected a list, in stages -> a -> deps'],
    ['stages: {a: {foreach: [1], do: {cmd: x}, wdir: y}}', 'extra keys not allowed, in stages -> a -> wdir'],
  ];
  for (const [text, message] of places) {
    it(`finds: ${message}`, async () => {
      const { problems, error } = await resolve(`${text}\n`);
      assert.deepEqual(
        problems.map((problem) => problem.message),
        [message],
      );
      assert.equal(error?.code, 'invalid-schema');
    });
  }

  it('accepts every key there is', async () => {
    const flags =
      'cache: false, persist: true, checkpoint: true, remote: r, push: false, desc: d, type: t, labels: [l], meta: {m: 1}';
    const props = 'template: t, x: x, y: y, x_label: x, y_label: y, title: t, header: false';
    const text = `
vars: [{v: 1}]
params: [p.yaml]
metrics: [m.json]
plots: [p.csv, {q.csv: null}, {r: {x: {f: c}, y: {f: [a, b]}, x_label: x, y_label: y, title: t, template: t}}]
datasets: [{name: d, type: url, url: u}]
artifacts: {m: {path: p, type: model, desc: d, labels: [l], meta: 1}}
stages:
  a: {cmd: [x, y], wdir: w, deps: [d], params: [l, {p.json: [k]}], vars: [{w: 1}], frozen: true, meta: 1, desc: d,
      always_changed: true, outs: [{o: {${flags}}}], metrics: [{m: {${flags}}}], plots: [{p: {${flags}, ${props}}}]}
`;
    assert.deepEqual((await resolve(text)).problems, []);
  });

  for (const text of ['', '\n', '# nothing yet\n', '{}\n', '[]\n', '---\n']) {
    it(`takes ${JSON.stringify(text)} for a file without stages`, async () => {
      const { stages, problems } = await resolve(text);
      assert.deepEqual([stages, problems], [[], []]);
    });
  }

  it('does not take an emptied file for a project without stages', async () => {
    const { error } = await resolve(' \n', {}, { hasLock: true });
    assert.equal(error?.code, 'torn-file');
    assert.equal((await resolve('# kept\n', {}, { hasLock: true })).error, undefined);
  });

  it('suggests the key that was meant, and marks the wrong one', async () => {
    const { problems, error } = await resolve('stages:\n  a:\n    cmd: x\n    metrcis: [m]\n');
    assert.equal(error?.hint, "Did you mean 'metrics'?");
    assert.deepEqual(problems[0]?.where, { line: 4, column: 5, endLine: 4, endColumn: 12 });
  });

  it('marks the line where the syntax breaks', async () => {
    const { problems, error } = await resolve('stages:\n  a:\n    cmd: [x\n');
    assert.equal(error?.code, 'invalid-file');
    assert.ok((problems[0]?.where?.line ?? 0) >= 3);
  });

  it('refuses bytes that are no text', async () =>
    assert.match(await errorOf('', {}, { content: Buffer.from([0xff]) }), /utf-8/));
});

describe('dvc.yaml: stages', () => {
  it('resolves every part of a stage', async () => {
    const stage = await stageOf(
      `{cmd: "run \${lr}", wdir: "\${d}", deps: ["\${d}.in"], outs: ["\${d}.out"], desc: "\${d}", meta: {n: "\${n}"}}`,
      { 'params.yaml': 'lr: 1e-3\nd: dir\nn: 5\n' },
    );
    assert.deepEqual(
      [
        stage.cmd,
        stage.rawCmd,
        stage.wdir,
        stage.deps,
        stage.outs[0]?.path,
        stage.desc,
        toPlain(stage.meta),
        stage.parametrized,
      ],
      ['run 0.001', 'run ${lr}', 'dir', ['dir.in'], 'dir.out', 'dir', { n: 5 }, true],
    );
  });

  it('keeps a list of commands a list, and text where a number came out', async () => {
    assert.deepEqual((await stageOf('{cmd: [x, "${n}", "${y}"]}', { 'params.yaml': 'n: 1.0\ny: true' })).cmd, [
      'x',
      '1.0',
      'true',
    ]);
    assert.equal((await stageOf('{cmd: "${n}"}', { 'params.yaml': 'n: 7' })).cmd, '7');
  });

  it('says where the values of a command came from', async () => {
    const { uses } = await stageOf('{cmd: "x ${a.b}"}', { 'params.yaml': 'a: {b: 1}' });
    assert.deepEqual(
      uses.map(({ at, expression, origin }) => [at, expression, origin.source, origin.path]),
      [[['stages', 'a', 'cmd'], 'a.b', 'params.yaml', ['a', 'b']]],
    );
  });

  it('is not parametrized without expressions', async () => {
    assert.equal((await stageOf('{cmd: x, outs: [{o: {cache: false}}]}')).parametrized, false);
    assert.equal((await stageOf('{cmd: x, vars: [{a: 1}]}')).parametrized, true);
  });

  const params: readonly [name: string, list: string, expected: unknown][] = [
    ['keys of params.yaml', '[lr, train.n]', [['params.yaml', ['lr', 'train.n']]]],
    [
      'keys of other files, in order of first mention',
      '[{p.json: [x]}, lr, {p.json: [y]}]',
      [
        ['p.json', ['x', 'y']],
        ['params.yaml', ['lr']],
      ],
    ],
    [
      'a whole file',
      '[{p.toml: null}, {q.yaml: []}]',
      [
        ['p.toml', 'all'],
        ['q.yaml', 'all'],
      ],
    ],
    ['a file whole once is whole', '[{p.json: [x]}, {p.json: null}]', [['p.json', 'all']]],
    ['params.yaml whole', '[lr, {params.yaml: null}]', [['params.yaml', 'all']]],
    ['a name with a colon is a key', '["nof.yaml:"]', [['params.yaml', ['nof.yaml:']]]],
  ];
  for (const [name, list, expected] of params) {
    it(`params: ${name}`, async () =>
      assert.deepEqual(
        (await stageOf(`{cmd: x, params: ${list}}`)).params.map(({ path, keys }) => [path, keys]),
        expected,
      ));
  }

  it('reads every flag of outputs, and lists outs, metrics, plots', async () => {
    const { outs } = await stageOf(
      '{cmd: x, plots: [{p: {header: false, y: b, template: t}}, q], metrics: [{m: {cache: false}}], outs: [o, {o: {persist: true}}, {o: {push: false, remote: r, desc: d, type: t, labels: [l], meta: 1}}]}',
    );
    const plain = {
      cache: true,
      persist: false,
      push: true,
      remote: undefined,
      desc: undefined,
      type: undefined,
      labels: [],
      meta: null,
      plot: new Map(),
    };
    assert.deepEqual(outs, [
      {
        ...plain,
        path: 'o',
        kind: 'out',
        persist: true,
        push: false,
        remote: 'r',
        desc: 'd',
        type: 't',
        labels: ['l'],
        meta: 1,
      },
      { ...plain, path: 'm', kind: 'metric', cache: false },
      {
        ...plain,
        path: 'p',
        kind: 'plot',
        plot: new Map<string, unknown>([
          ['template', 't'],
          ['y', 'b'],
          ['header', false],
        ]),
      },
      { ...plain, path: 'q', kind: 'plot' },
    ]);
  });

  it('notices one output in two lists, without refusing the file', async () => {
    const { problems, error } = await resolve('stages: {a: {cmd: x, outs: [o], metrics: [./o]}}');
    assert.equal(error, undefined);
    assert.deepEqual(
      problems.map(({ message }) => message),
      ["output './o' is already specified in stage: 'a'."],
    );
    const nested = await resolve('stages: {a: {cmd: x, outs: [o], plots: [o]}}', {}, { path: 's/dvc.yaml' });
    assert.equal(nested.problems[0]?.message, "output 'o' is already specified in stage: 's/dvc.yaml:a'.");
  });

  it("reads a stage's own vars relative to its wdir, and only for it", async () => {
    const text = 'stages:\n  a: {cmd: "x ${k}", wdir: "${d}", vars: [v.yaml]}\n  b: {cmd: "x ${k}"}\n';
    const { stages, error } = await resolve(text, { 'params.yaml': 'd: w', 'w/v.yaml': 'k: 1' });
    assert.deepEqual(
      stages.map(({ cmd }) => cmd),
      ['x 1'],
    );
    assert.equal(error?.message, "failed to parse 'stages.b.cmd' in 'dvc.yaml': Could not find 'k'");
  });

  it('reads params beside a dvc.yaml in a folder', async () => {
    const text = 'stages: {a: {cmd: "x ${k}", vars: [../up.yaml]}}';
    const { stages } = await resolve(text, { 's/params.yaml': 'l: 1', 'up.yaml': 'k: 2' }, { path: 's/dvc.yaml' });
    assert.equal(stages[0]?.cmd, 'x 2');
  });

  it('expands groups in place and tells which group each stage is of', async () => {
    const text =
      'stages:\n  a: {cmd: x}\n  f: {foreach: [1, 2], do: {cmd: "y ${item}"}}\n  m: {matrix: {p: [3]}, cmd: "z ${key}"}\n';
    const { stages } = requireValid(await resolve(text));
    assert.deepEqual(
      stages.map(({ name, cmd, group, parametrized }) => [name, cmd, group?.kind, parametrized]),
      [
        ['a', 'x', undefined, false],
        ['f@1', 'y 1', 'foreach', true],
        ['f@2', 'y 2', 'foreach', true],
        ['m@3', 'z 3', 'matrix', true],
      ],
    );
    assert.equal(stages[1]?.where?.key.line, 3);
  });

  it('warns where item hides a value', async () => {
    const { problems, error } = await resolve('stages: {f: {foreach: [1], do: {cmd: x}}}', {
      'params.yaml': 'item: 1',
    });
    assert.equal(error, undefined);
    assert.deepEqual(
      problems.map(({ severity, message }) => [severity, message]),
      [['warning', "item is already specified, will be overwritten for stages generated from 'f'"]],
    );
  });

  it('counts the stages of a matrix before making one', async () => {
    const axis = `[${Array.from({ length: 200 }, (_, i) => i).join(', ')}]`;
    const started = performance.now();
    const { error } = await resolve(`stages: {m: {matrix: {a: ${axis}, b: ${axis}, c: ${axis}}, cmd: x}}`);
    assert.equal(error?.code, 'too-big');
    assert.match(error?.message ?? '', /'m' in 'dvc.yaml' would make 8000000 stages; at most 10000/);
    assert.ok(performance.now() - started < 1_000);
  });

  const failures: readonly [name: string, text: string, message: string][] = [
    [
      'a missing key',
      'stages: {a: {cmd: "${nope}"}}',
      "failed to parse 'stages.a.cmd' in 'dvc.yaml': Could not find 'nope'",
    ],
    [
      'a syntax error',
      'stages: {a: {cmd: "${}"}}',
      "failed to parse 'stages.a.cmd' in 'dvc.yaml':\n${}\n  ^\nParseException: Expected !W:(.[]), found '}'  (at char 2), (line:1, col:3)",
    ],
    [
      'a list in a command',
      'stages: {a: {cmd: "x ${l}"}}',
      "failed to parse 'stages.a.cmd' in 'dvc.yaml':\nCannot interpolate data of type 'list'",
    ],
    [
      'a dict as a command',
      'stages: {a: {cmd: "${d}"}}',
      "failed to parse 'stages.a.cmd' in 'dvc.yaml':\nCannot interpolate data of type 'dict'",
    ],
    [
      'a dict as a path',
      'stages: {a: {cmd: x, outs: ["${d}"]}}',
      "failed to parse 'stages.a.outs' in 'dvc.yaml':\nCannot interpolate data of type 'dict'",
    ],
    [
      'expressions in vars',
      'vars: [{a: "${l}"}]',
      "failed to parse 'vars' in 'dvc.yaml': interpolating is not allowed",
    ],
    [
      "expressions in a stage's vars",
      'stages: {a: {cmd: x, vars: ["${l}"]}}',
      "failed to parse 'stages.a.vars' in 'dvc.yaml': interpolating is not allowed",
    ],
    [
      'a second definition',
      'vars: [{l: 2}]',
      "failed to parse 'vars' in 'dvc.yaml':\ncannot redefine 'l' from 'vars[0]' as it already exists in 'params.yaml'",
    ],
    [
      "a second definition in a stage's vars",
      'stages: {a: {cmd: x, vars: [{l: 2}]}}',
      "failed to parse stage 'a' in 'dvc.yaml':\ncannot redefine 'l' from 'a.vars[0]' as it already exists in 'params.yaml'",
    ],
    [
      'a file of vars twice',
      "stages: {a: {cmd: x, vars: ['params.yaml:l']}}",
      "failed to parse 'stages.a.vars' in 'dvc.yaml':\ncannot partially load 'params.yaml:l' as it's already loaded.",
    ],
    ['a missing file of vars', 'vars: [no.yaml]', "failed to parse 'vars' in 'dvc.yaml': 'no.yaml' does not exist"],
    [
      'item in vars',
      'stages: {f: {foreach: {a: 1}, do: {cmd: x, vars: [{item: 3, key: 2}]}}}',
      "failed to parse stage 'f@a' in 'dvc.yaml': attempted to modify reserved keys item and key",
    ],
    [
      'a foreach of a number',
      'stages: {f: {foreach: "${n}", do: {cmd: x}}}',
      "failed to resolve 'stages.f.foreach' in 'dvc.yaml': expected list/dictionary, got int",
    ],
    [
      'a missing list of a foreach',
      'stages: {f: {foreach: "${no}", do: {cmd: x}}}',
      "failed to parse 'stages.f.foreach' in 'dvc.yaml': Could not find 'no'",
    ],
    [
      'a missing key in a group',
      'stages: {f: {foreach: [1], do: {cmd: "${item.x}"}}}',
      "failed to parse 'stages.f@1.cmd' in 'dvc.yaml': Could not find 'item.x'",
    ],
    [
      'a syntax error in a group',
      'stages: {f: {foreach: [1], do: {cmd: "${item.}"}}}',
      "failed to parse 'stages.f.cmd' in 'dvc.yaml':\n${item.}\n      ^\nParseException: Expected end of text, found '.'  (at char 6), (line:1, col:7)",
    ],
    ['an at sign in a name', 'stages: {a@b: {cmd: x}}', "Stage 'a@b' not found inside 'dvc.yaml' file"],
    [
      'a missing key in metrics',
      'metrics: ["${no}"]',
      "failed to parse 'metrics.0' in 'dvc.yaml': Could not find 'no'",
    ],
  ];
  for (const [name, text, message] of failures) {
    it(`reports ${name}`, async () =>
      assert.equal(await errorOf(text, { 'params.yaml': 'l: [1]\nd: {k: v}\nn: 3\n' }), message));
  }

  it('keeps the stages that are right beside those that are not, and marks each mistake once', async () => {
    const text =
      'stages:\n  a:\n    cmd: ${no}\n  b:\n    cmd: x\n  f:\n    foreach: [1, 2, 3]\n    do:\n      cmd: ${no}\n';
    const { stages, problems } = await resolve(text);
    assert.deepEqual(
      stages.map(({ name }) => name),
      ['b'],
    );
    assert.deepEqual(
      problems.map(({ where }) => [where?.line, where?.column]),
      [
        [3, 10],
        [9, 12],
      ],
    );
  });

  it('names the line of a broken params file', async () => {
    const { error } = await resolve('stages: {a: {cmd: x}}', { 'params.yaml': 'a: 1\nb: [\n' });
    assert.ok(DvcError.is(error, 'invalid-file'));
    assert.equal(error.data['path'], 'params.yaml');
  });

  it('throws what the reader throws', () =>
    assert.rejects(resolve('stages: {}', {}, { readFile: () => Promise.reject(new Error('disk')) }), /disk/));
});

describe('dvc.yaml: outside stages', () => {
  it('resolves metrics, params, plots, datasets and artifacts', async () => {
    const text =
      'params: ["${f}.yaml"]\nmetrics: ["${f}.json"]\nplots: [{"${f}": {y: "${f}"}}]\ndatasets: [{name: "${f}", type: url}]\nartifacts: {"${f}": {path: "${f}", labels: [x]}}\n';
    const file = requireValid(await resolve(text, { 'params.yaml': 'f: name' }));
    assert.deepEqual([file.params, file.metrics], [['name.yaml'], ['name.json']]);
    assert.deepEqual(file.plots.map(toPlain), [{ name: { y: 'name' } }]);
    assert.deepEqual(file.datasets.map(toPlain), [{ name: 'name', type: 'url' }]);
    assert.deepEqual(file.artifacts, [
      { name: 'name', path: 'name', type: undefined, desc: undefined, labels: ['x'], meta: null },
    ]);
  });

  it('warns about a name that no tag can carry', async () => {
    const { problems } = await resolve('artifacts: {good/name-1: {path: p}, "bad name": {path: p}, -x: {path: p}}');
    assert.deepEqual(
      problems.map(({ message }) => message),
      ["Can't use 'bad name' as artifact name (ID).", "Can't use '-x' as artifact name (ID)."],
    );
  });
});
