import * as assert from 'node:assert/strict';
import type { Locator } from 'playwright-core';
import { makeRepo, type RepoBuilder } from '../../../support/repo-builder.ts';
import type { Sandbox } from '../../../support/sandbox.ts';
import type { Workbench } from '../../support/workbench.ts';

/** A small project under Git with a tracked file and a tracked folder, everything committed. */
export function makeProject(sandbox: Sandbox, name: string): RepoBuilder {
  const repo = makeRepo(sandbox, name)
    .write('README.md', `# ${name}\n`)
    .write('src/train.py', 'print("train")\n')
    .write('labels.csv', 'image,label\n0001.txt,setosa\n0002.txt,virginica\n')
    .write('images/0001.txt', 'petals')
    .write('images/0002.txt', 'more petals');
  repo.lode('init', '-q');
  repo.lode('add', '-q', 'labels.csv', 'images');
  return repo.commitAll('Track labels and images');
}

/** Waits for something outside of the window: files, Git. */
export async function until(ask: () => boolean, seen: () => string = () => ''): Promise<void> {
  for (const end = Date.now() + 30_000; !ask(); await new Promise((resolve) => setTimeout(resolve, 100)))
    if (Date.now() > end) assert.fail(`waited in vain\n${seen()}`);
}

/** The cache file of what a pointer records. */
export function cachedObject(repo: RepoBuilder, pointer: string): string {
  const [, oid = ''] = /md5: ([0-9a-f]{32})/.exec(repo.read(pointer)) ?? [];
  return repo.path('.dvc/cache/files/md5', oid.slice(0, 2), oid.slice(2));
}

/** Waits for an input box by what it asks for: boxes that follow one another look alike to a program. */
export async function whenAsked(workbench: Workbench, prompt: string | RegExp): Promise<void> {
  await workbench.page.locator('.quick-input-widget').filter({ hasText: prompt }).waitFor();
}

/** Answers an input box once it asks for something. */
export async function answerTo(workbench: Workbench, prompt: RegExp, text: string): Promise<void> {
  await whenAsked(workbench, prompt);
  await workbench.answer(text);
}

/** Chooses from the *Lode* part of the menu of a row in the explorer. */
export async function chooseFromLode(workbench: Workbench, row: Locator, title: string): Promise<void> {
  await workbench.contextMenu(row, 'Lode');
  const item = workbench.page.getByRole('menuitem', { name: title, exact: true });
  await item.waitFor();
  await item.hover();
  await workbench.press('Enter');
  await item.waitFor({ state: 'detached' });
}
