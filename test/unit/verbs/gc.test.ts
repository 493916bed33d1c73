import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import * as fs from 'node:fs';
import { dirname } from 'node:path';
import { asOid } from '../../../src/engine/core/ids.ts';
import { createOpContext, type OpContext } from '../../../src/engine/core/op-context.ts';
import { planRemoteSweep } from '../../../src/engine/odb/gc.ts';
import { RemoteOdb } from '../../../src/engine/odb/remote-odb.ts';
import type { ContentHash } from '../../../src/engine/platform/digest.ts';
import { OidSet } from '../../../src/engine/platform/oid-set.ts';
import { memoryBackend } from '../../../src/engine/remote/memory.ts';
import { fromBuffer } from '../../../src/engine/remote/streams.ts';
import { type GcOptions, type GcResult, gc } from '../../../src/engine/verbs/gc.ts';
import { push } from '../../../src/engine/verbs/push.ts';
import { remoteAdd } from '../../../src/engine/verbs/remote-add.ts';
import { type EngineRepo, engineRepo, makeEngineRepo, useEngineSandbox } from '../../support/engine-repo.ts';
import { openRepo } from '../../support/repo-builder.ts';
import { makeSandbox } from '../../support/sandbox.ts';

const md5 = (text: string): string => createHash('md5').update(text).digest('hex');
/** The directory object of one file `x`. */
const folderOid = (text: string): string => `${md5(`[{"md5": "${md5(text)}", "relpath": "x"}]`)}.dir`;

