import type { Schema } from '../files/schema-check.ts';
import type { Completing, Completion } from './complete.ts';
import { allowedAt, describe } from './keys.ts';
import { pipelineBeside } from './project.ts';

/** Keys of a stage that a `foreach` keeps in its `do`. */
const GROUP_KEYS = new Set(['foreach', 'do']);
/** Keys whose use is over, and which only old files have. */
const OLD_KEYS = new Set(['checkpoint', 'locked']);
/** What is written most often, first. */
const ORDER = ['stages', 'cmd', 'wdir', 'deps', 'params', 'outs', 'metrics', 'plots', 'vars', 'path', 'md5', 'foreach'];

/** The keys of DVC's schema that the mapping at the cursor does not have yet. */
export function completeKeys({ type, cursor }: Completing): Completion[] {
  const allowed = allowedAt(type, cursor.path);
  const here = new Set(cursor.siblings);
  const isPlainStage = [...here].some((key) => allowed.keys.has('foreach') && !GROUP_KEYS.has(key));
  const isGroup = here.has('foreach') || here.has('do');
  return [...allowed.keys].flatMap(([key, schemas]) => {
    if (here.has(key) || OLD_KEYS.has(key)) return [];
    if (allowed.keys.has('foreach') && (GROUP_KEYS.has(key) ? isPlainStage : isGroup)) return [];
    const rank = ORDER.indexOf(key);
    const insert = cursor.hasColon ? key : key + (cursor.isInFlow ? ': ' : valueSnippet(key, schemas));
    return {
      label: key,
      kind: 'key' as const,
      insert,
      isSnippet: !cursor.hasColon,
      range: cursor.range,
      schemaPath: schemaPath([...cursor.path, key]),
      goesOn: !cursor.hasColon,
      rank: rank < 0 ? ORDER.length : rank,
    };
  });
}

/** Without the names and indices in it: `stages.*.outs.*.*.cache`. */
export function schemaPath(path: readonly unknown[]): string {
  const [top] = path;
  return path
    .map((step, i) => {
      if (typeof step === 'number') return '*';
      if (i === 1 && (top === 'stages' || top === 'artifacts')) return '*';
      const list = path[i - 2];
      const isPath = typeof path[i - 1] === 'number' && ['outs', 'metrics', 'plots', 'params'].includes(String(list));
      return isPath && path[0] === 'stages' ? '*' : String(step);
    })
    .join('.');
}

function valueSnippet(key: string, schemas: readonly Schema[]): string {
  const allowed = describe(schemas);
  if (allowed.isBool) return `: \${1|${key === 'cache' || key === 'push' ? 'false,true' : 'true,false'}|}`;
  if (key === 'foreach') return ':\n- $1';
  if (key === 'matrix') return `:\n  ${NAME}: [$2]`;
  if (allowed.isText && key !== 'outs') return ': $1';
  if (allowed.isList) return ':\n- $1';
  return allowed.keys.size > 0 || allowed.hasNames ? ':\n  $1' : ': $1';
}

/** A tab stop of a snippet. */
const NAME = '$' + '{1:name}';

/** New stages, where a name of one can begin. */
export function newStages({ cursor }: Completing): Completion[] {
  if (cursor.path.length !== 1 || cursor.path[0] !== 'stages' || cursor.hasColon || cursor.isInFlow) return [];
  const shapes = [
    ['stage', `${NAME}:\n  cmd: $2\n  deps:\n  - $3\n  outs:\n  - $4`],
    ['foreach', `${NAME}:\n  foreach:\n  - $2\n  do:\n    cmd: $3 \\\${item}`],
    ['matrix', `${NAME}:\n  matrix:\n    \${2:axis}: [$3]\n  cmd: $4 \\\${item.\${2:axis}}`],
  ] as const;
  return shapes.map(([label, insert], rank) => ({
    label,
    kind: 'template',
    insert,
    isSnippet: true,
    range: cursor.range,
    schemaPath: `new.${label}`,
    rank,
  }));
}

/** In dvc.lock, the stages of the dvc.yaml beside it that it does not have. */
export async function completeStageNames({ project, file, type, cursor, text }: Completing): Promise<Completion[]> {
  if (type !== 'dvc.lock' || cursor.path.length !== 1 || cursor.path[0] !== 'stages') return [];
  const pipeline = pipelineBeside(file);
  const source = await project.text(pipeline);
  if (!source) return [];
  const names: string[] = [];
  for (const part of source.stages) {
    const stages = await project.stages(pipeline, source, part);
    names.push(...(stages.length > 0 ? stages.map(({ name }) => name) : [String(part.path[1])]));
  }
  return names
    .filter((name) => !text.part('stages', name))
    .map((name) => ({
      label: name,
      kind: 'stage',
      insert: cursor.hasColon ? name : `${name}:`,
      isSnippet: false,
      range: cursor.range,
    }));
}
