import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import * as fs from 'node:fs';
import { md5 } from '../../src/engine/platform/digest.ts';
import { pull } from '../../src/engine/verbs/pull.ts';
import { push } from '../../src/engine/verbs/push.ts';
import { lodeCommand } from '../support/cli.ts';
import { type EngineRepo, makeEngineRepo, useEngineSandbox } from '../support/engine-repo.ts';
import { type Random, runSeed, seededRandom } from '../support/random.ts';
import { makeSandbox, type Sandbox } from '../support/sandbox.ts';
import { type CuttingProxy, startCuttingProxy } from '../support/servers/cutting-proxy.ts';
import { startOrSkip } from '../support/servers/server.ts';
import { JOBS, TRIAL_STORES, type TrialStore } from './support/trial-stores.ts';

const LONG = process.env['LODE_FAULT_LONG'] !== undefined;
const CUT_TRIALS = LONG ? 40 : 7;
const KILL_TRIALS = LONG ? 20 : 2;
/** Of each transfer in a trial. */
const CUTS = 4;
const SMALL = 20_000;
const SMALL_FILES = 10;
/** What a cut of a pull may cost, in bytes: what the network held. Every store is read on where it stopped. */
const PULLED_AGAIN = 2 << 20;

/** What a kill of a pull may cost, in bytes: a download is noted once it is worth that, and sockets hold the rest. */
const KILLED_PULL = 10 << 20;

