import * as fs from 'node:fs';
import * as path from 'node:path';
import { fromErrno } from '../engine/core/errors.ts';
import type { Columns } from './experiment-columns.ts';

/** Columns that say which experiment it is: no axes. */
const NOT_AXES = new Set(['Experiment', 'rev', 'typ', 'Created', 'parent', 'State', 'Executor']);
const [WIDTH, HEIGHT, MARGIN] = [1200, 520, 60];

/** Writes a page with a line for each experiment across an axis for each column that differs. It loads nothing and runs nothing. @returns where it is */
export async function writeExperimentsPage(file: string, columns: Columns, cwd: string): Promise<string> {
  const target = path.resolve(cwd, file);
  try {
    fs.mkdirSync(path.dirname(target), { recursive: true });
    fs.writeFileSync(target, experimentsPage(columns));
  } catch (error) {
    throw fromErrno(error, 'write', target);
  }
  return `file://${target}`;
}

export function experimentsPage({ names, cells, rows }: Columns): string {
  const column = (name: string): readonly string[] => cells.get(name) ?? [];
  const axes = names.filter((name) => !NOT_AXES.has(name) && new Set(column(name)).size > 1);
  const step = axes.length > 1 ? (WIDTH - 2 * MARGIN) / (axes.length - 1) : 0;
  const scales = axes.map((name) => scaleOf(column(name)));
  const label = (i: number): string => column('Experiment')[i] || column('rev')[i] || '';
  const lines = Array.from({ length: rows }, (_, i) => {
    const points = axes.map(
      (name, at) => `${round(MARGIN + at * step)},${round(scales[at]!.at(column(name)[i] ?? ''))}`,
    );
    const hue = Math.round((i * 360) / Math.max(1, rows));
    const values = axes.map((name) => `${name}: ${column(name)[i] ?? ''}`).join('\n');
    return `<polyline points="${points.join(' ')}" style="stroke:hsl(${hue} 65% 50%)"><title>${escaped(`${label(i)}\n${values}`)}</title></polyline>`;
  });
  const marks = axes.map((name, at) => {
    const x = round(MARGIN + at * step);
    const ticks = scales[at]!.ticks.map(
      ({ text, y }) => `<text x="${x + 6}" y="${round(y) + 4}" class="tick">${escaped(text)}</text>`,
    );
    return `<line x1="${x}" x2="${x}" y1="${MARGIN}" y2="${HEIGHT - MARGIN}"/><text x="${x}" y="${MARGIN - 20}" text-anchor="middle">${escaped(name)}</text>${ticks.join('')}`;
  });
  const head = names.map((name) => `<th scope="col">${escaped(name)}</th>`).join('');
  const body = Array.from(
    { length: rows },
    (_, i) => `<tr>${names.map((name) => `<td>${escaped(column(name)[i] ?? '')}</td>`).join('')}</tr>`,
  );
  return `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>Experiments</title>
<style>
body{font:13px system-ui,sans-serif;margin:16px;color:#222;background:#fff}
@media (prefers-color-scheme:dark){body{color:#ddd;background:#1e1e1e}}
svg{max-width:100%;height:auto}svg line{stroke:currentColor;opacity:.5}svg text{fill:currentColor;font-size:12px}
polyline{fill:none;stroke-width:2;opacity:.7}polyline:hover{stroke-width:5;opacity:1}
.tick{font-size:10px}table{border-collapse:collapse;margin-top:16px}td,th{padding:3px 8px;border-bottom:1px solid #8884;text-align:left}
</style>
</head>
<body>
<h1>Experiments</h1>
<svg viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="Parallel coordinates of ${rows} experiments">
${marks.join('\n')}
${lines.join('\n')}
</svg>
<table><thead><tr>${head}</tr></thead><tbody>
${body.join('\n')}
</tbody></table>
</body>
</html>
`;
}

interface Scale {
  at(text: string): number;
  readonly ticks: readonly { readonly text: string; readonly y: number }[];
}

/** Numbers by their value; where there are others, each value has a place of its own. */
function scaleOf(texts: readonly string[]): Scale {
  const known = [...new Set(texts)].filter((text) => text !== '-' && text !== '');
  const numbers = known.map(Number);
  const place = (share: number): number => HEIGHT - MARGIN - share * (HEIGHT - 2 * MARGIN);
  if (numbers.every(Number.isFinite) && numbers.length > 0) {
    const [low, high] = [Math.min(...numbers), Math.max(...numbers)];
    const y = (value: number): number => place(high === low ? 0.5 : (value - low) / (high - low));
    const ends = high === low ? [low] : [low, high];
    return {
      at: (text) => (known.includes(text) ? y(Number(text)) : place(-0.06)),
      ticks: ends.map((value) => ({ text: String(value), y: y(value) })),
    };
  }
  const y = (text: string): number => place(known.length < 2 ? 0.5 : known.indexOf(text) / (known.length - 1));
  return {
    at: (text) => (known.includes(text) ? y(text) : place(-0.06)),
    ticks: known.slice(0, 12).map((text) => ({ text: text.length > 20 ? `${text.slice(0, 19)}…` : text, y: y(text) })),
  };
}

const round = (value: number): number => Math.round(value * 10) / 10;
const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};
const escaped = (text: string): string => text.replace(/[&<>"']/g, (char) => ENTITIES[char] ?? char);
