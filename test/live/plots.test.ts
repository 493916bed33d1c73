import assert from 'node:assert/strict';
import { isPyList, isPyMap, type PyValue, pyJson } from '../../src/engine/core/python.ts';
import { parsePyJson } from '../../src/engine/core/python-json.ts';
import { runSeed, seededRandom } from '../support/random.ts';
import { type Answer, DvcServer, dvcPython } from './support/dvc-server.ts';
import { randomPlots } from './support/random-plots.ts';
import { Lane, type Twins } from './support/twins.ts';

/** Repositories, each with two commits and a workspace. */
const REPOSITORIES = Number(process.env['LODE_LIVE_PLOTS'] ?? 10);
const PLAIN = { PATH: process.env['PATH'] ?? '', HOME: '/nonexistent', DVC_NO_ANALYTICS: '1' };

const QUESTIONS: readonly (readonly string[])[] = [
  ['metrics', 'show', '--json'],
  ['metrics', 'show', '-T', '--json'],
  ['metrics', 'show'],
  ['metrics', 'diff', '--json', 'v1', '--all'],
  ['metrics', 'diff', 'v1', 'HEAD', '--md', '--precision', '3'],
  ['params', 'diff', '--json', 'v1'],
  ['plots', 'show', '--json'],
  ['plots', 'show', '--json', '--split'],
  ['plots', 'diff', '--json'],
  ['plots', 'diff', '--json', 'v1', 'HEAD'],
  ['plots', 'diff', '--json', 'v1', '--targets', 'd', 'both', 'b.csv'],
  ['plots', 'show', '--json', 'a.csv', '-x', 'step', '-y', 'loss', '-t', 'scatter', '--no-header'],
];

/** Metrics, params and plots in random forms, shown by real DVC and by Lode. */
describe('random metrics and plots beside real DVC', function () {
  this.timeout(0);
  const seed = runSeed();
  let lane: Lane | undefined;
  before(function () {
    const python = dvcPython();
    if (python === undefined) {
      console.log('      skipped: LODE_DVC names no real DVC');
      this.skip();
    }
    lane = new Lane(new DvcServer(python, PLAIN));
    console.log(`      seed ${seed}, ${REPOSITORIES} repositories`);
  });
  after(() => lane?.dispose());

  it('come out the same', async () => {
    assert.ok(lane);
    const failures: string[] = [];
    let answered = 0;
    for (let i = 0; i < REPOSITORIES && failures.length < 3; i++) {
      const twins = await lane.pair();
      try {
        const yaml = writeHistory(twins, seed + i);
        const [theirs, mine] = await Promise.all([twins.dvc.run(...QUESTIONS), twins.lode.run(...QUESTIONS)]);
        for (const [at, question] of QUESTIONS.entries()) {
          const difference = compare(theirs[at]!, mine[at]!, twins);
          if (theirs[at]!.code === 0) answered++;
          if (difference !== undefined)
            failures.push(`seed ${seed + i}: ${question.join(' ')}\n${yaml}\n${difference}`);
        }
      } finally {
        twins.dispose();
      }
    }
    console.log(`      ${answered} answers`);
    assert.deepEqual(failures, [], failures.join('\n\n'));
    assert.ok(answered > REPOSITORIES * 5, `only ${answered} answers`);
  });
});

/** Two commits, tagged, and a workspace that differs from both. @returns the last dvc.yaml */
function writeHistory(twins: Twins, seed: number): string {
  const random = seededRandom(seed);
  for (const tag of ['v1', 'v2']) {
    const files = randomPlots(random);
    twins.both((repo) => {
      repo.writeAll(files).commitAll(tag);
      repo.git('tag', tag);
    });
  }
  const files = randomPlots(random);
  twins.both((repo) => repo.writeAll(files));
  return files.get('dvc.yaml') ?? '';
}

function compare(theirs: Answer, mine: Answer, twins: Twins): string | undefined {
  if (theirs.code !== 0 && mine.code !== 0) return undefined;
  const [expected, found] = [canonical(theirs.stdout, twins), canonical(mine.stdout, twins)];
  if (theirs.code === mine.code && expected === found) return undefined;
  return `  dvc  (${theirs.code}): ${expected}${theirs.stderr.slice(-600)}\n  lode (${mine.code}): ${found}${mine.stderr}`;
}

/** JSON with sorted keys and errors without their texts; tables with sorted lines. Paths of the two sides are made the same. */
function canonical(stdout: string, twins: Twins): string {
  let text = stdout;
  for (const { repo } of [twins.dvc, twins.lode]) text = text.replaceAll(repo.root, '<ROOT>');
  try {
    return pyJson(withoutMessages(parsePyJson(text)), { sortKeys: true });
  } catch {
    const lines = text.split('\n').map((line) => line.replace(/ +/g, ' ').trimEnd());
    return lines.sort().join('\n').trim();
  }
}

function withoutMessages(value: PyValue): PyValue {
  if (isPyList(value)) {
    const items = value.map(withoutMessages);
    const isErrors = items.length > 0 && items.every((item) => isPyMap(item) && item.has('type') && item.has('rev'));
    return isErrors ? items.sort((a, b) => (pyJson(a, SORTED) < pyJson(b, SORTED) ? -1 : 1)) : items;
  }
  if (!isPyMap(value)) return value;
  return new Map([...value].filter(([key]) => key !== 'msg').map(([key, item]) => [key, withoutMessages(item)]));
}

const SORTED = { sortKeys: true };
