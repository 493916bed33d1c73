import assert from 'node:assert/strict';
import { type Random, runSeed, seededRandom } from '../support/random.ts';
import { type Comparison, DELIBERATE } from './support/differences.ts';
import { DvcServer, dvcPython } from './support/dvc-server.ts';
import { Lane, sortedJson, stateOf, type Twins } from './support/twins.ts';
import { applyEdit, describeStep, firstFiles, randomStep, type Step } from './support/walk.ts';

const ROUNDS = Number(process.env['LODE_LIVE_ROUNDS'] ?? 40);
/** No walk is begun after this many milliseconds, unless LODE_LIVE_ROUNDS asks for a number of walks. */
const BUDGET = process.env['LODE_LIVE_ROUNDS'] === undefined ? 240_000 : Number.POSITIVE_INFINITY;
const STEPS = Number(process.env['LODE_LIVE_STEPS'] ?? 9);
const LANES = 2;
const QUESTIONS = [
  ['status', '--json'],
  ['data', 'status', '--granular', '--json'],
  ['diff', '--json'],
];
/** Environment of the server itself; commands get the twins'. */
const PLAIN = { PATH: process.env['PATH'] ?? '', HOME: '/nonexistent', DVC_NO_ANALYTICS: '1' };

/** Two repositories live the same random life, one under real DVC and one under Lode; after every step they are the same. */
describe('a random walk beside real DVC', function () {
  this.timeout(0);
  const seed = runSeed();
  const lanes: Lane[] = [];
  before(function () {
    const python = dvcPython();
    if (python === undefined) {
      console.log('      skipped: LODE_DVC names no real DVC');
      this.skip();
    }
    for (let lane = 0; lane < LANES; lane++) lanes.push(new Lane(new DvcServer(python, PLAIN)));
    console.log(`      seed ${seed}, ${ROUNDS} walks of ${STEPS} steps`);
  });
  after(() => {
    for (const lane of lanes) lane.dispose();
  });

  it('leaves the same files, objects and answers after every step', async () => {
    const met = new Map<string, number>();
    const failures: string[] = [];
    let next = 0;
    let steps = 0;
    const began = performance.now();
    await Promise.all(
      lanes.map(async (lane) => {
        while (next < ROUNDS && failures.length < 5 && performance.now() - began < BUDGET) {
          const walkSeed = seed + next++;
          const plan = planWalk(seededRandom(walkSeed));
          const result = await walk(lane, plan);
          steps += result.steps;
          if (result.deliberate !== undefined) met.set(result.deliberate, (met.get(result.deliberate) ?? 0) + 1);
          if (result.problem === undefined) continue;
          const short = await shorten(lane, plan.slice(0, result.steps));
          failures.push(
            `seed ${walkSeed}:\n${short.plan.map((step) => `  ${describeStep(step)}`).join('\n')}\n${short.problem}`,
          );
        }
      }),
    );
    console.log(`      ${next} walks, ${steps} steps, ${failures.length} differences`);
    for (const [name, count] of met) console.log(`      met ${count}×: ${name}`);
    assert.deepEqual(failures, [], failures.join('\n\n'));
  });
});

function planWalk(random: Random): Step[] {
  return [...firstFiles(random), ...Array.from({ length: STEPS }, () => randomStep(random))];
}

interface WalkResult {
  /** Steps taken, the failing one included. */
  readonly steps: number;
  readonly problem?: string;
  readonly deliberate?: string;
}

async function walk(lane: Lane, plan: readonly Step[]): Promise<WalkResult> {
  const twins = await lane.pair();
  try {
    for (const [index, step] of plan.entries()) {
      const found = await take(twins, step);
      if (!found) continue;
      const deliberate = DELIBERATE.find((difference) => difference.matches(found));
      if (deliberate) return { steps: index + 1, deliberate: deliberate.name };
      return { steps: index + 1, problem: explain(found) };
    }
    return { steps: plan.length };
  } finally {
    twins.dispose();
  }
}

/** Takes a step on both sides. @returns the differences, or undefined where there are none. */
async function take(twins: Twins, step: Step): Promise<Comparison | undefined> {
  const silent = { code: 0, stdout: '', stderr: '' };
  let [dvc, lode] = [silent, silent];
  const questions: string[] = [];
  if (step.do === 'command') {
    const [theirs, ours] = await Promise.all([
      twins.dvc.run(step.argv, ...QUESTIONS),
      twins.lode.run(step.argv, ...QUESTIONS),
    ]);
    [dvc = silent, lode = silent] = [theirs[0], ours[0]];
    for (const [index, question] of QUESTIONS.entries()) {
      const [a, b] = [theirs[index + 1], ours[index + 1]];
      if (sortedJson(a?.stdout ?? '') !== sortedJson(b?.stdout ?? '') || (a?.code === 0) !== (b?.code === 0))
        questions.push(
          `${question.join(' ')}\n    dvc:  ${a?.code} ${a?.stdout}${a?.stderr}    lode: ${b?.code} ${b?.stdout}${b?.stderr}`,
        );
    }
    if (step.argv.includes('--json') && sortedJson(dvc.stdout) !== sortedJson(lode.stdout))
      questions.push(step.argv.join(' '));
  } else twins.both((repo) => applyEdit(step, repo));
  const [theirs, ours] = [stateOf(twins.dvc), stateOf(twins.lode)];
  const paths = [...new Set([...theirs.keys(), ...ours.keys()])]
    .filter((path) => theirs.get(path) !== ours.get(path))
    .map((path) => ({ path, dvc: theirs.get(path), lode: ours.get(path) }));
  if ((dvc.code === 0) === (lode.code === 0) && paths.length === 0 && questions.length === 0) return undefined;
  return { step, dvc, lode, paths, questions };
}

const explain = ({ step, dvc, lode, paths, questions }: Comparison): string =>
  [
    `after ${describeStep(step)}:`,
    `  dvc  exits ${dvc.code}: ${dvc.stderr}${dvc.stdout}`,
    `  lode exits ${lode.code}: ${lode.stderr}${lode.stdout}`,
    ...paths
      .slice(0, 12)
      .map(({ path, dvc: theirs, lode: ours }) => `  ${path}\n    dvc:  ${theirs}\n    lode: ${ours}`),
    ...questions.map((question) => `  ${question}`),
  ].join('\n');

/** Leaves steps out as long as the walk still fails: what remains is worth reading. At most 60 tries. */
async function shorten(lane: Lane, plan: readonly Step[]): Promise<{ plan: readonly Step[]; problem: string }> {
  let best = plan;
  let problem = (await walk(lane, plan)).problem ?? 'it did not fail again';
  for (let index = best.length - 2, tries = 0; index >= 0 && tries < 60; index--, tries++) {
    const shorter = best.filter((_step, at) => at !== index);
    const result = await walk(lane, shorter);
    if (result.problem === undefined) continue;
    best = shorter.slice(0, result.steps);
    problem = result.problem;
    index = Math.min(index, best.length - 1);
  }
  return { plan: best, problem };
}
