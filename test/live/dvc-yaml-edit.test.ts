/* biome-ignore-all lint/suspicious/noTemplateCurlyInString: dvc.yaml has them. */
import * as assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { toPlain } from '../../src/engine/core/python.ts';
import { type OutEntry, type PipelineEntry, requireValid, resolveDvcYaml } from '../../src/engine/files/dvc-yaml.ts';
import { addStage, removeStage, type StageSpec, setFrozen } from '../../src/engine/files/dvc-yaml-edit.ts';
import { type Random, runSeed, seededRandom } from '../support/random.ts';

const COUNT = 60;

/** Per case: writes the old text, adds a stage, freezes it, thaws it, removes it; answers the text after each step. */
const ORACLE = `
import json, logging, os, shutil, sys, warnings
warnings.simplefilter("ignore")
logging.disable(logging.CRITICAL)
from dvc.repo import Repo

root = os.getcwd()
answers = []
for number, case in enumerate(json.load(sys.stdin)):
    folder = os.path.join(root, str(number))
    os.makedirs(os.path.join(folder, ".dvc", "tmp"))
    with open(os.path.join(folder, ".dvc", "config"), "w") as fobj:
        fobj.write("[core]\\n    no_scm = True\\n")
    os.makedirs(os.path.join(folder, "w", "x"))
    os.chdir(folder)
    repo = Repo(folder)
    texts = []
    def seen():
        texts.append(open("dvc.yaml", encoding="utf-8").read() if os.path.exists("dvc.yaml") else None)
    try:
        if case["old"] is not None:
            with open("dvc.yaml", "w", encoding="utf-8") as fobj:
                fobj.write(case["old"])
        repo.stage.add(force=True, **case["stage"])
        seen()
        repo.freeze(case["stage"]["name"])
        seen()
        repo.unfreeze(case["stage"]["name"])
        seen()
        repo.remove(case["stage"]["name"])
        seen()
        answers.append(texts)
    except Exception as exc:
        answers.append(type(exc).__name__ + ": " + str(exc)[:200])
    finally:
        repo.close()
        os.chdir(root)
        shutil.rmtree(folder)
print(json.dumps(answers))
`;

const OLD_TEXTS = [
  null, // No file yet.
  '',
  '# a comment\nstages:\n  first:\n    cmd: x # run\n    deps: [b, a]\n\n  # above\n  last:\n      cmd: >-\n        folded\n        text\n',
  'stages:\n  s:\n    desc: kept\n    cmd: old # gone?\n    outs:\n      - o1:\n          cache: false\n          desc: mine\n      - o2\n    meta: {k: 1}\n  other:\n    cmd: y\n',
  'vars:\n- v: 1\nstages:\n  s:\n    foreach: [1, 2]\n    do:\n      cmd: x ${item}\n  "quoted":\n    cmd: \'q\'\nmetrics:\n  - m.json\n',
  'params: [p.yaml]\n',
  'stages: {s: {cmd: x, deps: [q]}, t: {cmd: y}}\n',
];

const WORDS = ['a', 'b/c', 'ü.txt', 'with space', '10', 'true', 'A', '#x', 'k: v', 'z'.repeat(90)];
const CMDS = [
  'echo a > o1',
  'python train.py --lr 0.1 --name "a b"',
  'echo \'{"acc": 0.5}\' > m.json && '.repeat(4),
  'multi\nline\n',
  '1',
  ' lead',
  'x: y',
];

const distinct = (random: Random, most: number): string[] => [
  ...new Set(Array.from({ length: random.int(most + 1) }, () => random.pick(WORDS))),
];

