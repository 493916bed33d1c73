/* biome-ignore-all lint/suspicious/noTemplateCurlyInString: dvc.yaml has them. */
import * as assert from 'node:assert/strict';
import * as fs from 'node:fs';
import * as vscode from 'vscode';
import type { StageState, StageView } from '../../../src/engine/index.ts';
import {
  git,
  inWorkspace,
  lodeApi,
  lodeIn,
  read,
  run,
  showFromDisk,
  snapshotOf,
  startOver,
  until,
  uriOf,
  write,
} from './support/host.ts';

const PIPELINE = `stages:
  prepare:
    cmd: cat raw.txt > prepared.txt
    deps:
      - raw.txt
    outs:
      - prepared.txt
  train:
    cmd: echo training && cat prepared.txt > model.txt
    deps:
      - prepared.txt
    params:
      - train.lr
    outs:
      - model.txt
  report:
    foreach: [a, b]
    do:
      cmd: echo \${item} > \${item}.txt
      outs:
        - \${item}.txt
`;
const PARAMS = 'train:\n  lr: 0.01\n  epochs: 3\n';

describe('pipelines', () => {
  before(async () => {
    git('tag', '-f', 'start');
    await lodeApi();
  });
  beforeEach(async () => {
    await startOver();
    write('raw.txt', 'raw\n');
    write('params.yaml', PARAMS);
    write('dvc.yaml', PIPELINE);
    lodeIn('.', 'repro', '-q');
    await showFromDisk('params.yaml');
    await showFromDisk('dvc.yaml');
    await untilStates({
      prepare: 'up-to-date',
      train: 'up-to-date',
      'report@a': 'up-to-date',
      'report@b': 'up-to-date',
    });
  });
  after(async () => {
    await vscode.commands.executeCommand('workbench.action.closeAllEditors');
    await startOver();
  });

  const stages = async (): Promise<readonly StageView[]> =>
    ((await snapshotOf()).pipelines ?? []).flatMap((file) => file.stages);
  const states = async (): Promise<Record<string, StageState>> =>
    Object.fromEntries((await stages()).map(({ address, state }) => [address, state]));
  const untilStates = (wanted: Partial<Record<string, StageState>>): Promise<true> =>
    until(
      `the stages to be ${JSON.stringify(wanted)}`,
      async () => {
        const now = await states();
        return Object.entries(wanted).every(([address, state]) => now[address] === state);
      },
      stages,
    );
  const target = (address: string) => ({ root: fs.realpathSync(inWorkspace()), address });
  const lenses = async (): Promise<string[]> => {
    const found = await vscode.commands.executeCommand<vscode.CodeLens[]>(
      'vscode.executeCodeLensProvider',
      uriOf('dvc.yaml'),
    );
    return found.map(
      ({ range, command }) => `${range.start.line + 1} ${command?.title.replace(/last run .*/, 'last run')}`,
    );
  };
  const diagnostics = (file: string): string[] =>
    vscode.languages
      .getDiagnostics(uriOf(file))
      .filter(({ source }) => source === 'Lode')
      .map(
        ({ range, message, severity }) => `${range.start.line + 1} ${vscode.DiagnosticSeverity[severity]} ${message}`,
      );
  const replace = async (file: string, from: string, to: string): Promise<void> => {
    const document = await vscode.workspace.openTextDocument(uriOf(file));
    const edit = new vscode.WorkspaceEdit();
    const at = document.positionAt(document.getText().indexOf(from));
    edit.replace(uriOf(file), new vscode.Range(at, document.positionAt(document.offsetAt(at) + from.length)), to);
    await vscode.workspace.applyEdit(edit);
    await document.save();
  };

  it('say at each stage how it stands', async () => {
    assert.deepEqual(await lenses(), [
      '2 $(play)\u00a0Run · up to date · last run',
      '2 Debug',
      '2 Graph',
      '8 $(play)\u00a0Run · up to date · last run',
      '8 Debug',
      '8 Graph',
      '16 $(play)\u00a0Run · 2 stages up to date',
      '16 Graph',
    ]);
    assert.deepEqual([diagnostics('dvc.yaml'), diagnostics('params.yaml')], [[], []]);
  });

  it('name the stale stage and the parameter that made it stale, and nothing else', async () => {
    await replace('params.yaml', '0.01', '0.05');
    await untilStates({ train: 'stale', prepare: 'up-to-date', 'report@a': 'up-to-date' });
    assert.deepEqual(
      (await lenses()).find((text) => text.startsWith('8 ')),
      '8 $(play)\u00a0Run · stale: params.yaml:train.lr 0.01 → 0.05 · last run',
    );
    await until('the warning', () => diagnostics('dvc.yaml').length === 1 && diagnostics('params.yaml').length === 1);
    assert.deepEqual(diagnostics('dvc.yaml'), ['8 Warning Stage train is stale: params.yaml:train.lr 0.01 → 0.05']);
    assert.deepEqual(diagnostics('params.yaml'), [
      '2 Information train.lr 0.01 → 0.05 since the last run. Stale: train',
    ]);
    const [warning] = vscode.languages.getDiagnostics(uriOf('dvc.yaml'));
    const [related] = warning?.relatedInformation ?? [];
    assert.deepEqual([related?.location.uri.path, related?.location.range.start.line], [uriOf('params.yaml').path, 1]);
  });

  it('run a stage with what it needs, as a task, and are right again', async () => {
    await replace('params.yaml', '0.01', '0.05');
    write('raw.txt', 'other\n');
    await untilStates({ train: 'stale', prepare: 'stale' });
    const names: string[] = [];
    const listening = vscode.tasks.onDidStartTask(({ execution }) =>
      names.push(`${execution.task.definition.type} ${execution.task.name}`),
    );
    assert.equal(await run('lode.reproUpstream', target('train')), true);
    listening.dispose();
    await untilStates({ train: 'up-to-date', prepare: 'up-to-date' });
    assert.deepEqual(names, ['lode train']);
    assert.equal(read('model.txt'), 'other\n');
    assert.ok(read('dvc.lock').includes('train.lr: 0.05'));
    await until('no warning', () => diagnostics('dvc.yaml').length === 0 && diagnostics('params.yaml').length === 0);
  });

  it('leave dvc.lock as it was when a stage fails, and keep its log', async () => {
    const before = read('dvc.lock');
    await replace('dvc.yaml', 'echo training', 'echo broken here; exit 3');
    await untilStates({ train: 'stale' });
    await run('lode.reproUpstream', target('train'));
    await until(
      'the failed run',
      async () => (await stages()).find(({ address }) => address === 'train')?.lastRun?.exitCode === 3,
    );
    assert.equal(read('dvc.lock'), before);
    assert.ok((await lenses()).includes('8 Log'));
    await run('lode.openStageLog', target('train'));
    await until('its log', () => vscode.window.activeTextEditor?.document.getText().includes('broken here'));
  });

  it('are cancelled with all that runs', async () => {
    await replace('dvc.yaml', 'echo training', 'echo $$ > pid.txt && sleep 600');
    await untilStates({ train: 'stale' });
    const ended = run('lode.reproUpstream', target('train'));
    const pid = await until(
      'the command',
      () => fs.existsSync(inWorkspace('pid.txt')) && Number(read('pid.txt')) > 0 && Number(read('pid.txt')),
    );
    const [execution] = vscode.tasks.taskExecutions.filter(({ task }) => task.definition.type === 'lode');
    assert.ok(execution, 'it is a task');
    execution.terminate();
    await ended;
    await until('its end', () => !isAlive(pid));
    await untilStates({ train: 'stale', prepare: 'up-to-date' });
  });

  it('freeze a stage, and unfreeze it', async () => {
    await run('lode.freeze', target('train'));
    await untilStates({ train: 'frozen' });
    await run('lode.unfreeze', target('train'));
    await untilStates({ train: 'up-to-date' });
    assert.ok(!read('dvc.yaml').includes('frozen'));
  });

  it('show errors where they are, and what is right beside them', async () => {
    write(
      'sub/dvc.yaml',
      'stages:\n  loop:\n    cmd: x\n    deps: [out]\n    outs: [out]\n  bad:\n    cmd: x ${none}\n',
    );
    await vscode.window.showTextDocument(uriOf('sub/dvc.yaml'));
    await until(
      'its errors',
      () => diagnostics('sub/dvc.yaml').length === 2,
      async () => [
        diagnostics('sub/dvc.yaml'),
        (await snapshotOf()).pipelines?.map(({ file, problems, failure }) => [file, problems, failure]),
      ],
    );
    const [loop, bad] = diagnostics('sub/dvc.yaml').sort();
    assert.match(loop ?? '', /^2 Error Same item.*\n?.*loop → .*loop/s);
    assert.match(bad ?? '', /^7 Error .*none/);
    await untilStates({ train: 'up-to-date' });
  });

  it('restore a run from the run cache, and say so before', async () => {
    await replace('params.yaml', '0.01', '0.05');
    await untilStates({ train: 'stale' });
    await run('lode.reproUpstream', target('train'));
    await untilStates({ train: 'up-to-date' });
    await replace('params.yaml', '0.05', '0.01');
    await untilStates({ train: 'restorable' });
    assert.match((await lenses()).join('\n'), /would be restored from the run cache/);
  });

  it('have the problem matchers that tasks.json gives them', async () => {
    const task = { type: 'lode', stage: 'train', problemMatcher: ['$tsc'] };
    const tasksJson = vscode.workspace.getConfiguration('tasks', uriOf('.'));
    // VS Code writes the file itself: of a `.vscode` folder that has just been made its watcher may miss what is put in.
    await tasksJson.update('version', '2.0.0', vscode.ConfigurationTarget.WorkspaceFolder);
    await tasksJson.update('tasks', [task], vscode.ConfigurationTarget.WorkspaceFolder);
    await until('the task to be known', () => {
      const known = vscode.workspace.getConfiguration('tasks', uriOf('.')).get<unknown[]>('tasks');
      return known !== undefined && known.length > 0;
    });
    write('raw.ts', '');
    write('say.sh', "echo 'raw.ts(3,5): error TS1005: too raw.'\n");
    await replace('dvc.yaml', 'echo training', 'sh say.sh');
    await untilStates({ train: 'stale' });
    await run('lode.reproUpstream', target('train'));
    await until('the problem', () =>
      vscode.languages.getDiagnostics(uriOf('raw.ts')).some(({ message }) => message === 'too raw.'),
    );
  });

  it('are offered as tasks', async () => {
    const names = (await vscode.tasks.fetchTasks({ type: 'lode' })).map(({ name }) => name);
    assert.deepEqual(names, ['prepare', 'train', 'report@a', 'report@b']);
  });
});

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
