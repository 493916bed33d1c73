/* biome-ignore-all lint/suspicious/noTemplateCurlyInString: dvc.yaml has them. */
import * as assert from 'node:assert/strict';
import { makeRepo, type RepoBuilder } from '../../support/repo-builder.ts';
import { makeSandbox, type Sandbox } from '../../support/sandbox.ts';
import { useVSCode } from '../support/vscode.ts';
import type { Workbench } from '../support/workbench.ts';
import { until, whenAsked } from './support/project.ts';

const PIPELINE = `stages:
  prepare:
    cmd: sort data/raw.txt > data/sorted.txt
    desc: Puts the measurements in order
    deps:
      - data/raw.txt
    outs:
      - data/sorted.txt
  train:
    cmd: sh src/train.sh
    deps:
      - data/sorted.txt
      - src/train.sh
    params:
      - train.lr
    outs:
      - model.txt
    metrics:
      - metrics.json:
          cache: false
  evaluate:
    cmd: wc -l model.txt > report.txt
    deps:
      - model.txt
    outs:
      - report.txt
  plot:
    foreach: [bars, lines]
    do:
      cmd: echo \${item} > \${item}.svg
      outs:
        - \${item}.svg
`;
const TRAIN = 'echo "epoch 1"\necho "epoch 2"\ncat data/sorted.txt params.yaml > model.txt\necho "{}" > metrics.json\n';

describe('a pipeline in the editor', () => {
  const vscode = useVSCode();
  let sandbox: Sandbox;
  let repo: RepoBuilder;
  let workbench: Workbench;
  const tree = () => workbench.view('Pipelines');
  const lens = (text: RegExp) =>
    workbench.page.locator('.codelens-decoration a, .codelens-decoration > span').filter({ hasText: text });
  const warnings = () => workbench.page.locator('.monaco-editor .squiggly-warning');

  const editorLine = (text: string) =>
    workbench.page
      .locator('.monaco-editor .view-line')
      .filter({ hasText: new RegExp(text.replace(' ', '\\s').replace('.', '\\.')) })
      .first();

  before(async () => {
    sandbox = makeSandbox('pipelines');
    repo = makeRepo(sandbox, 'flowers')
      .write('dvc.yaml', PIPELINE)
      .write('params.yaml', 'train:\n  lr: 0.01')
      .write('src/train.sh', TRAIN)
      .write('data/raw.txt', '3\n1\n2\n');
    repo.lode('init', '-q');
    repo.lode('repro', '-q');
    repo.commitAll('Pipeline');
    workbench = await vscode().open(repo.root);
  });
  after(() => sandbox?.dispose());

  it('is shown as a tree: files, stages, what they read and make', async () => {
    await workbench.openContainer('Lode');
    await workbench.waitForRow(
      tree(),
      'prepare',
      ({ description }) => description === 'Puts the measurements in order',
    );
    await workbench.row(tree(), 'train').locator('.monaco-tl-twistie').click(); // The row itself leads to the stage.
    await workbench.waitForRow(tree(), 'train.lr', ({ description }) => description === 'params.yaml');
    await workbench.waitForRow(tree(), 'plot', ({ description }) => description === '2 stages');
  });

  it('says above each stage that it is up to date', async () => {
    await workbench.openFile('dvc.yaml');
    await lens(/Run · up to date/)
      .nth(2)
      .waitFor();
    assert.equal(await warnings().count(), 0);
    await workbench.screenshotInThemes('pipeline-up-to-date');
  });

  it('says at the stale stage, and there only, which parameter it is', async () => {
    await workbench.openFile('params.yaml');
    await editorLine('lr: 0.01').click();
    await workbench.press('End', 'Backspace');
    await workbench.page.keyboard.type('5');
    await editorLine('lr: 0.05').waitFor();
    await workbench.press('ControlOrMeta+S');
    await workbench.page.locator('.monaco-editor .squiggly-info').first().waitFor();
    await workbench.screenshotInThemes('pipeline-param');
    await workbench.page
      .getByRole('tab', { name: /^dvc\.yaml/ })
      .first()
      .click();
    await lens(/stale: params\.yaml:train\.lr 0\.01 → 0\.05/).waitFor();
    assert.equal(await lens(/stale:/).count(), 1);
    await warnings().first().waitFor();
    assert.equal(await warnings().count(), 1);
    await workbench.waitForRow(tree(), 'train', ({ description }) => description.includes('train.lr 0.01 → 0.05'));
    await workbench.waitForRow(tree(), 'evaluate', ({ description }) => description === 'needs a stale stage');
    await workbench.screenshotInThemes('pipeline-stale');
    const explorer = await workbench.explorer();
    await workbench.waitForRow(explorer, 'model.txt', ({ badge }) => badge.includes('S'));
    await workbench.openContainer('Lode');
  });

  it('runs from the line above the stage, and is right again', async () => {
    await lens(/Run · stale/).click();
    await lens(/stale: params/).waitFor({ state: 'detached' });
    await lens(/Run · up to date/)
      .nth(1)
      .waitFor();
    await workbench.waitForRow(tree(), 'evaluate', ({ description }) => description === 'model.txt modified');
    assert.match(await workbench.terminalText(), /epoch 1\nepoch 2/);
    assert.match(repo.read('dvc.lock'), /train\.lr: 0\.05/);
    await workbench.screenshotInThemes('pipeline-ran');
    await workbench.runCommand('Lode: Reproduce Everything');
    await workbench.waitForRow(tree(), 'evaluate', ({ description }) => description === '');
    await warnings().first().waitFor({ state: 'detached' });
  });

  it('tells the last lines of a stage that fails, and keeps what was recorded', async () => {
    const lock = repo.read('dvc.lock');
    repo.write('src/train.sh', 'echo "epoch 1"\necho "ValueError: the learning rate is odd" >&2\nexit 1\n');
    await lens(/Run · stale: src\/train\.sh/).click();
    const failure = workbench.notification(/train failed with exit code 1/);
    await failure.waitFor();
    assert.match(await failure.innerText(), /the learning rate is odd/);
    await workbench.waitForRow(tree(), 'train', ({ description }) => description === 'failed');
    await workbench.screenshotInThemes('pipeline-failed');
    assert.equal(repo.read('dvc.lock'), lock);
    await workbench.pressNotificationButton(/train failed/, 'Show Log');
    await workbench.page.getByRole('tab', { name: /\.log/ }).first().waitFor();
  });

  it('gets a new stage from a command, with what its script says', async () => {
    repo
      .write('src/train.sh', TRAIN)
      .write('src/count.py', 'open("counts.json", "w").write(str(len(open("data/raw.txt").read())))\n');
    await workbench.runCommand('Lode: New Stage…');
    await workbench.answer('python src/count.py');
    await whenAsked(workbench, 'The name of the stage');
    await workbench.press('Enter');
    await workbench.page
      .locator('.quick-input-list .monaco-list-row')
      .filter({ hasText: 'counts.json' })
      .first()
      .waitFor();
    await workbench.screenshot('pipeline-new-stage'); // Another theme would close it.
    await workbench.press('Enter');
    await until(() => repo.read('dvc.yaml').includes('counts.json'));
    await workbench.waitForRow(tree(), 'count', ({ description }) => description === 'never run');
  });
});
