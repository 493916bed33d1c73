import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import * as fs from 'node:fs';
import { runSync } from '../support/cli.ts';
import { runSeed, seededRandom } from '../support/random.ts';
import { LONG } from './support/sweep.ts';
import { TrialWorld } from './support/world.ts';

/** Trials in all; `npm run faults` may take its time. */
const KILLS = Number(process.env['LODE_EXP_KILLS'] ?? (LONG ? 1000 : 200));
const WORLDS = 2;

/** What only the user has, changed and not committed: it has to be somewhere after every kill. */
const PARAMS = 'lr: 0.25 # mine\nwidth: 3\n';
const STAGED = 'staged by the user\n';
const NOTE = 'a file nobody tracks\n';
const DATA = 'x\n1\n2\nmine\n';
const WANTED_BY_APPLY = 'untracked here, tracked in the experiment\n';

interface KillScenario {
  readonly name: string;
  readonly argv: readonly string[];
  prepare(world: TrialWorld): Promise<void>;
  /** What has to work afterwards, on top of what always has to. */
  after(world: TrialWorld): Promise<readonly string[]>;
}

async function begin(world: TrialWorld): Promise<void> {
  world.reset();
  await world.lode('init', '-q');
  world.write('params.yaml', 'lr: 0.1\nwidth: 3\n');
  world.write('data.csv', 'x\n1\n');
  await world.lode('add', '-q', 'data.csv');
  world.write(
    'dvc.yaml',
    'stages:\n  train:\n    cmd: cat params.yaml data.csv > model.txt; cp params.yaml m.yaml\n    deps:\n    - data.csv\n    params:\n    - lr\n    outs:\n    - model.txt\n    metrics:\n    - m.yaml:\n        cache: false\n',
  );
  await world.lode('repro', '-q');
  world.git('add', '-A');
  world.git('commit', '-qm', 'base');
}

function changeThings(world: TrialWorld): void {
  world.write('params.yaml', PARAMS);
  world.write('staged.txt', STAGED);
  world.git('add', 'staged.txt');
  world.write('note.txt', NOTE);
  world.write('data.csv', DATA);
}

const SCENARIOS: readonly KillScenario[] = [
  {
    name: 'exp run',
    argv: ['exp', 'run', '-n', 'new', '-S', 'lr=0.75', '-S', '+extra=[1]'],
    async prepare(world) {
      await begin(world);
      changeThings(world);
    },
    after: (world) => works(world, ['exp', 'run', '-f', '-n', 'new', '-S', 'lr=0.75', '-S', '++extra=[1]']),
  },
  {
    name: 'exp apply',
    argv: ['exp', 'apply', 'made'],
    async prepare(world) {
      await begin(world);
      world.write('wanted.txt', 'of the experiment\n');
      world.git('add', 'wanted.txt');
      await world.lode('exp', 'run', '-n', 'made', '-S', 'lr=0.5');
      world.git('reset', '-q', '--hard');
      world.write('wanted.txt', WANTED_BY_APPLY);
      await world.lode('checkout', '-q', '-f');
      changeThings(world);
    },
    after: (world) => works(world, ['exp', 'apply', 'made'], ['exp', 'apply', '--undo']),
  },
  {
    name: 'queue start',
    argv: ['queue', 'start', '--foreground'],
    async prepare(world) {
      await begin(world);
      changeThings(world);
      await world.lode('exp', 'run', '--queue', '-n', 'q', '-S', 'lr=0.3,0.4');
    },
    async after(world) {
      const problems = await works(world, ['queue', 'start', '--foreground']);
      return [...problems, ...queueProblems(world)];
    },
  },
];

const gitIn = (world: TrialWorld, ...args: string[]): string => {
  const { code, stdout, stderr } = runSync(['git'], args, { cwd: world.repo, env: world.sandbox.env });
  if (code !== 0) throw new Error(`git ${args.join(' ')}: ${stderr}`);
  return stdout;
};

async function works(world: TrialWorld, ...commands: readonly (readonly string[])[]): Promise<string[]> {
  const problems: string[] = [];
  for (const argv of commands) {
    const { code, stderr, hung } = await world.host.run(world.repo, argv, { roots: world.roots });
    if (code !== 0) problems.push(`${argv.join(' ')} ${hung ? 'hangs' : `exits ${code}: ${stderr}`}`);
  }
  return problems;
}

/** Each of the two entries has become an experiment, or says why not. */
function queueProblems(world: TrialWorld): string[] {
  const folder = world.path('.dvc/tmp/lode/queue/entries');
  const entries = fs
    .readdirSync(folder)
    .filter((name) => name.endsWith('.json'))
    .map(
      (name) =>
        JSON.parse(fs.readFileSync(`${folder}/${name}`, 'utf8')) as { name: string; state: string; ref: string },
    );
  const refs = gitIn(world, 'for-each-ref', '--format=%(refname)', 'refs/exps');
  const problems = entries.length === 2 ? [] : [`${entries.length} entries`];
  for (const { name, state, ref } of entries) {
    if (state === 'queued') problems.push(`${name} still waits`);
    if (state === 'success' && !refs.includes(ref)) problems.push(`${name} has no ref`);
  }
  return problems;
}

