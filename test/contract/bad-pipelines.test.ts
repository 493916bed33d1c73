import * as assert from 'node:assert/strict';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { DvcError, type ErrorCode } from '../../src/engine/core/errors.ts';
import { repro } from '../../src/engine/verbs/repro.ts';
import { type EngineRepo, makeEngineRepo, useEngineSandbox } from '../support/engine-repo.ts';

interface Bad {
  readonly name: string;
  /** Stages, each a line of dvc.yaml; or the whole file where it is a text. */
  readonly yaml: readonly string[] | string;
  readonly code: ErrorCode;
  readonly says: RegExp;
  /** The next step. */
  readonly hint?: RegExp;
}

/** `depth` lists in lists. */
const nested = (depth: number): string => `a: ${'['.repeat(depth)}${']'.repeat(depth)}`;
/** Every list holds the one before nine times. */
const bomb = ['a0: &a0 [x, x, x, x, x, x, x, x, x]']
  .concat(Array.from({ length: 12 }, (_, i) => `a${i + 1}: &a${i + 1} [${Array(9).fill(`*a${i}`).join(', ')}]`))
  .join('\n');
const digits = '[0, 1, 2, 3, 4, 5, 6, 7, 8, 9]';

const BAD: readonly Bad[] = [
  {
    name: 'a cycle, with the way into it',
    yaml: [
      'a: {cmd: x, deps: [c], outs: [a]}',
      'b: {cmd: x, deps: [a], outs: [b]}',
      'c: {cmd: x, deps: [b], outs: [c]}',
    ],
    code: 'cycle',
    says: /^Same item\(s\) are defined as both a dependency and an output in stages: /,
    hint: /a → c → b → a/,
  },
  {
    name: 'a stage that needs itself',
    yaml: ['a: {cmd: x, deps: [a], outs: [a]}'],
    code: 'cycle',
    says: /in stage: a\.$/,
    hint: /a → a/,
  },
  {
    name: 'an output of two stages',
    yaml: ['a: {cmd: x, outs: [o]}', 'b: {cmd: x, outs: [o]}'],
    code: 'output-overlap',
    says: /^output 'o' is specified in:\n\t- a\n\t- b\n/,
  },
  {
    name: 'an output twice in one stage',
    yaml: ['a: {cmd: x, outs: [o], metrics: [o]}'],
    code: 'output-overlap',
    says: /^output 'o' is already specified in stage: 'a'/,
  },
  {
    name: 'an output in another',
    yaml: ['a: {cmd: x, outs: [o]}', 'b: {cmd: x, outs: [o/p]}'],
    code: 'output-overlap',
    says: /'o'\('a'\)\n'o\/p'\('b'\)\noverlap/,
  },
  {
    name: 'an unknown key of a stage',
    yaml: ['a: {cmd: x, dep: [i]}'],
    code: 'invalid-schema',
    says: /extra keys not allowed, in stages -> a -> dep, line 2, column/,
    hint: /Did you mean 'deps'\?/,
  },
  {
    name: 'an unknown key of an output',
    yaml: ['a: {cmd: x, outs: [o: {cached: false}]}'],
    code: 'invalid-schema',
    says: /in stages -> a -> outs -> 0 -> o -> cached, line 2/,
    hint: /Did you mean 'cache'\?/,
  },
  {
    name: 'an unknown key at the top',
    yaml: 'stage:\n  a: {cmd: x}\n',
    code: 'invalid-schema',
    says: /extra keys not allowed, in stage, line 2/,
    hint: /Did you mean 'stages'\?/,
  },
  {
    name: 'a missing dependency',
    yaml: ['a: {cmd: cat gone, deps: [gone]}'],
    code: 'output-missing',
    says: /^failed to reproduce 'a': dependency 'gone' does not exist$/,
    hint: /deps/,
  },
  {
    name: 'missing parameters',
    yaml: ['a: {cmd: x, params: [in.yaml: [lr, q]]}'],
    code: 'params-missing',
    says: /^failed to reproduce 'a': Parameters 'lr, q' are missing from 'in\.yaml'\.$/,
  },
  {
    name: 'an interpolation that stands for nothing, at its place',
    yaml: `stages:\n  a:\n    wdir: .\n    cmd: echo \${lr} \${nope.x}\nvars: [lr: 1]\n`,
    code: 'unknown-key',
    says: /^failed to parse 'stages\.a\.cmd' in 'dvc\.yaml': Could not find 'nope\.x'$/,
    hint: /It is in line 4 of dvc\.yaml, from column 10 on\./,
  },
  {
    name: 'a cached output outside of the repository',
    yaml: ['a: {cmd: echo made > ../outside, outs: [../outside]}'],
    code: 'output-outside-repo',
    says: /^failed to reproduce 'a': Saving cached external output .*outside is not supported/,
    hint: /cache: false/,
  },
  {
    name: 'an output that is not made',
    yaml: ['a: {cmd: "true", outs: [o]}'],
    code: 'output-missing',
    says: /^failed to reproduce 'a': output 'o' does not exist$/,
    hint: /succeeded without making it/,
  },
  {
    name: 'a YAML bomb',
    yaml: bomb,
    code: 'invalid-file',
    says: /^'dvc\.yaml' is invalid \(line \d+, column \d+\): it has more than 1,000,000 nodes, its aliases expanded$/,
  },
  { name: 'very deep lists', yaml: nested(20_000), code: 'invalid-file', says: /nested more than 100 levels deep$/ },
  {
    name: 'very deep mappings',
    yaml: Array.from({ length: 2000 }, (_, i) => `${' '.repeat(i)}k:`).join('\n'),
    code: 'invalid-file',
    says: /nested more than 100 levels deep$/,
  },
  {
    name: 'a matrix of more stages than anyone can run',
    yaml: [`a: {matrix: {a: ${digits}, b: ${digits}, c: ${digits}, d: ${digits}, e: ${digits}}, cmd: x}`],
    code: 'too-big',
    says: /^'a' in 'dvc\.yaml' would make 100000 stages/,
  },
  {
    name: 'a working folder that is not there',
    yaml: ['a: {cmd: x, wdir: nowhere}'],
    code: 'output-missing',
    says: /stage working dir '.*nowhere' does not exist$/,
    hint: /wdir/,
  },
];

