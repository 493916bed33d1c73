import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { DvcError } from '../../src/engine/core/errors.ts';
import type { EngineEvent } from '../../src/engine/core/events.ts';
import { createOpContext } from '../../src/engine/core/op-context.ts';
import { QueueStore } from '../../src/engine/experiments/queue-store.ts';
import { tableChange } from '../../src/engine/experiments/table-rows.ts';
import { readStopRule } from '../../src/engine/metrics/stop-rule.ts';
import { expApply, expUndo } from '../../src/engine/verbs/exp-apply.ts';
import { expFollow, type LiveUpdate } from '../../src/engine/verbs/exp-follow.ts';
import { expRemove, expRename } from '../../src/engine/verbs/exp-manage.ts';
import { expMark } from '../../src/engine/verbs/exp-marks.ts';
import { expRun } from '../../src/engine/verbs/exp-run.ts';
import { expRunTemp } from '../../src/engine/verbs/exp-run-temp.ts';
import { expSave } from '../../src/engine/verbs/exp-save.ts';
import { ExperimentsReader } from '../../src/engine/verbs/exp-table.ts';
import { gc } from '../../src/engine/verbs/gc.ts';
import { queueAdd } from '../../src/engine/verbs/queue-add.ts';
import { queueKill, queueLog, queuePrioritize, queueStatus } from '../../src/engine/verbs/queue-manage.ts';
import { queueRun } from '../../src/engine/verbs/queue-run.ts';
import { repro } from '../../src/engine/verbs/repro.ts';
import { stopRuleAdd, stopRuleRemove } from '../../src/engine/verbs/stop-rules.ts';
import { type EngineRepo, makeEngineRepo, useEngineSandbox } from '../support/engine-repo.ts';

const isError = (code: string, text?: RegExp) => (error: unknown) =>
  DvcError.is(error) && error.code === code && (text?.test(error.message) ?? true);

const STAGE = (cmd: string): string => `stages:
  train:
    cmd: ${cmd}
    deps: [data.csv]
    params: [lr]
    outs: [model.txt]
    metrics:
    - m.yaml: {cache: false, meta: {direction: {lr: max}}}
`;
const TRAIN = 'cat params.yaml data.csv > model.txt; cp params.yaml m.yaml';
/** Runs until it is told to end. */
const WAIT =
  'cp params.yaml m.yaml; cp params.yaml model.txt; echo step 1; while [ ! -e "$DVC_ROOT/go" ]; do sleep 0.02; done';

