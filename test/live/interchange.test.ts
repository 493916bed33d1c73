import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import { join } from 'node:path';
import { checkPointers, checkStore, describeViolation, snapshot } from '../support/checker.ts';
import { lodeCommand, run } from '../support/cli.ts';
import { runSeed, seededRandom } from '../support/random.ts';
import { makeRepo, ODD_NAMES, openRepo, type RepoBuilder, randomTree } from '../support/repo-builder.ts';
import { makeSandbox, type Sandbox } from '../support/sandbox.ts';
import { type Answer, DvcServer, dvcPython } from './support/dvc-server.ts';
import { sortedJson } from './support/twins.ts';

type Tool = (repo: RepoBuilder, ...commands: readonly (readonly string[])[]) => Promise<Answer[]>;

interface History {
  readonly name: string;
  readonly git?: boolean;
  readonly init?: readonly string[];
  /** Folder of the repository in which DVC's root lies. */
  readonly at?: string;
  /** Adding it as a whole writes the size again that adding a part of it drops, in DVC as in Lode. */
  readonly sizeDropped?: boolean;
  /** What is made, by the maker's commands. */
  make(repo: RepoBuilder, tool: (...argv: string[]) => Promise<void>): Promise<void>;
}

const HISTORIES: readonly History[] = [
  {
    name: 'files',
    make: async (repo, tool) => {
      repo.write('a.csv', 'a\n').write('deep/er/b.bin', 'b').write('empty', '').write('run.sh', '#!/bin/sh\n', 0o755);
      await tool('add', 'a.csv', 'deep/er/b.bin', 'empty', 'run.sh');
    },
  },
  {
    name: 'a folder',
    make: async (repo, tool) => {
      repo.write('data/a', 'a\n').write('data/sub/b', 'b\r\n').write('data/empty', '').write('data/run.sh', 'x', 0o755);
      fs.mkdirSync(repo.path('data/nothing'));
      await tool('add', 'data');
    },
  },
  {
    name: 'odd names',
    make: async (repo, tool) => {
      for (const name of ODD_NAMES.filter((name) => !name.includes('\n'))) repo.write(`odd/${name}`, name);
      await tool('add', 'odd');
      for (const name of ['with space', '#hash', '!bang', '[bracket]', "quote'single", 'ünïcode', '日本語', 'star*']) {
        repo.write(name, name);
        await tool('add', name);
      }
    },
  },
  {
    name: 'random trees',
    make: async (repo, tool) => {
      const random = seededRandom(runSeed());
      for (const folder of ['t1', 't2', 't3']) {
        for (const [path, data] of randomTree(random, 40, true))
          if (!path.includes('\n')) repo.write(`${folder}/${path}`, data);
        await tool('add', folder);
      }
    },
  },
  {
    name: 'changed data',
    make: async (repo, tool) => {
      repo.write('data/a', '1').write('data/b', '2').write('file', '3');
      await tool('add', 'data', 'file');
      repo.commitAll();
      repo.write('data/a', '11').write('data/c', '33').remove('data/b').write('file', '4');
      await tool('add', 'data');
      await tool('commit', '-f');
    },
  },
  {
    name: 'a part of a folder added',
    sizeDropped: true,
    make: async (repo, tool) => {
      repo.write('data/a', '1').write('data/sub/b', '2');
      await tool('add', 'data');
      repo.write('data/a', '11').write('data/new', '3');
      await tool('add', 'data/a', 'data/new');
    },
  },
  {
    name: 'moved and removed data',
    make: async (repo, tool) => {
      repo.write('a', 'a').write('b', 'b').write('data/x', 'x').write('data/y', 'y');
      await tool('add', 'a', 'b', 'data');
      await tool('move', 'a', 'moved/a2').catch(async () => {
        fs.mkdirSync(repo.path('moved'));
        await tool('move', 'a', 'moved/a2');
      });
      await tool('move', 'data', 'renamed');
      await tool('remove', 'b.dvc');
      repo.remove('b');
    },
  },
  ...['hardlink', 'symlink', 'copy'].map(
    (type): History => ({
      name: `cache.type ${type}`,
      make: async (repo, tool) => {
        await tool('config', 'cache.type', type);
        repo.write('data/a', 'a').write('data/sub/b', 'b').write('file', 'f');
        await tool('add', 'data', 'file');
      },
    }),
  ),
  {
    name: 'no Git',
    git: false,
    init: ['init', '--no-scm', '-q'],
    make: async (repo, tool) => {
      repo.write('data/a', 'a').write('file', 'f');
      await tool('add', 'data', 'file');
    },
  },
  {
    name: 'a folder of a Git repository',
    at: 'project',
    init: ['init', '--subdir', '-q'],
    make: async (repo, tool) => {
      repo.write('data/a', 'a').write('file', 'f');
      await tool('add', 'data', 'file');
    },
  },
  {
    name: 'ignore rules',
    make: async (repo, tool) => {
      repo.write('.dvcignore', '*.log\n!keep.log\n/data/skip\n');
      repo.write('data/a', 'a').write('data/x.log', 'x').write('data/keep.log', 'k').write('data/skip/y', 'y');
      await tool('add', 'data');
    },
  },
];

