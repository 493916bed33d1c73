import * as assert from 'node:assert/strict';
import * as path from 'node:path';
import { toPlain } from '../../src/engine/core/python.ts';
import { type PipelineEntry, type ResolvedDvcYaml, resolveDvcYaml } from '../../src/engine/files/dvc-yaml.ts';
import { runSeed, seededRandom } from '../support/random.ts';
import { type Answer, askDvc, type Project } from './support/dvc-yaml-oracle.ts';
import { randomProject } from './support/random-dvc-yaml.ts';

const COUNT = 400;

/** A stage in the oracle's shape. */
const stageOf = (stage: PipelineEntry): unknown => ({
  name: stage.name,
  cmd: stage.cmd,
  wdir: path.posix.normalize(stage.wdir ?? '.'),
  deps: stage.deps,
  params: stage.params.map(({ path, keys }) => [path, keys]),
  outs: stage.outs.map(({ meta, plot, remote, desc, type, ...out }) => ({
    ...out,
    remote: remote ?? null,
    desc: desc ?? null,
    type: type ?? null,
    meta: toPlain(meta),
    plot: toPlain(plot),
  })),
  frozen: stage.frozen,
  always_changed: stage.alwaysChanged,
  desc: stage.desc ?? null,
  meta: toPlain(stage.meta),
  parametrized: stage.parametrized,
  group: stage.group?.name ?? null,
});

const partsOf = (file: ResolvedDvcYaml): unknown => ({
  stages: file.stages.map(stageOf),
  metrics: file.metrics,
  params: file.params,
  plots: file.plots.map(toPlain),
  datasets: file.datasets.map(toPlain),
  artifacts: Object.fromEntries(
    file.artifacts.map(({ name, path, type, labels }) => [
      name,
      { path, ...(type ? { type } : {}), ...(labels.length > 0 ? { labels } : {}) },
    ]),
  ),
});

function resolve({ files, parsing }: Project): Promise<ResolvedDvcYaml> {
  const texts = new Map(Object.entries(files).map(([name, text]) => [path.posix.normalize(name), text]));
  const readFile = async (file: string): Promise<Buffer | undefined> => {
    const text = texts.get(file);
    return text === undefined ? undefined : Buffer.from(text);
  };
  return resolveDvcYaml({ path: 'dvc.yaml', content: files['dvc.yaml'] ?? '', readFile, style: parsing ?? {} });
}

/** JSON has one kind of number, and no infinities: both sides are brought to that. */
const comparable = (value: unknown): unknown => JSON.parse(JSON.stringify(value));

function check(answer: Answer, file: ResolvedDvcYaml): 'same' | 'refused' | 'crash' {
  // The config is not meant: DVC looks up a file system for a path that is no text.
  if ('crash' in answer || ('error' in answer && answer.error.startsWith('config file error'))) return 'crash';
  if ('error' in answer) {
    assert.equal(file.error?.message, answer.error);
    return 'refused';
  }
  if ('schema' in answer) {
    const ours = new Set(file.problems.map(({ message }) => message));
    for (const [message, keys, line, column] of answer.schema as [string, string[], number | null, number | null][]) {
      const sentence = `${message}, in ${keys.join(' -> ')}`;
      assert.ok(ours.has(sentence), `DVC says: ${sentence}`);
      const isGlob = keys.some((key) => /[*?[]/.test(key)); // DVC takes keys for patterns here, and finds nothing.
      const place = line === null || isGlob ? sentence : `${sentence}, line ${line}, column ${column}`;
      assert.ok(file.error?.message.includes(place), `DVC says: ${place}; ours: ${file.error?.message}`);
    }
    return 'refused';
  }
  const only = file.problems.filter(
    ({ severity, message }) => severity === 'error' && !message.includes('is already specified in'),
  );
  assert.deepEqual(only, []);
  assert.deepEqual(comparable(partsOf(file)), comparable(answer.ok));
  return 'same';
}

describe('dvc.yaml: against DVC itself', () => {
  it(`resolves ${COUNT} random projects as DVC does`, async function () {
    const python = process.env['LODE_DVC_PYTHON'];
    if (python === undefined) {
      console.log('      LODE_DVC_PYTHON does not name an interpreter that has dvc');
      return this.skip();
    }
    this.timeout(240_000);
    const seed = runSeed();
    const random = seededRandom(seed);
    const projects = Array.from({ length: COUNT }, () => randomProject(random));
    const answers = askDvc(python, projects);
    const counts = { same: 0, refused: 0, crash: 0 };
    const failures: Error[] = [];
    for (const [i, project] of projects.entries()) {
      const file = await resolve(project);
      try {
        counts[check(answers[i] as Answer, file)]++;
      } catch (error) {
        const text = Object.entries(project.files).map(([name, content]) => `--- ${name}\n${content}`);
        const report = `seed ${seed}, project ${i}:\n${text.join('\n')}\nDVC: ${JSON.stringify(answers[i])}`;
        failures.push(new Error(report, { cause: error }));
      }
    }
    console.log(`      seed ${seed}: ${JSON.stringify(counts)}`);
    if (failures.length > 0) throw new Error(`${failures.length} projects differ`, { cause: failures[0] });
    assert.ok(counts.same > COUNT / 5, 'too few projects resolve to prove anything');
  });
});
