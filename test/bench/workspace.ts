import * as fs from 'node:fs';
import { join } from 'node:path';
import { isolatedEnv, removeTree } from '../support/sandbox.ts';
import { type Cost, measure, run } from './measure.ts';
import { writePipeline } from './pipelines.ts';
import type { Row } from './rows.ts';

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

  /** @param source The data set; copied, so that both tools work on the same content. */
  constructor(root: string, source: string, tool: Tool) {
    this.#root = root;
    this.#source = source;
    this.#tool = tool;
    fs.mkdirSync(join(root, 'home'), { recursive: true });
    fs.mkdirSync(join(root, 'tmp'), { recursive: true });
    this.#env = { ...isolatedEnv(root), ...tool.env };
  }

  get repo(): string {
    return join(this.#root, 'repo');
  }

  async measure(row: Row): Promise<Cost> {
    if (row.before === 'measured') await this.#prepareMeasured();
    else if (row.stages) await this.#preparePipeline(row.stages, row.before);
    else await this.#prepare(row.before);
    await run(['sync'], this.repo, this.#env); // What preparing left unwritten is not on the next one's bill.
    return measure([...this.#tool.command, ...row.args], this.repo, this.#env);
  }

  async #prepare(state: Row['before']): Promise<void> {
    const data = join(this.repo, 'data');
    if (state === 'untracked') {
      removeTree(this.repo);
      removeTree(join(this.#root, 'remote'));
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
    if (state === 'no-data') removeTree(data);
    if (state === 'pushable') removeTree(join(this.#root, 'remote'));
    if (state === 'pullable') {
      if (!fs.existsSync(join(this.#root, 'remote'))) await this.#call('push', '-q');
      removeTree(data);
      removeTree(join(this.repo, '.dvc/cache'));
    }
  }

  /** Stages as they are before their first run; `recorded` takes what they would make as made. */
  async #preparePipeline({ count, wide = false }: NonNullable<Row['stages']>, state: Row['before']): Promise<void> {
    if (!fs.existsSync(this.repo)) {
      fs.mkdirSync(this.repo);
      await run(['git', 'init', '-q'], this.repo, this.#env);
      await this.#call('init', '-q');
      writePipeline(this.repo, count, wide);
    }
    const isRecorded = fs.existsSync(join(this.repo, 'dvc.lock'));
    if (state === 'recorded' && !isRecorded) {
      for (let i = 0; i < count; i++) fs.writeFileSync(join(this.repo, `${i}.out`), `${i}\n`);
      await this.#call('commit', '-q', '-f');
    }
    if (state !== 'not-run') return;
    for (const name of [
      'dvc.lock',
      '.gitignore',
      '.dvc/cache',
      '.dvc/tmp',
      ...Array.from({ length: count }, (_, i) => `${i}.out`),
    ])
      removeTree(join(this.repo, name));
  }

  /** Metrics, params and a plot that are others than in the last commit. */
  async #prepareMeasured(): Promise<void> {
    if (fs.existsSync(join(this.repo, 'dvc.yaml'))) return;
    fs.mkdirSync(this.repo);
    const write = (name: string, text: string): void => fs.writeFileSync(join(this.repo, name), text);
    await run(['git', 'init', '-q'], this.repo, this.#env);
    await this.#call('init', '-q');
    write('dvc.yaml', 'metrics: [metrics.json]\nplots:\n- loss.csv: {x: step, y: [loss, acc]}\n');
    for (const turn of [1, 2]) {
      write('metrics.json', `{"acc": 0.${turn}, "loss": {"train": ${turn}, "val": ${turn}.5}}\n`);
      write('params.yaml', `lr: 0.${turn}\nnet: {width: ${turn}}\n`);
      write(
        'loss.csv',
        ['step,loss,acc', ...Array.from({ length: 1000 }, (_, i) => `${i},${turn / (i + 1)},0.${i}`)].join('\n'),
      );
      if (turn === 1) await this.#commit();
    }
  }

  async #commit(): Promise<void> {
    await run(['git', 'add', '-A'], this.repo, this.#env);
    await run(['git', 'commit', '-q', '-m', 'one'], this.repo, this.#env);
  }

  #empty(folder: string): void {
    removeTree(join(this.#root, folder));
    fs.mkdirSync(join(this.#root, folder));
  }

  async #call(...args: string[]): Promise<void> {
    await run([...this.#tool.command, ...args], this.repo, this.#env);
  }
}
