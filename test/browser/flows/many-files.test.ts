import * as assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import type { RepoBuilder } from '../../support/repo-builder.ts';
import { makeSandbox, type Sandbox } from '../../support/sandbox.ts';
import { useVSCode } from '../support/vscode.ts';
import { makeProject } from './support/project.ts';

const FILES = 100_000;

/** Tracks a folder of many files whose content nobody needs: a manifest in the cache and a pointer, as after a clone. */
function trackMany(repo: RepoBuilder): void {
  const entries = Array.from({ length: FILES }, (_, at) => {
    const relpath = `scan-${String(at).padStart(6, '0')}.png`;
    return `{"md5": "d41d8cd98f00b204e9800998ecf8427e", "relpath": "${relpath}"}`;
  });
  const manifest = `[${entries.join(', ')}]`;
  const oid = createHash('md5').update(manifest).digest('hex');
  repo.write(`.dvc/cache/files/md5/${oid.slice(0, 2)}/${oid.slice(2)}.dir`, manifest);
  repo.write(
    'scans.dvc',
    `outs:\n- md5: ${oid}.dir\n  size: ${FILES}\n  nfiles: ${FILES}\n  hash: md5\n  path: scans\n`,
  );
  repo.commitAll('Track scans');
}

describe(`a tracked folder of ${FILES.toLocaleString('en')} files`, () => {
  const vscode = useVSCode();
  let sandbox: Sandbox;
  before(() => {
    sandbox = makeSandbox('many');
  });
  after(() => sandbox?.dispose());

  it('opens in ranges, and is found in by a filter', async () => {
    const repo = makeProject(sandbox, 'many');
    trackMany(repo);
    const workbench = await vscode().open(repo.root);
    await workbench.openContainer('Lode');
    const tree = workbench.view('Tracked Data');
    const row = await workbench.waitForRow(tree, 'scans');
    assert.match(row.description, /100,000 files/);
    await workbench.expand(tree, 'scans');
    await workbench.waitForRow(tree, 'scan-000000.png …');
    await workbench.expand(tree, 'scan-002000.png …');
    await workbench.waitForRow(tree, 'scan-002000.png');
    await workbench.screenshotInThemes('many-files');

    await workbench.runCommand('Lode: Filter Tracked Data…');
    await workbench.answer('scan-0777');
    await workbench.waitForRow(tree, 'scan-077700.png');
    await tree.getByText('100 with “scan-0777” in their paths').waitFor();
    await workbench.screenshotInThemes('many-files-filtered');
    await workbench.runCommand('Lode: Clear the Filter of Tracked Data');
    await workbench.waitForRow(tree, 'scan-000000.png …');
  });
});
