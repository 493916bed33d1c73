import * as assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { DvcError } from '../../src/engine/core/errors.ts';
import { asRepoPath } from '../../src/engine/core/ids.ts';
import { BUILT_IN_RULES, compileIgnore, parseIgnoreFile } from '../../src/engine/files/ignore.ts';

/** Evaluates each case with DVC's own ignore code: built-in rules, the root's file and the one in `sub`. */
const ORACLE = `
import json, sys, warnings
warnings.simplefilter("ignore")
from dvc.fs import localfs
from dvc.ignore import DvcIgnorePatterns
from dvc.pathspec_math import PatternInfo, merge_patterns

def infos(name, text):
    lines = map(str.strip, text.splitlines())
    return [PatternInfo(l, f"{name}:{n}:{l}") for n, l in enumerate(lines, 1) if l and not l.startswith("#")]

out = []
for case in json.load(sys.stdin):
    try:
        rules, root = [PatternInfo(p, "") for p in (".hg/", ".git/", ".git", ".dvc/")], "/r"
        for prefix, name, text in (("/r", ".dvcignore", case["root"]), ("/r/sub", "sub/.dvcignore", case["sub"])):
            own = DvcIgnorePatterns(infos(name, text), prefix, "/")
            merged, root = merge_patterns(localfs.flavour, DvcIgnorePatterns(rules, root, "/").pattern_list, root, own.pattern_list, prefix)
            rules = merged
        compiled = DvcIgnorePatterns(rules, root, "/")
        answers = []
        for p, is_dir in case["paths"]:
            head, _, tail = ("/r/" + p).rpartition("/")
            ignored, found = compiled.matches(head, tail, is_dir, details=True)
            answers.append([ignored, str(found[-1])] if found else None)
        out.append(answers)
    except Exception as exc:
        out.append("error")
json.dump(out, sys.stdout)
`;

interface Case {
  readonly root: string;
  readonly sub: string;
  readonly paths: readonly (readonly [path: string, isDir: boolean])[];
}

/** Mulberry32: small, seeded, the same everywhere. */
function random(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) % below;
  };
}

const PIECES = [
  'a',
  'b',
  'ab',
  'sub',
  '.git',
  '*',
  '**',
  '?',
  '/',
  '/',
  '!',
  '#',
  '\\',
  '[ab]',
  '[!a]',
  '[a-c]',
  '[',
  ']',
  '-',
  '.',
  ' ',
  'é',
  '[^b',
  '\\#',
  '\\*',
];
const NAMES = ['a', 'b', 'ab', 'ba', 'sub', '.git', '.dvc', '#', '!', 'a b', 'é', '*', '[', 'c', 'a.b', '-', '\\'];

function makeCase(next: (below: number) => number): Case {
  const pick = (from: readonly string[]): string => from[next(from.length)] ?? '';
  const pattern = (): string => Array.from({ length: 1 + next(5) }, () => pick(PIECES)).join('');
  const file = (): string => Array.from({ length: next(4) }, pattern).join('\n');
  const somePath = (): string =>
    [...(next(2) ? ['sub'] : []), ...Array.from({ length: 1 + next(3) }, () => pick(NAMES))].join('/');
  return {
    root: file(),
    sub: file(),
    paths: Array.from({ length: 12 }, () => [somePath(), next(2) === 1] as const),
  };
}

function ours({ root, sub, paths }: Case): unknown {
  try {
    const test = compileIgnore([
      BUILT_IN_RULES,
      parseIgnoreFile(asRepoPath('.dvcignore'), Buffer.from(root)),
      parseIgnoreFile(asRepoPath('sub/.dvcignore'), Buffer.from(sub)),
    ]);
    return paths.map(([p, isDir]) => {
      const match = test(asRepoPath(p), isDir);
      return match ? [match.ignored, match.rule] : null;
    });
  } catch (error) {
    if (DvcError.is(error, 'invalid-file')) return 'error';
    throw error;
  }
}

describe('.dvcignore against real DVC', function () {
  this.timeout(300_000);

  it('decides every random path by the same rule', function () {
    const python = process.env['LODE_DVC_PYTHON'];
    if (python === undefined) {
      console.log('      skipped: LODE_DVC_PYTHON is not set');
      return this.skip();
    }
    const seed = Number(process.env['LODE_SEED'] ?? 20260101);
    const count = Number(process.env['LODE_IGNORE_CASES'] ?? 2000);
    const next = random(seed);
    const cases = Array.from({ length: count }, () => makeCase(next));
    const home = fs.mkdtempSync(path.join(os.tmpdir(), 'lode-ignore-'));
    const run = spawnSync(python, ['-c', ORACLE], {
      input: JSON.stringify(cases),
      env: { ...process.env, HOME: home, DVC_NO_ANALYTICS: '1', PYTHONHASHSEED: '0' },
      maxBuffer: 1 << 30,
    });
    fs.rmSync(home, { recursive: true, force: true });
    assert.equal(run.status, 0, run.stderr.toString());
    const expected = JSON.parse(run.stdout.toString()) as unknown[];
    const compared = expected.filter((answer) => answer !== 'error').length;
    assert.ok(compared > count / 3, `only ${compared} of ${count} cases compile in DVC`);
    for (const [i, one] of cases.entries())
      assert.deepEqual(ours(one), expected[i], `seed ${seed}, case ${i}: ${JSON.stringify(one)}`);
    console.log(`      seed ${seed}: ${count} rule sets × 12 paths, ${compared} of them valid`);
  });
});
