// The repository the extension host opens in its tests.
import fs from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { ROOT } from './command.mjs';
import { commitAll, git, lode } from './lode-cli.mjs';

/** A Git repository with a tracked file, a tracked folder and a folder remote beside it. @param {string} folder Made anew. */
export function makeTestWorkspace(folder) {
  const write = (name, text) => {
    fs.mkdirSync(path.dirname(path.join(folder, name)), { recursive: true });
    fs.writeFileSync(path.join(folder, name), text);
  };
  fs.mkdirSync(folder, { recursive: true });
  git(folder, 'init', '--quiet', '--initial-branch=main');
  lode(folder, 'init', '--quiet');
  write('data.csv', 'id,value\n1,one\n2,two\n');
  write('images/a.txt', 'a');
  write('images/b.txt', 'b');
  write('images/deep/c.txt', 'c');
  lode(folder, 'add', '--quiet', 'data.csv', 'images');
  lode(folder, 'remote', 'add', '--default', 'storage', `${folder}-remote`);
  commitAll(folder, 'Track data.csv and images');
}

// `node scripts/test-workspace.mjs`: for a debugger, which opens the folder itself.
if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  const folder = path.join(ROOT, '.vscode-test/workspace');
  for (const old of [folder, `${folder}-remote`]) fs.rmSync(old, { recursive: true, force: true });
  makeTestWorkspace(folder);
}