/** A stage, and the same as the arguments of DVC's own function. */
function randomStage(random: Random, described: boolean): { spec: StageSpec; args: Record<string, unknown> } {
  const names = distinct(random, 6);
  const lists: Record<string, string[]> = {};
  const out = (path: string): OutEntry => {
    const kind = random.pick(['out', 'metric', 'plot'] as const);
    const [cache, persist] = [random.int(3) > 0, kind === 'out' && random.int(4) === 0];
    const list = `${{ out: 'outs', metric: 'metrics', plot: 'plots' }[kind]}${persist ? '_persist' : ''}${cache ? '' : '_no_cache'}`;
    (lists[list] ??= []).push(`o-${path}`);
    const none = { remote: undefined, desc: undefined, type: undefined, labels: [], meta: null, plot: new Map() };
    return { path: `o-${path}`, kind, cache, persist, push: true, ...none };
  };
  const outs = names.map(out);
  const params = [...new Set(distinct(random, 3))].map((name) => {
    const keys = random.int(4) === 0 ? [] : [...new Set(['lr', ...distinct(random, 3)])];
    return { path: random.int(3) === 0 ? 'params.yaml' : `${name}.yaml`, keys };
  });
  const byFile = [...new Map(params.map((one) => [one.path, one])).values()];
  const wdir = random.pick([null, null, 'w', 'w/x', './w/']) ?? undefined;
  const desc = (described ? random.pick([null, 'a desc', 'über: x']) : null) ?? undefined;
  const deps = distinct(random, 4).map((name) => `d-${name}`);
  const [cmd, alwaysChanged] = [random.pick(CMDS), random.int(5) === 0];
  return {
    spec: {
      ...{ name: 's', cmd, wdir, deps, outs, frozen: false, alwaysChanged, desc, meta: null },
      params: byFile.map(({ path, keys }) => ({ path, keys: keys.length > 0 ? keys : 'all' })),
    },
    args: {
      ...{ name: 's', cmd, deps, params: byFile.map(({ path, keys }) => ({ [path]: keys })), ...lists },
      ...{ always_changed: alwaysChanged, ...(desc ? { desc } : {}), ...(wdir ? { wdir } : {}) },
    },
  };
}

const entriesOf = async (content: string): Promise<readonly PipelineEntry[]> =>
  requireValid(await resolveDvcYaml({ path: 'dvc.yaml', content, readFile: async () => undefined })).stages;

async function entryOf(text: string): Promise<PipelineEntry> {
  const entry = (await entriesOf(text)).find(({ name }) => name === 's');
  assert.ok(entry, text);
  return entry;
}

describe('editing dvc.yaml: against DVC itself', () => {
  it(`adds, freezes, thaws and removes ${COUNT} random stages to the byte`, async function () {
    const python = process.env['LODE_DVC_PYTHON'];
    if (python === undefined) {
      console.log('      LODE_DVC_PYTHON does not name an interpreter that has dvc');
      return this.skip();
    }
    this.timeout(240_000);
    const seed = runSeed();
    const random = seededRandom(seed);
    const cases = Array.from({ length: COUNT }, () => {
      const old = random.pick(OLD_TEXTS) ?? undefined;
      // DVC forgets the description given for a stage that it replaces; we keep it, so none is given.
      return { old, ...randomStage(random, old === undefined || !/\bs: *(\{cmd|\n +desc)/.test(old)) };
    });
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'lode-dvc-yaml-edit-'));
    const env = {
      ...process.env,
      HOME: folder,
      XDG_CONFIG_HOME: folder,
      XDG_CACHE_HOME: folder,
      DVC_NO_ANALYTICS: '1',
    };
    const run = spawnSync(python, ['-c', ORACLE], {
      cwd: folder,
      input: JSON.stringify(cases.map(({ old, args }) => ({ old: old ?? null, stage: args }))),
      encoding: 'utf8',
      maxBuffer: 1 << 28,
      env: { ...env, DVC_SITE_CACHE_DIR: folder, DVC_SYSTEM_CONFIG_DIR: folder, DVC_GLOBAL_CONFIG_DIR: folder },
    });
    fs.rmSync(folder, { recursive: true, force: true });
    assert.equal(run.status, 0, run.stderr);
    const answers = JSON.parse(run.stdout) as (string | (string | null)[])[];
    let same = 0;
    for (const [i, { old, spec }] of cases.entries()) {
      const answer = answers[i];
      if (!Array.isArray(answer)) continue; // DVC refuses the combination before it writes.
      const report = `seed ${seed}, case ${i}: ${JSON.stringify({ ...spec, meta: toPlain(spec.meta) })}\n${old}`;
      const replaced = old === undefined ? undefined : (await entriesOf(old)).find(({ name }) => name === 's');
      const added = addStage(old, spec, 'dvc.yaml', replaced);
      assert.equal(added, answer[0], report);
      const frozen = setFrozen(added, await entryOf(added), true, 'dvc.yaml');
      assert.equal(frozen, answer[1], report);
      const thawed = setFrozen(frozen, await entryOf(frozen), false, 'dvc.yaml');
      assert.equal(thawed, answer[2], report);
      assert.equal(removeStage(thawed, await entryOf(thawed), 'dvc.yaml') ?? null, answer[3], report);
      same++;
    }
    const refusals = answers.filter((answer) => !Array.isArray(answer));
    console.log(`      seed ${seed}: ${same} the same; refused by DVC: ${refusals.length}`);
    assert.ok(same > COUNT / 2, String(refusals[0]));
  });
});
