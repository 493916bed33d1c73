import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import * as fs from 'node:fs';
import { asOid, type Oid } from '../../../src/engine/core/ids.ts';
import { createOpContext } from '../../../src/engine/core/op-context.ts';
import { VerifyProgress } from '../../../src/engine/objects/verify-progress.ts';
import {
  type CacheVerifyOptions,
  type CacheVerifyResult,
  cacheVerify,
  parseSubset,
} from '../../../src/engine/verbs/cache-verify.ts';
import { push } from '../../../src/engine/verbs/push.ts';
import { remoteAdd } from '../../../src/engine/verbs/remote-add.ts';
import { type EngineRepo, makeEngineRepo, useEngineSandbox } from '../../support/engine-repo.ts';
import { runSeed, seededRandom } from '../../support/random.ts';

describe('cache verify', () => {
  const sandbox = useEngineSandbox('verify');
  let repo: EngineRepo;
  const verify = (options: CacheVerifyOptions = {}): Promise<CacheVerifyResult> =>
    repo.open((open, ctx) => cacheVerify(open, options, ctx));
  const objectPath = (oid: string): string => repo.path('.dvc/cache/files/md5', oid.slice(0, 2), oid.slice(2));
  const damage = (oid: string, change: (bytes: Buffer) => Buffer): void => {
    const file = objectPath(oid);
    const bytes = fs.readFileSync(file);
    fs.chmodSync(file, 0o644);
    fs.writeFileSync(file, change(bytes));
    fs.chmodSync(file, 0o444);
  };
  const flip = (bytes: Buffer): Buffer => Buffer.concat([Buffer.from([(bytes[0] ?? 0) ^ 1]), bytes.subarray(1)]);
  const objects = (): Oid[] =>
    fs
      .readdirSync(repo.path('.dvc/cache/files/md5'))
      .flatMap((fan) => fs.readdirSync(repo.path('.dvc/cache/files/md5', fan)).map((rest) => asOid(fan + rest)))
      .sort();
  const pointerOf = (file: string): string => /md5: (\S+)/.exec(repo.read(file))?.[1] ?? '';
  const withRemote = async (): Promise<void> => {
    remoteAdd({ root: repo.root }, { name: 'store', url: sandbox().path('remote'), asDefault: true }, repo.ctx);
    await repo.open((open, ctx) => push(open, {}, ctx));
  };
  const outcomes = ({ problems }: CacheVerifyResult): string[] =>
    problems
      .map(
        ({ kind, paths, outcome, from }) => `${kind} ${paths.map(({ path }) => path)} ${outcome} ${from?.source ?? ''}`,
      )
      .sort();

  beforeEach(async () => {
    repo = await makeEngineRepo(sandbox());
  });

  it('finds every one of 200 random damages, and nothing else', async function () {
    this.timeout(60_000);
    const random = seededRandom(runSeed());
    for (let i = 0; i < 300; i++)
      repo.write(`data/${i % 7}/f${i}`, Buffer.concat([Buffer.from(`${i} `), random.bytes(random.int(3000))]));
    repo.write('model.bin', random.bytes(200_000));
    await repo.add('data', 'model.bin');
    assert.deepEqual(await verify(), { checked: 302, resumed: 0, problems: [], sound: true });
    const files = objects().filter((oid) => !oid.endsWith('.dir'));
    const hurt = new Map<string, 'corrupt' | 'missing'>();
    while (hurt.size < 200) {
      const oid = random.pick(files);
      if (hurt.has(oid)) continue;
      hurt.set(oid, random.next() < 0.3 ? 'missing' : 'corrupt');
      if (hurt.get(oid) === 'missing') fs.rmSync(objectPath(oid));
      else
        damage(oid, (bytes) => {
          const at = random.int(bytes.length);
          const damaged = Buffer.from(bytes);
          damaged[at] = (damaged[at] ?? 0) ^ (1 << random.int(8));
          return random.pick([damaged, bytes.subarray(0, at), Buffer.concat([bytes, Buffer.from('x')])]);
        });
    }
    const { problems, sound, checked } = await verify();
    const found = new Map<string, string>(problems.map(({ oid, kind }) => [oid, kind]));
    assert.deepEqual([...found].sort(), [...hurt].sort(), `seed ${random.seed}`);
    assert.equal(sound, false);
    assert.equal(checked, 302 - [...hurt.values()].filter((kind) => kind === 'missing').length);
    for (const { paths } of problems) assert.equal(paths.length, 1);
    assert.equal(fs.existsSync(repo.path('.dvc/tmp/lode/quarantine')), false);
  });

  it('repairs from the workspace first, then from the remote, and says what is lost', async () => {
    repo.write('d/a', 'here').write('d/b', 'remote').write('lost', 'nobody has it');
    await repo.add('d');
    await withRemote();
    await repo.add('lost');
    const [a, b, lost] = ['here', 'remote', 'nobody has it'].map((text) => md5(text)) as [string, string, string];
    for (const oid of [a, b, lost]) damage(oid, flip);
    repo.remove('d/b').write('lost', 'changed');
    const result = await verify({ repair: true });
    assert.deepEqual(outcomes(result), ['corrupt d/a healed d/a', 'corrupt d/b healed store', 'corrupt lost lost ']);
    assert.equal(result.sound, false);
    assert.equal(fs.readFileSync(objectPath(a), 'utf8'), 'here');
    assert.equal(fs.readFileSync(objectPath(b), 'utf8'), 'remote');
    assert.equal(fs.existsSync(objectPath(lost)), false);
    assert.equal(fs.readdirSync(repo.path('.dvc/tmp/lode/quarantine')).length, 3);
    assert.deepEqual(outcomes(await verify()), ['missing lost reported ']);
  });

  it('repairs a manifest, and then looks at what it names', async () => {
    repo.write('d/a', 'a').write('d/b', 'b');
    await repo.add('d');
    await withRemote();
    damage(pointerOf('d.dvc'), (bytes) => bytes.subarray(0, 20));
    fs.rmSync(objectPath(md5('b')));
    repo.remove('d');
    assert.deepEqual(outcomes(await verify()), ['corrupt d/ reported ']);
    const result = await verify({ repair: true, targets: ['d'] });
    assert.deepEqual(outcomes(result), ['corrupt d/ healed store', 'missing d/b healed store']);
    assert.equal(result.sound, true);
    assert.equal((await verify()).sound, true);
  });

  it('repairs a manifest from the folder itself', async () => {
    repo.write('d/a', 'a');
    await repo.add('d');
    damage(pointerOf('d.dvc'), flip);
    assert.deepEqual(outcomes(await verify({ repair: true })), ['corrupt d/ healed d']);
  });

  it('sets aside what nothing needs, and is content then', async () => {
    repo.write('f', 'old');
    await repo.add('f');
    repo.write('f', 'new');
    await repo.add('f');
    damage(md5('old'), flip);
    assert.deepEqual(outcomes(await verify({ repair: true })), ['corrupt  set-aside ']);
    assert.equal((await verify()).sound, true);
  });

  it('names the commits that need an object', async () => {
    repo.write('f', 'old');
    await repo.add('f');
    repo.commitAll('one');
    const commit = repo.git('rev-parse', 'HEAD').trim();
    repo.write('f', 'new');
    await repo.add('f');
    repo.commitAll('two');
    damage(md5('old'), flip);
    const { problems } = await verify({ scope: { allCommits: true } });
    assert.deepEqual(
      problems.map(({ paths }) => paths),
      [[{ path: 'f', rev: commit }]],
    );
  });

  it('looks only at what the targets need', async () => {
    repo.write('f', 'f').write('d/a', 'a').write('d/b', 'b');
    await repo.add('f', 'd');
    for (const text of ['f', 'a', 'b']) damage(md5(text), flip);
    assert.deepEqual(outcomes(await verify({ targets: ['d/a'] })), ['corrupt d/a reported ']);
  });

  it('takes up an interrupted run, and looks again at what it had found', async function () {
    this.timeout(60_000);
    for (let i = 0; i < 2500; i++) repo.write(`d/f${i}`, `${i}`);
    await repo.add('d');
    const [first, last] = [
      objects().find((oid) => !oid.endsWith('.dir'))!,
      objects()
        .filter((oid) => !oid.endsWith('.dir'))
        .at(-1)!,
    ];
    for (const oid of [first, last]) damage(oid, flip);
    process.env['LODE_IO_THREADS'] = '0'; // The least number of objects between two savings.
    const { save } = VerifyProgress.prototype;
    try {
      const abort = new AbortController();
      const progress = repo.path('.dvc/tmp/lode/verify-md5.json');
      const ctx = createOpContext({ cwd: repo.root, signal: abort.signal });
      VerifyProgress.prototype.save = function (verified) {
        save.call(this, verified);
        abort.abort();
      };
      await assert.rejects(
        repo.open((open) => cacheVerify(open, {}, ctx)),
        { code: 'cancelled' },
      );
      const saved: unknown = JSON.parse(fs.readFileSync(progress, 'utf8'));
      const resumed = await verify();
      assert.equal(resumed.resumed, 1000, JSON.stringify(saved));
      assert.ok(resumed.checked < 2501 - resumed.resumed + 100);
      assert.deepEqual(new Set(resumed.problems.map(({ oid }) => oid)), new Set([first, last]));
      assert.equal(fs.existsSync(progress), false);
      assert.equal((await verify()).resumed, 0);
    } finally {
      VerifyProgress.prototype.save = save;
      delete process.env['LODE_IO_THREADS'];
    }
  });

  it('splits the objects into parts that make up the whole', async () => {
    for (let i = 0; i < 50; i++) repo.write(`d/f${i}`, `${i}`);
    await repo.add('d');
    let total = 0;
    for (let part = 1; part <= 4; part++) total += (await verify({ subset: { part, of: 4 } })).checked - 1;
    assert.equal(total, 50);
    assert.deepEqual(parseSubset('2/5'), { part: 2, of: 5 });
    for (const wrong of ['0/5', '6/5', '1', 'a/b', '1/0', '-1/5'])
      assert.throws(() => parseSubset(wrong), { code: 'usage' });
  });
});

const md5 = (text: string): string => createHash('md5').update(text).digest('hex');