describe('bad pipelines', function () {
  this.timeout(20_000);
  before(function () {
    if (process.platform === 'win32') this.skip(); // Commands are for a POSIX shell.
  });
  const sandbox = useEngineSandbox('bad');
  let repo: EngineRepo;
  const write = (file: string, text: string): void => fs.writeFileSync(path.join(repo.root, file), text);
  const exists = (file: string): boolean => fs.existsSync(path.join(repo.root, file));

  beforeEach(async () => {
    repo = await makeEngineRepo(sandbox());
    write('in.yaml', 'known: 1\n');
  });

  async function failure(): Promise<DvcError> {
    try {
      const { failure } = await repo.open((opened, ctx) => repro(opened, {}, ctx));
      assert.ok(failure, 'it succeeds');
      return failure;
    } catch (error) {
      if (!DvcError.is(error)) throw error;
      return error;
    }
  }

  for (const { name, yaml, code, says, hint } of BAD)
    it(`says what is wrong: ${name}`, async () => {
      write('../outside', 'of the user\n');
      write('dvc.yaml', typeof yaml === 'string' ? yaml : `stages:\n${yaml.map((line) => `  ${line}\n`).join('')}`);
      const error = await failure();
      assert.equal(error.code, code, error.message);
      assert.match(error.message, says);
      if (hint) assert.match(error.hint ?? '', hint);
      assert.ok(!exists('dvc.lock'));
      assert.equal(fs.readFileSync(path.join(repo.root, '../outside'), 'utf8'), 'of the user\n');
    });

  it('says where a lock file has conflict markers, and leaves it', async () => {
    write('dvc.yaml', 'stages:\n  a: {cmd: "true"}\n');
    const text = "schema: '2.0'\nstages:\n<<<<<<< ours\n  a: {cmd: x}\n=======\n  a: {cmd: y}\n>>>>>>> theirs\n";
    write('dvc.lock', text);
    const error = await failure();
    assert.match(error.message, /^'dvc\.lock' is invalid \(line 3, column 1\): it has merge conflict markers/);
    assert.match(error.hint ?? '', /^Run `lode lock merge`/);
    assert.equal(repo.read('dvc.lock'), text);
  });

  it('runs what makes part of a dependency before what needs all of it', async () => {
    write(
      'dvc.yaml',
      'stages:\n  all: {cmd: ls folder > list, deps: [folder], outs: [list]}\n' +
        '  part: {cmd: mkdir -p folder && echo 1 > folder/part, outs: [folder/part]}\n',
    );
    const { stages } = await repo.open((opened, ctx) => repro(opened, {}, ctx));
    assert.deepEqual(
      stages.map(({ shown, state }) => `${shown} ${state}`),
      ['part ran', 'all ran'],
    );
    assert.equal(repo.read('list'), 'part\n');
  });
});
