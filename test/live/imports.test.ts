import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { makeRepo } from '../support/repo-builder.ts';
import { DvcServer, dvcPython } from './support/dvc-server.ts';
import { Lane, stateOf, type Twins } from './support/twins.ts';

/** Commands that both sides are given, one after the other; after each one the files are compared. */
type Step = readonly string[] | ((base: string) => void);

const write =
  (file: string, text: string) =>
  (base: string): void => {
    fs.mkdirSync(path.dirname(path.join(base, file)), { recursive: true });
    fs.writeFileSync(path.join(base, file), text);
  };
const remove =
  (...files: string[]) =>
  (base: string): void => {
    for (const file of files) fs.rmSync(path.join(base, file), { recursive: true, force: true });
  };

const CASES: Readonly<Record<string, readonly Step[]>> = {
  'files and folders of this machine': [
    ['import-url', '../ext/x'],
    ['import-url', '../ext/d', 'folder'],
    ['import-url', '--no-download', '../ext/x', 'later'],
    ['import-url', '--no-exec', '../ext/d', 'never'],
    ['import-url', '--version-aware', '../ext/x', 'versioned'],
    ['import-url', '../ext/nosuch'],
    ['import-url', '../ext/x'],
    ['import-url', '-f', '../ext/d', 'x'],
    ['update', 'later.dvc', 'x.dvc'],
    write('ext/d/z', 'z\n'),
    ['update', '--no-download', 'folder.dvc'],
    ['update', 'folder.dvc', 'never.dvc'],
  ],
  'data that goes to the remote': [
    ['import-url', '--to-remote', '../ext/d'],
    ['add', '--to-remote', '../ext/x', '-o', 'added'],
    ['add', '../ext/x', '-o', 'copied'],
    write('ext/d/y', 'changed\n'),
    ['update', '--to-remote', 'd.dvc'],
    ['pull'],
    ['import-url', 'remote://store/files/md5/b7', 'objects'],
  ],
  'data of another repository': [
    ['import', '../src', 'data'],
    ['import', '../src', 'data/s/b', '-o', 'one', '--rev', 'v1'],
    ['import', '../src', 'code.py'],
    ['import', '../src', 'lib', '--no-download'],
    ['import', '../src', 'lib', '--no-exec', '-o', 'never'],
    ['import', '../src', '.', '-o', 'all'],
    ['import', '../src', 'nosuch'],
    ['import', '../src', 'data', '--rev', 'nosuch', '-o', 'q'],
    ['pull', 'lib.dvc'],
    ['update', '--rev', 'v1', 'data.dvc'],
    ['update', '--no-download', '--rev', 'v2', 'data.dvc'],
    remove('repo/one', 'repo/.dvc/cache'),
    ['pull', 'one.dvc'],
    ['get', '../src', 'data', '-o', 'got'],
    ['get', '../src', 'data/s', '--rev', 'v1'],
    ['get', '../src', 'code.py', '-o', 'all.py'],
    ['get', '../src', 'code.py', '-o', 'all.py'],
    ['get-url', '../ext/d', 'copy'],
    ['get-url', '../ext/x', 'copy/x'],
  ],
  'what lists print': [
    ['list', '../src', '--json'],
    ['list', '../src', 'data', '-R', '--json', '--rev', 'v1'],
    ['list', '../src', '-R', '--dvc-only'],
    ['list', '../src', '--tree', '-L', '2'],
    ['list-url', '-R', '../ext/d'],
    ['get', '../src', 'data', '--show-url'],
    ['status', '--json'],
  ],
};
/** Commands whose output is compared as well. */
const PRINTS = new Set(['list', 'status']);

describe('imports beside real DVC', function () {
  this.timeout(0);
  let lane: Lane;
  let elsewhere: string;
  before(async function () {
    const python = dvcPython();
    if (python === undefined) {
      console.log('      skipped: LODE_DVC names no real DVC');
      return this.skip();
    }
    lane = new Lane(new DvcServer(python, PLAIN));
    elsewhere = await makeElsewhere(lane);
  });
  after(() => lane?.dispose());

  for (const [name, steps] of Object.entries(CASES))
    it(`leave the same files: ${name}`, async () => {
      const twins = await lane.pair();
      try {
        for (const { repo } of [twins.dvc, twins.lode])
          fs.cpSync(elsewhere, path.dirname(repo.root), { recursive: true });
        for (const step of steps) await compare(twins, step);
      } finally {
        twins.dispose();
      }
    });
});

const PLAIN = { PATH: process.env['PATH'] ?? '', HOME: '/nonexistent', DVC_NO_ANALYTICS: '1' };

/** A folder with what both sides import: `ext` with files, and `src`, a repository with two versions of its data. */
async function makeElsewhere(lane: Lane): Promise<string> {
  const { sandbox, server } = lane;
  const folder = sandbox.path('elsewhere');
  for (const [file, text] of [
    ['ext/x', 'x\n'],
    ['ext/d/y', 'y\n'],
    ['ext/d/s/t', 't\n'],
  ] as const)
    write(file, text)(folder);
  fs.chmodSync(path.join(folder, 'ext/x'), 0o755);
  const repo = makeRepo(sandbox, 'elsewhere/src');
  const dvc = async (...argv: string[]): Promise<void> => {
    const [answer] = await server.run(repo.root, { ...sandbox.env, DVC_TEST: 'true' }, [argv]);
    assert.equal(answer?.code, 0, answer?.stderr);
  };
  await dvc('init', '-q');
  repo.writeAll([
    ['data/a', 'a1\n'],
    ['data/s/b', 'b1\n'],
    ['code.py', 'print(1)\n'],
    ['lib/l.py', 'l\n'],
  ]);
  await dvc('add', '-q', 'data');
  repo.commitAll('one').git('tag', 'v1');
  repo.write('data/a', 'a2\n');
  await dvc('add', '-q', 'data');
  repo.commitAll('two').git('tag', 'v2');
  return folder;
}

async function compare(twins: Twins, step: Step): Promise<void> {
  if (typeof step === 'function') {
    for (const { repo } of [twins.dvc, twins.lode]) step(path.dirname(repo.root));
    return;
  }
  const [[theirs], [ours]] = [await twins.dvc.run(step), await twins.lode.run(step)];
  const shown = `${step.join(' ')}\n${ours?.stdout}${ours?.stderr}\nreal DVC: ${theirs?.stdout}${theirs?.stderr}`;
  assert.equal(ours?.code === 0, theirs?.code === 0, shown);
  assert.deepEqual(filesOf(twins.lode), filesOf(twins.dvc), shown);
  if (PRINTS.has(step[0] ?? '')) assert.deepEqual(printed(ours?.stdout), printed(theirs?.stdout), shown);
}

/** Real DVC leaves temporary files of an upload in a remote. */
const filesOf = (twin: Twins['dvc']): Map<string, string> =>
  new Map([...stateOf(twin)].filter(([file]) => !/\/\.[\w-]{22}\.tmp$/.test(file)).sort());

const printed = (text = ''): unknown =>
  /^[[{]/.test(text)
    ? JSON.parse(text)
    : text
        .trimEnd()
        .split('\n')
        .map((line) => line.trimEnd());
