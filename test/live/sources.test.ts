import assert from 'node:assert/strict';
import { makeSandbox, type Sandbox } from '../support/sandbox.ts';
import { startOrSkip } from '../support/servers/server.ts';
import { type Answer, DvcServer, dvcPython } from './support/dvc-server.ts';
import { type Place, STORES, type Store } from './support/stores.ts';
import { Lane, sortedJson, stateOf, type Twin, type Twins } from './support/twins.ts';

/** Data of every kind of store, imported, listed and updated by both programs: the same files, the same words. */
describe('data from stores beside real DVC', function () {
  this.timeout(300_000);
  let sandbox: Sandbox;
  before(function () {
    if (dvcPython() === undefined) {
      console.log('      skipped: LODE_DVC names no real DVC');
      this.skip();
    }
    sandbox = makeSandbox('sources');
  });
  after(() => sandbox?.dispose());

  for (const store of STORES)
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

      const isHttp = store.name === 'HTTP'; // It lists nothing.
      const isDav = store.name === 'WebDAV'; // Real DVC fails to import a file of it, and names those of inner folders wrongly.

      const fill = async (place: Place): Promise<void> => {
        await started.put(place, 'x', 'x\n');
        await started.put(place, 'd/y', 'y\n');
        if (!isDav) await started.put(place, 'd/s/t', 't\n');
      };
      /** The same twins for the length of `work`, with a remote `in` where the data lies. */
      const beside = async (place: Place, work: (both: Both) => Promise<void>): Promise<void> => {
        const twins = await lane.pair();
        try {
          const both = new Both(twins);
          await both.quietly(['remote', 'add', 'in', place.url]);
          twins.both((repo) => {
            const options = Object.entries(place.options).map(([name, value]) => `    ${name} = ${value}\n`);
            repo.write('.dvc/config.local', `['remote "in"']\n${options.join('')}`);
          });
          await work(both);
          both.end();
        } finally {
          twins.dispose();
        }
      };

      it('comes by a remote or by its URL, and is updated when it has changed', async () => {
        const place = await started.place('source');
        await fill(place);
        await beside(place, async (both) => {
          const options = Object.entries(place.options).flatMap(([name, value]) => ['--fs-config', `${name}=${value}`]);
          if (!isDav) {
            await both.run('import-url', 'remote://in/x');
            await both.run('import-url', '--to-remote', 'remote://in/x', 'sent');
            await both.run('import-url', `${place.url}/x`, 'by-url', ...options);
          }
          if (!isHttp) await both.run('import-url', 'remote://in/d', 'folder');
          await both.run('import-url', '--no-download', 'remote://in/x', 'later');
          await both.fail('import-url', 'remote://in/nosuch');
          await both.run('get-url', `${place.url}/x`, 'got', ...options);
          if (!isHttp) await both.run('list-url', '-R', '--size', 'remote://in/');
          if (!isHttp) await both.run('list-url', 'remote://in');
          await both.run('stage', 'add', '-q', '-n', 'made', '-d', 'remote://in/x', '-o', 'made', 'echo 1 > made');
          await both.run('repro', '-q', 'made');
          if (!isDav) await both.run('update', 'x.dvc', 'later.dvc');
          if (isHttp) await new Promise((resolve) => setTimeout(resolve, 1100)); // The server marks content by seconds.
          await started.put(place, 'x', 'x2\n');
          await started.put(place, 'd/z', 'z\n');
          await both.run('status', '--json');
          await both.run('update', '--no-download', 'later.dvc');
          if (!isHttp) await both.run('update', 'folder.dvc');
          if (!isDav) {
            await both.run('update', 'x.dvc');
            await both.run('update', '--to-remote', 'sent.dvc');
            // Real DVC asks the version in a bucket of Google's, though it has just been sent here.
            if (store.name !== 'Google Cloud Storage') await both.run('pull', 'sent.dvc');
          }
        });
      });

      if (!store.hasVersions) return;
      it('comes in versions', async () => {
        const place = await started.versionedPlace!('source');
        await fill(place);
        await beside(place, async (both) => {
          await both.run('import-url', '--version-aware', 'remote://in/x');
          await both.run('import-url', '--version-aware', 'remote://in/d', 'd');
          await both.run('import-url', 'remote://in/x', 'plain');
          await started.put(place, 'x', 'x2\n');
          await started.put(place, 'd/z', 'z\n');
          await both.run('status', '--json');
          if (store.name === 'Azure Blob Storage') return; // Its emulator keeps none: there is nothing to come back to.
          both.forget('plain', 'plain.dvc', 'x', 'd', '.dvc/cache');
          await both.run('pull');
          await both.run('update', 'x.dvc', 'd.dvc');
          await both.run('status', '--json');
        });
      });
    });
});

