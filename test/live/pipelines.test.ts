import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { runSeed, seededRandom } from '../support/random.ts';
import { type Answer, DvcServer, dvcPython } from './support/dvc-server.ts';
import {
  applyPipelineEdit,
  describePipelineStep,
  mayFail,
  type PipelineStep,
  randomPipeline,
  randomPipelineSteps,
  writePipeline,
} from './support/pipelines.ts';
import { Lane, sortedJson, stateOf, type Twins } from './support/twins.ts';

/** Graphs, and edits with a command to each. */
const GRAPHS = Number(process.env['LODE_LIVE_GRAPHS'] ?? 200);
const ROUNDS = Number(process.env['LODE_LIVE_EDITS'] ?? 2);
const LANES = 2;
const PLAIN = { PATH: process.env['PATH'] ?? '', HOME: '/nonexistent', DVC_NO_ANALYTICS: '1' };
/** Asked once, in the end: it costs real DVC as much as a short run. */
const STATUS = ['status', '--json'];
const SILENT: Answer = { code: 0, stdout: '', stderr: '' };

/** A pipeline and its edits, run by real DVC and by Lode: the same stages run, and the same bytes are left. */
describe('random pipelines beside real DVC', function () {
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
    console.log(`      seed ${seed}, ${GRAPHS} graphs with ${ROUNDS} edits each`);
  });
  after(() => {
    for (const lane of lanes) lane.dispose();
  });

  it('run the same stages, and leave the same lock files, data, caches and runs', async () => {
    const failures: string[] = [];
    let next = 0;
    let ran = 0;
    await Promise.all(
      lanes.map(async (lane) => {
        while (next < GRAPHS && failures.length < 3) {
          const result = await compareOne(lane, seed + next++);
          ran += result.ran;
          if (result.problem !== undefined) failures.push(result.problem);
        }
      }),
    );
    console.log(`      ${next} graphs, ${ran} stages run or restored`);
    assert.deepEqual(failures, [], failures.join('\n\n'));
    assert.ok(ran > GRAPHS, `only ${ran} stages ran`);
  });
});

async function compareOne(lane: Lane, seed: number): Promise<{ ran: number; problem?: string }> {
  const random = seededRandom(seed);
  const pipeline = randomPipeline(random);
  const steps: PipelineStep[] = [{ do: 'command', argv: ['repro'] }];
  for (let round = 0; round < ROUNDS; round++) steps.push(...randomPipelineSteps(random, pipeline, steps));
  // Which stages run beside a failing one depends on the number of jobs, so only runs that succeed are given several.
  const jobs = random.pick([[], ['-j', '3']]);
  const twins = await lane.pair();
  let ran = 0;
  try {
    twins.both((repo) => writePipeline(repo, pipeline));
    for (const [index, step] of steps.entries()) {
      const isLast = index === steps.length - 1;
      const found = await take(twins, step, mayFail(steps.slice(0, index)) ? [] : jobs, isLast ? [STATUS] : []);
      ran += found.ran;
      if (found.differences.length === 0) continue;
      const story = steps.slice(0, index + 1).map((one) => `  ${describePipelineStep(one)}`);
      const yaml = fs.readFileSync(path.join(twins.lode.repo.root, 'dvc.yaml'), 'utf8');
      return {
        ran,
        problem: `seed ${seed} ${jobs.join(' ')}:\n${yaml}${story.join('\n')}\n${found.differences.join('\n')}`,
      };
    }
    return { ran };
  } finally {
    twins.dispose();
  }
}

async function take(
  twins: Twins,
  step: PipelineStep,
  jobs: readonly string[],
  questions: readonly (readonly string[])[],
): Promise<{ ran: number; differences: string[] }> {
  if (step.do !== 'command') {
    twins.both((repo) => applyPipelineEdit(step, repo));
    return { ran: 0, differences: [] };
  }
  const ours = step.argv[0] === 'repro' ? [...step.argv, ...jobs] : step.argv;
  const [[dvc = SILENT, dvcStatus = SILENT], [lode = SILENT, lodeStatus = SILENT]] = await Promise.all([
    twins.dvc.run(step.argv, ...questions),
    twins.lode.run(ours, ...questions),
  ]);
  const differences: string[] = [];
  const compare = (what: string, theirs: unknown, mine: unknown): void => {
    if (JSON.stringify(theirs) !== JSON.stringify(mine))
      differences.push(`${what}\n    dvc:  ${JSON.stringify(theirs)}\n    lode: ${JSON.stringify(mine)}`);
  };
  compare('success', dvc.code === 0, lode.code === 0);
  // A dry run of DVC looks for runs by the inputs of the last run, and claims to have found what it would not take.
  const isTold = (text: string): boolean => !(step.argv.includes('--dry') && text.endsWith('is cached'));
  compare('stages', stagesOf(dvc.stdout).filter(isTold), stagesOf(lode.stdout).filter(isTold));
  compare('status', sortedJson(dvcStatus.stdout), sortedJson(lodeStatus.stdout));
  const [theirs, mine] = [stateOf(twins.dvc), stateOf(twins.lode)];
  for (const file of [...new Set([...theirs.keys(), ...mine.keys()])].sort())
    compare(file, theirs.get(file), mine.get(file));
  if (differences.length > 0)
    differences.push(
      `dvc exits ${dvc.code}: ${dvc.stdout}${dvc.stderr}`,
      `lode exits ${lode.code}: ${lode.stdout}${lode.stderr}`,
    );
  for (const file of ['dvc.lock', '.gitignore'])
    if (theirs.get(file) !== mine.get(file))
      for (const twin of [twins.dvc, twins.lode]) {
        const at = path.join(twin.repo.root, file);
        differences.push(`${twin.side} ${file}:\n${fs.existsSync(at) ? fs.readFileSync(at, 'utf8') : '(none)'}`);
      }
  return { ran: stagesOf(dvc.stdout).length, differences };
}

/** Stages that ran or were restored, in no order: that of unrelated stages is DVC's secret. */
const stagesOf = (stdout: string): string[] =>
  [...stdout.matchAll(/^(Running stage '.*'|Stage '.*' is cached|'?.*'? didn't change)/gm)]
    .map(([text]) => text)
    .filter((text) => !text.includes("didn't change"))
    .sort();
