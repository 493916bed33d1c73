/* biome-ignore-all lint/suspicious/noTemplateCurlyInString: configurations have them. */
import assert from 'node:assert/strict';
import { snapshot } from '../support/checker.ts';
import type { RepoBuilder } from '../support/repo-builder.ts';
import { DvcServer, dvcPython } from './support/dvc-server.ts';
import { Lane, type Twins } from './support/twins.ts';

const TRAIN = `lr=$(sed -n 's/^lr: \\([0-9.]*\\).*/\\1/p' params.yaml)
cat raw.txt > model.txt
echo "lr $lr" >> model.txt
echo "{\\"acc\\": $lr, \\"n\\": {\\"steps\\": 3}}" > metrics.json
`;
const PIPELINE = `stages:
  train:
    cmd: sh train.sh
    deps:
    - raw.txt
    - train.sh
    params:
    - lr
    - net.width
    outs:
    - model.txt
    metrics:
    - metrics.json:
        cache: false
        meta:
          direction: {acc: max}
  report:
    cmd: cat model.txt metrics.json > report.txt
    deps:
    - model.txt
    - metrics.json
    outs:
    - report.txt
`;

function makePipeline(repo: RepoBuilder): void {
  repo
    .write('raw.txt', 'pear\napple\n')
    .write('train.sh', TRAIN)
    .write('params.yaml', 'lr: 0.1  # the rate\nnet:\n    width: 8\n')
    .write('dvc.yaml', PIPELINE);
}

const ENVIRONMENT = `stages:
  a:
    cmd: env | grep -E '^DVC_(EXP|ROOT|STAGE|STUDIO)' | sort > env.txt
    params:
    - p
    outs:
    - env.txt
`;

/** What a command does to both, what is edited before it, and who carries it out where not each side its own tool. */
interface Step {
  readonly argv: readonly string[];
  readonly edit?: (repo: RepoBuilder) => void;
}

const STEPS: readonly Step[] = [
  { argv: ['exp', 'run', '-n', 'one', '-S', 'lr=0.5'] },
  { argv: ['exp', 'run', '-n', 'two', '-S', 'net.width=16', '-S', '+net.deep=[1,2]', '-m', 'by hand'] },
  { argv: ['exp', 'run', '-n', 'one', '-S', 'lr=0.9'] },
  { argv: ['exp', 'run', '-n', 'bad', '-S', 'nope=1'] },
  {
    edit: (repo) => {
      repo.write('raw.txt', 'kiwi\n').write('note.txt', 'of the user\n').write('staged.txt', 'staged\n');
      repo.git('add', 'staged.txt');
    },
    argv: ['exp', 'run', '-n', 'elsewhere', '--temp', '-S', 'lr=0.7'],
  },
  { argv: ['exp', 'run', '-n', 'edited'] },
  {
    edit: (repo) => void repo.write('params.yaml', 'lr: 0.8\nnet:\n  width: 2\n'),
    argv: ['exp', 'save', '-n', 'saved', '-I', 'note.txt'],
  },
  { argv: ['exp', 'apply', 'one'] },
  { argv: ['exp', 'branch', 'two', 'from-two'] },
  { argv: ['exp', 'rename', 'elsewhere', 'away'] },
  {
    edit: (repo) => void repo.write('extra.yaml', 'a: 1\n'),
    argv: ['exp', 'run', '-n', 'extra', '-S', 'extra.yaml:a=2', '-S', 'lr=0.6'],
  },
  {
    edit: (repo) => void repo.write('more.yaml', 'a: 1\n'),
    argv: ['exp', 'run', '-n', 'more', '--temp', '-S', 'more.yaml:a=2'],
  },
  { argv: ['exp', 'save', '-n', 'chosen', 'train'] },
  { argv: ['exp', 'remove', 'edited', 'edited', 'extra'] },
];

