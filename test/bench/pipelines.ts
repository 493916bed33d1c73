import * as fs from 'node:fs';
import { join } from 'node:path';

/** About as long as two processes are started for. */
const BUSY = 'i=0; while [ $i -lt 150000 ]; do i=$((i+1)); done';

/** Writes a dvc.yaml of stages that copy a number, in chains of ten, each with a parameter; `wide` ones count for a while, beside each other. */
export function writePipeline(folder: string, count: number, wide: boolean): void {
  const lines = ['stages:'];
  const params: string[] = [];
  for (let i = 0; i < count; i++) {
    const first = wide || i % 10 === 0;
    const dep = first ? 'in.txt' : `${i - 1}.out`;
    lines.push(`  stage${i}:`, `    cmd: ${wide ? `${BUSY}; ` : ''}echo ${i} > ${i}.out`);
    lines.push('    deps:', `    - ${dep}`, '    params:', `    - p${i}`, '    outs:', `    - ${i}.out`);
    params.push(`p${i}: ${i}`);
  }
  fs.writeFileSync(join(folder, 'dvc.yaml'), `${lines.join('\n')}\n`);
  fs.writeFileSync(join(folder, 'params.yaml'), `${params.join('\n')}\n`);
  fs.writeFileSync(join(folder, 'in.txt'), 'in\n');
}

/** The commands of a pipeline, one after the other: what a run of it costs at least. */
export const commandsAlone = (count: number): readonly string[] => [
  'sh',
  '-c',
  `for i in $(seq ${count}); do sh -c "echo $i > $i.out"; done`,
];
