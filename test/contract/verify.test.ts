import * as assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import * as fs from 'node:fs';
import * as path from 'node:path';
import type { EngineEvent } from '../../src/engine/core/events.ts';
import { createOpContext } from '../../src/engine/core/op-context.ts';
import { repro } from '../../src/engine/verbs/repro.ts';
import { type VerifiedStage, type VerifyOptions, verifyStages } from '../../src/engine/verbs/verify.ts';
import { snapshot } from '../support/checker.ts';
import { lodeCommand, run as runProgram } from '../support/cli.ts';
import { type EngineRepo, makeEngineRepo, useEngineSandbox } from '../support/engine-repo.ts';

describe('repro --verify', function () {
  this.timeout(20_000);
  before(function () {
    if (process.platform === 'win32') this.skip(); // Commands are for a POSIX shell.
  });
  const sandbox = useEngineSandbox('verify');
  let repo: EngineRepo;
  const at = (file: string): string => path.join(repo.root, file);
  const write = (file: string, text: string): void => fs.writeFileSync(at(file), text);

  beforeEach(async () => {
    repo = await makeEngineRepo(sandbox());
    write('in.txt', 'one\n');
  });

  async function recorded(yaml: string): Promise<void> {
    write('dvc.yaml', `stages:\n${yaml.replace(/^/gm, '  ')}\n`);
    const { failure } = await repo.open((opened, ctx) => repro(opened, {}, ctx));
    assert.equal(failure, undefined);
  }
  const verify = (options: VerifyOptions = {}, ctx = repo.ctx): Promise<VerifiedStage[]> =>
    repo.open((opened) => verifyStages(opened, options, ctx));
  const states = (stages: readonly VerifiedStage[]): string =>
    stages.map(({ shown, state }) => `${shown}:${state}`).join(' ');
  /** All that is there, but for hints. */
  const everything = (): string[] =>
    [...snapshot(repo.root)]
      .filter(([file]) => !/^\.dvc\/tmp\/lode\/(state|odb)\b/.test(file))
      .map(([file, entry]) => JSON.stringify([file, entry]));

  it('names the stages that give something else, with what differs', async () => {
    await recorded(
      [
        'same: {cmd: cp in.txt same.txt, deps: [in.txt], outs: [same.txt]}',
        'random: {cmd: "mkdir d; date +%N > d/now; echo 1 > d/one", deps: [same.txt], outs: [d]}',
        'after: {cmd: cat d/* > after.txt, deps: [d], outs: [after.txt]}',
      ].join('\n'),
    );
    const before = everything();
    const stages = await verify();
    assert.equal(states(stages), 'same:same random:different after:same');
    assert.deepEqual(
      stages[1]?.differences.map((one) => [one.path, one.files]),
      [['d', { added: [], deleted: [], modified: ['now'] }]],
    );
    assert.deepEqual(everything(), before);
  });

  it('compares metrics by value, within a tolerance', async () => {
    await recorded(
      `m:\n  cmd: |-\n    echo "{\\"acc\\": 0.5$(date +%N), \\"name\\": \\"x\\"}" > m.json\n  deps: [in.txt]\n  metrics: [{m.json: {cache: false}}]`,
    );
    const [exact] = await verify();
    assert.deepEqual(
      exact?.differences[0]?.values?.map(({ key }) => key),
      ['acc'],
    );
    assert.equal(states(await verify({ tolerance: 0.2 })), 'm:same');
  });

  it('gives a command nothing but what is recorded, wherever it looks for it', async () => {
    fs.mkdirSync(at('sub'));
    await recorded(
      'a: {wdir: sub, cmd: "cat ../in.txt > a; pwd; test $DVC_ROOT/in.txt -ef ../in.txt", deps: [../in.txt], outs: [a]}',
    );
    assert.equal(states(await verify()), 'a:same');
    await recorded('b: {cmd: cat .gitignore.off in.txt > b || cp in.txt b, deps: [in.txt], outs: [b]}');
    write('.gitignore', '/secret\n/b\n');
    write('secret', 'not declared\n');
    await recorded('c: {cmd: cat secret in.txt > c, deps: [in.txt], outs: [c]}');
    const [failed] = await verify();
    assert.equal(failed?.state, 'failed');
    assert.match(failed.error?.message ?? '', /^failed to run: cat secret in\.txt > c, exited with 1$/);
  });

  it('leaves out what is not up to date, frozen, or bound to the workspace', async () => {
    await recorded(
      [
        `absolute: {cmd: "cp in.txt ${at('abs.txt')}", deps: [in.txt], outs: [abs.txt]}`,
        'frozen: {cmd: cp in.txt frozen.txt, deps: [in.txt], outs: [frozen.txt], frozen: true}',
        'stale: {cmd: cp in.txt stale.txt, deps: [in.txt], outs: [stale.txt]}',
      ].join('\n'),
    ).catch(() => {});
    write('stale.txt', 'by hand\n');
    const notes = (await verify()).map(({ shown, state, note }) => [shown, state, note]);
    assert.deepEqual(notes, [
      ['absolute', 'left-out', 'its command names the repository by its absolute path'],
      ['frozen', 'left-out', 'it is frozen'],
      ['stale', 'left-out', 'it is not up to date'],
    ]);
  });

  it('keeps links to the cache out of the reach of commands', async () => {
    await repo.open(async (opened) => opened.invalidate());
    fs.appendFileSync(at('.dvc/config'), '[cache]\n    type = symlink\n');
    await recorded(
      'a: {cmd: cp in.txt a, deps: [in.txt], outs: [a]}\nb: {cmd: "cat a > b; chmod u+w a; test -n \\"$V\\" && echo x >> a || true", deps: [a], outs: [b]}',
    );
    assert.ok(fs.lstatSync(at('a')).isSymbolicLink());
    const before = everything();
    assert.equal(states(await verify({ env: { ...process.env, V: '1' } })), 'a:same b:same');
    assert.deepEqual(everything(), before);
  });

  it('leaves nothing behind when it is cancelled, and takes away what a killed one left behind', async () => {
    await recorded('slow: {cmd: "test -z \\"$V\\" || sleep 5; cp in.txt slow", deps: [in.txt], outs: [slow]}');
    const before = everything();
    const abort = new AbortController();
    const emit = (event: EngineEvent): void => {
      if (event.type === 'stage-command') setTimeout(() => abort.abort(), 50);
    };
    const ctx = createOpContext({ cwd: repo.root, signal: abort.signal, emit });
    await assert.rejects(verify({ env: { ...process.env, V: '1' } }, ctx), { code: 'cancelled' });
    assert.deepEqual(everything(), before);
    const [program = '', ...cli] = lodeCommand();
    const killed = spawn(program, [...cli, 'repro', '--verify'], {
      cwd: repo.root,
      env: { ...process.env, V: '1' },
    });
    await once(killed.stdout, 'data'); // By now the stage runs.
    killed.kill('SIGKILL');
    await once(killed, 'close');
    assert.equal(fs.readdirSync(at('.dvc/tmp/lode')).filter((name) => name.endsWith('.tmp')).length, 1);
    assert.equal(
      (await runProgram([program, ...cli], ['repro', '--verify'], { cwd: repo.root, env: sandbox().env })).code,
      0,
    );
    assert.deepEqual(everything(), before);
  });

  it('works without Git, and with several jobs', async () => {
    repo = await makeEngineRepo(sandbox(), 'plain');
    fs.rmSync(at('.git'), { recursive: true });
    fs.appendFileSync(at('.dvc/config'), '[core]\n    no_scm = True\n');
    fs.mkdirSync(at('src'));
    write('src/run.sh', 'cat "$1" "$1"\n');
    write('in.txt', 'one\n');
    await recorded(
      [1, 2, 3]
        .map((i) => `s${i}: {cmd: sh src/run.sh in.txt > ${i}.txt, deps: [src, in.txt], outs: [${i}.txt]}`)
        .join('\n'),
    );
    const before = everything();
    assert.equal(states(await verify({ jobs: 3 })), 's1:same s2:same s3:same');
    assert.deepEqual(everything(), before);
  });
});
