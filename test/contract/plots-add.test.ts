import * as assert from 'node:assert/strict';
import { createOpContext } from '../../src/engine/core/op-context.ts';
import { Repo } from '../../src/engine/repo.ts';
import { plotFields, plotsAdd } from '../../src/engine/verbs/plots-add.ts';
import { makeRepo } from '../support/repo-builder.ts';
import { useSandbox } from '../support/sandbox.ts';

describe('adding a plot', () => {
  const sandbox = useSandbox('plots-add');
  const project = (dvcYaml: string) => {
    const repo = makeRepo(sandbox(), 'plots').write('loss.csv', 'step,loss\n0,1\n').write('dvc.yaml', dvcYaml);
    repo.lode('init', '-q');
    return repo;
  };
  const add = async (root: string, options: Parameters<typeof plotsAdd>[1]): Promise<void> => {
    const ctx = createOpContext({ cwd: root });
    await using repo = await Repo.open(root, ctx);
    await plotsAdd(repo, options, ctx);
  };

  it('puts it behind those that are there', async () => {
    const repo = project('# what we watch\nplots:\n- acc.csv\n');
    await add(repo.root, { target: 'loss.csv', x: 'step', y: 'loss' });
    assert.equal(repo.read('dvc.yaml'), '# what we watch\nplots:\n- acc.csv\n- loss.csv:\n    x: step\n    y: loss\n');
  });

  it('keeps the comments of those that are there, and headings below the list where they stand', async () => {
    const repo = project(
      'plots: # all of them\n# shown first\n- acc.csv # from train\n- roc.csv:\n    x: fpr\n    y: tpr # the curve\n\n# what runs\nstages: {}\n',
    );
    await add(repo.root, { target: 'loss.csv', x: 'step', y: 'loss' });
    await add(repo.root, { target: 'look.png' });
    assert.equal(
      repo.read('dvc.yaml'),
      'plots: # all of them\n# shown first\n- acc.csv # from train\n- roc.csv:\n    x: fpr\n    y: tpr # the curve\n- loss.csv:\n    x: step\n    y: loss\n- look.png\n\n# what runs\nstages: {}\n',
    );
  });

  it('keeps them where plots are a dict, and describes one that is there anew', async () => {
    const repo = project('plots:\n  # from train\n  acc.csv: # the curve\n    x: step # as written\n\nstages: {}\n');
    await add(repo.root, { target: 'loss.csv', y: 'loss' });
    await add(repo.root, { target: 'acc.csv', x: 'step', y: 'acc' });
    assert.equal(
      repo.read('dvc.yaml'),
      'plots:\n  # from train\n  acc.csv: # the curve\n    x: step # as written\n    y: acc\n  loss.csv:\n    y: loss\n\nstages: {}\n',
    );
  });

  it('makes the first one, of an image without columns', async () => {
    const repo = project('');
    await add(repo.root, { target: 'look.png' });
    assert.equal(repo.read('dvc.yaml'), 'plots:\n- look.png\n');
  });

  it('says which columns there are', async () => {
    const { root } = project('');
    const ctx = createOpContext({ cwd: root });
    await using repo = await Repo.open(root, ctx);
    assert.deepEqual(await plotFields(repo, 'loss.csv', ctx), ['step', 'loss']);
  });
});