/** A repository made by one program is sound, clean and complete for the other. */
describe('interchange with real DVC', function () {
  this.timeout(300_000);
  let server: DvcServer;
  let sandbox: Sandbox;
  before(function () {
    const python = dvcPython();
    if (python === undefined) {
      console.log('      skipped: LODE_DVC names no real DVC');
      this.skip();
    }
    server = new DvcServer(python, { PATH: process.env['PATH'] ?? '', HOME: '/nonexistent', DVC_NO_ANALYTICS: '1' });
    console.log(`      seed ${runSeed()}`);
  });
  after(() => server?.dispose());
  beforeEach(() => {
    sandbox = makeSandbox('interchange');
  });
  afterEach(() => sandbox.dispose());

  const dvc: Tool = (repo, ...commands) => server.run(repo.root, sandbox.env, commands);
  const lode: Tool = async (repo, ...commands) => {
    const answers: Answer[] = [];
    for (const argv of commands) {
      const { code, stdout, stderr } = await run(lodeCommand(), argv, { cwd: repo.root, env: sandbox.env });
      answers.push({ code: code ?? -1, stdout, stderr });
    }
    return answers;
  };
  const strict =
    (tool: Tool, repo: RepoBuilder) =>
    async (...argv: string[]): Promise<Answer> => {
      const [answer] = await tool(repo, argv);
      assert.ok(answer);
      assert.equal(answer.code, 0, `${argv.join(' ')}: ${answer.stderr}${answer.stdout}`);
      return answer;
    };
  /** Data and metadata, by path: neither private state nor the cache. */
  const files = (repo: RepoBuilder): Map<string, string> =>
    new Map(
      [...snapshot(repo.root)]
        .filter(
          ([path, entry]) => entry.kind !== 'dir' && !/^\.dvc\/(tmp|cache)\//.test(path) && !path.startsWith('.git/'),
        )
        .map(([path, entry]) => [path, `${entry.md5} ${entry.mode.toString(8)}`]),
    );

  for (const [maker, user, making, using] of [
    ['lode', 'dvc', lode, dvc],
    ['dvc', 'lode', dvc, lode],
  ] as const)
    for (const history of HISTORIES)
      it(`${maker} makes it, ${user} goes on with it: ${history.name}`, async () => {
        makeRepo(sandbox, 'repo', { git: history.git !== false });
        const root = join(sandbox.path('repo'), history.at ?? '');
        fs.mkdirSync(root, { recursive: true });
        fs.mkdirSync(sandbox.path('remote'));
        const repo = openRepo(root, sandbox.env);
        const make = strict(making, repo);
        const use = strict(using, repo);
        await make(...(history.init ?? ['init', '-q']));
        await make('remote', 'add', '-q', '-d', 'store', sandbox.path('remote'));
        await history.make(repo, async (...argv) => void (await make(...argv)));
        if (history.git !== false) repo.commitAll();
        assert.deepEqual(checkStore(repo.path('.dvc/cache'), 'I1').map(describeViolation), []);
        assert.deepEqual(checkPointers(repo.root, repo.path('.dvc/cache')).map(describeViolation), []);

        // Clean, and the same in every view.
        const before = files(repo);
        assert.equal((await use('status', '--json')).stdout, '{}\n');
        const views = [
          ['data', 'status', '--granular', '--json'],
          ...(history.git === false ? [] : [['diff', '--json']]),
        ];
        for (const argv of views)
          assert.equal(
            sortedJson((await use(...argv)).stdout),
            sortedJson((await make(...argv)).stdout),
            argv.join(' '),
          );
        const unused = (answer: Answer): string[] => answer.stdout.match(/Removing .*/g)?.sort() ?? [];
        const dry = ['gc', '-w', '--dry', '-f'];
        assert.deepEqual(unused(await use(...dry)), unused(await make(...dry)), 'they agree on what is unused');
        assert.deepEqual(files(repo), before, 'looking changed something');

        // Data that is gone comes back the same, by either.
        for (const tool of [use, make]) {
          for (const path of [...before.keys()].filter(
            (path) => !/(\.dvc|\.gitignore|\.dvcignore)$|^\.dvc\//.test(path),
          ))
            repo.remove(path);
          await tool('checkout');
          const now = files(repo);
          for (const [path, entry] of before)
            if (!isIgnored(history, path))
              assert.equal(now.get(path)?.split(' ')[0], entry.split(' ')[0], `${path} after checkout`);
        }

        // What one pushes the other pulls, and finds nothing left to push.
        await use('push');
        assert.match((await make('push')).stdout, /Everything is up to date/);
        assert.deepEqual(checkStore(sandbox.path('remote'), 'I9').map(describeViolation), []);
        const copy = snapshot(repo.path('.dvc/cache/files'));
        fs.rmSync(repo.path('.dvc/cache'), { recursive: true });
        await make('fetch');
        const names = (tree: ReturnType<typeof snapshot>): string[] =>
          [...tree]
            .filter(([, entry]) => entry.kind === 'file')
            .map(([path]) => path)
            .sort();
        const fetched = names(snapshot(repo.path('.dvc/cache/files')));
        for (const path of fetched) assert.ok(copy.has(path), `${path} was never made`);
        await use('pull');
        assert.equal((await use('status', '--json')).stdout, '{}\n');
        assert.equal((await make('status', '--json')).stdout, '{}\n');

        // A second add by the other changes no byte.
        const pointers = [...files(repo).keys()].filter((path) => path.endsWith('.dvc'));
        const state = files(repo);
        await use(
          'add',
          ...pointers.map((path) => path.slice(0, -'.dvc'.length)).filter((path) => !path.startsWith('-')),
        );
        const after = files(repo);
        for (const path of [...pointers, '.gitignore'])
          if (history.sizeDropped && path.endsWith('.dvc')) assert.match(repo.read(path), /path: data\n {2}size: 4\n/);
          else assert.equal(after.get(path), state.get(path), path);
      });
});

/** Files that the repository's own rules keep out of it do not come back. */
const isIgnored = (history: History, path: string): boolean =>
  history.name === 'ignore rules' && /x\.log$|skip\//.test(path);
