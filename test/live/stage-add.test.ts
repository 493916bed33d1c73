import assert from 'node:assert/strict';
import { DvcServer, dvcPython } from './support/dvc-server.ts';
import { Lane, stateOf, type Twin } from './support/twins.ts';

/** A command by its words, where ROOT is the repository; or files to be written. */
type Step = readonly string[] | Readonly<Record<string, string>>;

const CASES: Readonly<Record<string, readonly Step[]>> = {
  'outputs whose folder is not there yet': [
    { in: '1\n' },
    ['stage', 'add', '-n', 'a', '-d', 'in', '-o', 'models/deep/m', 'mkdir -p models/deep; cp in models/deep/m'],
    [
      'stage',
      'add',
      '-n',
      'b',
      '-o',
      'here',
      '--outs-persist',
      'new/p',
      '-M',
      'm.json',
      'mkdir new; touch here new/p; echo {} > m.json',
    ],
    ['repro'],
  ],
  'paths of this machine, and of a remote': [
    { in: '1\n', 'params.yaml': 'k: 1\n', '../far/x': 'x\n' },
    ['stage', 'add', '-n', 'a', '-d', 'ROOT/in', '-p', 'ROOT/params.yaml:k', '-o', 'ROOT/out', 'cp in out'],
    ['remote', 'add', 'far', '../far'],
    ['stage', 'add', '-n', 'b', '-d', 'remote://far/x', '-o', 'b', 'echo b > b'],
    ['stage', 'add', '-n', 'c', '-d', 'remote://nosuch/x', '-o', 'c', 'echo c > c'],
    ['repro'],
    ['status', '--json'],
    {
      'dvc.yaml':
        'stages:\n  a:\n    cmd: cp in out\n    deps:\n    - ROOT/in\n    outs:\n    - ROOT/out:\n        persist: true\n',
    },
    ['repro'],
    ['commit', '-f'],
  ],
  'params that hold the same twice': [
    {
      'params.yaml': 'base: &b\n  x: [1, 2]\n  e: {}\na: *b\nc:\n  <<: *b\n  z: 3\n',
      'p.json': '{"n": {"k": [1], "d": {}}}',
      'dvc.yaml': `stages:
  one:
    cmd: echo 1 > one
    params: [base, base.x, a, c, c.e]
    outs: [one]
  two:
    cmd: echo 2 > two
    deps: [one]
    params: [a.x, base.x, p.json: [n, n.k, n.d]]
    outs: [two]
  three:
    cmd: echo 3 > three
    params: [params.yaml: ]
    outs: [three]
`,
    },
    ['repro'],
    { 'params.yaml': 'base: &b\n  x: [1, 2]\n  e: {}\na: *b\nc:\n  <<: *b\n  z: 4\n' },
    ['repro', 'three'],
    ['commit', '-f', 'one'],
    ['remove', 'one'],
  ],
  'a metric that becomes a plot': [
    ['stage', 'add', '-n', 'a', '-M', 'm.json', 'echo "[1]" > m.json'],
    ['repro'],
    ['plots', 'modify', 'm.json', '-x', 'a'],
    ['plots', 'modify', 'm.json', '--unset', 'x'],
  ],
};

describe('stages beside real DVC', function () {
  this.timeout(0);
  let lane: Lane;
  before(function () {
    const python = dvcPython();
    if (python === undefined) {
      console.log('      skipped: LODE_DVC names no real DVC');
      return this.skip();
    }
    const env = { PATH: process.env['PATH'] ?? '', HOME: '/nonexistent', DVC_NO_ANALYTICS: '1' };
    lane = new Lane(new DvcServer(python, env));
  });
  after(() => lane?.dispose());

  for (const [name, steps] of Object.entries(CASES))
    it(`leave the same files: ${name}`, async () => {
      const twins = await lane.pair();
      try {
        for (const step of steps) {
          if (!isCommand(step)) {
            for (const { repo } of [twins.dvc, twins.lode])
              for (const [file, text] of Object.entries(step)) repo.write(file, text.replaceAll('ROOT', repo.root));
            continue;
          }
          const [[theirs], [ours]] = [await run(twins.dvc, step), await run(twins.lode, step)];
          const shown = `${step.join(' ')}\n${ours?.stdout}${ours?.stderr}\nreal DVC: ${theirs?.stdout}${theirs?.stderr}`;
          assert.equal(ours?.code, theirs?.code, shown);
          assert.deepEqual(filesOf(twins.lode), filesOf(twins.dvc), shown);
          if (step.includes('--json'))
            assert.deepEqual(JSON.parse(ours?.stdout ?? ''), JSON.parse(theirs?.stdout ?? ''), shown);
        }
      } finally {
        twins.dispose();
      }
    });
});

const isCommand = (step: Step): step is readonly string[] => Array.isArray(step);

const run = (twin: Twin, words: readonly string[]) =>
  twin.run(words.map((word) => word.replaceAll('ROOT', twin.repo.root)));

/** Without a dvc.yaml that says where it lies. */
const filesOf = (twin: Twin): Map<string, string> =>
  new Map(
    [...stateOf(twin)].filter(([file]) => file !== 'dvc.yaml' || !twin.repo.read(file).includes(twin.repo.root)).sort(),
  );