/** Params come from a Hydra configuration here. */
const HYDRA_STEPS: readonly Step[] = [
  { argv: ['exp', 'run', '-n', 'composed'] },
  { argv: ['exp', 'run', '-n', 'chosen', '-S', 'net=wide', '-S', 'lr=0.5'] },
  { argv: ['exp', 'run', '-n', 'beside', '--temp', '-S', 'net=wide', '-S', '+net.deep=[1]'] },
  { argv: ['exp', 'run', '-n', 'plain', '--no-hydra', '-S', 'lr=0.7'] },
  { argv: ['exp', 'run', '-n', 'bad', '-S', 'net=huge'] },
];
const makeHydra = (repo: RepoBuilder): void => {
  makePipeline(repo);
  repo
    .remove('params.yaml')
    .write('conf/config.yaml', 'defaults:\n- net: small\n- _self_\nlr: 1e-1\nhalf: ${net.width}/2\n')
    .write('conf/net/small.yaml', 'width: 8\n')
    .write('conf/net/wide.yaml', 'width: 0x40\n')
    .write('.dvc/config', `${repo.read('.dvc/config')}[hydra]\n    enabled = true\n`);
};

/** Refs of experiments and branches, each with its message and its files; DVC's own refs beside them are its own. */
function refsOf(repo: RepoBuilder): string {
  const refs = repo
    .git('for-each-ref', '--format=%(refname)', 'refs/exps', 'refs/heads')
    .split('\n')
    .filter((ref) => /^refs\/(heads\/|exps\/[0-9a-f]{2}\/)/.test(ref));
  return refs
    .map((ref) => {
      const files = repo.git('ls-tree', '-r', ref).replace(/.*\.dvc\/tmp\/repro\.dat\n/, '');
      return `${ref.replace(/[0-9a-f]{2}\/[0-9a-f]{38}/, 'BASELINE')}\n${repo.git('log', '-1', '--format=%B', ref)}${files}`;
    })
    .join('\n');
}

