/* biome-ignore-all lint/suspicious/noTemplateCurlyInString: dvc.yaml has them. */
import * as assert from 'node:assert/strict';
import type { Locator } from 'playwright-core';
import { makeSandbox, type Sandbox } from '../../support/sandbox.ts';
import { useVSCode } from '../support/vscode.ts';
import type { Workbench } from '../support/workbench.ts';
import { makeProject, until } from './support/project.ts';

const YAML = `stages:
  prep:
    cmd: python src/prep.py labels.csv
    deps:
    - labels.csv
    outs:
    - clean.csv
  train:
    cmd: python src/train.py --lr \${lr} --epochs \${train.epochs}
    deps:
    - clean.csv
    params:
    - lr
    outs:
    - model.bin
`;

/** A word of the editor, by what it is part of. */
const word = (workbench: Workbench, line: string, text: string): Locator =>
  workbench.page.locator('.editor-instance .view-line').filter({ hasText: line }).getByText(text).first();

/** Puts the cursor into a line, at its end. */
async function toLine(workbench: Workbench, line: number, column: number): Promise<void> {
  await workbench.press('Control+g');
  await workbench.quickInput().waitFor();
  await workbench.answer(`:${line}:${column}`);
}

/** Pictures of what closes when it loses the focus, opened anew in each theme. */
async function pictures(workbench: Workbench, name: string, open: () => Promise<void>): Promise<void> {
  for (const theme of ['light', 'high-contrast', 'dark'] as const) {
    await workbench.setTheme(theme);
    await open();
    await workbench.screenshot(name);
    if (theme !== 'dark') await workbench.press('Escape');
  }
}

describe('writing dvc.yaml', () => {
  const vscode = useVSCode();
  let sandbox: Sandbox;
  before(() => {
    sandbox = makeSandbox('language');
  });
  after(() => sandbox?.dispose());

  it('completes, explains, leads to definitions and renames', async () => {
    const repo = makeProject(sandbox, 'language')
      .write('params.yaml', 'lr: 0.05\ntrain:\n  epochs: 3\n')
      .write('src/prep.py', 'print("prep")\n')
      .write('dvc.yaml', YAML)
      .write('dvc.lock', "schema: '2.0'\nstages:\n  prep:\n    cmd: python src/prep.py labels.csv\n")
      .commitAll('Pipeline');
    const workbench = await vscode().open(repo.root);
    const { page } = workbench;
    await workbench.openFile('dvc.yaml');
    await page.locator('.editor-instance .view-line').filter({ hasText: 'lr' }).filter({ hasText: '= 0.05' }).waitFor();

    // A new stage, key by key.
    await toLine(workbench, 16, 1);
    await page.keyboard.type('  eval:\n');
    await page.keyboard.type('  cm');
    const suggestions = page.locator('.suggest-widget.visible');
    await suggestions.getByText('cmd', { exact: true }).first().waitFor();
    await workbench.press('Enter');
    await page.keyboard.type('python eval.py ${tr');
    const offered = suggestions.locator('.monaco-list-row').filter({ hasText: 'train' }).first();
    await offered.waitFor();
    await workbench.press('Escape');
    await pictures(workbench, 'language-completion', async () => {
      await workbench.press('Control+Space');
      await offered.waitFor();
    });
    await workbench.press('Escape');
    await page.keyboard.type('ain.epochs}');
    await workbench.press('Control+s');
    await until(
      () => repo.read('dvc.yaml').includes('    cmd: python eval.py ${train.epochs}'),
      () => repo.read('dvc.yaml'),
    );

    const hover = page.locator('.monaco-hover').filter({ hasText: 'Dependency' });
    await pictures(workbench, 'language-hover', async () => {
      await word(workbench, 'stages:', 'stages').hover();
      await word(workbench, '- labels.csv', 'labels.csv').hover();
      await hover.filter({ hasText: 'labels.csv.dvc' }).waitFor();
    });

    await toLine(workbench, 13, 8);
    await workbench.press('F12');
    const active = (name: string): Promise<void> => page.locator('.tab.active').filter({ hasText: name }).waitFor();
    await active('params.yaml');

    await page.getByRole('tab', { name: /^dvc\.yaml/ }).click();
    await active('dvc.yaml');
    await toLine(workbench, 2, 4);
    await workbench.press('F2');
    const name = page.locator('.rename-box input');
    await name.waitFor();
    assert.equal(await name.inputValue(), 'prep');
    await name.fill('clean');
    await name.press('Enter');
    await page.locator('.editor-instance .view-line').filter({ hasText: 'clean:' }).waitFor();
    await workbench.press('Control+s');
    await until(
      () => repo.read('dvc.lock').includes('  clean:\n') && repo.read('dvc.yaml').startsWith('stages:\n  clean:\n'),
      () => repo.read('dvc.lock') + repo.read('dvc.yaml'),
    );

    await toLine(workbench, 3, 12);
    const actions = page.locator('.action-widget');
    await pictures(workbench, 'language-fixes', async () => {
      await workbench.press('Control+.');
      await actions.getByText('Add “src/prep.py” to deps').waitFor();
    });
    await actions.getByText('Add “src/prep.py” to deps').click();
    await page.locator('.editor-instance .view-line').filter({ hasText: '- src/prep.py' }).waitFor();
  });
});
