/* biome-ignore-all lint/suspicious/noTemplateCurlyInString: dvc.yaml has them. */
import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import { asRepoPath, asStageAddress } from '../../../src/engine/core/ids.ts';
import { freeze } from '../../../src/engine/verbs/freeze.ts';
import { type PipelineFile, pipelines, type StageView } from '../../../src/engine/verbs/pipelines.ts';
import { PipelinesReader } from '../../../src/engine/verbs/pipelines-reader.ts';
import { repro } from '../../../src/engine/verbs/repro.ts';
import { type EngineRepo, makeEngineRepo, useEngineSandbox } from '../../support/engine-repo.ts';

const THREE = `# a comment
stages:
  prepare:
    cmd: cat raw.txt > prepared.txt
    deps: [raw.txt]
    outs: [prepared.txt]
  train:
    cmd: cat prepared.txt > model.txt
    deps:
      - prepared.txt
    params: [train.lr]
    outs:
      - model.txt
  other:
    cmd: echo \${word} > other.txt
    outs: [other.txt]
`;

describe('pipelines', () => {
  const sandbox = useEngineSandbox('pipelines');
  let repo: EngineRepo;

  beforeEach(async () => {
    repo = await makeEngineRepo(sandbox());
    repo.write('raw.txt', 'raw').write('params.yaml', 'train:\n  lr: 0.01\nword: a\n').write('dvc.yaml', THREE);
  });

  const read = (): Promise<readonly PipelineFile[]> => repo.open((open, ctx) => pipelines(open, {}, ctx));
  const run = (...targets: string[]) => repo.open((open, ctx) => repro(open, { targets }, ctx));
  const stagesOf = (files: readonly PipelineFile[]): StageView[] => files.flatMap(({ stages }) => stages);
  const states = (files: readonly PipelineFile[]) =>
    Object.fromEntries(
      stagesOf(files).map(({ address, state, awaitsUpstream }) => [
        address,
        awaitsUpstream ? `${state}, waits` : state,
      ]),
    );
  const stage = (files: readonly PipelineFile[], address: string): StageView =>
    stagesOf(files).find((one) => one.address === address)!;

  it('tells how each stage stands, and why', async () => {
    assert.deepEqual(states(await read()), { prepare: 'never-run', train: 'never-run', other: 'never-run' });
    await run();
    const done = await read();
    assert.deepEqual(states(done), { prepare: 'up-to-date', train: 'up-to-date', other: 'up-to-date' });
    assert.equal(stage(done, 'train').lastRun?.exitCode, 0);
    assert.deepEqual(stage(done, 'train').needs, ['prepare']);
    repo.write('params.yaml', 'train:\n  lr: 0.05\nword: a\n');
    const stale = await read();
    assert.deepEqual(states(stale), { prepare: 'up-to-date', train: 'stale', other: 'up-to-date' });
    assert.deepEqual(
      stage(stale, 'train').reasons.map(({ text }) => text),
      ['params.yaml:train.lr 0.01 → 0.05'],
    );
    repo.write('params.yaml', 'train:\n  lr: 0.01\nword: a\n').write('raw.txt', 'changed');
    assert.deepEqual(states(await read()), { prepare: 'stale', train: 'up-to-date, waits', other: 'up-to-date' });
  });

  it('knows what the run cache can restore, and changes nothing in it', async () => {
    await run();
    repo.write('raw.txt', 'second');
    await run();
    repo.write('raw.txt', 'raw');
    const [file] = fs.readdirSync(repo.path('.dvc/cache/runs'), { recursive: true, encoding: 'utf8' });
    assert.ok(file);
    assert.equal(stage(await read(), 'prepare').state, 'restorable');
    for (const one of fs.readdirSync(repo.path('.dvc/cache/runs'), { recursive: true, withFileTypes: true }))
      if (one.isFile()) fs.writeFileSync(`${one.parentPath}/${one.name}`, '{');
    const before = fs.readdirSync(repo.path('.dvc/cache/runs'), { recursive: true });
    assert.equal(stage(await read(), 'prepare').state, 'stale');
    assert.deepEqual(fs.readdirSync(repo.path('.dvc/cache/runs'), { recursive: true }), before);
  });

  it('does not look behind a frozen stage', async () => {
    await run();
    await repo.open((open, ctx) => freeze(open, { targets: ['train'], frozen: true }, ctx));
    repo.write('raw.txt', 'changed').write('params.yaml', 'train: {lr: 9}\nword: a\n');
    assert.deepEqual(states(await read()), { prepare: 'stale', train: 'frozen', other: 'up-to-date' });
  });

  it('says where a stage and its parts stand', async () => {
    const [file] = await read();
    assert.deepEqual(stage([file!], 'train').where, { line: 7, column: 3, endLine: 7, endColumn: 8 });
    assert.equal(file!.locate([...stage([file!], 'train').at, 'deps', 0])?.value.line, 10);
  });

  it('shows what is right beside what is broken', async () => {
    await run();
    repo.write('sub/dvc.yaml', 'stages:\n  a:\n    cmd: x\n    dep: [y]\n');
    repo.write('torn/dvc.yaml', 'stages:\n  a: {cmd: x').write('locked/dvc.yaml', 'stages:\n  a: {cmd: x}\n');
    repo.write('locked/dvc.lock', '<<<<<<< ours\n').write('bad.dvc', 'outs: 3\n');
    repo.write('half/dvc.yaml', 'stages:\n  good: {cmd: x}\n  bad: {cmd: "${nothing}"}\n');
    const files = new Map((await read()).map((file) => [file.file as string, file]));
    assert.deepEqual(
      [...files.keys()],
      ['dvc.yaml', 'half/dvc.yaml', 'locked/dvc.yaml', 'sub/dvc.yaml', 'torn/dvc.yaml'],
    );
    assert.equal(stage([files.get('dvc.yaml')!], 'train').state, 'up-to-date');
    assert.match(files.get('locked/dvc.yaml')!.failure!, /locked\/dvc\.lock/);
    assert.deepEqual(states([files.get('locked/dvc.yaml')!]), { 'locked/dvc.yaml:a': 'unknown' });
    assert.equal(files.get('sub/dvc.yaml')!.problems[0]?.where?.line, 4);
    assert.equal(files.get('torn/dvc.yaml')!.problems[0]?.severity, 'error');
    assert.deepEqual(states([files.get('half/dvc.yaml')!]), { 'half/dvc.yaml:good': 'never-run' });
    assert.match(files.get('half/dvc.yaml')!.problems[0]!.message, /nothing/);
  });

  it('puts loops and overlaps where they are written', async () => {
    repo.write(
      'dvc.yaml',
      'stages:\n  a:\n    cmd: x\n    deps: [two]\n    outs: [one]\n  b:\n    cmd: x\n    deps: [one]\n    outs: [two]\n',
    );
    repo.write('sub/dvc.yaml', 'stages:\n  c:\n    cmd: x\n    outs:\n      - fine\n      - ../one/part\n');
    const files = await read();
    const lines = files.map(({ file, problems }) => [
      file,
      problems.map(({ where, hint, message }) => [where?.line, hint ?? message.split('\n')[0]]),
    ]);
    const loop = 'The way into the loop: a → b → a.';
    assert.deepEqual(lines, [
      [
        'dvc.yaml',
        [
          [2, loop],
          [6, loop],
        ],
      ],
      ['sub/dvc.yaml', [[6, 'The output paths:']]],
    ]);
  });

  it('compares nothing where it may not', async () => {
    await run();
    const files = await repo.open((open, ctx) => pipelines(open, { compare: false }, ctx));
    assert.deepEqual(states(files), { prepare: 'unknown', train: 'unknown', other: 'unknown' });
  });

  describe('asked again', () => {
    const follow = (work: (ask: (...changed: string[]) => Promise<readonly PipelineFile[]>) => Promise<void>) =>
      repo.open(async (open, ctx) => {
        const reader = new PipelinesReader(open);
        await reader.read('everything', ctx);
        await work((...changed) => reader.read(changed.map(asRepoPath), ctx));
      });

    it('looks only at the stages that a change touches', async () => {
      await run();
      await follow(async (ask) => {
        repo.write('params.yaml', 'train:\n  lr: 0.5\nword: a\n').write('raw.txt', 'changed');
        assert.deepEqual(states(await ask('params.yaml')), {
          prepare: 'up-to-date',
          train: 'stale',
          other: 'up-to-date',
        });
        assert.deepEqual(states(await ask('raw.txt')), { prepare: 'stale', train: 'stale', other: 'up-to-date' });
      });
    });

    it('follows what a stage is made from', async () => {
      await run();
      await follow(async (ask) => {
        repo.write('params.yaml', 'train:\n  lr: 0.01\nword: b\n');
        assert.deepEqual(states(await ask('params.yaml')), {
          prepare: 'up-to-date',
          train: 'up-to-date',
          other: 'stale',
        });
        repo.write('dvc.yaml', THREE.replace('cat raw.txt', 'cat  raw.txt'));
        assert.equal(stage(await ask('dvc.yaml'), 'prepare').state, 'stale');
        repo.remove('dvc.lock');
        assert.equal(stage(await ask('dvc.lock'), 'train').lastRun?.exitCode, 0);
        assert.equal(stage(await ask(), 'other').state, 'never-run');
      });
    });

    it('leaves stages that are at work, and what reads from them, as they were', async () => {
      await run();
      await repo.open(async (open, ctx) => {
        const reader = new PipelinesReader(open);
        await reader.read('everything', ctx);
        repo.write('prepared.txt', 'half').write('other.txt', 'changed');
        const paths = ['prepared.txt', 'other.txt'].map(asRepoPath);
        const busy = await reader.read(paths, ctx, new Set([asStageAddress('prepare')]));
        assert.deepEqual(states(busy), { prepare: 'up-to-date', train: 'up-to-date', other: 'stale' });
      });
    });

    it('sees files come and go', async () => {
      await follow(async (ask) => {
        repo.write('sub/dvc.yaml', 'stages:\n  a: {cmd: x}\n');
        assert.equal((await ask('sub/dvc.yaml')).length, 2);
        repo.remove('sub');
        assert.equal((await ask('sub')).length, 1);
        repo.remove('dvc.yaml');
        assert.equal((await ask('dvc.yaml')).length, 0);
      });
    });
  });
});
