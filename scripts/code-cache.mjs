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

const STAGES = 'stages:\n  a:\n    cmd: echo 1\n    deps: [f]\n    params: [p]\n    always_changed: true\n';
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

async function record(bundle, scratch) {
  const script = new vm.Script(Module.wrap(fs.readFileSync(bundle, 'latin1')), { filename: bundle });
  const module = { exports: {} };
  script.runInThisContext()(module.exports, createRequire(bundle), module, bundle, path.dirname(bundle));
  const repo = path.join(scratch, 'repo');
  fs.mkdirSync(path.join(repo, 'd'), { recursive: true });
  for (const [file, text] of Object.entries({ f: '1', 'd/g': '2', 'params.yaml': 'p: 1\n', 'dvc.yaml': STAGES }))
    fs.writeFileSync(path.join(repo, file), text);
  process.chdir(repo);
  const hasGit = spawnSync('git', ['init', '-q']).status === 0;
  for (const argv of [['init', '-q', ...(hasGit ? [] : ['--no-scm'])], ...VERBS]) {
    const status = await module.exports.run(argv);
    if (status !== 0) throw new Error(`lode ${argv.join(' ')} ended with ${status} while its code was recorded.`);
  }
  process.chdir(scratch);
  fs.writeFileSync(`${bundle}.cache`, script.createCachedData());
}

if (process.argv[1] === SELF) {
  const [bundle, scratch] = process.argv.slice(2);
  await record(bundle, scratch);
  process.exit(0);
}
