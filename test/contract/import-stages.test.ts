import * as assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { pyJson } from '../../src/engine/core/python.ts';
import { freeze } from '../../src/engine/verbs/freeze.ts';
import { type ReproOptions, repro } from '../../src/engine/verbs/repro.ts';
import { status, statusJson } from '../../src/engine/verbs/status.ts';
import { type EngineRepo, makeEngineRepo, useEngineSandbox } from '../support/engine-repo.ts';

describe('imports in pipelines', function () {
  this.timeout(20_000);
  before(function () {
    if (process.platform === 'win32') this.skip(); // Commands are for a POSIX shell.
  });
  const sandbox = useEngineSandbox('imports');
  let repo: EngineRepo;
  const at = (file: string): string => path.join(repo.root, file);
  const read = (file: string): string => fs.readFileSync(at(file), 'utf8');

  beforeEach(async () => {
    repo = await makeEngineRepo(sandbox());
    fs.writeFileSync(at('../source.txt'), 'one\n');
    pointer('data', '../source.txt');
    fs.writeFileSync(at('dvc.yaml'), 'stages:\n  copy: {cmd: cp data copy, deps: [data], outs: [copy]}\n');
  });

  /** As `import-url --no-download` leaves it. `more` are lines of the dependency. */
  function pointer(out: string, source: string, ...more: readonly string[]): void {
    const lines = ['deps:', `- path: ${source}`, ...more.map((line) => `  ${line}`), 'outs:', `- path: ${out}`];
    fs.writeFileSync(at(`${out}.dvc`), `${lines.join('\n')}\n  hash: md5\n`);
  }
  const setFrozen = (frozen: boolean): Promise<unknown> =>
    repo.open((opened, ctx) => freeze(opened, { targets: ['data.dvc'], frozen }, ctx));
  async function run(options: ReproOptions = {}): Promise<string> {
    const { stages, failure } = await repo.open((opened, ctx) => repro(opened, options, ctx));
    return `${stages.map(({ shown, state }) => `${shown}:${state}`).join(' ')}${failure ? ` ${failure.message}` : ''}`;
  }
  const statusOf = async (address: string): Promise<unknown> => {
    const stages = await repo.open((opened, ctx) => status(opened, { checkUpdates: true }, ctx));
    return JSON.parse(pyJson(statusJson(stages)))[address];
  };

  it('fetches what was never fetched, and again when its source has changed', async () => {
    assert.equal(await run(), 'data.dvc:ran copy:ran');
    assert.equal(await run(), 'data.dvc:unchanged copy:unchanged');
    fs.writeFileSync(at('../source.txt'), 'two\n');
    assert.equal(await run(), 'data.dvc:ran copy:ran');
    assert.equal(read('copy'), 'two\n');
    assert.equal(await run(), 'data.dvc:unchanged copy:unchanged');
  });

  it('leaves a frozen import as it is', async () => {
    await run();
    await setFrozen(true);
    fs.writeFileSync(at('../source.txt'), 'two\n');
    assert.equal(await run(), 'data.dvc:unchanged copy:unchanged');
    await setFrozen(false);
    assert.equal(await run(), 'data.dvc:ran copy:ran');
  });

  it('takes a missing output from the cache, and keeps it where the source is gone', async () => {
    await run();
    fs.rmSync(at('data'));
    assert.equal(await run(), 'data.dvc:ran copy:unchanged');
    assert.equal(read('data'), 'one\n');
    fs.rmSync(at('../source.txt'));
    const shown = fs.realpathSync(at('..'));
    assert.equal(
      await run(),
      `data.dvc:failed failed to reproduce 'data.dvc': dependency '${shown}/source.txt' does not exist`,
    );
    assert.equal(read('data'), 'one\n');
  });

  it('fetches a folder, without what .dvcignore names', async () => {
    fs.mkdirSync(at('../folder/in'), { recursive: true });
    for (const file of ['a', 'b.tmp', 'in/c']) fs.writeFileSync(at(`../folder/${file}`), file);
    fs.writeFileSync(at('.dvcignore'), '*.tmp\n');
    pointer('folder', '../folder');
    assert.match(await run({ targets: ['folder.dvc'] }), /^folder\.dvc:ran$/);
    assert.deepEqual(read('folder.dvc').match(/(size|nfiles): .*/g), ['size: 10', 'nfiles: 3', 'size: 5', 'nfiles: 2']);
  });

  it('tells that a repository has a newer commit', async () => {
    const source = at('../source');
    fs.mkdirSync(source);
    const git = (...args: string[]): string => execFileSync('git', args, { cwd: source, encoding: 'utf8' }).trim();
    git('init', '-q');
    git('commit', '-q', '--allow-empty', '-m', 'one');
    pointer('near', 'file', 'repo:', '  url: ../source', `  rev_lock: ${git('rev-parse', 'HEAD')}`);
    const missing = { 'changed outs': { near: 'deleted' } };
    // It was never carried out, so its checksum is not there yet.
    assert.deepEqual(await statusOf('near.dvc'), [missing, 'changed checksum']);
    git('commit', '-q', '--allow-empty', '-m', 'two');
    const newer = { 'changed deps': { 'file (../source)': 'update available' } };
    assert.deepEqual(await statusOf('near.dvc'), [newer, missing, 'changed checksum']);
  });
});