/** Both programs, each in its repository. */
class Both {
  readonly #twins: Twins;
  readonly #differences: string[] = [];
  /** Files that differ since a command that was told of. */
  readonly #known = new Map<string, string>();

  constructor(twins: Twins) {
    this.#twins = twins;
  }

  /** Runs the same command on both sides, and compares how it ends, what it prints and what it leaves. */
  async run(...argv: string[]): Promise<void> {
    await this.#run(argv, true);
  }

  /** As {@link run}, for what cannot be done. */
  async fail(...argv: string[]): Promise<void> {
    await this.#run(argv, false);
  }

  async #run(argv: readonly string[], works: boolean): Promise<void> {
    const { dvc, lode } = this.#twins;
    const [[theirs], [ours]] = [await dvc.run(argv), await lode.run(argv)];
    const [now, wanted] = [filesOf(lode), filesOf(dvc)];
    const differing = [...new Set([...now.keys(), ...wanted.keys()])].filter(
      (file) => now.get(file) !== wanted.get(file),
    );
    const isNew = differing.some((file) => this.#known.get(file) !== `${now.get(file)} ${wanted.get(file)}`);
    for (const file of differing) this.#known.set(file, `${now.get(file)} ${wanted.get(file)}`);
    const texts = differing.map(
      (file) => `${file}\nLode: ${this.#textOf(lode, file)}\nDVC: ${this.#textOf(dvc, file)}`,
    );
    const shown = `\n$ ${argv.join(' ')}\n--- Lode ${said(ours)}\n--- DVC ${said(theirs)}\n${texts.join('\n')}`;
    if (process.env['LODE_SHOW']) console.log(shown);
    const isSame =
      ours?.code === theirs?.code && (ours?.code === 0) === works && !isNew && printed(ours) === printed(theirs);
    if (!isSame) this.#differences.push(shown);
  }

  #textOf({ repo }: Twin, file: string): string {
    return repo.exists(file) && !file.endsWith('/') ? repo.read(file) : 'nothing';
  }

  /** @throws AssertionError with every command that has done something else than real DVC's. */
  end(): void {
    if (this.#differences.length > 0) assert.fail(this.#differences.join('\n'));
  }

  async quietly(argv: readonly string[]): Promise<void> {
    for (const side of [this.#twins.dvc, this.#twins.lode])
      for (const { code, stderr } of await side.run([...argv, '-q'])) assert.equal(code, 0, stderr);
  }

  forget(...paths: string[]): void {
    this.#twins.both((repo) => {
      for (const path of paths) repo.remove(path);
    });
  }
}

const said = (answer: Answer | undefined): string => `${answer?.code}\n${answer?.stdout}${answer?.stderr}`;
/** Without the order that real DVC has by chance: of files that it walks, and of sets. */
const printed = (answer: Answer | undefined): string =>
  sortedJson((answer?.stdout ?? '').trimEnd())
    .replaceAll(/\blode (?=config|add|remote)/g, 'dvc ')
    .split('\n')
    .map((line) => (line.startsWith('\tgit add ') ? line.split(' ').sort().join(' ') : line.trimEnd()))
    .sort()
    .join('\n');

/** Without what real DVC leaves of its own: unfinished uploads, and lists of the marks of files; and without what is secret. */
const filesOf = (twin: Twin): Map<string, string> =>
  new Map(
    [...stateOf(twin)]
      .filter(([file]) => !/\/\.[\w-]{22}\.tmp$|^\.dvc\/(config\.local$|cache\/)/.test(file))
      .filter(([file]) => !file.endsWith('.dir') || !/^\[\{"(etag|checksum)"/.test(twin.repo.read(file)))
      .sort(),
  );