/** Folders as remotes are killed by `kill.test.ts`: there is no line to be cut. */
for (const [name, start] of Object.entries(TRIAL_STORES))
  describe(`transfers that are cut and killed: ${name}`, function () {
    this.timeout(LONG ? 0 : 240_000);
    const sandbox = useEngineSandbox('transfers');
    const random = seededRandom(runSeed());
    let serverFolder: Sandbox;
    let store: TrialStore;
    let large: number;
    let total: number;
    let proxy: CuttingProxy;
    let repo: EngineRepo;
    let folders = 0;
    const env: Record<string, string | undefined> = {};

    before(async function () {
      serverFolder = makeSandbox('transfers-server');
      store = await startOrSkip(this, () => start(serverFolder.root));
      proxy = await startCuttingProxy(store.port);
      large = store.large;
      total = large + SMALL * SMALL_FILES;
      for (const [key, value] of [
        ['LODE_REMOTE_DELAY', '5'],
        ['LODE_DURABILITY', 'off'],
      ] as const) {
        env[key] = process.env[key];
        process.env[key] = value;
      }
    });
    after(async () => {
      for (const [key, value] of Object.entries(env))
        if (value === undefined) delete process.env[key];
        else process.env[key] = value;
      await Promise.all([proxy?.stop(), store?.stop()]);
      serverFolder?.dispose();
    });
    beforeEach(async () => {
      repo = await makeEngineRepo(sandbox());
      store.prepare?.(sandbox().env['HOME'] ?? '', proxy.port);
      const bytes = noise(random, total);
      repo.write('data/large', bytes.subarray(0, large));
      for (let i = 0; i < SMALL_FILES; i++)
        repo.write(`data/${i}`, bytes.subarray(large + i * SMALL, large + (i + 1) * SMALL));
      await repo.add('data');
    });

    /** An empty remote. */
    const newRemote = async (): Promise<void> => {
      const { url, options } = store.remote(proxy.port, `trial-${++folders}`);
      const lines = Object.entries({ url, jobs: String(JOBS), ...options }).map(
        ([key, value]) => `    ${key} = ${value}\n`,
      );
      repo.write('.dvc/config.local', `[core]\n    remote = r\n['remote "r"']\n${lines.join('')}`);
      fs.rmSync(repo.path('.dvc/tmp/lode'), { recursive: true, force: true });
    };
    const forget = (): void => {
      for (const path of ['data', '.dvc/cache', '.dvc/tmp/lode/odb', '.dvc/tmp/lode/state'])
        fs.rmSync(repo.path(path), { recursive: true, force: true });
    };
    const run = (verb: 'push' | 'pull') =>
      repo.open<unknown>((open, ctx) => (verb === 'push' ? push(open, {}, ctx) : pull(open, {}, ctx)));
    /** The same again, as a user would, until it works. */
    const runUntilDone = async (verb: 'push' | 'pull'): Promise<number> => {
      for (let runs = 1; ; runs++) {
        try {
          await run(verb);
          return runs;
        } catch (error) {
          if (runs > CUTS + 1) throw error;
        }
      }
    };
    /** Everything came back: each object of the cache is of its name, each file is there. Says what is left over. */
    const isWhole = (): void => {
      for (const path of fs.readdirSync(repo.path('.dvc/cache/files/md5'), { recursive: true, encoding: 'utf8' })) {
        const file = repo.path('.dvc/cache/files/md5', path);
        if (fs.statSync(file).isFile())
          assert.equal(md5(fs.readFileSync(file)), path.replace('/', '').replace('.dir', ''));
      }
      assert.equal(fs.readdirSync(repo.path('data')).length, SMALL_FILES + 1);
      assert.equal(fs.statSync(repo.path('data/large')).size, large);
      const transfers = repo.path('.dvc/tmp/lode/transfers');
      assert.deepEqual(fs.existsSync(transfers) ? fs.readdirSync(transfers) : [], [], 'nothing is left over');
    };
    const points = (count: number): number[] => Array.from({ length: count }, () => random.int(total));
    const figures = (what: string, cuts: number, again: number[]): void =>
      console.log(
        `      ${what}: ${again.length} trials, ${cuts} cuts; sent again ${mean(again)} MB a trial, at most ${most(again)} (of ${(total / 1e6).toFixed(1)}), seed ${random.seed}`,
      );

    it(`bring everything over, and send little again (${CUT_TRIALS} trials each way)`, async () => {
      for (const verb of ['push', 'pull'] as const) {
        const again: number[] = [];
        let cuts = 0;
        for (let trial = 0; trial < CUT_TRIALS; trial++) {
          if (verb === 'push') await newRemote();
          else forget();
          proxy.arm(points(CUTS));
          await runUntilDone(verb);
          cuts += proxy.cuts;
          again.push(Math.max(0, proxy.passed[verb === 'push' ? 'up' : 'down'] - total));
          proxy.arm([]);
          if (verb === 'pull') isWhole();
          else assert.equal((await repo.open((open, ctx) => push(open, { noIndex: true }, ctx))).pushed, 0);
        }
        // A cut costs the parts that were on their way, and what the network held.
        const most = CUTS * (verb === 'push' ? store.perCut : PULLED_AGAIN);
        assert.ok(Math.max(...again) <= most, `${Math.max(...again)} bytes were sent again`);
        figures(verb, cuts, again);
      }
    });

    it(`go on after a kill where they were (${KILL_TRIALS} trials each way)`, async () => {
      await newRemote();
      for (const verb of ['push', 'pull'] as const) {
        const again: number[] = [];
        for (let trial = 0; trial < KILL_TRIALS; trial++) {
          if (verb === 'push') await newRemote();
          else forget();
          const [program = '', ...args] = lodeCommand();
          const child = spawn(program, [...args, verb, '-q'], {
            cwd: repo.root,
            env: { ...repo.env, LODE_REMOTE_DELAY: '5', LODE_DURABILITY: 'off' },
            stdio: ['ignore', 'pipe', 'pipe'],
          });
          let printed = '';
          child.stdout.on('data', (text) => (printed += text));
          child.stderr.on('data', (text) => (printed += text));
          const ended = new Promise((resolve) => child.once('close', resolve));
          proxy.arm([Math.floor(total * (0.8 + 0.15 * random.next()))], () => child.kill('SIGKILL'));
          await ended;
          assert.equal(proxy.cuts, 1, printed);
          const { up, down } = proxy.passed;
          proxy.arm([]);
          await run(verb);
          again.push(
            Math.max(0, proxy.passed[verb === 'push' ? 'up' : 'down'] + (verb === 'push' ? up : down) - total),
          );
          if (verb === 'pull') isWhole();
          else assert.equal((await repo.open((open, ctx) => push(open, { noIndex: true }, ctx))).pushed, 0);
          for (const secret of store.secrets) assert.ok(!printed.includes(secret));
        }
        const most = verb === 'push' ? store.perCut : KILLED_PULL;
        figures(`${verb}, killed`, again.length, again);
        assert.ok(Math.max(...again) <= most, `${Math.max(...again)} bytes were sent again`);
      }
      const kept = fs.readdirSync(repo.path('.dvc'), { recursive: true, encoding: 'utf8' }).filter((path) => {
        const file = repo.path('.dvc', path);
        if (path === 'config.local' || !fs.statSync(file).isFile()) return false;
        const bytes = fs.readFileSync(file);
        return store.secrets.some((secret) => bytes.includes(secret));
      });
      assert.deepEqual(kept, [], 'the secret is in no file but the one it was put in');
    });
  });

/** Random bytes, quickly. */
function noise(random: Random, length: number): Buffer {
  const bytes = Buffer.alloc(length);
  let state = random.int(2 ** 31) | 1;
  for (let at = 0; at + 4 <= length; at += 4) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    bytes.writeInt32LE(state, at);
  }
  return bytes;
}

const mean = (numbers: readonly number[]): string =>
  (numbers.reduce((sum, number) => sum + number, 0) / numbers.length / 1e6).toFixed(2);
const most = (numbers: readonly number[]): string => (Math.max(...numbers) / 1e6).toFixed(2);
