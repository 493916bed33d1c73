import * as assert from 'node:assert/strict';
import * as fs from 'node:fs';
import * as path from 'node:path';
import type { EngineEvent } from '../../src/engine/core/events.ts';
import { createOpContext } from '../../src/engine/core/op-context.ts';
import { runLogs } from '../../src/engine/pipeline/run-log.ts';
import { commit } from '../../src/engine/verbs/commit.ts';
import { lockCheck } from '../../src/engine/verbs/lock-check.ts';
import { type ReproOptions, type ReproResult, repro } from '../../src/engine/verbs/repro.ts';
import { type EngineRepo, makeEngineRepo, useEngineSandbox } from '../support/engine-repo.ts';

describe('repro', function () {
  this.timeout(20_000);
  before(function () {
    if (process.platform === 'win32') this.skip(); // Commands are for a POSIX shell.
  });
  const sandbox = useEngineSandbox('repro');
  let repo: EngineRepo;
  const at = (file: string): string => path.join(repo.root, file);
  const write = (file: string, text: string): void => fs.writeFileSync(at(file), text);
  const read = (file: string): string => fs.readFileSync(at(file), 'utf8');

  beforeEach(async () => {
    repo = await makeEngineRepo(sandbox());
    write('in.txt', 'one\n');
    pipeline({ a: ['cp in.txt a.txt', 'in.txt', 'a.txt'], b: ['cat a.txt a.txt > b.txt', 'a.txt', 'b.txt'] });
  });

  /** Stages by name: command, dependencies, outputs; further lines behind. */
  function pipeline(
    stages: Readonly<Record<string, readonly [cmd: string, deps: string, outs: string, ...more: string[]]>>,
  ): void {
    const text = Object.entries(stages).map(([name, [cmd, deps, outs, ...more]]) =>
      [
        `  ${name}:`,
        `    cmd: ${JSON.stringify(cmd)}`,
        ...(deps ? [`    deps: [${deps}]`] : []),
        ...(outs ? [`    outs: [${outs}]`] : []),
        ...more.map((line) => `    ${line}`),
      ].join('\n'),
    );
    write('dvc.yaml', `stages:\n${text.join('\n')}\n`);
  }

  async function run(
    options: ReproOptions = {},
    signal = new AbortController().signal,
  ): Promise<ReproResult & { events: EngineEvent[] }> {
    const events: EngineEvent[] = [];
    const ctx = createOpContext({ cwd: repo.root, signal, emit: (event) => void events.push(event) });
    return { ...(await repo.open((opened) => repro(opened, options, ctx))), events };
  }
  const states = ({ stages }: ReproResult): string =>
    stages.map(({ address, state }) => `${address}:${state}`).join(' ');

  it('runs what is not up to date, and then nothing', async () => {
    assert.equal(states(await run()), 'a:ran b:ran');
    assert.equal(read('b.txt'), 'one\none\n');
    assert.equal(states(await run()), 'a:unchanged b:unchanged');
  });

  it('restores a run that it remembers', async () => {
    await run();
    write('in.txt', 'two\n');
    await run();
    write('in.txt', 'one\n');
    assert.equal(states(await run()), 'a:restored b:restored');
    assert.equal(read('b.txt'), 'one\none\n');
    assert.equal(states(await run({ force: true })), 'a:ran b:ran');
  });

  it('runs again where the remembered run is damaged, and removes it', async () => {
    await run();
    const runs = fs
      .readdirSync(at('.dvc/cache/runs'), { recursive: true, encoding: 'utf8' })
      .map((name) => at(`.dvc/cache/runs/${name}`));
    for (const file of runs.filter((name) => fs.statSync(name).isFile())) fs.writeFileSync(file, 'cmd: [');
    fs.rmSync(at('dvc.lock'));
    assert.equal(states(await run()), 'a:ran b:ran');
  });

  it('keeps the lock entry of a stage that fails, and goes on there', async () => {
    await run();
    const before = read('dvc.lock');
    pipeline({ a: ['cp in.txt a.txt', 'in.txt', 'a.txt'], b: ['echo told; exit 3', 'a.txt', 'b.txt'] });
    const { failure, stages } = await run();
    assert.equal(failure?.message, "failed to reproduce 'b': failed to run: echo told; exit 3, exited with 3");
    assert.deepEqual([failure.data['code'], failure.data['tail']], [3, ['told']]);
    assert.equal(read('dvc.lock'), before);
    assert.match(fs.readFileSync(stages[1]?.log ?? '', 'utf8'), /^> echo told; exit 3\ntold\n# exited with 3 after /);
    pipeline({ a: ['cp in.txt a.txt', 'in.txt', 'a.txt'], b: ['cat a.txt a.txt > b.txt', 'a.txt', 'b.txt'] });
    assert.equal(states(await run()), 'a:unchanged b:restored');
  });

  it('goes on without what needs a failed stage, or with everything', async () => {
    pipeline({
      a: ['false', '', 'a.txt'],
      b: ['cat a.txt > b.txt', 'a.txt', 'b.txt'],
      c: ['echo c > c.txt', '', 'c.txt'],
    });
    const kept = await run({ onError: 'keep-going' });
    assert.equal(states(kept), 'a:failed b:skipped c:ran');
    assert.equal(kept.failure?.message, "failed to reproduce 'a'");
    const ignored = await run({ onError: 'ignore' });
    assert.equal(states(ignored), 'a:failed b:failed c:unchanged');
    assert.equal(ignored.failure, undefined);
  });

  it('sets aside an output that is stored nowhere, and deletes one that is', async () => {
    await run();
    write('a.txt', 'by hand\n');
    await run();
    assert.equal(fs.readFileSync(at('.dvc/tmp/lode/trash/a.txt'), 'utf8'), 'by hand\n');
    assert.equal(read('a.txt'), 'one\n');
    write('in.txt', 'two\n');
    await run();
    assert.deepEqual(fs.readdirSync(at('.dvc/tmp/lode/trash')), ['a.txt']);
  });

  it('gives the command its stage, root and folder', async () => {
    fs.mkdirSync(at('sub'));
    pipeline({ a: ['echo $DVC_STAGE $DVC_ROOT $(pwd) > a.txt', '', 'a.txt', 'wdir: sub'] });
    await run();
    assert.equal(read('sub/a.txt'), `a ${repo.root} ${repo.root}/sub\n`);
  });

  it('announces lines by stage, and keeps the last ten logs', async () => {
    pipeline({ a: ['echo out; echo err >&2', '', ''] });
    for (let i = 0; i < 12; i++) {
      const { events } = await run();
      const lines = events.flatMap((event) =>
        event.type === 'stage-line' ? [`${event.stage} ${event.stream} ${event.line}`] : [],
      );
      assert.deepEqual(lines.sort(), ['a stderr err', 'a stdout out']);
    }
    assert.equal(runLogs(at('.dvc/tmp/lode/logs'), 'a').length, 10);
  });

  it('writes the same lock and ignore files with several jobs, whichever stage ends first', async () => {
    const names = ['a', 'b', 'c', 'd', 'e'];
    const wide = names.map(
      (name, i) => [name, [`sleep 0.${(5 - i) % 5} && echo ${name} > ${name}.o`, 'in.txt', `${name}.o`]] as const,
    );
    pipeline({ ...Object.fromEntries(wide), z: ['cat *.o > z', names.map((name) => `${name}.o`).join(', '), 'z'] });
    await run();
    const [lock, ignored] = [read('dvc.lock'), read('.gitignore')];
    for (const file of ['dvc.lock', '.gitignore', 'z', ...names.map((name) => `${name}.o`)]) fs.rmSync(at(file));
    fs.rmSync(at('.dvc/cache'), { recursive: true });
    assert.equal(states(await run({ jobs: 5 })), [...names, 'z'].map((name) => `${name}:ran`).join(' '));
    assert.equal(read('dvc.lock'), lock);
    assert.equal(read('.gitignore'), ignored);
  });

  it('runs independent stages side by side, those of one mutex not', async () => {
    const meet = (mine: string, other: string): string =>
      `touch ${mine}; for i in 1 2 3 4 5 6 7 8; do test -e ${other} && exit 0; sleep 0.05; done; exit 1`;
    pipeline({ a: [meet('1', '2'), '', ''], b: [meet('2', '1'), '', ''] });
    assert.equal(states(await run({ jobs: 2 })), 'a:ran b:ran');
    for (const file of ['1', '2']) fs.rmSync(at(file));
    const alone = (name: string): string => `mkdir only || exit 1; sleep 0.1; rmdir only; echo ${name}`;
    pipeline({ a: [alone('a'), '', '', 'meta: {mutex: one}'], b: [alone('b'), '', '', 'meta: {mutex: one}'] });
    assert.equal(states(await run({ jobs: 2 })), 'a:ran b:ran');
  });

  it('ends the whole group of a command when cancelled, and goes on afterwards', async () => {
    pipeline({
      a: ['(trap "" TERM; echo $$ > pid; sleep 60) & wait', '', 'a.txt'],
      b: ['echo b > b.txt', '', 'b.txt'],
    });
    const abort = new AbortController();
    const running = run({}, abort.signal);
    while (!fs.existsSync(at('pid')) || read('pid') === '') await new Promise((resolve) => setTimeout(resolve, 20));
    abort.abort();
    await assert.rejects(running, { code: 'cancelled' });
    pipeline({ a: ['echo a > a.txt', '', 'a.txt'], b: ['echo b > b.txt', '', 'b.txt'] });
    assert.equal(states(await run()), 'a:ran b:ran');
    assert.equal(fs.readFileSync(at('.dvc/tmp/rwlock'), 'utf8'), '{}');
  });

  it('does not wait for what a command leaves running', async () => {
    pipeline({ a: ['sleep 30 & echo $! > pid', '', 'pid'] });
    const began = performance.now();
    await run();
    process.kill(Number(read('pid')));
    assert.ok(performance.now() - began < 10_000);
  });

  it('refuses to run what another process writes', async () => {
    const other = { write: { [at('a.txt')]: { pid: process.ppid, cmd: 'dvc repro' } } };
    fs.mkdirSync(at('.dvc/tmp'), { recursive: true });
    write('.dvc/tmp/rwlock', JSON.stringify(other));
    const { failure } = await run();
    assert.equal(failure?.code, 'path-busy');
    assert.ok(!fs.existsSync(at('a.txt')));
  });

  it('runs everything for a folder or a pattern that names no stage, as DVC does, and refuses a folder that is not there', async () => {
    fs.mkdirSync(at('empty'));
    assert.equal(states(await run({ targets: ['empty'], recursive: true })), 'a:ran b:ran');
    assert.equal(states(await run({ targets: ['z*'], glob: true })), 'a:unchanged b:unchanged');
    await assert.rejects(run({ targets: ['nowhere'], recursive: true }), { code: 'target-not-found' });
  });

  it('stores nothing of a stage whose commit fails', async () => {
    await run();
    fs.rmSync(at('in.txt'));
    write('a.txt', 'by hand\n');
    const objects = (): number => fs.readdirSync(at('.dvc/cache/files/md5'), { recursive: true }).length;
    const before = objects();
    const failing = repo.open((opened, ctx) => commit(opened, { force: true }, ctx));
    await assert.rejects(failing, { message: "failed to commit - dependency 'in.txt' does not exist" });
    assert.equal(objects(), before);
  });

  it('checks the lock without data', async () => {
    const check = () => repo.open((opened, ctx) => lockCheck(opened, {}, ctx));
    assert.deepEqual(await check(), [
      { stage: 'a', problems: ['not in dvc.lock'] },
      { stage: 'b', problems: ['not in dvc.lock'] },
    ]);
    await run();
    for (const file of ['a.txt', 'b.txt']) fs.rmSync(at(file));
    fs.rmSync(at('.dvc/cache'), { recursive: true });
    assert.deepEqual(await check(), []);
    write('in.txt', 'two\n');
    pipeline({ a: ['cp in.txt a.txt', 'in.txt', 'a.txt'], b: ['true', '', 'b.txt'] });
    const found = await check();
    assert.match(found[0]?.problems.join() ?? '', /^dependency in\.txt modified/);
    assert.deepEqual(found[1], { stage: 'b', problems: ['command changed', 'dependency a.txt is only in dvc.lock'] });
  });
});