/** The user's own is in the workspace, or in a snapshot, or in the cache. */
function lostWork(world: TrialWorld, untracked: boolean): string[] {
  const snapshots = gitIn(world, 'for-each-ref', '--format=%(refname)', 'refs/lode/snapshots')
    .split('\n')
    .filter(Boolean);
  const kept = new Set(snapshots.flatMap((ref) => gitIn(world, 'ls-tree', '-r', ref).match(/[0-9a-f]{40}/g) ?? []));
  const blob = (text: string): string =>
    createHash('sha1')
      .update(`blob ${Buffer.byteLength(text)}\0${text}`)
      .digest('hex');
  const there = (file: string): string | undefined =>
    fs.existsSync(world.path(file)) ? fs.readFileSync(world.path(file), 'utf8') : undefined;
  const lost: string[] = [];
  const files: [string, string][] = [
    ['params.yaml', PARAMS],
    ['staged.txt', STAGED],
    ['note.txt', NOTE],
  ];
  if (untracked) files.push(['wanted.txt', WANTED_BY_APPLY]);
  for (const [file, text] of files) if (there(file) !== text && !kept.has(blob(text))) lost.push(`${file} is lost`);
  const md5 = createHash('md5').update(DATA).digest('hex');
  if (
    there('data.csv') !== DATA &&
    !fs.existsSync(world.path(`.dvc/cache/files/md5/${md5.slice(0, 2)}/${md5.slice(2)}`))
  )
    lost.push('data.csv is lost');
  return lost;
}

/** Whatever happened: HEAD has not moved, every ref leads to a commit whose files are there, and the table can be read. */
async function alwaysWrong(world: TrialWorld, head: string): Promise<string[]> {
  const problems: string[] = [];
  if (`${gitIn(world, 'symbolic-ref', 'HEAD')}${gitIn(world, 'rev-parse', 'HEAD')}` !== head)
    problems.push('HEAD has moved');
  const refs = gitIn(world, 'for-each-ref', '--format=%(refname)').split('\n').filter(Boolean);
  for (const ref of refs)
    if (ref.startsWith('refs/exps/') && !/^refs\/exps\/([0-9a-f]{2}\/[0-9a-f]{38}\/[^/]+|exec\/EXEC_APPLY)$/.test(ref))
      problems.push(`${ref} is none of DVC's`);
  const { code, stderr } = runSync(['git'], ['rev-list', '--objects', '--quiet', '--all'], {
    cwd: world.repo,
    env: world.sandbox.env,
  });
  if (code !== 0) problems.push(`refs lead nowhere: ${stderr}`);
  return [...problems, ...(await works(world, ['exp', 'show', '--json']))];
}

describe('a kill in experiments', function () {
  this.timeout(0);
  const random = seededRandom(runSeed());
  let worlds: TrialWorld[];
  before(() => {
    worlds = Array.from({ length: WORLDS }, () => new TrialWorld());
    console.log(`      seed ${random.seed}`);
  });
  after(() => {
    for (const world of worlds) world.dispose();
  });

  for (const scenario of SCENARIOS)
    it(`loses nothing, and leaves refs, workspace and queue valid, in ${scenario.name}`, async () => {
      const failures: string[] = [];
      const head = new Map<TrialWorld, string>();
      let ops = 0;
      await Promise.all(
        worlds.map(async (world) => {
          await scenario.prepare(world);
          head.set(world, `${gitIn(world, 'symbolic-ref', 'HEAD')}${gitIn(world, 'rev-parse', 'HEAD')}`);
          world.keep();
          const whole = await world.host.run(world.repo, scenario.argv, { roots: world.roots });
          assert.equal(whole.code, 0, whole.stderr);
          ops = Math.max(ops, whole.ops);
        }),
      );
      let left = Math.ceil(KILLS / SCENARIOS.length);
      let [tried, killed] = [0, 0];
      await Promise.all(
        worlds.map(async (world) => {
          while (left-- > 0 && failures.length < 3) {
            const killAt = 1 + Math.floor(random.next() * ops);
            world.restore();
            const outcome = await world.host.run(world.repo, scenario.argv, { roots: world.roots, killAt });
            tried++;
            if (outcome.killed) killed++;
            const lost = lostWork(world, scenario.name === 'exp apply');
            const problems = [...lost, ...(await alwaysWrong(world, head.get(world) ?? ''))];
            // What comes next costs more than the trial: unless there is time, a third of them show it as well.
            if (LONG || tried % 3 === 0) problems.push(...(await scenario.after(world)));
            if (problems.length > 0) failures.push(`killed at ${killAt} of ${ops}:\n  ${problems.join('\n  ')}`);
          }
        }),
      );
      console.log(
        `      ${scenario.name}: ${tried} trials, ${killed} killed within ${ops} operations, ${failures.length} failures`,
      );
      assert.deepEqual(failures, [], failures.join('\n'));
    });
});