describe('gc', () => {
  const sandbox = useEngineSandbox('gc');
  const template = makeSandbox('gc-template');
  after(() => template.dispose());
  let repo: EngineRepo;
  const run = (options: GcOptions, more: Partial<OpContext> = {}): Promise<GcResult> =>
    repo.open((open, ctx) => gc(open, { force: true, ...options }, { ...ctx, ...more }));
  const objectsBelow = (folder: string): string[] =>
    fs.existsSync(folder)
      ? fs
          .readdirSync(folder)
          .filter((fan) => /^[0-9a-f]{2}$/.test(fan))
          .flatMap((fan) => fs.readdirSync(`${folder}/${fan}`).map((rest) => fan + rest))
          .sort()
      : [];
  const cached = (): string[] => objectsBelow(repo.path('.dvc/cache/files/md5'));
  const onRemote = (): string[] => objectsBelow(sandbox().path('remote/files/md5'));
  const filesOf = (...versions: string[]): string[] => versions.map((version) => md5(`f ${version}`));
  const foldersOf = (...versions: string[]): string[] =>
    versions.flatMap((version) => [md5(`d ${version}`), folderOid(`d ${version}`)]);
  const all = (...versions: string[]): string[] => [...filesOf(...versions), ...foldersOf(...versions)].sort();
  const object = (oid: string): string => repo.path('.dvc/cache/files/md5', oid.slice(0, 2), oid.slice(2));

  async function version(name: string): Promise<void> {
    repo.write('f', `f ${name}`).write('d/x', `d ${name}`);
    await repo.add('f', 'd');
  }

  /** `one` is tagged, `two` on a branch of its own, `three` the parent of HEAD, `four` HEAD, `five` in the workspace alone. */
  beforeEach(async function () {
    this.timeout(20_000);
    if (fs.existsSync(template.path('repo'))) {
      fs.cpSync(template.path('repo'), sandbox().path('repo'), { recursive: true, verbatimSymlinks: true });
      repo = engineRepo(openRepo(sandbox().path('repo'), sandbox().env));
    } else await build();
    // What the collection finds has to be older than its beginning.
    await new Promise((resume) => setTimeout(resume, 30));
  });

  async function build(): Promise<void> {
    repo = await makeEngineRepo(sandbox());
    for (const name of ['one', 'two', 'three', 'four']) {
      await version(name);
      repo.commitAll(name);
      if (name === 'one') repo.git('tag', 'v1');
      if (name === 'two') repo.git('branch', 'side');
    }
    await version('five');
    fs.cpSync(repo.root, template.path('repo'), { recursive: true, verbatimSymlinks: true });
  }

  const scopes: readonly [name: string, options: GcOptions, kept: string[]][] = [
    ['the workspace', { workspace: true }, ['five']],
    ['the workspace and branches', { allBranches: true }, ['two', 'four', 'five']],
    ['two commits of each branch', { allBranches: true, num: 2 }, ['one', 'two', 'three', 'four', 'five']],
    ['tags', { allTags: true }, ['one', 'five']],
    ['branches and tags', { allBranches: true, allTags: true }, ['one', 'two', 'four', 'five']],
    ['a revision', { rev: 'HEAD~1' }, ['three', 'five']],
    ['a revision and those before it', { rev: 'HEAD', num: 2 }, ['three', 'four', 'five']],
    ['all commits', { allCommits: true }, ['one', 'two', 'three', 'four', 'five']],
    ['commits since a day long ago', { date: '2000-01-01' }, ['one', 'two', 'three', 'four', 'five']],
    ['commits since a day to come', { date: '2100-01-01' }, ['five']],
    ['experiments, of which there are none', { allExperiments: true }, ['five']],
  ];
  for (const [name, options, kept] of scopes)
    it(`keeps what is used by ${name}`, async () => {
      const before = cached();
      const { swept } = await run(options);
      assert.deepEqual(cached(), all(...kept));
      assert.equal(swept[0]?.removed, before.length - cached().length);
    });

  const refused: readonly [name: string, options: GcOptions, expected: RegExp][] = [
    ['no scope', {}, /Either of `-w\|--workspace`/],
    ['a number without what it counts', { workspace: true, num: 2 }, /`--num` can only be used alongside/],
    ['both remote options', { workspace: true, cloud: true, notInRemote: true }, /mutually exclusive/],
    ['a day that is none', { date: '2020-13-45' }, /is not a date/],
    ['an unknown revision', { rev: 'nosuch' }, /unknown Git revision 'nosuch'/],
    ['an unknown remote', { workspace: true, cloud: true, remote: 'nosuch' }, /nosuch/],
    ['no remote at all', { workspace: true, cloud: true }, /no remote specified/],
    ['a project that is none', { workspace: true, projects: ['..'] }, /not inside of a DVC repository/],
  ];
  for (const [name, options, expected] of refused)
    it(`refuses ${name} and deletes nothing`, async () => {
      const before = cached();
      await assert.rejects(run(options), expected);
      assert.deepEqual(cached(), before);
    });

  it('asks with the scope, and stops when the answer is no', async () => {
    const before = cached();
    const said: string[] = [];
    const result = await run(
      { force: false, allBranches: true, allTags: true },
      { emit: (event) => event.type === 'said' && said.push(event.text), confirm: async () => false },
    );
    assert.deepEqual([result.confirmed, result.swept, cached()], [false, [], before]);
    assert.deepEqual(said, [
      'This will remove all cache except items used in the workspace and all git branches and tags of the current repo.',
    ]);
  });

  it('lists in a dry run, without asking and deleting', async () => {
    const before = cached();
    const { swept } = await run({ force: false, dry: true, allBranches: true });
    assert.deepEqual(cached(), before);
    const unused = all('one', 'three').map(object);
    assert.deepEqual(swept[0]?.paths.toSorted(), unused.toSorted());
    assert.equal(
      swept[0]?.bytes,
      unused.reduce((sum, file) => sum + fs.statSync(file).size, 0),
    );
  });

  it('leaves the run cache and stray files alone', async () => {
    const run1 = `.dvc/cache/runs/ab/${'ab'.repeat(32)}/${'cd'.repeat(32)}`;
    repo.write(run1, 'cmd: x\n').write('.dvc/cache/files/md5/ab/README', 'hello').write('.dvc/cache/other/x', 'x');
    await run({ workspace: true });
    assert.deepEqual(
      [repo.read(run1), repo.read('.dvc/cache/files/md5/ab/README'), repo.read('.dvc/cache/other/x')],
      ['cmd: x\n', 'hello', 'x'],
    );
  });

  it('removes unpacked folders of DVC 1 with their directory objects', async () => {
    const folder = `.dvc/cache/files/md5/${folderOid('d one').slice(0, 2)}/${folderOid('d one').slice(2)}.unpacked`;
    repo.write(`${folder}/x`, 'd one');
    await run({ workspace: true });
    assert.equal(repo.exists(folder), false);
  });

  it('sweeps objects of DVC 2 by themselves', async () => {
    const used = md5('legacy');
    for (const oid of [used, md5('unused')]) repo.write(`.dvc/cache/${oid.slice(0, 2)}/${oid.slice(2)}`, '');
    repo.write('old.dvc', `outs:\n- md5: ${used}\n  path: old\n`);
    await new Promise((resume) => setTimeout(resume, 30));
    const { swept } = await run({ workspace: true });
    assert.deepEqual(objectsBelow(repo.path('.dvc/cache')), [used]);
    assert.deepEqual(
      swept.map(({ where, removed }) => [where, removed]),
      [
        ['repo', 12],
        ['legacy', 1],
      ],
    );
  });

  it('keeps each file of a directory that a cloud keeps versions of', async () => {
    repo.write('c.dvc', `outs:\n- hash: md5\n  path: c\n  files:\n  - relpath: x\n    md5: ${md5('d one')}\n`);
    await run({ workspace: true });
    assert.deepEqual(cached(), [...all('five'), ...foldersOf('one')].sort());
  });

  it('keeps what came after it began', async () => {
    const late = md5('late');
    const { swept } = await run(
      { workspace: true },
      {
        emit(event) {
          if (event.type !== 'said' || fs.existsSync(object(late))) return;
          fs.mkdirSync(dirname(object(late)), { recursive: true });
          fs.writeFileSync(object(late), 'late');
        },
      },
    );
    assert.equal(cached().includes(late), true);
    assert.equal(swept[0]?.removed, 12);
  });

  describe('stops with nothing deleted', () => {
    it('where a stage file of the workspace cannot be read, skip-failed or not', async () => {
      const before = cached();
      repo.write('torn.dvc', '');
      for (const skipFailed of [false, true])
        await assert.rejects(run({ workspace: true, skipFailed }), /Failed to collect 'workspace'/);
      assert.deepEqual(cached(), before);
    });

    it('where one of a revision cannot be read', async () => {
      repo.write('torn.dvc', 'outs: [').commitAll('torn').remove('torn.dvc').commitAll('again');
      const before = cached();
      await assert.rejects(run({ allCommits: true }), { code: 'invalid-file' });
      assert.deepEqual(cached(), before);
      await run({ allCommits: true, skipFailed: true });
      assert.deepEqual(cached(), before, 'the rest of the revision counts');
    });

    it('where the list of a used directory is missing or damaged, unless forced', async () => {
      const list = object(folderOid('d five'));
      const { length } = cached();
      fs.chmodSync(list, 0o644);
      fs.writeFileSync(list, '[]');
      await assert.rejects(
        run({ workspace: true, force: false }, { confirm: async (text) => text.startsWith('Are you sure') }),
        {
          code: 'object-missing',
        },
      );
      fs.rmSync(list);
      await assert.rejects(
        run({ workspace: true, force: false }, { confirm: async (text) => text.startsWith('Are you sure') }),
        {
          code: 'object-missing',
        },
      );
      assert.equal(cached().length, length - 1);
      await run({ workspace: true });
      assert.deepEqual(cached(), filesOf('five'));
    });

    it('when it is cancelled', async () => {
      const before = cached();
      await assert.rejects(run({ workspace: true }, { signal: AbortSignal.abort() }), { code: 'cancelled' });
      assert.deepEqual(cached(), before);
    });
  });

  it('keeps what another project on the same cache needs', async () => {
    const other = await makeEngineRepo(sandbox(), 'other');
    other.write('.dvc/config', `[cache]\n    dir = ${repo.path('.dvc/cache')}\n`).write('mine', 'mine');
    await other.add('mine');
    await new Promise((resume) => setTimeout(resume, 30));
    await run({ workspace: true, projects: ['../other', '.'] });
    assert.deepEqual(cached(), [...all('five'), md5('mine')].sort());
    await run({ workspace: true });
    assert.deepEqual(cached(), all('five'));
  });

  describe('with a remote', () => {
    beforeEach(async () => {
      remoteAdd({ root: repo.root }, { name: 'store', url: sandbox().path('remote'), asDefault: true }, repo.ctx);
      await repo.open((open, ctx) => push(open, { scope: { allCommits: true } }, ctx));
      await new Promise((resume) => setTimeout(resume, 30));
    });

    it('leaves it alone unless asked', async () => {
      const before = onRemote();
      await run({ workspace: true });
      assert.deepEqual(onRemote(), before);
    });

    it('sweeps it as the cache', async () => {
      await run({ allBranches: true, cloud: true });
      assert.deepEqual([cached(), onRemote()], [all('two', 'four', 'five'), all('two', 'four', 'five')]);
    });

    it('keeps only what the remote lacks', async () => {
      repo.write('new', 'new');
      await repo.add('new');
      await new Promise((resume) => setTimeout(resume, 30));
      await run({ workspace: true, notInRemote: true });
      assert.deepEqual(cached(), [md5('new')]);
    });

    it('reads the list of a directory there that the cache lacks', async () => {
      fs.rmSync(object(folderOid('d four')));
      await run({ allBranches: true, cloud: true });
      assert.equal(onRemote().includes(folderOid('d four')) && onRemote().includes(md5('d four')), true);
      assert.equal(cached().includes(md5('d four')), true);
    });

    it('keeps on each remote what the outputs that name it use', async () => {
      remoteAdd({ root: repo.root }, { name: 'second', url: sandbox().path('second') }, repo.ctx);
      repo.write('g', 'g');
      await repo.add('g');
      repo.write('g.dvc', repo.read('g.dvc').replace('  path: g\n', '  path: g\n  remote: second\n'));
      await repo.open((open, ctx) => push(open, {}, ctx));
      const stray = sandbox().path('second/files/md5/ab', '0'.repeat(30));
      fs.mkdirSync(dirname(stray), { recursive: true });
      fs.writeFileSync(stray, '');
      await new Promise((resume) => setTimeout(resume, 30));
      await run({ workspace: true, cloud: true });
      assert.deepEqual(objectsBelow(sandbox().path('second/files/md5')), [md5('g')]);
      assert.deepEqual(onRemote(), all('five'));
    });
  });

  it('plans a remote behind a backend: directory objects first, other keys left alone', async () => {
    const ctx = createOpContext();
    const backend = memoryBackend();
    const remoteOdb = (hash: ContentHash) => new RemoteOdb({ backend, hash, privateDir: sandbox().path('private') });
    const names = ['ab', 'cd', 'ef'].map((fan) => asOid(fan + '0'.repeat(30)));
    const tree = asOid(`aa${'1'.repeat(30)}.dir`);
    for (const oid of [...names, tree])
      await backend.write(`files/md5/${oid.slice(0, 2)}/${oid.slice(2)}`, fromBuffer(Buffer.from('x')), ctx);
    for (const key of ['runs/ab/x', 'files/md5/ab/README', 'ab/notes.txt'])
      await backend.write(key, fromBuffer(Buffer.from('x')), ctx);
    const plan = await planRemoteSweep(remoteOdb('md5'), OidSet.of([names[0]!]), Date.now() + 60_000, ctx);
    assert.deepEqual([plan.count, plan.bytes], [3, 3]);
    assert.match([...plan.paths()][0] ?? '', /\.dir$/);
    await plan.sweep(ctx);
    const left: string[] = [];
    for await (const { key } of backend.list('', ctx)) left.push(key);
    assert.deepEqual(left.sort(), [
      'ab/notes.txt',
      `files/md5/ab/${'0'.repeat(30)}`,
      'files/md5/ab/README',
      'runs/ab/x',
    ]);
    const legacy = await planRemoteSweep(remoteOdb('md5-dos2unix'), new OidSet(), Date.now() + 60_000, ctx);
    assert.equal(legacy.count, 0, 'keys of DVC 3 are not objects of DVC 2');
  });
});
