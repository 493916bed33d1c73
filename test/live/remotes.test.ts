import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import * as fs from 'node:fs';
import { lodeCommand, run } from '../support/cli.ts';
import { seededRandom } from '../support/random.ts';
import { makeRepo, openRepo, type RepoBuilder } from '../support/repo-builder.ts';
import { makeSandbox, type Sandbox } from '../support/sandbox.ts';
import { startOrSkip } from '../support/servers/server.ts';
import { DvcServer, dvcPython } from './support/dvc-server.ts';
import { type Place, STORES, type Store } from './support/stores.ts';

const BIG = 20 << 20;

/** 33 files: empty, odd names, a big one, a folder. */
function writeFiles(repo: RepoBuilder): void {
  const random = seededRandom(20_261_128);
  const seed = random.bytes(1 << 16);
  repo
    .write('empty', '')
    .write('ä ö+&日本.bin', 'odd')
    .write('big.bin', Buffer.concat(Array(BIG / seed.length).fill(seed)));
  for (let i = 0; i < 28; i++) repo.write(`data/${i % 4}/file ${i}.txt`, random.bytes(random.int(2000)));
  repo.write('data/zero', '').write('data/sub/ü+&%#.txt', 'x');
}

const TARGETS = ['empty', 'ä ö+&日本.bin', 'big.bin', 'data'];

function hashes(repo: RepoBuilder): ReadonlyMap<string, string> {
  const files = TARGETS.flatMap((target) =>
    !repo.exists(target)
      ? []
      : fs.statSync(repo.path(target)).isDirectory()
        ? fs
            .readdirSync(repo.path(target), { recursive: true, encoding: 'utf8' })
            .map((file) => `${target}/${file}`)
            .filter((file) => fs.statSync(repo.path(file)).isFile())
        : [target],
  );
  return new Map(
    files.sort().map((f) => [
      f,
      createHash('sha256')
        .update(fs.readFileSync(repo.path(f)))
        .digest('hex'),
    ]),
  );
}

/** What one program has pushed to a store, the other one pulls. */
describe('remotes shared with real DVC', function () {
  this.timeout(300_000);
  let server: DvcServer;
  let sandbox: Sandbox;
  let made: RepoBuilder;
  let wanted: ReadonlyMap<string, string>;

  before(async function () {
    const python = dvcPython();
    if (python === undefined) {
      console.log('      skipped: LODE_DVC names no real DVC');
      this.skip();
    }
    sandbox = makeSandbox('remotes');
    server = new DvcServer(python, { PATH: process.env['PATH'] ?? '', HOME: '/nonexistent', DVC_NO_ANALYTICS: '1' });
    made = makeRepo(sandbox, 'made');
    writeFiles(made);
    made.lode('init', '-q');
    made.lode('add', '-q', ...TARGETS);
    made.commitAll();
    wanted = hashes(made);
    assert.equal(wanted.size, 33);
  });
  after(() => {
    server?.dispose();
    sandbox?.dispose();
  });

  for (const store of STORES)
    describe(store.name, () => {
      let started: Awaited<ReturnType<Store['start']>>;
      let env: Readonly<Record<string, string>>;
      before(async function () {
        started = await startOrSkip(this, () => store.start(sandbox));
        env = { ...sandbox.env, AWS_EC2_METADATA_DISABLED: 'true', ...started.env };
      });
      after(() => started?.stop());

      const folder = (name: string): string => sandbox.path(`${store.name} ${name}`);
      /** A copy of the repository. @param whole False without data and cache, as after a clone. */
      const copy = async (name: string, place: Place, whole: boolean): Promise<RepoBuilder> => {
        fs.cpSync(made.root, folder(name), { recursive: true, verbatimSymlinks: true });
        const repo = openRepo(folder(name), env);
        if (!whole) for (const path of ['.dvc/cache', '.dvc/tmp', ...TARGETS]) repo.remove(path);
        repo.lode('remote', 'add', '-q', '-d', 'store', place.url);
        for (const [option, value] of Object.entries(place.options))
          repo.lode('remote', 'modify', '-q', '--local', 'store', option, value);
        return repo;
      };
      const lode = async (repo: RepoBuilder, ...argv: string[]): Promise<string> => {
        const { code, stdout, stderr } = await run(lodeCommand(), argv, { cwd: repo.root, env });
        assert.equal(code, 0, `lode ${argv.join(' ')}: ${stderr}${stdout}`);
        assert.doesNotMatch(stderr, /Warning/, stderr);
        return stdout;
      };
      const dvc = async (repo: RepoBuilder, ...commands: string[][]): Promise<readonly string[]> => {
        const answers = await server.run(repo.root, env, commands);
        for (const [i, { code, stdout, stderr }] of answers.entries())
          assert.equal(code, 0, `dvc ${commands[i]?.join(' ')}: ${stderr}${stdout}`);
        return answers.map(({ stdout }) => stdout);
      };

      it('Lode pushes, DVC pulls', async () => {
        const place = await started.place('by-lode');
        await lode(await copy('pushes', place, true), 'push');
        const clone = await copy('dvc pulls', place, false);
        const [, status] = await dvc(clone, ['pull'], ['status', '-c']);
        assert.deepEqual(hashes(clone), wanted);
        assert.match(status ?? '', /in sync/);
      });

      it('DVC pushes, Lode pulls', async () => {
        const place = await started.place('by-dvc');
        await dvc(await copy('dvc pushes', place, true), ['push']);
        const clone = await copy('pulls', place, false);
        await lode(clone, 'pull');
        assert.deepEqual(hashes(clone), wanted);
        assert.match(await lode(clone, 'status', '-c'), /in sync/);
        assert.match(await lode(clone, 'push'), /up to date/);
      });
    });
});
