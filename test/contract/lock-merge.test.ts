import * as assert from 'node:assert/strict';
import { makeRepo, type RepoBuilder } from '../support/repo-builder.ts';
import { makeSandbox, type Sandbox } from '../support/sandbox.ts';

const YAML = ['a', 'b', 'c']
  .map(
    (name) =>
      `  ${name}:\n    cmd: cp ${name}.in ${name}.out\n    deps:\n    - ${name}.in\n    outs:\n    - ${name}.out\n`,
  )
  .join('');

describe('lode lock merge', () => {
  let sandbox: Sandbox;
  before(() => {
    sandbox = makeSandbox('lock-merge');
  });
  after(() => sandbox?.dispose());

  /** Two branches, each of which ran stages after `a` had its first run everywhere, in a merge that Git could not finish. */
  function conflict(name: string, ours: readonly string[], theirs: readonly string[]): RepoBuilder {
    const repo = makeRepo(sandbox, name).write('dvc.yaml', `stages:\n${YAML}`);
    repo.lode('init', '-q');
    for (const stage of ['a', 'b', 'c']) repo.write(`${stage}.in`, 'first');
    repo.lode('repro', '-q', 'a');
    repo.commitAll('First');
    repo.git('checkout', '-q', '-b', 'theirs');
    runOn(repo, 'theirs', theirs).git('checkout', '-q', 'main');
    runOn(repo, 'ours', ours);
    assert.throws(() => repo.git('merge', '-q', 'theirs'), /exited 1/);
    assert.match(repo.read('dvc.lock'), /^<{7} /m);
    return repo;
  }

  function runOn(repo: RepoBuilder, side: string, stages: readonly string[]): RepoBuilder {
    if (stages.includes('a')) repo.write('a.in', side);
    repo.lode('repro', '-q', ...stages);
    return repo.commitAll(side);
  }

  it('is what the error about a lock file in conflict says to run', () => {
    const repo = conflict('error', ['a'], ['a']);
    const { code, stderr } = repo.tryLode('status');
    assert.notEqual(code, 0);
    assert.match(stderr, /dvc\.lock.*merge conflict[\s\S]*lode lock merge/);
  });

  it('keeps the runs of both sides, whatever lies in one conflict of Git: nothing has to run again', () => {
    const repo = conflict('both', ['b'], ['c']);
    assert.match(repo.lode('lock', 'merge'), /Merged 'dvc\.lock', with theirs of: c[\s\S]*git add dvc\.lock/);
    assert.doesNotMatch(repo.read('dvc.lock'), /^[<=>]{7}/m);
    repo.lode('checkout', '-q');
    assert.match(repo.lode('repro'), /up to date/);
    assert.equal(repo.lode('lock', 'merge'), 'No dvc.lock has merge conflicts.\n');
  });

  it('refuses what both sides ran by name, and writes nothing, until a side is chosen', () => {
    const repo = conflict('same', ['a', 'b'], ['a', 'c']);
    const before = repo.read('dvc.lock');
    // Both sides have changed a.in as well; that is Git's to resolve.
    const { code, stderr } = repo.tryLode('lock', 'merge');
    assert.equal(code, 1);
    assert.match(stderr, /Both sides of 'dvc\.lock' have another run of: a\.[\s\S]*--ours[\s\S]*--theirs/);
    assert.equal(repo.read('dvc.lock'), before);
    repo.lode('lock', 'merge', '--theirs');
    repo.git('checkout', '-q', '--theirs', 'a.in');
    repo.lode('checkout', '-q');
    assert.match(repo.lode('repro'), /up to date/);
    assert.equal(repo.read('a.out'), 'theirs');
  });

  it('takes only lock files of the repository', () => {
    const repo = conflict('others', ['b'], ['c']);
    assert.match(repo.tryLode('lock', 'merge', 'dvc.yaml').stderr, /is not a dvc\.lock/);
  });
});
