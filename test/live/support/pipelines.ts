import * as fs from 'node:fs';
import * as path from 'node:path';
import type { Random } from '../../support/random.ts';
import type { RepoBuilder } from '../../support/repo-builder.ts';

/** A stage whose outputs are given by what it reads, so that both sides make the same bytes. */
export interface RandomStage {
  readonly name: string;
  readonly lines: readonly string[];
  readonly outs: readonly string[];
  /** Member names, where it is a group. */
  readonly members: readonly string[];
}

export interface RandomPipeline {
  readonly stages: readonly RandomStage[];
  readonly sources: readonly string[];
}

const PARAMS = ['lr', 'deep.rate', 'list', 'flag', 'name'];

/** Files and a dvc.yaml of some stages: all kinds of outputs, params, groups, wdirs, commands as text, list and lines. */
export function randomPipeline(random: Random): RandomPipeline {
  const sources = ['a.csv', 'b.csv', 'dir/x', 'dir/y'];
  const readable = ['a.csv', 'b.csv', 'dir'];
  const stages: RandomStage[] = [];
  const count = 2 + random.int(4);
  for (let i = 0; i < count; i++) {
    const stage = randomStage(random, `s${i}`, readable);
    stages.push(stage);
    readable.push(...stage.outs);
  }
  return { stages, sources };
}

function randomStage(random: Random, name: string, readable: readonly string[]): RandomStage {
  const chance = (part: number): boolean => random.next() < part;
  const isGroup = chance(0.15);
  const wdir = !isGroup && chance(0.2) ? 'sub' : undefined;
  const up = wdir === undefined ? '' : '../';
  const deps = [...new Set(Array.from({ length: random.int(4) }, () => random.pick(readable)))];
  const suffix = isGroup ? `_\${item}` : '';
  const file = `${name}${suffix}.txt`;
  const isFolder = chance(0.25);
  const out = isFolder ? `${name}${suffix}_d` : file;
  const isReport = !isFolder && chance(0.25);
  const flags = [
    ...(chance(isReport ? 0.6 : 0.15) ? ['cache: false'] : []),
    ...(!isReport && chance(0.1) ? ['persist: true'] : []),
  ];
  const read = deps.map((dep) => `find ${up}${dep} -type f | LC_ALL=C sort | xargs cat`);
  const text = [`echo ${name}${suffix} $\{lr}`, ...read].join('; ');
  const make = isFolder
    ? `mkdir -p ${out}/in && (${text}) > ${out}/x && cp ${out}/x ${out}/in/y`
    : `(${text}) > ${out}`;
  const guard = `test ! -e ${up}fail_${name}`;
  const commands = chance(0.3)
    ? [guard, make]
    : chance(0.3)
      ? [`${guard} && ${make}`, 'true']
      : [`${guard} && ${make}`];
  const params = [...new Set(Array.from({ length: random.int(3) }, () => random.pick(PARAMS)))];
  const wholeFile = chance(0.15);
  const body = [
    ...(commands.length > 1 && chance(0.5)
      ? [`cmd: ${JSON.stringify(commands.join('\n'))}`]
      : [`cmd: ${commands.length > 1 ? JSON.stringify(commands) : JSON.stringify(commands[0])}`]),
    ...(wdir === undefined ? [] : [`wdir: ${wdir}`]),
    ...(deps.length > 0 ? [`deps: [${deps.map((dep) => up + dep).join(', ')}]`] : []),
    ...(params.length + Number(wholeFile) > 0
      ? [
          'params:',
          ...(wdir === undefined
            ? params.map((key) => `- ${key}`)
            : params.length > 0
              ? [`- ../params.yaml: [${params.join(', ')}]`]
              : []),
          ...(wholeFile ? [`- ${up}more.json:`] : []),
        ]
      : []),
    `${isReport ? random.pick(['metrics', 'plots']) : 'outs'}:`,
    flags.length > 0 ? `- ${out}: {${flags.join(', ')}}` : `- ${out}`,
    ...(chance(0.08) ? ['always_changed: true'] : []),
    ...(chance(0.1) ? ['meta: {mutex: one}'] : []),
  ].filter((line) => line !== '');
  const members = isGroup ? ['u', 'v'] : [];
  const nested = isGroup ? ['foreach: [u, v]', 'do:', ...body.map((line) => `  ${line}`)] : body;
  const folder = wdir === undefined ? '' : `${wdir}/`;
  const outs = isGroup ? members.map((member) => out.replace(`\${item}`, member)) : [folder + out];
  return { name, lines: nested, outs, members };
}

export type PipelineStep =
  | { readonly do: 'command'; readonly argv: readonly string[] }
  | { readonly do: 'write'; readonly path: string; readonly text: string }
  | { readonly do: 'delete'; readonly path: string }
  | { readonly do: 'param'; readonly key: string; readonly value: string }
  | { readonly do: 'command-of'; readonly stage: string };

/** What is there before the first run. */
export function writePipeline(repo: RepoBuilder, { stages, sources }: RandomPipeline): void {
  for (const [i, source] of sources.entries()) put(repo, source, `${source} ${i}\n`);
  fs.mkdirSync(path.join(repo.root, 'sub'), { recursive: true });
  put(repo, 'params.yaml', 'lr: 0.1\ndeep:\n  rate: 1e-3\nlist: [1, two, 3.0]\nflag: true\nname: x y\n');
  put(repo, 'more.json', '{"k": 1, "l": [1.5]}\n');
  const text = stages.map(({ name, lines }) => [`  ${name}:`, ...lines.map((line) => `    ${line}`)].join('\n'));
  put(repo, 'dvc.yaml', `stages:\n${text.join('\n')}\n`);
}

