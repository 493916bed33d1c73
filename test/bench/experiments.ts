import { spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import { join } from 'node:path';

/** Files of an experiment's commit that a table of experiments is made of. */
const FILES = ['dvc.yaml', 'dvc.lock', 'params.yaml', 'metrics.json'];
/** What one `git cat-file --batch` has to be asked for all of them. */
export const OBJECTS = '.git/bench-objects.txt';

/** Metrics of a pipeline that has run, beside its stages. */
export function writeMetrics(repo: string): void {
  fs.appendFileSync(join(repo, 'dvc.yaml'), 'metrics:\n- metrics.json\n');
  fs.writeFileSync(join(repo, 'metrics.json'), metricsOf(0));
}

const metricsOf = (i: number): string =>
  `${JSON.stringify({ acc: 1 - 1 / (i + 2), loss: { train: 1 / (i + 1), val: 2 / (i + 1) }, steps: i })}\n`;

/**
 * Experiments in DVC's shape on top of HEAD, as if stage 0 had run with as many values of its param: commits and refs alone, by one
 * `git fast-import`, as hundreds of real runs would take longer than all that is measured.
 */
export function writeExperiments(repo: string, count: number, env: Readonly<Record<string, string>>): void {
  const git = (args: readonly string[], input = ''): string => {
    const done = spawnSync('git', args, { cwd: repo, env, input, encoding: 'utf8', maxBuffer: 1 << 28 });
    if (done.status !== 0) throw new Error(`git ${args[0]} ended with ${done.status}: ${done.stderr}`);
    return done.stdout;
  };
  const head = git(['rev-parse', 'HEAD']).trim();
  const [lock, params] = ['dvc.lock', 'params.yaml'].map((name) => fs.readFileSync(join(repo, name), 'utf8'));
  const data = (text: string): string => `data ${Buffer.byteLength(text)}\n${text}\n`;
  const folder = `refs/exps/${head.slice(0, 2)}/${head.slice(2)}`;
  const names = Array.from({ length: count }, (_, i) => `${folder}/exp-${String(i + 1).padStart(4, '0')}`);
  const stream = names.map((ref, i) => {
    const own = (text: string): string => text.replace(/\bp0: 0\b/, `p0: ${i + 1}`);
    const file = (name: string, text: string): string => `M 100644 inline ${name}\n${data(text)}`;
    return [
      `commit ${ref}\ncommitter Tester <tester@example.invalid> ${1_704_200_000 + i} +0000\n`,
      data(`dvc: commit experiment ${i}`),
      `from ${head}\n`,
      file('params.yaml', own(params!)),
      file('dvc.lock', own(lock!)),
      file('metrics.json', metricsOf(i + 1)),
    ].join('');
  });
  git(['fast-import', '--quiet'], stream.join('\n'));
  const objects = ['HEAD', ...names].flatMap((rev) => FILES.map((file) => `${rev}:${file}\n`));
  fs.writeFileSync(join(repo, OBJECTS), objects.join(''));
}
