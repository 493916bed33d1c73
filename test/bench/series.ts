import * as fs from 'node:fs';
import { join } from 'node:path';
import { createOpContext } from '../../src/engine/core/op-context.ts';
import { Repo } from '../../src/engine/repo.ts';
import { PlotsReader } from '../../src/engine/verbs/plots-view.ts';
import { type Cost, measureHere } from './measure.ts';
import type { Row } from './rows.ts';

/** A repository with one plot, `loss.<kind>`, of as many points as the row says. */
function writeSeries(root: string, { args: [kind = 'csv'], values = 0 }: Row): string {
  const repo = join(root, `${kind}-${values}`);
  const file = join(repo, `loss.${kind}`);
  if (fs.existsSync(repo)) return file;
  fs.mkdirSync(join(repo, '.dvc'), { recursive: true });
  fs.writeFileSync(join(repo, '.dvc/config'), '[core]\n    no_scm = true\n');
  fs.writeFileSync(join(repo, 'dvc.yaml'), `plots:\n- loss.${kind}: {x: step, y: loss}\n`);
  const lines = Array.from({ length: values }, (_, i) => lineOf(kind, i));
  const [start, end] = kind === 'json' ? ['[', ']'] : [`${['step', 'loss'].join(separatorOf(kind))}\n`, ''];
  fs.writeFileSync(file, `${start}${lines.join(kind === 'json' ? ',' : '')}${end}`);
  return file;
}

const separatorOf = (kind: string): string => (kind === 'csv' ? ',' : '\t');

const lineOf = (kind: string, i: number): string => {
  const loss = Math.exp(-i / 100_000) + Math.sin(i) / 10;
  return kind === 'json' ? `{"step": ${i}, "loss": ${loss}}\n` : `${i}${separatorOf(kind)}${loss}\n`;
};

/** What the plots panel does to show it: all of it for the first time, or one line more. */
export async function measureSeries(row: Row, root: string): Promise<Cost> {
  const { args, values = 0 } = row;
  const file = writeSeries(root, row);
  const ctx = createOpContext({ cwd: join(file, '..') });
  await using repo = await Repo.open(ctx.cwd, ctx);
  const reader = new PlotsReader(repo);
  const show = async (least: number): Promise<void> => {
    const { plots } = await reader.read({ revs: ['workspace'] }, ctx);
    const drawn = reader.draw(plots[0]!.id);
    const total = drawn.kind === 'series' ? drawn.series[0]?.total : undefined;
    if (total === undefined || total < least) throw new Error(`of ${least} points ${total} were drawn`);
  };
  if (args[1] !== 'grows') return measureHere(() => show(values));
  await show(values);
  const grown = fs.readFileSync(file, 'latin1').split('\n').length - 1;
  fs.appendFileSync(file, lineOf(args[0] ?? '', grown - 1));
  return measureHere(() => show(grown));
}

/** The bytes alone, as what no reader does without. */
export function readAlone(row: Row, root: string): Promise<Cost> {
  const file = writeSeries(root, row);
  return measureHere(() => fs.readFileSync(file, 'utf8'));
}