function put(repo: RepoBuilder, file: string, text: string): void {
  const absolute = path.join(repo.root, file);
  fs.mkdirSync(path.dirname(absolute), { recursive: true });
  fs.rmSync(absolute, { force: true }); // It may be a link to the cache.
  fs.writeFileSync(absolute, text);
}

export function applyPipelineEdit(step: PipelineStep, repo: RepoBuilder): void {
  switch (step.do) {
    case 'write':
      if (!fs.statSync(path.join(repo.root, step.path), { throwIfNoEntry: false })?.isDirectory())
        put(repo, step.path, step.text);
      break;
    case 'delete':
      fs.rmSync(path.join(repo.root, step.path), { recursive: true, force: true });
      break;
    case 'param':
      replaceIn(repo, 'params.yaml', new RegExp(`^(\\s*${step.key}:).*$`, 'm'), `$1 ${step.value}`);
      break;
    case 'command-of':
      replaceIn(repo, 'dvc.yaml', new RegExp(`(^  ${step.stage}:\\n[\\s\\S]*?cmd: \\[?")`, 'm'), '$1true && ');
      break;
    default:
  }
}

function replaceIn(repo: RepoBuilder, file: string, pattern: RegExp, by: string): void {
  const absolute = path.join(repo.root, file);
  fs.writeFileSync(absolute, fs.readFileSync(absolute, 'utf8').replace(pattern, by));
}

/** True where a stage may fail: a flag file makes it, or a source is gone. */
export const mayFail = (steps: readonly PipelineStep[]): boolean =>
  steps.some((step) => (step.do === 'write' && step.path.startsWith('fail_')) || step.do === 'delete');

/**
 * Some edits and then a command, after `before`. Where a stage may fail, none that names stages: their order is DVC's secret, and what has
 * run by then would differ.
 */
export function randomPipelineSteps(
  random: Random,
  { stages, sources }: RandomPipeline,
  before: readonly PipelineStep[],
): PipelineStep[] {
  const outs = stages.flatMap((stage) => stage.outs);
  const text = (): string => random.pick(['one\n', 'two\n', 'three\n']);
  const stage = (): string => random.pick(stages).name;
  const edits: readonly (() => PipelineStep)[] = [
    () => ({ do: 'write', path: random.pick(sources), text: text() }),
    () => ({ do: 'write', path: random.pick(sources), text: text() }),
    () => ({ do: 'param', key: 'lr', value: random.pick(['0.1', '0.2', '1', '1.0', '1e-5']) }),
    () => ({ do: 'param', key: 'rate', value: random.pick(['1e-3', '2', 'true']) }),
    () => ({ do: 'param', key: 'list', value: random.pick(['[1, two, 3.0]', '[]', '{a: 1}']) }),
    () => ({ do: 'delete', path: random.pick(outs) }),
    () => ({ do: 'write', path: random.pick(outs), text: 'by hand\n' }),
    () => ({ do: 'write', path: `fail_${stage()}`, text: '' }),
    () => ({ do: 'delete', path: `fail_${stage()}` }),
    () => ({ do: 'delete', path: `fail_${stage()}` }),
    () => ({ do: 'delete', path: random.pick(sources) }),
    () => ({ do: 'write', path: random.pick(sources), text: text() }),
    () => ({ do: 'command-of', stage: stage() }),
    () => ({ do: 'write', path: 'more.json', text: random.pick(['{"k": 1, "l": [1.5]}\n', '{"k": 2}\n']) }),
  ];
  const repro = (...argv: string[]): PipelineStep => ({ do: 'command', argv: ['repro', ...argv] });
  const commands: readonly (() => PipelineStep)[] = [
    () => repro(),
    () => repro(),
    () => repro(),
    () => repro('-k'),
    () => repro('--ignore-errors'),
    () => repro('--force-downstream'),
    () => repro('-P'),
    () => repro('-f'),
    () => repro('--no-commit'),
    () => repro('--no-run-cache'),
    () => repro('--allow-missing'),
    () => repro('--glob', 's*'),
    () => ({ do: 'command', argv: ['commit', '-f'] }),
    () => ({ do: 'command', argv: ['freeze', stage()] }),
    () => ({ do: 'command', argv: ['unfreeze', stage()] }),
    () => ({ do: 'command', argv: ['push', '--run-cache'] }),
    () => ({ do: 'command', argv: ['gc', '-w', '-f'] }),
  ];
  const partial: readonly (() => PipelineStep)[] = [
    () => repro(stage()),
    () => repro('-s', stage()),
    () => repro('-f', stage()),
    () => repro('-p', stage()),
    () => repro('--downstream', stage()),
    () => repro('--downstream', '-f', stage()),
    () => ({ do: 'command', argv: ['checkout', '-f'] }), // DVC deletes outputs that have no record yet.
    () => repro('--dry'), // Where a dependency is missing, DVC's dry run fails for stages that an earlier one would feed.
  ];
  const changes = Array.from({ length: 1 + random.int(3) }, () => random.pick(edits)());
  const choice = mayFail([...before, ...changes]) ? commands : [...commands, ...partial];
  return [...changes, random.pick(choice)()];
}

export const describePipelineStep = (step: PipelineStep): string =>
  step.do === 'command' ? `$ ${step.argv.join(' ')}` : JSON.stringify(step);
