import { nameOf } from '../core/paths.ts';
import type { Completing, Completion } from './complete.ts';
import type { Cursor } from './cursor.ts';
import { type Allowed, metaDepth } from './keys.ts';
import type { LanguageFile } from './language-text.ts';

/** What a value names, by the keys it stands below. */
export type ValueKind = 'path' | 'folder' | 'command' | 'params' | 'vars' | 'other';

const PATH_LISTS = new Set(['deps', 'outs', 'metrics', 'plots']);

/** What is expected of the value at the cursor. */
export function valueKind(type: LanguageFile, { path }: Pick<Cursor, 'path'>): ValueKind {
  const keys = path.filter((step) => step !== 'do');
  const last = keys.at(-1);
  if (type !== 'dvc.yaml') return last === 'path' ? 'path' : last === 'wdir' ? 'folder' : 'other';
  if (keys[0] === 'stages') {
    const key = keys[2];
    if (key === 'wdir' && keys.length === 3) return 'folder';
    if (key === 'cmd') return 'command';
    if (key === 'params') return 'params';
    if (key === 'vars' && keys.length <= 4) return 'path';
    return PATH_LISTS.has(String(key)) && keys.length <= 4 ? 'path' : 'other';
  }
  const isPath = keys[0] === 'artifacts' ? last === 'path' : keys.length <= 2 && isPathSection(keys[0]);
  return isPath ? 'path' : 'other';
}

const isPathSection = (section: unknown): boolean =>
  section === 'params' || section === 'metrics' || section === 'plots' || section === 'vars';

/** Templates that DVC has without a file. */
const PLOT_TEMPLATES = [
  'linear',
  'simple',
  'smooth',
  'scatter',
  'scatter_jitter',
  'confusion',
  'confusion_normalized',
  'bar_horizontal',
  'bar_horizontal_sorted',
];

/** Which way a metric gets better. */
const DIRECTIONS = ['max', 'min', 'none'];

/** Values of which there are few: truth values, names of remotes and of templates. */
export function completeValues({ project, cursor, type }: Completing, allowed: Allowed): Completion[] {
  const last = cursor.path.at(-1);
  const values = allowed.isBool
    ? ['true', 'false']
    : last === 'remote'
      ? project.files.remotes
      : last === 'template' && type === 'dvc.yaml'
        ? PLOT_TEMPLATES
        : isDirection(cursor.path) && type === 'dvc.yaml'
          ? DIRECTIONS
          : last === 'schema' && type === 'dvc.lock'
            ? ["'2.0'"]
            : last === 'hash' && allowed.isText
              ? ['md5']
              : [];
  return values.map((value, rank) => ({
    label: value,
    kind: 'value',
    insert: value,
    isSnippet: false,
    range: cursor.range,
    rank,
  }));
}

/** Of all metrics of a file, or of one by its name. */
function isDirection(path: Cursor['path']): boolean {
  const meta = metaDepth(path);
  return meta !== undefined && path[meta] === 'direction';
}

/** Whether a file may hold parameters, by its name. */
export const isParamsName = (path: string): boolean => /\.(?:ya?ml|json|toml|py)$/i.test(path) && !isOwn(path);
const isOwn = (path: string): boolean => ['dvc.yaml', 'dvc.lock'].includes(nameOf(path as never));