describe('experiments', function () {
  this.timeout(60_000);
  const sandbox = useEngineSandbox('experiments');
  let repo: EngineRepo;
  const git = (...args: string[]): string => repo.git(...args).trim();
  const refs = (): string[] =>
    git('for-each-ref', '--format=%(refname:lstrip=4)', 'refs/exps')
      .split('\n')
      .filter((ref) => ref !== '' && !ref.startsWith('EXEC'));

  async function make(cmd = TRAIN): Promise<void> {
    repo = await makeEngineRepo(sandbox());
    repo.write('params.yaml', 'lr: 0.1\n').write('data.csv', 'x\n1\n').write('dvc.yaml', STAGE(cmd));
    await repo.add('data.csv');
    if (cmd === TRAIN) await repo.open((one, ctx) => repro(one, {}, ctx));
    repo.commitAll('base');
  }

  it('run in a work tree of their own take uncommitted work along and leave the workspace alone', async () => {
    await make();
    repo.write('params.yaml', 'lr: 0.2\n').write('data.csv', 'x\nmine\n').write('note.txt', 'mine');
    const before = git('status', '--porcelain', '-uall');
    const { rev, failure } = await repo.open((one, ctx) => expRunTemp(one, { name: 't', params: ['+more=[1]'] }, ctx));
    assert.equal(failure, undefined);
    assert.equal(git('status', '--porcelain', '-uall'), before);
    assert.equal(repo.read('data.csv'), 'x\nmine\n');
    assert.equal(git('show', `${rev}:m.yaml`), 'lr: 0.2\nmore:\n- 1');
    assert.ok(!git('ls-tree', '--name-only', rev ?? '').includes('note.txt'));
    assert.equal(git('worktree', 'list').split('\n').length, 1);
    await repo.open((one, ctx) => expApply(one, 't', ctx));
    assert.equal(repo.read('model.txt'), 'lr: 0.2\nmore:\n- 1\nx\nmine\n');
  });

  it('see a change of the same size in the second in which Git wrote its index', async () => {
    await make();
    git('config', 'core.trustctime', 'false');
    const [params, index] = [path.join(repo.root, 'params.yaml'), path.join(repo.root, '.git/index')];
    const then = 1_700_000_000;
    fs.utimesSync(params, then, then);
    git('add', '--refresh', 'params.yaml');
    git('update-index', '--refresh');
    fs.utimesSync(index, then, then);
    fs.writeFileSync(params, 'lr: 0.9\n');
    fs.utimesSync(params, then, then);
    const { rev } = await repo.open((one, ctx) => expSave(one, { name: 'saved' }, ctx));
    assert.equal(git('show', `${rev}:params.yaml`), 'lr: 0.9');
    for (const ref of git('for-each-ref', '--format=%(refname)', 'refs/lode/snapshots').split('\n'))
      assert.equal(git('show', `${ref}:params.yaml`), 'lr: 0.9');
  });

  it('that fail are no experiments, and leave the workspace as the run left it', async () => {
    await make();
    repo.write('dvc.yaml', STAGE('cp params.yaml model.txt; exit 3'));
    const head = git('rev-parse', 'HEAD');
    const { failure, ref } = await repo.open((one, ctx) => expRun(one, { name: 'f', params: ['lr=7'] }, ctx));
    assert.match(failure?.message ?? '', /exited with 3/);
    assert.equal(ref, undefined);
    assert.deepEqual(refs(), []);
    assert.equal(repo.read('params.yaml'), 'lr: 7\n');
    assert.equal(git('rev-parse', 'HEAD'), head);
    assert.equal(git('stash', 'list'), '');
    const undone = await repo.open(async (one, ctx) =>
      expUndo(one, git('for-each-ref', '--format=%(refname)', 'refs/lode/snapshots'), ctx),
    );
    assert.equal(
      undone.changes.some(({ path }) => path === 'params.yaml'),
      true,
    );
    assert.equal(repo.read('params.yaml'), 'lr: 0.1\n');
  });

  it('that are cancelled leave HEAD, and no stash', async () => {
    await make(WAIT);
    const abort = new AbortController();
    const ctx = createOpContext({
      cwd: repo.root,
      signal: abort.signal,
      emit: (event) => event.type === 'stage-line' && abort.abort(),
    });
    await assert.rejects(
      repo.open((one) => expRun(one, { params: ['lr=9'] }, ctx)),
      { code: 'cancelled' },
    );
    assert.equal(git('symbolic-ref', 'HEAD'), 'refs/heads/main');
    assert.equal(git('stash', 'list'), '');
    assert.equal(repo.read('params.yaml'), 'lr: 9\n');
    assert.deepEqual(refs(), []);
  });

  it('are applied onto a dirty workspace, and all of it comes back', async () => {
    await make();
    await repo.open((one, ctx) => expRun(one, { name: 'e', params: ['lr=5'] }, ctx));
    repo.git('checkout', '-q', '--', '.');
    repo
      .write('params.yaml', 'lr: 0.3 # mine\n')
      .write('data.csv', 'x\nunsaved\n')
      .write('staged.txt', 's')
      .write('model.txt', 'by hand');
    repo.git('add', 'staged.txt');
    const before = git('status', '--porcelain', '-uall');
    await repo.open((one, ctx) => expApply(one, 'e', ctx));
    assert.equal(repo.read('params.yaml'), 'lr: 5\n');
    assert.equal(repo.read('data.csv'), 'x\n1\n');
    assert.equal(repo.read('model.txt'), 'lr: 5\nx\n1\n');
    await repo.open((one, ctx) => expUndo(one, undefined, ctx));
    assert.equal(repo.read('params.yaml'), 'lr: 0.3 # mine\n');
    assert.equal(repo.read('data.csv'), 'x\nunsaved\n');
    assert.equal(repo.read('model.txt'), 'by hand');
    assert.equal(git('status', '--porcelain', '-uall'), before);
    await repo.open((one, ctx) => expUndo(one, undefined, ctx)); // What was undone is undone.
    assert.equal(repo.read('params.yaml'), 'lr: 5\n');
  });

  it('of a queue run by priority and order, and keep what they printed and why they failed', async () => {
    await make();
    await repo.open((one, ctx) => queueAdd(one, { name: 's', params: ['lr=1,2'] }, ctx));
    repo.write('dvc.yaml', STAGE('echo out of luck; exit 4'));
    await repo.open((one, ctx) => queueAdd(one, { name: 'bad' }, ctx));
    repo.git('checkout', '-q', '--', '.');
    const ended = await repo.open(async (one, ctx) => {
      queuePrioritize(one, 's-2', 5);
      return queueRun(one, {}, ctx);
    });
    assert.deepEqual(
      ended.map(({ name, state }) => [name, state]),
      [
        ['s-2', 'success'],
        ['s-1', 'success'],
        ['bad', 'failed'],
      ],
    );
    assert.deepEqual(refs(), ['s-1', 's-2']);
    await repo.open(async (one) => {
      assert.match(queueLog(one, 'bad').text, /out of luck[\s\S]*ERROR: failed to reproduce 'train'/);
      assert.match(queueStatus(one).entries.find(({ name }) => name === 'bad')?.reason ?? '', /exited with 4/);
    });
    assert.equal(git('status', '--porcelain'), '');
  });

  it('whose worker has died are shown as failed, and those it had not begun still run', async () => {
    await make();
    await repo.open((one, ctx) => queueAdd(one, { name: 'q', params: ['lr=1,2'] }, ctx));
    await repo.open(async (one, ctx) => {
      const store = new QueueStore(one);
      const entry = store.claimNext();
      assert.ok(entry?.worker);
      store.write({ ...entry, worker: { ...entry.worker, pid: 2 ** 30 } });
      const states = () => store.list().map(({ name, state }) => `${name} ${state}`);
      assert.deepEqual(states(), ['q-1 failed', 'q-2 queued']);
      await queueRun(one, {}, ctx);
      assert.deepEqual(states(), ['q-1 failed', 'q-2 success']);
    });
  });

  it('can be killed, and wait again where their worker is cancelled', async () => {
    await make(WAIT);
    await repo.open((one, ctx) => queueAdd(one, { name: 'k' }, ctx));
    await repo.open(async (one, ctx) => {
      const running = queueRun(one, {}, ctx);
      await until(
        () =>
          queueStatus(one).entries[0]?.root !== null && fs.existsSync(`${queueStatus(one).entries[0]?.root}/m.yaml`),
      );
      queueKill(one, ['k'], { reason: 'not needed' });
      assert.deepEqual(
        (await running).map(({ state, reason }) => [state, reason]),
        [['failed', 'not needed']],
      );
    });
    await repo.open((one, ctx) => queueAdd(one, { name: 'c' }, ctx));
    const abort = new AbortController();
    await repo.open(async (one, ctx) => {
      const running = queueRun(one, {}, { ...ctx, signal: abort.signal });
      await until(() => queueStatus(one).entries.some(({ name, root }) => name === 'c' && root !== null));
      abort.abort();
      await running;
      assert.equal(queueStatus(one).entries.find(({ name }) => name === 'c')?.state, 'queued');
    });
    assert.equal(git('worktree', 'list').split('\n').length, 1);
  });

  it('are followed while they run, and stopped by a rule', async () => {
    await make(WAIT);
    await repo.open((one, ctx) => queueAdd(one, { name: 'live', params: ['lr=3'] }, ctx));
    await repo.open(async (one, ctx) => {
      const running = queueRun(one, {}, ctx);
      const updates: LiveUpdate[] = [];
      await until(() => queueStatus(one).entries[0]?.state === 'running');
      for await (const update of expFollow(one, { untilIdle: true, rules: [readStopRule('lr > 2')] }, ctx))
        updates.push(update);
      const [ended] = await running;
      assert.equal(ended?.reason, 'stopped, as lr > 2');
      assert.deepEqual(updates.find(({ metrics }) => metrics?.[0]?.values)?.metrics, [
        { path: 'm.yaml', values: { lr: 3 } },
      ]);
      assert.equal(updates.at(-1)?.ended, true);
    });
  });

  it('end by a rule of their own, and are kept with it; the workspace stays as the run left it', async () => {
    await make(WAIT);
    const met: EngineEvent[] = [];
    await repo.open(async (one, ctx) => {
      const own = { ...ctx, emit: (event: EngineEvent) => void (event.type === 'rule-met' && met.push(event)) };
      const { failure, rev } = await expRun(
        one,
        { name: 'w', params: ['lr=3'], stopWhen: ['lr   >2', 'notify when lr > 1'] },
        own,
      );
      assert.equal(failure?.code, 'experiment-stopped');
      assert.match(failure.message, /'w' was stopped, as lr > 2$/);
      assert.equal(rev, undefined);
      assert.equal(repo.read('m.yaml'), 'lr: 3\n');
      const rules = met.flatMap((event) => (event.type === 'rule-met' ? [[event.rule, event.value, event.stops]] : []));
      assert.deepEqual(rules.sort(), [
        ['lr > 2', 3, true],
        ['notify when lr > 1', 3, false],
      ]);
      await queueAdd(one, { name: 'q', params: ['lr=4'], stopWhen: ['lr > 2'] }, ctx);
      const [ended] = await queueRun(one, {}, ctx);
      assert.deepEqual([ended?.state, ended?.reason], ['failed', 'stopped, as lr > 2']);
      const row = (await new ExperimentsReader(one).read({}, ctx)).rows.find(({ name }) => name === 'q');
      assert.deepEqual(
        row?.rules.map(({ text, met: by }) => [text, by?.value]),
        [['lr > 2', '4']],
      );
      await assert.rejects(queueAdd(one, { stopWhen: ['lr > '] }, ctx), isError('bad-stop-rule', /number/));
    });
  });

  it('take rules while they run, which look at what is written from then on', async () => {
    await make(
      WAIT.replace('echo step 1', 'while [ ! -e "$DVC_ROOT/more" ]; do sleep 0.02; done; sed -i s/lr/loss/ m.yaml'),
    );
    repo.write('m.yaml', 'loss: 9\n');
    await repo.open(async (one, ctx) => {
      const running = expRun(one, { name: 'r', params: ['lr=5'], stopWhen: ['loss > 2'] }, ctx);
      const rowOf = async () => (await new ExperimentsReader(one).read({}, ctx)).rows.find(({ name }) => name === 'r');
      await until(() => fs.existsSync(path.join(one.root, 'm.yaml')) && repo.read('m.yaml') === 'lr: 5\n'); // What was there before is not of this run.
      const id = (await rowOf())?.id ?? '';
      stopRuleRemove(one, id, 'loss > 2');
      assert.equal(stopRuleAdd(one, id, 'loss is  nan'), 'loss is broken');
      stopRuleAdd(one, id, 'loss > 4');
      assert.deepEqual(
        (await rowOf())?.rules.map(({ text }) => text),
        ['loss is broken', 'loss > 4'],
      );
      await new Promise((resolve) => setTimeout(resolve, 600)); // The rules are known before there are values for them.
      repo.write('more', '');
      assert.match((await running).failure?.message ?? '', /loss > 4$/);
      assert.throws(() => stopRuleAdd(one, id, 'loss > 4'), isError('unknown-experiment'));
      assert.deepEqual(fs.readdirSync(path.join(one.privateDir, 'queue', 'rules')), []);
    });
  });

  it('are rows with their marks, which follow a new name; only what changed is told', async () => {
    await make();
    await repo.open((one, ctx) => expRun(one, { name: 'a', params: ['lr=5'] }, ctx));
    await repo.open((one, ctx) => queueAdd(one, { name: 'waits', params: ['lr=6'] }, ctx));
    repo.write('m.yaml', 'lr: [');
    await repo.open(async (one, ctx) => {
      await expMark(one, 'a', { starred: true, addLabels: ['paper'], note: 'good' });
      const reader = new ExperimentsReader(one);
      const first = await reader.read({}, ctx);
      assert.deepEqual(
        first.rows.map(({ kind, name, status }) => [kind, name, status]),
        [
          ['workspace', null, null],
          ['commit', 'main', null],
          ['experiment', 'a', 'success'],
          ['experiment', 'waits', 'queued'],
        ],
      );
      assert.deepEqual(first.directions, [{ file: 'm.yaml', metric: 'lr', better: 'higher' }]);
      const [workspace, , a, waits] = first.rows;
      assert.equal(workspace?.metrics[0]?.error?.type, 'YAMLFileCorruptedError');
      assert.deepEqual(a?.metrics, [{ path: 'm.yaml', values: { lr: 5 } }]);
      assert.deepEqual(a?.marks, { starred: true, labels: ['paper'], note: 'good' });
      assert.deepEqual([waits?.metrics, waits?.params], [[], [{ path: 'params.yaml', values: { lr: 6 } }]]);
      assert.deepEqual(tableChange(first, await reader.read({}, ctx)), { changed: [], removed: [] });
      await expRename(one, 'a', 'b');
      await expMark(one, 'b', { note: 'better' });
      const change = tableChange(first, await reader.read({}, ctx));
      assert.deepEqual(
        change.changed.map(({ name, marks }) => [name, marks.note, marks.starred]),
        [['b', 'better', true]],
      );
      assert.deepEqual(change.removed, [a?.id]);
      await expRemove(one, { names: ['b', 'waits'] });
      assert.deepEqual((await reader.read({}, ctx)).rows.length, 2);
    });
    assert.equal(git('for-each-ref', 'refs/lode/marks', 'refs/lode/queue'), '');
  });

  it('that wait keep their data from a collection', async () => {
    await make();
    repo.write('data.csv', 'only here\n');
    await repo.open((one, ctx) => queueAdd(one, { name: 'q' }, ctx));
    repo.write('data.csv', 'x\n1\n');
    await repo.open((one, ctx) => gc(one, { workspace: true, force: true }, ctx));
    const [ended] = await repo.open((one, ctx) => queueRun(one, {}, ctx));
    assert.equal(ended?.state, 'success', ended?.reason ?? '');
    await repo.open((one, ctx) => expApply(one, 'q', ctx));
    assert.equal(repo.read('data.csv'), 'only here\n');
  });

  it('make a params file that is not there, and put it back as it was where the pipeline cannot run', async () => {
    await make();
    await repo.open((one, ctx) => expRun(one, { name: 'n', params: ['new.yaml:+q=1', 'lr=0.3'] }, ctx));
    assert.equal(repo.read('new.yaml'), 'q: 1\n');
    assert.equal(git('show', `${git('for-each-ref', '--format=%(objectname)', 'refs/exps/*/*/n')}:new.yaml`), 'q: 1');
    repo.remove('new.yaml').write('dvc.yaml', 'stages: [');
    await assert.rejects(
      repo.open((one, ctx) => expRun(one, { name: 'o', params: ['new.yaml:+q=1', 'lr=0.4'] }, ctx)),
      { code: 'invalid-file' },
    );
    assert.equal(repo.exists('new.yaml'), false);
    assert.match(repo.read('params.yaml'), /lr: 0\.3/);
  });

  it('record all of a params file, names with dots too', async () => {
    await make();
    const all = STAGE(TRAIN).replace('[lr]', '[{params.yaml: null}]');
    repo.write('dvc.yaml', all).write('params.yaml', 'lr: 0.1\n"net.width": 2\n').commitAll('all');
    const { failure } = await repo.open((one, ctx) => expRun(one, { name: 'dots', params: ['lr=0.2'] }, ctx));
    assert.equal(failure, undefined);
    assert.match(repo.read('dvc.lock'), /net\.width: 2/);
    const [again] = (await repo.open((one, ctx) => repro(one, {}, ctx))).stages;
    assert.equal(again?.state, 'unchanged');
  });

  it('push themselves, with their data, where the configuration says so', async () => {
    await make();
    git('init', '-q', '--bare', '../shared.git');
    git('remote', 'add', 'shared', '../shared.git');
    const sharing = '[exp]\n    auto_push = true\n    git_remote = shared\n';
    const store = `[core]\n    remote = store\n['remote "store"']\n    url = ${sandbox().path('store')}\n`;
    repo.write('.dvc/config', sharing + store);
    await repo.open((one, ctx) => expRun(one, { name: 'told', params: ['lr=0.5'] }, ctx));
    assert.match(git('ls-remote', 'shared'), /refs\/exps\/.*\/told$/);
    assert.equal(fs.readdirSync(sandbox().path('store/files/md5')).length, 2);
    // A remote that is not there is a warning, and the experiment is kept.
    repo.write('.dvc/config', sharing);
    const { failure } = await repo.open((one, ctx) => expRun(one, { name: 'alone', params: ['lr=0.6'] }, ctx));
    assert.equal(failure, undefined);
    assert.doesNotMatch(git('ls-remote', 'shared'), /alone/);
  });

  for (const [name, params, code] of [
    ['a/b', [], 'bad-name'],
    ['x', ['lr=1,2'], 'bad-override'],
    ['x', ['nofile.yaml:a=1'], 'output-missing'],
    ['x', ['../out.yaml:a=1'], 'bad-override'],
    ['x', ['data.csv:a=1'], 'bad-override'],
    ['x', ['lr'], 'bad-override'],
  ] as const)
    it(`refuse -n ${name} ${params.map((one) => `-S ${one}`).join(' ')} before anything is changed`, async () => {
      await make();
      await assert.rejects(
        repo.open((one, ctx) => expRun(one, { name, params }, ctx)),
        { code },
      );
      assert.equal(git('status', '--porcelain', '-uall'), '');
      assert.equal(git('for-each-ref', 'refs/lode', 'refs/exps'), '');
    });
});

/** Waits for a condition, not for a time: the test's own limit ends it. */
async function until(isTrue: () => boolean): Promise<void> {
  while (!isTrue()) await new Promise((done) => setTimeout(done, 10));
}
