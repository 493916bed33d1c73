import * as assert from 'node:assert/strict';
import * as fs from 'node:fs';
import * as vscode from 'vscode';
import {
  git,
  inWorkspace,
  lodeApi,
  remove,
  run,
  snapshotOf,
  startOver,
  until,
  untilState,
  uriOf,
} from './support/host.ts';
import { longestPause, type Pause } from './support/pauses.ts';

const FILES = 10_000;
/** ms in one piece: more is seen by who types. */
const LIMIT = 50;
/** A pause of Lode's own making comes every time; a collection of the whole host's garbage does not. */
const RETRIES = 2;

describe(`with ${FILES} tracked files`, function () {
  this.timeout(300_000);
  const assertResponsive = ({ ms, busy }: Pause): void => {
    assert.ok(ms < LIMIT, `${ms} ms in ${busy.join(', ')}`);
  };

  const writeAll = (content: string): void => {
    for (let i = 0; i < FILES; i++)
      fs.writeFileSync(inWorkspace(i % 2 ? 'many' : 'many/deep', `${i}.txt`), `${content} ${i}`);
  };

  before(async () => {
    git('tag', '-f', 'start');
    await lodeApi();
    await startOver();
    // Without this line Git's own extension, which shares the host, would list them all while they are untracked.
    fs.appendFileSync(inWorkspace('.git/info/exclude'), '/many/\n');
    fs.mkdirSync(inWorkspace('many/deep'), { recursive: true });
  });
  after(async () => {
    git('switch', '-q', '-f', 'main');
    remove('many');
    remove('many.dvc');
    await startOver();
  });

  it('the host answers while they are added', async function () {
    this.retries(RETRIES);
    remove('many.dvc');
    await untilState('many', undefined);
    writeAll(`file ${Date.now()}`);
    const pause = await longestPause(async () => {
      assert.equal(await run('lode.add', uriOf('many')), true);
      await untilState('many', 'stored-added');
    });
    assertResponsive(pause);
  });

  it('the host answers while everything is read again', async function () {
    this.retries(RETRIES);
    const pause = await longestPause(() => Promise.resolve(run('lode.refresh')));
    assertResponsive(pause);
  });

  it('one saved file has its badge soon, and the host answers', async function () {
    this.retries(RETRIES);
    const document = await vscode.workspace.openTextDocument(uriOf('many/deep/4000.txt'));
    let took = 0;
    const pause = await longestPause(async () => {
      const startedAt = performance.now();
      const edit = new vscode.WorkspaceEdit();
      edit.insert(document.uri, new vscode.Position(0, 0), `saved ${startedAt} `);
      await vscode.workspace.applyEdit(edit);
      assert.equal(await document.save(), true);
      await untilState('many/deep/4000.txt', 'modified');
      took = Math.round(performance.now() - startedAt);
    });
    assert.ok(took < 5000, `${took} ms`); // An old VS Code tells of files in batches, and ten thousand were just written.
    assertResponsive(pause);
  });

  it('ten thousand new files are few refreshes, and the host answers', async function () {
    this.retries(RETRIES);
    const api = await lodeApi();
    remove('many/new');
    await untilState('many/new/1-1.txt', undefined);
    const before = api.refreshes();
    fs.mkdirSync(inWorkspace('many/new'));
    const pause = await longestPause(async () => {
      for (let i = 0; i < 10; i++) {
        for (let j = 0; j < 1000; j++) fs.writeFileSync(inWorkspace('many/new', `${i}-${j}.txt`), `${i} ${j}`);
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
      await until('all to be shown', async () => (await snapshotOf()).changes.uncommitted.length > 10_000);
    });
    assertResponsive(pause);
    assert.ok(api.refreshes() - before < 12, `${api.refreshes() - before} refreshes`);
    remove('many/new');
    await untilState('many/new/1-1.txt', undefined);
  });

  it('the host answers while they are checked out', async function () {
    this.retries(RETRIES);
    git('add', '-A');
    git('commit', '-q', '--allow-empty', '-m', 'Many files');
    remove('many');
    await untilState('many', 'deleted');
    const pause = await longestPause(async () => {
      assert.equal(await run('lode.checkout', uriOf('many')), true);
      await untilState('many', 'unpushed');
    });
    assertResponsive(pause);
  });

  it('the host answers while the data follows a switch of branches', async function () {
    this.retries(RETRIES);
    git('switch', '-q', '-f', '-C', 'other', 'start');
    await untilState('many', undefined);
    assert.equal(await run('lode.checkout'), true);
    assert.equal(fs.existsSync(inWorkspace('many')), false);
    git('switch', '-q', 'main');
    await untilState('many', 'deleted');
    const pause = await longestPause(async () => {
      assert.equal(await run('lode.checkout'), true);
      await untilState('many', 'unpushed');
      git('switch', '-q', 'other');
      await untilState('many', undefined);
      assert.equal(await run('lode.checkout'), true);
      await until('its data to be gone', () => !fs.existsSync(inWorkspace('many')));
    });
    assertResponsive(pause);
  });
});
