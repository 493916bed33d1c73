import * as fs from 'node:fs';
import { dirname, join } from 'node:path';
import { isolatedEnv } from '../support/sandbox.ts';
import { clear } from './clear.ts';
import { OBJECTS, writeExperiments, writeMetrics } from './experiments.ts';
import { type Cost, measure, run } from './measure.ts';
import { writePipeline } from './pipelines.ts';
import type { Row } from './rows.ts';

/** Of `{n}`: every run of this process has its own. */
let numbers = 1000;

/** A program under comparison. */
export interface Tool {
  readonly name: 'dvc' | 'lode' | 'lode-off';
  readonly command: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

/** One tool's repository with one data set, brought into the state that a row starts from. */
export class Workspace {
  readonly #root: string;
  readonly #source: string;
  readonly #tool: Tool;
  readonly #env: Readonly<Record<string, string>>;

  /**
   * @param root In a folder that goes when all is measured.
   * @param source The data set; copied, so that both tools work on the same content.
   */
  constructor(root: string, source: string, tool: Tool) {
    this.#root = root;
    this.#source = source;
    this.#tool = tool;
    fs.mkdirSync(join(root, 'home'), { recursive: true });
    fs.mkdirSync(join(root, 'tmp'), { recursive: true });
    // In the one form of a date that DVC's Git library reads.
    const date = '1735689600 +0000';
    this.#env = { ...isolatedEnv(root), GIT_AUTHOR_DATE: date, GIT_COMMITTER_DATE: date, ...tool.env };
  }

  get repo(): string {
    return join(this.#root, 'repo');
  }

  async measure(row: Row): Promise<Cost> {
    await this.#prepareFor(row);
    await run(['sync'], this.repo, this.#env); // What preparing left unwritten is not on the next one's bill.
    const args = row.args.map((arg) => arg.replaceAll('{n}', String(++numbers)));
    return measure([...this.#tool.command, ...args], this.repo, this.#env, row.times);
  }

  /** What asking Git for the files of all experiments costs, in the same repository. */
  async measureObjects(row: Row): Promise<Cost> {
    await this.#prepareFor(row);
    return measure(['sh', '-c', `git cat-file --batch < ${OBJECTS}`], this.repo, this.#env);
  }

  async #prepareFor({ before, stages, values = 0, experiments }: Row): Promise<void> {
    if (before === 'measured') await this.#prepareMeasured(values);
    else if (stages) await this.#preparePipeline(stages, before);
    else await this.#prepare(before);
    if (experiments) await this.#prepareExperiments(experiments);
  }

  async #prepareExperiments({ count, unread }: NonNullable<Row['experiments']>): Promise<void> {
    if (!fs.existsSync(join(this.repo, OBJECTS))) writeExperiments(this.repo, count, this.#env);
    const remembered = this.#tool.name === 'dvc' ? '.dvc/tmp/exps/cache' : '.dvc/tmp/lode/exps';
    const is = fs.existsSync(join(this.repo, remembered));
    if (unread && is) this.#clear(join(this.repo, remembered));
    else if (!unread && !is) await this.#call('exp', 'show', '--json');
  }

  async #prepare(state: Row['before']): Promise<void> {
    const data = join(this.repo, 'data');
    if (state === 'untracked') {
      this.#clear(this.repo);
      this.#clear(join(this.#root, 'remote'));
      for (const folder of ['home', 'tmp']) this.#empty(folder);
      fs.mkdirSync(this.repo);
      await this.#call('init', '--no-scm', '-q');
      await this.#call('remote', 'add', '-q', '-d', 'folder', join(this.#root, 'remote'));
      if (fs.existsSync(this.#source)) await run(['cp', '-r', this.#source, data], this.#root, this.#env);
      return;
    }
    if (!fs.existsSync(join(this.repo, 'data.dvc')) && fs.existsSync(this.#source)) {
      await this.#prepare('untracked');
      await this.#call('add', '-q', 'data');
    } else if (!fs.existsSync(this.repo)) await this.#prepare('untracked');
    if (state === 'tracked' && !fs.existsSync(data) && fs.existsSync(this.#source)) await this.#call('checkout', '-q');
    if (state === 'no-data') this.#clear(data);
    if (state === 'pushable') this.#clear(join(this.#root, 'remote'));
    if (state === 'pullable') {
      if (!fs.existsSync(join(this.#root, 'remote'))) await this.#call('push', '-q');
      this.#clear(data);
      this.#clear(join(this.repo, '.dvc/cache'));
    }
  }

  /** Stages as they are before their first run; `recorded` takes what they would make as made. */
  async #preparePipeline({ count, wide = false }: NonNullable<Row['stages']>, state: Row['before']): Promise<void> {
    if (!fs.existsSync(this.repo)) {
      fs.mkdirSync(this.repo);
      await run(['git', 'init', '-q'], this.repo, this.#env);
      await this.#call('init', '-q');
      writePipeline(this.repo, count, wide);
      if (state === 'committed') writeMetrics(this.repo);
    }
    const isRecorded = fs.existsSync(join(this.repo, 'dvc.lock'));
    if (!isRecorded && (state === 'recorded' || state === 'committed')) {
      for (let i = 0; i < count; i++) fs.writeFileSync(join(this.repo, `${i}.out`), `${i}\n`);
      await this.#call('commit', '-q', '-f');
      if (state === 'committed') await this.#commit();
    }
    if (state !== 'not-run') return;
    for (const name of [
      'dvc.lock',
      '.gitignore',
      '.dvc/cache',
      '.dvc/tmp',
      ...Array.from({ length: count }, (_, i) => `${i}.out`),
    ])
      this.#clear(join(this.repo, name));
  }

  /** Metrics, params and a plot of two lines that are others than in the last commit. */
  async #prepareMeasured(count: number): Promise<void> {
    if (fs.existsSync(join(this.repo, 'dvc.yaml'))) return;
    fs.mkdirSync(this.repo);
    const write = (name: string, text: string): void => fs.writeFileSync(join(this.repo, name), text);
    await run(['git', 'init', '-q'], this.repo, this.#env);
    await this.#call('init', '-q');
    write('dvc.yaml', 'metrics: [metrics.json]\nplots:\n- loss.csv: {x: step, y: [loss, acc]}\n');
    const each = (line: (i: number) => string): string[] => Array.from({ length: count }, (_, i) => line(i));
    for (const turn of [1, 2]) {
      write('metrics.json', `{"acc": 0.${turn}, "of": {${each((i) => `"class ${i}": ${turn}.${i}`).join(', ')}}}\n`);
      write('params.yaml', `lr: 0.${turn}\nof:\n${each((i) => `  width${i}: ${turn}.${i}\n`).join('')}`);
      write('loss.csv', ['step,loss,acc', ...each((i) => `${i},${turn / (i + 1)},0.${i}`)].join('\n'));
      if (turn === 1) await this.#commit();
    }
  }

  async #commit(): Promise<void> {
    await run(['git', 'add', '-A'], this.repo, this.#env);
    await run(['git', 'commit', '-q', '-m', 'one'], this.repo, this.#env);
  }

  #clear(path: string): void {
    clear(path, dirname(this.#root)); // Outside of the repository, which is walked.
  }

  #empty(folder: string): void {
    this.#clear(join(this.#root, folder));
    fs.mkdirSync(join(this.#root, folder));
  }

  async #call(...args: string[]): Promise<void> {
    await run([...this.#tool.command, ...args], this.repo, this.#env);
  }
}
