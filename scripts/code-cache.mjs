// Keeps the machine code of the command line's bundle beside it, as src/cli/code-cache.ts looks for it.
import { execFile, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import Module, { createRequire } from 'node:module';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import vm from 'node:vm';

const SELF = fileURLToPath(import.meta.url);

/** Runs the usual verbs once in a process of its own, so that what they need is compiled, and writes `<bundle>.cache`. */
export async function keepCode(bundle) {
  const scratch = fs.mkdtempSync(path.join(os.tmpdir(), 'lode-code-'));
  const env = { PATH: process.env.PATH, HOME: scratch, XDG_CONFIG_HOME: scratch, LODE_TEMP: scratch };
  try {
    await promisify(execFile)(process.execPath, [SELF, path.resolve(bundle), scratch], { cwd: scratch, env });
  } finally {
    fs.rmSync(scratch, { recursive: true, force: true });
  }
}

const STAGES = `stages:
  a:
    cmd: echo 1
    deps: [f]
    params: [p]
    always_changed: true
metrics: [m.json]
plots:
- l.csv: {x: step, y: loss}
`;
const FILES = {
  f: '1',
  'd/g': '2',
  'params.yaml': 'p: 1\n',
  'dvc.yaml': STAGES,
  'm.json': '{"acc": 0.5}\n',
  'l.csv': 'step,loss\n0,1.5\n1,0.5\n',
};
/** The verbs people wait for most. */
const VERBS = [
  ['add', '-q', 'd', 'f'],
  ['remote', 'add', '-q', '-d', 'r', '../remote'],
  ['data', 'status', '--json'],
  ['push', '-q'],
  ['checkout', '-q'],
  ['repro', '-q'],
  ['status', '--json'],
];
/** Those that need a commit. */
const GIT_VERBS = [
  ['metrics', 'diff', '--json'],
  ['params', 'diff', '--json'],
  ['plots', 'diff', '--json'],
  ['exp', 'run', '-q', '-S', 'p=2'],
  ['exp', 'show', '--json'],
  ['exp', 'show', '--json'],
  ['dag'],
];

const commitAll = () =>
  [
    ['config', 'user.name', 'Lode'],
    ['config', 'user.email', 'lode@example.invalid'],
    ['add', '-A'],
    ['commit', '-q', '-m', 'one'],
  ].every((args) => spawnSync('git', args).status === 0);

async function record(bundle, scratch) {
  const script = new vm.Script(Module.wrap(fs.readFileSync(bundle, 'latin1')), { filename: bundle });
  const module = { exports: {} };
  script.runInThisContext()(module.exports, createRequire(bundle), module, bundle, path.dirname(bundle));
  const repo = path.join(scratch, 'repo');
  fs.mkdirSync(path.join(repo, 'd'), { recursive: true });
  for (const [file, text] of Object.entries(FILES)) fs.writeFileSync(path.join(repo, file), text);
  process.chdir(repo);
  const hasGit = spawnSync('git', ['init', '-q']).status === 0;
  const lode = async (argv) => {
    const status = await module.exports.run(argv);
    if (status !== 0) throw new Error(`lode ${argv.join(' ')} ended with ${status} while its code was recorded.`);
  };
  for (const argv of [['init', '-q', ...(hasGit ? [] : ['--no-scm'])], ...VERBS]) await lode(argv);
  if (hasGit && commitAll()) for (const argv of GIT_VERBS) await lode(argv);
  process.chdir(scratch);
  fs.writeFileSync(`${bundle}.cache`, script.createCachedData());
}

if (process.argv[1] === SELF) {
  const [bundle, scratch] = process.argv.slice(2);
  await record(bundle, scratch);
  process.exit(0);
}