const stateOf = (repo: RepoBuilder): unknown => ({
  refs: refsOf(repo),
  status: repo.git('status', '--porcelain', '-uall'),
  head: repo.git('symbolic-ref', 'HEAD'),
  files: [...snapshot(repo.root)]
    .filter(([path]) => !/^\.(git|dvc)\//.test(path))
    .map(([path, { md5 }]) => [path, md5]),
});

describe('experiments beside real DVC', function () {
  this.timeout(0);
  let lane: Lane;
  let twins: Twins;
  before(async function () {
    const python = dvcPython();
    if (python === undefined) {
      console.log('      skipped: LODE_DVC names no real DVC');
      this.skip();
    }
    lane = new Lane(
      new DvcServer(python, { PATH: process.env['PATH'] ?? '', HOME: '/nonexistent', DVC_NO_ANALYTICS: '1' }),
      // DVC reads no other form of a date.
      { GIT_AUTHOR_DATE: '1735689600 +0000', GIT_COMMITTER_DATE: '1735689600 +0000' },
    );
    twins = await lane.pair();
    twins.both(makePipeline);
    for (const side of [twins.dvc, twins.lode]) await side.run(['repro', '-q']);
    twins.both((repo) => void repo.commitAll('pipeline'));
  });
  after(() => lane?.dispose());

  for (const { argv, edit } of STEPS)
    it(`${argv.join(' ')} leaves the same commits, refs, index and files`, async () => {
      if (edit) twins.both(edit);
      const [[dvc], [lode]] = [await twins.dvc.run(argv), await twins.lode.run(argv)];
      assert.equal(lode?.code === 0, dvc?.code === 0, `DVC: ${dvc?.stderr}\nLode: ${lode?.stderr}`);
      assert.deepEqual(stateOf(twins.lode.repo), stateOf(twins.dvc.repo));
    });

  it('params of a Hydra configuration leave the same, too', async () => {
    const pair = await lane.pair();
    pair.both((repo) => makeHydra(repo));
    pair.both((repo) => void repo.commitAll('pipeline'));
    for (const { argv } of HYDRA_STEPS) {
      const [[dvc], [lode]] = [await pair.dvc.run(argv), await pair.lode.run(argv)];
      assert.equal(lode?.code, dvc?.code, `${argv.join(' ')}\nDVC: ${dvc?.stderr}\nLode: ${lode?.stderr}`);
      assert.deepEqual(stateOf(pair.lode.repo), stateOf(pair.dvc.repo), argv.join(' '));
    }
  });

  it('shows what the other has made, byte for byte, and takes it up', async () => {
    const { repo } = twins.dvc; // Made by DVC; from here on both work on it.
    const asLode = async (...argv: string[]) => (await lane.host.run(repo.root, argv, { roots: [] })) ?? {};
    await asLode('exp', 'run', '-n', 'mixed', '-S', 'lr=0.3');
    for (const argv of [
      ['exp', 'show', '--json'],
      ['exp', 'show', '--csv', '-A'],
      ['exp', 'show', '--json', '-A', '--param-deps'],
      ['exp', 'show', '--md', '--only-changed', '--sort-by', 'acc'],
      ['exp', 'list', '-A'],
      ['exp', 'list', '--sha-only'],
      ['exp', 'diff', 'mixed', 'one', '--json'],
    ]) {
      const [dvc] = await twins.dvc.run(argv);
      const lode = await asLode(...argv);
      // DVC lists refs in no order.
      const shown = (text = '') =>
        argv[1] === 'list' ? text.split('\n').sort().join('\n') : text.replaceAll('\r', '');
      assert.equal(shown(lode.stdout), shown(dvc?.stdout), argv.join(' '));
    }
    const [applied] = await twins.dvc.run(['exp', 'apply', 'mixed']);
    assert.equal(applied?.code, 0, applied?.stderr);
    assert.equal(repo.read('params.yaml').split('\n')[0], 'lr: 0.3  # the rate');
  });

  it('shares experiments through the same Git remote', async () => {
    const { repo } = twins.dvc;
    repo.git('init', '-q', '--bare', '-b', 'main', '../shared.git');
    repo.git('remote', 'add', 'origin', '../shared.git');
    const asLode = async (...argv: string[]) => await lane.host.run(repo.root, argv, { roots: [] });
    const pushed = await asLode('exp', 'push', 'origin', 'mixed');
    assert.equal(pushed.code, 0, pushed.stderr);
    const [second] = await twins.dvc.run(['exp', 'push', 'origin', 'mixed', 'one']);
    assert.equal(second?.code, 0, second?.stderr);
    await asLode('exp', 'remove', 'one', 'mixed');
    const pulled = await asLode('exp', 'pull', 'origin', 'one');
    assert.equal(pulled.code, 0, pulled.stderr);
    const [other] = await twins.dvc.run(['exp', 'pull', 'origin', 'mixed']);
    assert.equal(other?.code, 0, other?.stderr);
    const [dvc] = await twins.dvc.run(['exp', 'list', 'origin', '--name-only']);
    const listed = (await asLode('exp', 'list', 'origin', '--name-only')).stdout;
    assert.deepEqual(listed.split('\n').sort(), dvc?.stdout.split('\n').sort());
  });

  it('gives commands the same environment, and sends what they made by itself to the same places', async () => {
    const pair = await lane.pair();
    pair.both((repo) => {
      repo.git('init', '-q', '--bare', '-b', 'main', '../shared.git');
      repo.git('remote', 'add', 'origin', '../shared.git');
      repo.write('dvc.yaml', ENVIRONMENT).write('params.yaml', 'p: 1\n').commitAll('environment');
      // Nobody listens there: DVC gives up at once.
      repo.write(
        '.dvc/config.local',
        '[exp]\n    auto_push = true\n[studio]\n    token = t0ken\n    url = http://127.0.0.1:9\n',
      );
    });
    const argv = ['exp', 'run', '-n', 'sent', '-S', 'p=2'];
    const sides = [pair.dvc, pair.lode];
    const [dvc, lode] = await Promise.all(
      sides.map(async (side) => {
        const [answer] = await side.run(argv);
        assert.equal(answer?.code, 0, answer?.stderr);
        assert.match(answer?.stdout ?? '', /Pushing experiment to 'origin'/);
        const { repo, remote } = side;
        return {
          env: repo.read('env.txt').replaceAll(repo.root, 'ROOT'),
          refs: repo.git('ls-remote', 'origin').replaceAll(/^[0-9a-f]{40}/gm, 'COMMIT'),
          // Their names hold a hash of what was printed, which names the folder.
          runs: [...snapshot(remote).keys()].flatMap((path) => /^runs\/\w+\/\w+(?=\/\w+$)/.exec(path) ?? []),
        };
      }),
    );
    assert.match(lode!.env, /DVC_STUDIO_TOKEN=t0ken/);
    assert.match(lode!.refs, /refs\/exps\/.*\/sent/);
    assert.deepEqual(lode, dvc);
    const own = [...snapshot(sides[1]!.remote).keys()];
    assert.ok(own.some((path) => /^files\/md5\/\w\w\/\w{30}$/.test(path)) && lode!.runs.length === 1, String(own));
  });
});
