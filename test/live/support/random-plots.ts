import type { Random } from '../../support/random.ts';

/** Files of one state of a repository with metrics, params and plots. */
export type RandomFiles = ReadonlyMap<string, string>;

const FIELDS = ['step', 'acc', 'loss', 'a.b', 'x[0]', 'ü', 'rev'];
const SERIES = ['a.csv', 'b.csv', 'd/c.tsv', 'd/e.json', 'f.yaml', 'g.json', 'gone.csv'];
const TEMPLATES = [
  'simple',
  'linear',
  'smooth',
  'scatter',
  'confusion',
  'confusion_normalized',
  'bar_horizontal',
  'own',
];
const IDS = ['A title', 'both', 'a.b', 'd'];

const OWN = `{"data": {"values": "<DVC_METRIC_DATA>"}, "t": "a <DVC_METRIC_TITLE> b", "l": ["<DVC_METRIC_X>", ["<DVC_METRIC_Y>"]],
"c": {"x": "<DVC_METRIC_COLOR>", "y": 1.0, "z": "<DVC_METRIC_ROW>", "g": "<DVC_METRIC_GROUP_BY_Y>"}}`;

/** A dvc.yaml with plots, metrics and params in many forms, and files for them: some broken, some missing. */
export function randomPlots(random: Random): RandomFiles {
  const files = new Map<string, string>([['.dvc/plots/own.json', OWN]]);
  for (const file of SERIES.slice(0, -1)) if (random.int(8) > 0) files.set(file, seriesText(random, file));
  if (random.int(2) > 0) files.set('d/img.png', `image ${random.int(3)}`);
  for (const file of ['m.json', 'sub/m.yaml', 'n.toml'])
    if (random.int(6) > 0) files.set(file, valuesText(random, file));
  for (const file of ['params.yaml', 'p.json']) if (random.int(6) > 0) files.set(file, valuesText(random, file));
  files.set('dvc.yaml', dvcYaml(random));
  if (random.int(3) === 0) files.set('sub/dvc.yaml', 'plots:\n- both:\n    y: {../a.csv: acc}\nmetrics:\n- m.yaml\n');
  return files;
}

function dvcYaml(random: Random): string {
  const plots = Array.from({ length: 1 + random.int(4) }, () => topPlot(random));
  const stage = random.int(2) === 0 ? `stages:\n  s:\n    cmd: 'true'\n    plots:\n${stagePlots(random)}` : '';
  return `${stage}metrics: [m.json, sub/m.yaml, n.toml]\nparams: [p.json]\nplots:\n${plots.join('')}`;
}

function stagePlots(random: Random): string {
  const options = [
    'cache: false',
    ...(random.int(2) > 0 ? ['x: step'] : []),
    ...(random.int(2) > 0 ? ['y: loss'] : []),
  ];
  if (random.int(3) === 0) options.push('header: false');
  return `    - ${random.pick(['a.csv', 'd/c.tsv'])}: {${options.join(', ')}}\n`;
}

const quoted = (text: string): string => JSON.stringify(text);

function topPlot(random: Random): string {
  const file = random.pick([...SERIES, 'd', 'd/img.png']);
  if (random.int(4) === 0) return `- ${file}\n`;
  const field = (): string => quoted(random.pick(FIELDS));
  const fields = (): string => (random.int(3) === 0 ? `[${field()}, ${field()}]` : field());
  const props: string[] = [];
  const byFile = random.int(2) === 0;
  if (byFile) {
    const sources = [...new Set(Array.from({ length: 1 + random.int(3) }, () => random.pick(SERIES)))];
    props.push(`y: {${sources.map((source) => `${source}: ${fields()}`).join(', ')}}`);
  } else if (random.int(3) > 0) props.push(`y: ${fields()}`);
  const x = random.int(4);
  if (x === 0) props.push(`x: ${field()}`);
  if (x === 1) props.push(`x: {${random.pick(SERIES)}: ${field()}}`);
  if (random.int(2) === 0) props.push(`template: ${random.pick(TEMPLATES)}`);
  if (random.int(4) === 0) props.push(`title: ${quoted(random.pick(['T', '</script>', 'a "b"']))}`);
  if (random.int(4) === 0) props.push('x_label: X');
  if (random.int(4) === 0) props.push('y_label: Y');
  const id = byFile && random.int(3) > 0 ? random.pick(IDS) : file;
  return props.length === 0 ? `- ${quoted(id)}:\n` : `- ${quoted(id)}: {${props.join(', ')}}\n`;
}

function seriesText(random: Random, file: string): string {
  if (random.int(12) === 0) return random.pick(['', '[', 'text', '[]', '{}', '\n']);
  const fields = [...new Set(Array.from({ length: 1 + random.int(4) }, () => random.pick(FIELDS)))];
  const rows = Array.from({ length: random.int(8) === 0 ? 0 : 3 }, (_, i) => fields.map(() => number(random, i)));
  if (file.endsWith('.csv') || file.endsWith('.tsv')) return tableText(random, file, fields, rows);
  const list = rows.map((row) => `{${row.map((value, i) => `${quoted(fields[i] ?? '')}: ${value}`).join(', ')}}`);
  const text = `[${list.join(', ')}]`;
  return random.pick([
    text,
    `{"k": 1, "deep": {"rows": ${text}}}`,
    `{"one": ${text}, "two": [1, 2], "three": ${text}}`,
  ]);
}

function tableText(random: Random, file: string, fields: readonly string[], rows: readonly string[][]): string {
  const separator = file.endsWith('.tsv') ? '\t' : ',';
  const cell = (text: string): string => (random.int(10) === 0 ? `"${text}"` : text);
  const lines = [fields, ...rows].map((row) => row.map(cell).join(separator));
  if (random.int(6) === 0) lines.splice(1 + random.int(lines.length), 0, '');
  if (random.int(8) === 0) lines.push(lines.at(-1)!.split(separator)[0]!);
  if (random.int(8) === 0) lines[lines.length - 1] += `${separator}more`;
  return lines.join(random.int(5) === 0 ? '\r\n' : '\n') + (random.int(3) > 0 ? '\n' : '');
}

const number = (random: Random, i: number): string =>
  random.pick([String(i), `${i}.5`, '1.0', '0.1', '-2e-07', '123456789012345678901', '1e22']);

function valuesText(random: Random, file: string): string {
  if (random.int(10) === 0) return random.pick(['', '{', '0.5', '[1, 2]', '"text"', 'null']);
  const atom = (): string =>
    random.pick([
      '1',
      '2',
      '1.0',
      '0.123456789',
      '-3e-07',
      'true',
      '"x|y"',
      '"é"',
      '12345678901234567890',
      '[1, "a"]',
      '{}',
    ]);
  const keys = ['a', 'b', 'c d', 'e.f'].filter(() => random.int(3) > 0);
  if (file.endsWith('.toml'))
    return keys
      .map((key) => `${quoted(key)} = ${atom().replace('{}', '0').replace('12345678901234567890', '7')}\n`)
      .join('');
  const json = random.int(5) === 0 ? ', "n": NaN' : '';
  return `{"deep": {${keys.map((key) => `${quoted(key)}: ${atom()}`).join(', ')}}, "k": ${atom()}${file.endsWith('.json') ? json : ''}}`;
}
