import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import { openRepo, type RepoBuilder } from '../support/repo-builder.ts';
import { makeSandbox, type Sandbox } from '../support/sandbox.ts';
import { startOrSkip } from '../support/servers/server.ts';
import { type Answer, DvcServer, dvcPython } from './support/dvc-server.ts';
import { type Place, STORES, type Store } from './support/stores.ts';
import { Lane, stateOf, type Twin } from './support/twins.ts';

/** Emulators that keep versions; that of Azure keeps none. */
const NAMES = ['S3', 'Google Cloud Storage'];

describe('remotes that keep versions beside real DVC', function () {
  this.timeout(300_000);
  let sandbox: Sandbox;
  before(function () {
    if (dvcPython() === undefined) {
      console.log('      skipped: LODE_DVC names no real DVC');
      this.skip();
    }
    sandbox = makeSandbox('versions');
  });
  after(() => sandbox?.dispose());

  for (const store of STORES.filter(({ name }) => NAMES.includes(name)))
    describe(store.name, () => {
      let started: Awaited<ReturnType<Store['start']>>;
      let lane: Lane;
      before(async function () {
        started = await startOrSkip(this, () => store.start(sandbox));
        const env = { PATH: process.env['PATH'] ?? '', HOME: '/nonexistent', DVC_NO_ANALYTICS: '1' };
        lane = new Lane(new DvcServer(dvcPython()!, env, store.modules), {
          AWS_EC2_METADATA_DISABLED: 'true',
          ...started.env,
        });
      });
      after(async () => {
        lane?.dispose();
        await started?.stop();
      });

      const configure = (repo: RepoBuilder, { url, options }: Place, kind: string): void => {
        const lines = Object.entries({ ...options, [kind]: 'true' }).map(([name, value]) => `    ${name} = ${value}\n`);
        repo.write('.dvc/config', `[core]\n    remote = vr\n['remote "vr"']\n    url = ${url}\n${lines.join('')}`);
      };

      it('record the same, hold the same, and are read by either', async () => {
        const twins = await lane.pair();
        try {
          const places = {
            dvc: await started.versionedPlace!('by-dvc'),
            lode: await started.versionedPlace!('by-lode'),
          };
          const sides = [twins.dvc, twins.lode];
          for (const { repo, side } of sides) configure(repo, places[side], 'worktree');
          const put = async (path: string, text: string): Promise<void> => {
            for (const { side } of sides) await started.put(places[side], path, text);
          };
          /** The same command on both sides, which does the same. @param code How it ends. */
          const both = async (code: number, ...argv: string[]): Promise<void> => {
            const [[theirs], [ours]] = [await twins.dvc.run(argv), await twins.lode.run(argv)];
            const shown = `${argv.join(' ')}\n--- Lode ${said(ours)}\n--- DVC ${said(theirs)}`;
            if (process.env['LODE_SHOW']) console.log(shown);
            assert.deepEqual([ours?.code, theirs?.code], [code, code], shown);
            assert.deepEqual(filesOf(twins.lode), filesOf(twins.dvc), shown);
            assert.equal(printed(ours), printed(theirs), shown);
          };
          twins.both((repo) => {
            for (const [path, text] of [
              ['d/a', '1\n'],
              ['d/sub/b', '2\n'],
              ['x', '3\n'],
              ['dvc.yaml', 'stages:\n  make:\n    cmd: cat x > o\n    deps:\n    - x\n    outs:\n    - o\n'],
            ] as const)
              repo.write(path, text);
          });
          await both(0, 'add', 'd', 'x');
          await both(0, 'update', 'x.dvc'); // Was never pushed.
          await both(0, 'repro');
          await both(0, 'push');
          await both(0, 'push');
          twins.both((repo) => repo.write('d/a', '1b\n'));
          await both(0, 'add', 'd');
          await both(0, 'push');
          await both(1, 'status', '-c');
          await both(251, 'gc', '-w', '-c', '-f');
          twins.both((repo) => {
            for (const path of ['d', 'x', 'o', '.dvc/cache']) repo.remove(path);
          });
          await both(0, 'fetch', 'x.dvc');
          await both(0, 'pull');
          await put('d/sub/b', 'from elsewhere\n');
          await put('d/new', 'new\n');
          await put('x', 'x from elsewhere\n');
          await both(0, 'update', 'd.dvc', 'x.dvc');
          await both(1, 'update', '--rev', 'main', 'x.dvc');

          // Each reads what the other one has written.
          for (const [from, by] of [
            [twins.lode, twins.dvc],
            [twins.dvc, twins.lode],
          ] as const) {
            const files = filesOf(from);
            for (const path of ['d', 'x', 'o', '.dvc/cache', '.dvc/tmp']) from.repo.remove(path);
            const copy = openRepo(by.repo.root, lane.sandbox.env);
            fs.rmSync(`${by.repo.root}.kept`, { recursive: true, force: true });
            fs.renameSync(by.repo.root, `${by.repo.root}.kept`);
            fs.cpSync(from.repo.root, copy.root, { recursive: true });
            const [answer] = await by.run(['pull']);
            assert.equal(answer?.code, 0, said(answer));
            assert.deepEqual(filesOf(by), files, `${by.side} pulls what ${from.side} has pushed`);
            fs.rmSync(by.repo.root, { recursive: true });
            fs.renameSync(`${by.repo.root}.kept`, by.repo.root);
          }
        } finally {
          twins.dispose();
        }
      });
    });
});

const said = (answer: Answer | undefined): string => `${answer?.code}\n${answer?.stdout}${answer?.stderr}`;
const printed = (answer: Answer | undefined): string =>
  (answer?.stdout ?? '')
    .replaceAll(/\blode (?=config|add|remote|push)/g, 'dvc ')
    .split('\n')
    .filter((line) => line !== "Updating lock file 'dvc.lock'")
    .map((line) => (line.startsWith('\tgit add ') ? line.split(' ').sort().join(' ') : line.trimEnd()))
    .sort()
    .join('\n');

/** Text of stage files with versions by the order in which they come, as each side has its own; all else by hash. */
function filesOf(twin: Twin): Map<string, string> {
  const files = [...stateOf(twin)].filter(([file]) => !/^\.dvc\/(config|cache\/)/.test(file)).sort();
  return new Map(
    files.map(([file, state]) => [
      file,
      /\.dvc$|dvc\.lock$/.test(file) ? withoutVersions(twin.repo.read(file)) : state,
    ]),
  );
}

function withoutVersions(text: string): string {
  const seen = new Map<string, number>();
  return text.replaceAll(/version_id: (.*)/g, (_, id: string) => {
    if (!seen.has(id)) seen.set(id, seen.size + 1);
    return `version_id: ${seen.get(id)}`;
  });
}
