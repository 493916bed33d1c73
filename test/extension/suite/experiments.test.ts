import * as assert from 'node:assert/strict';
import * as fs from 'node:fs';
import * as vscode from 'vscode';
import { git, inWorkspace, lodeApi, read, run, startOver, until, uriOf, write } from './support/host.ts';

const PIPELINE = `stages:
  train:
    cmd: node train.js
    deps: [train.js]
    params: [lr]
    metrics:
      - metrics.json:
          cache: false
`;
const TRAIN = `const fs = require('node:fs');
const [, lr] = /lr: (.*)/.exec(fs.readFileSync('params.yaml', 'utf8'));
fs.writeFileSync('metrics.json', JSON.stringify({ acc: 1 - Number(lr) }));
`;

describe('experiments', () => {
  const root = (): string => fs.realpathSync(inWorkspace());
  const experiments = (): string[] =>
    git('for-each-ref', '--format=%(refname)', 'refs/exps')
      .split('\n')
      .filter((ref) => ref !== '' && !ref.includes('/exec/'));
  const tables = (): vscode.Tab[] =>
    vscode.window.tabGroups.all
      .flatMap(({ tabs }) => tabs)
      .filter(({ input }) => input instanceof vscode.TabInputWebview && input.viewType.endsWith('lode.experiments'));
  const forget = (): void => {
    for (const ref of experiments()) git('update-ref', '-d', ref);
  };

  before(async () => {
    git('tag', '-f', 'start');
    await lodeApi();
  });
  beforeEach(async () => {
    await startOver();
    write('params.yaml', 'lr: 0.5\n');
    write('train.js', TRAIN);
    write('dvc.yaml', PIPELINE);
    git('add', '-A');
    git('commit', '-qm', 'A pipeline');
    await run('lode.refresh');
  });
  after(async () => {
    await vscode.commands.executeCommand('workbench.action.closeAllEditors');
    forget();
    await startOver();
  });

  it('have a table: one for each repository', async () => {
    assert.equal(await run('lode.showExperiments'), true);
    await until('the table', () => tables().length === 1);
    await run('lode.showExperiments', { root: root() });
    assert.equal(tables().length, 1);
  });

  it('are followed while somebody shows them, and no longer', async () => {
    const { followed } = await lodeApi();
    await run('lode.showExperiments');
    await until('them to be followed', () => followed().includes(root()));
    await vscode.commands.executeCommand('workbench.action.files.newUntitledFile');
    await until('them to rest behind another tab', () => !followed().includes(root()));
    await run('lode.showExperiments');
    await until('them to be followed again', () => followed().includes(root()));
    await vscode.commands.executeCommand('workbench.action.closeAllEditors');
    await until('them to rest without a table', () => !followed().includes(root()));
  });

  it('have metrics and parameters that are compared in a preview, between any two revisions', async () => {
    write('params.yaml', 'lr: 0.25\n');
    const revisions = [
      { rev: git('rev-parse', 'HEAD').trim(), name: 'HEAD' },
      { rev: 'workspace', name: 'workspace' },
    ];
    assert.equal(await run('lode.paramsDiff', { root: root(), revisions }), true);
    const document = await until('the text behind the preview', () =>
      vscode.workspace.textDocuments.find(({ uri }) => uri.scheme === 'lode-diff'),
    );
    await until(
      'its table',
      () => document.getText().includes('| `lr` | 0.5 | 0.25 | −0.25 |'),
      document.getText.bind(document),
    );
    const isPreview = ({ input }: vscode.Tab): boolean =>
      input instanceof vscode.TabInputWebview && input.viewType.includes('markdown.preview');
    await until('the preview', () => vscode.window.tabGroups.all.some(({ tabs }) => tabs.some(isPreview)));
    write('params.yaml', 'lr: 0.125\n');
    await until('what was written since', () => document.getText().includes('0.125'), document.getText.bind(document));
  });

  it('run with parameters that were typed over; one that is refused is told where it came from', async () => {
    const told: string[] = [];
    const launch = (...params: string[]) => ({
      root: root(),
      params,
      onTaken: () => told.push('taken'),
      onRefused: (message: string) => told.push(message),
    });
    assert.equal(await run('lode.expRun', launch('lr=0.25')), true);
    assert.deepEqual(told, ['taken']);
    assert.equal(JSON.parse(read('metrics.json')).acc, 0.75);
    assert.equal(experiments().length, 1);
    await run('lode.expRun', launch('lr=[1,'));
    assert.equal(told.length, 2, told.join('\n'));
    assert.equal(experiments().length, 1);
  });

  it('are told above parameters that differ, and on hovering over parameters and metrics', async () => {
    forget();
    await run('lode.expRun', { root: root(), params: ['lr=0.25'] });
    const { document } = await vscode.window.showTextDocument(uriOf('params.yaml'));
    const lenses = () =>
      vscode.commands.executeCommand<vscode.CodeLens[]>('vscode.executeCodeLensProvider', document.uri, 10);
    const titles = async () => (await lenses()).map(({ command }) => command?.title ?? '');
    const [lens, sweep] = await until('the lens', async () => (await lenses()).length > 0 && titles(), titles);
    assert.match(lens ?? '', /best 0\.25 \(acc 0\.75\) · last 0\.25 · HEAD 0\.5$/);
    assert.equal(sweep, 'Sweep…');
    const hover = async (file: string, character: number) => {
      const at = new vscode.Position(0, character);
      const found = await vscode.commands.executeCommand<vscode.Hover[]>(
        'vscode.executeHoverProvider',
        uriOf(file),
        at,
      );
      return found
        .flatMap(({ contents }) => contents.map((one) => (typeof one === 'string' ? one : one.value)))
        .join('');
    };
    assert.match(
      await hover('params.yaml', 1),
      /HEAD: `0\.5`[\s\S]*command:lode\.paramSweep[\s\S]*Best Runs[\s\S]*`0\.25` \| 0\.75 \|/,
    );
    assert.match(await hover('metrics.json', 3), /Metric\*\* `acc` · `metrics\.json` · higher is better[\s\S]*0\.75/);
    const settings = vscode.workspace.getConfiguration('lode');
    await settings.update('experiments.codeLens', false, vscode.ConfigurationTarget.Workspace);
    await until('no lens', async () => (await lenses()).length === 0, titles);
    const { followed } = await lodeApi();
    await until('nothing to be followed', () => !followed().includes(root()));
    await settings.update('experiments.codeLens', undefined, vscode.ConfigurationTarget.Workspace);
  });

  it('wait in the queue, one for each of several values, and run beside the workspace', async () => {
    forget();
    const before = read('params.yaml');
    assert.equal(await run('lode.expQueue', { root: root(), params: ['lr=0.1,0.2'] }), true);
    assert.equal(experiments().length, 0);
    await run('lode.expQueueStart', { root: root() });
    await until('both experiments', () => experiments().length === 2);
    assert.equal(read('params.yaml'), before);
  });
});
