import type { RepoPath } from '../core/ids.ts';
import { joinRepoPath, parentOf } from '../core/paths.ts';
import { isPyMap, type PyValue, pyStr } from '../core/python.ts';
import { DEFAULT_PARAMS_FILE } from '../files/params-file.ts';
import type { Completing, Completion } from './complete.ts';
import { isParamsName, valueKind } from './complete-values.ts';
import { bodyPath } from './stage-mentions.ts';
import { shown } from './value-text.ts';
import { nodeAt, textOf } from './yaml-places.ts';

const MOST = 1000;

/** Files and folders, from the folder the paths of this place start at. Known outputs count, whether or not they are there. */
export async function completePaths(at: Completing): Promise<Completion[]> {
  const { project, cursor, type, file } = at;
  const kind = valueKind(type, cursor);
  const base = await folderOf(at);
  if (base === undefined) return [];
  const word = kind === 'command' ? (/[^\s'"=:|<>;&()]*$/.exec(cursor.before)?.[0] ?? '') : cursor.before;
  if ((kind === 'command' && word === '') || /^\/|:\/\//.test(word)) return [];
  const slash = word.lastIndexOf('/') + 1;
  const folder = joinRepoPath(base, word.slice(0, slash) || '.');
  if (folder === undefined) return [];
  const names = new Map<string, boolean>();
  for (const { name, kind: type } of await project.files.list(folder)) names.set(name, type === 'directory');
  for (const { path } of project.files.recorded()) {
    const rest = folder === '' ? path : path.startsWith(`${folder}/`) ? path.slice(folder.length + 1) : '';
    const [name, ...more] = rest.split('/');
    if (name && !names.has(name)) names.set(name, more.length > 0);
  }
  const onlyParams = cursor.path.includes('vars') || cursor.path[0] === 'params';
  const range = wordRange(at, word.length - slash);
  return [...names]
    .filter(([name, isFolder]) => {
      if (/^\.(?:dvc|git)$/.test(name) || name === '.DS_Store') return false;
      if (type === '.dvc') return true;
      if (kind === 'folder') return isFolder;
      return isFolder || (onlyParams ? isParamsName(name) : !/(?:^dvc\.(?:yaml|lock)|\.dvc)$/.test(name));
    })
    .slice(0, MOST)
    .map(([name, isFolder]) => ({
      label: isFolder ? `${name}/` : name,
      kind: isFolder ? ('folder' as const) : ('file' as const),
      insert: dash(at) + quoted(isFolder && kind !== 'folder' ? `${name}/` : name, cursor.style, slash > 0),
      isSnippet: false,
      range,
      goesOn: isFolder,
      rank: isFolder ? 1 : 0,
      ...(folder === parentOf(file) ? {} : { detail: folder }),
    }));
}

/** Keys of the params file that a list is about; at the top of the list also other files. */
export async function completeParams(at: Completing): Promise<Completion[]> {
  const { project, cursor } = at;
  const folder = await folderOf(at);
  if (folder === undefined) return [];
  const steps = cursor.path.slice(cursor.path.indexOf('params') + 1);
  const named = steps.find((step) => typeof step === 'string');
  const isTop = named === undefined;
  const params = joinRepoPath(folder, typeof named === 'string' ? named : DEFAULT_PARAMS_FILE);
  const data = params === undefined ? undefined : await project.params(params);
  const keys: Completion[] = dotted(data).map(([key, value]) => ({
    label: key,
    kind: 'param',
    insert: dash(at) + key,
    isSnippet: false,
    range: cursor.range,
    detail: shown(value),
  }));
  if (!isTop || cursor.isInFlow) return keys;
  const files = (await project.files.list(folder))
    .filter(({ name, kind }) => kind === 'file' && isParamsName(name) && name !== DEFAULT_PARAMS_FILE)
    .slice(0, MOST);
  return [
    ...keys,
    ...files.map(({ name }) => ({
      label: `${name}:`,
      kind: 'file' as const,
      insert: `${dash(at)}${name}:\n${dash(at) === '' ? '' : '  '}- $1`,
      isSnippet: true,
      range: cursor.range,
      goesOn: true,
      rank: 1,
    })),
  ];
}

/** Nested keys with dots, those of mappings too: a stage can depend on either. */
function dotted(value: PyValue | undefined, prefix = '', depth = 0): [string, PyValue][] {
  if (!isPyMap(value) || depth > 8) return [];
  return [...value]
    .flatMap(([key, item]): [string, PyValue][] => {
      const name = prefix + pyStr(key);
      return [[name, item], ...dotted(item, `${name}.`, depth + 1)];
    })
    .slice(0, MOST);
}

/** What relative paths at the cursor start from. */
async function folderOf({ type, file, cursor, text, project }: Completing): Promise<RepoPath | undefined> {
  const folder = parentOf(file);
  if (type === '.dvc') {
    const wdir = textOf(nodeAt(text.part('wdir')?.parsed.root, ['wdir']));
    return joinRepoPath(folder, cursor.path.at(-1) === 'wdir' ? '.' : (wdir ?? '.'));
  }
  if (cursor.path[0] !== 'stages' || cursor.path.at(-1) === 'wdir') return folder;
  const part = text.part('stages', String(cursor.path[1]));
  if (!part) return folder;
  const wdir = textOf(nodeAt(part.parsed.root, [...bodyPath(part), 'wdir']));
  if (wdir === undefined || !wdir.includes('${')) return joinRepoPath(folder, wdir ?? '.');
  const [first] = await project.stages(file, text, part);
  return first?.wdir === undefined ? folder : joinRepoPath(folder, first.wdir);
}

/** On a line of its own below the key of a list, an item needs its dash. */
const dash = ({ cursor }: Completing): string =>
  cursor.isOnOwnLine && typeof cursor.path.at(-1) === 'string' && LISTS.has(String(cursor.path.at(-1))) ? '- ' : '';
const LISTS = new Set(['deps', 'outs', 'metrics', 'plots', 'params', 'vars']);

/** The last part of a path only, so that what the editor filters by is the name. */
function wordRange({ cursor, position }: Completing, length: number): Completion['range'] {
  const start = { line: position.line, character: Math.max(0, position.character - length) };
  const end = cursor.range.end.line === position.line ? cursor.range.end : position;
  const behind = valueKindIsCommand(cursor.path) ? position : end;
  return { start, end: behind };
}

const valueKindIsCommand = (path: Completing['cursor']['path']): boolean => path.includes('cmd');

/** In quotes where YAML would read something else. */
function quoted(name: string, style: string, isInside: boolean): string {
  if (style !== 'plain' || isInside) return name;
  return /^[\w./][^:#{}[\],&*!|>'"%@`]*$/.test(name) ? name : `'${name.replaceAll("'", "''")}'`;
}
