import * as assert from 'node:assert/strict';
import { openRepo } from '../support/repo-builder.ts';
import { useSandbox } from '../support/sandbox.ts';

describe('the built command line', () => {
  const sandbox = useSandbox('threads');

  it('shares much work with threads', () => {
    const { root, env } = sandbox();
    const repo = openRepo(root, { ...env, LODE_IO_THREADS: '2' });
    repo.git('init', '-q', '-b', 'main', '--template=');
    for (let i = 0; i < 400; i++) repo.write(`data/${i}`, Buffer.alloc(500_000, i)); // What one thread takes long for.
    repo.lode('init', '-q');
    repo.lode('add', '-q', 'data');
    assert.match(repo.read('data.dvc'), /nfiles: 400/);
  });
});
