import * as assert from 'node:assert/strict';
import * as fs from 'node:fs';
import * as vscode from 'vscode';
import { git, inWorkspace, lodeApi, lodeIn, read, run, snapshotOf, startOver, until, write } from './support/host.ts';

const PIPELINE = `stages:
  prepare:
    cmd: node prepare.js
    deps:
      - prepare.js
    outs:
      - prepared.txt
  fail:
    cmd: node -e 'console.log("the last line"); process.exit(4)'
    deps:
      - prepared.txt
    outs:
      - failed.txt
`;
const PREPARE = `require('node:fs').writeFileSync('prepared.txt', [process.env.DVC_STAGE, process.env.DVC_ROOT, __dirname].join('\\n'));\n`;

describe('stages', () => {
  before(async () => {
    git('tag', '-f', 'start');
    await lodeApi();
  });
  beforeEach(async () => {
    await startOver();
    write('prepare.js', PREPARE);
    write('dvc.yaml', PIPELINE);
    await run('lode.refresh');
  });
  after(async () => {
    await vscode.commands.executeCommand('workbench.action.closeAllEditors');
    await startOver();
  });

  const target = (address: string) => ({ root: fs.realpathSync(inWorkspace()), address });
  const graphs = (): vscode.Tab[] =>
    vscode.window.tabGroups.all
      .flatMap(({ tabs }) => tabs)
      .filter(({ input }) => input instanceof vscode.TabInputWebview && input.viewType.endsWith('lode.graph'));

  it('have a graph: one for each repository', async () => {
    assert.equal(await run('lode.showGraph'), true);
    await until('the graph', () => graphs().length === 1);
    await run('lode.showGraph', target('prepare'));
    assert.equal(graphs().length, 1);
    await until('the pipelines it shows', async () => (await snapshotOf()).pipelines?.length === 1);
  });

  it('run in the Testing view: what succeeds is recorded, what fails is not', async () => {
    await vscode.commands.executeCommand('workbench.view.testing.focus');
    await until('the pipelines', async () => (await snapshotOf()).pipelines?.length === 1);
    await until('a run', async () => {
      await vscode.commands.executeCommand('testing.runAll');
      return fs.existsSync(inWorkspace('dvc.lock'));
    });
    const lock = read('dvc.lock');
    assert.ok(lock.includes('prepare:') && !lock.includes('fail:'), lock);
    await until(
      'the failure of the other',
      async () =>
        (await snapshotOf()).pipelines?.[0]?.stages.find(({ address }) => address === 'fail')?.lastRun?.exitCode === 4,
    );
  });

  it('are debugged where and as they would run, and nothing is committed', async () => {
    lodeIn('.', 'repro', '-q', 'prepare');
    const lock = read('dvc.lock');
    write('prepare.js', `${PREPARE}// Changed.\n`);
    fs.rmSync(inWorkspace('prepared.txt'));
    const started: string[] = [];
    const link = vscode.debug.onDidStartDebugSession(({ name }) => started.push(name));
    try {
      assert.equal(await run('lode.debugStage', target('prepare')), true);
      await until('what it makes', () => fs.existsSync(inWorkspace('prepared.txt')) && read('prepared.txt') !== '');
    } finally {
      link.dispose();
    }
    const root = fs.realpathSync(inWorkspace());
    assert.deepEqual(read('prepared.txt').split('\n'), ['prepare', root, root]);
    assert.ok(started.includes('Stage prepare'), started.join());
    assert.equal(read('dvc.lock'), lock);
    await until('the end of the session', () => vscode.debug.activeDebugSession === undefined);
  });
});
