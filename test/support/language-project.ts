import type { FileEntry } from '../../src/engine/core/file-view.ts';
import { asRepoPath, type RepoPath } from '../../src/engine/core/ids.ts';
import {
  type EditorFiles,
  LanguageProject,
  type RecordedData,
  type TextChange,
  TextLines,
  type TextPosition,
} from '../../src/engine/language/index.ts';

export interface Case {
  readonly project: LanguageProject;
  readonly file: RepoPath;
  readonly position: TextPosition;
  /** Sets the text of a file, as typing does. */
  write(path: string, text: string): void;
}

interface Options {
  readonly committed?: Readonly<Record<string, string>>;
  readonly recorded?: readonly (Partial<RecordedData> & Pick<RecordedData, 'path' | 'recordedIn'>)[];
  readonly remotes?: readonly string[];
  /** Digests that the cache has. */
  readonly cached?: readonly string[];
}

/** A repository in memory; `|` in one of the files is the cursor. A bar that is none is written `||`. */
export function languageCase(files: Readonly<Record<string, string>>, options: Options = {}): Case {
  const texts = new Map<string, string>();
  let [file, position]: [RepoPath, TextPosition] = [asRepoPath('dvc.yaml'), { line: 0, character: 0 }];
  for (const [path, marked] of Object.entries(files)) {
    const at = marked.search(/(?<!\|)\|(?!\|)/);
    const text = (at < 0 ? marked : marked.slice(0, at) + marked.slice(at + 1)).replaceAll('||', '|');
    texts.set(path, text);
    if (at < 0) continue;
    const before = marked.slice(0, at).replaceAll('||', '|');
    [file, position] = [asRepoPath(path), new TextLines(before).position(before.replace(/\r\n/g, '\n').length)];
  }
  const project = new LanguageProject(inMemory(texts, options));
  return { project, file, position, write: (path, text) => texts.set(path, text) };
}

function inMemory(texts: ReadonlyMap<string, string>, options: Options): EditorFiles {
  const { committed = {}, recorded = [], remotes = [], cached = [] } = options;
  const inside = (folder: string) =>
    folder === '' ? [...texts.keys()] : [...texts.keys()].filter((path) => path.startsWith(`${folder}/`));
  return {
    style: {},
    remotes,
    text: async (path) => texts.get(path),
    kind: async (path) => (texts.has(path) ? 'file' : inside(path).length > 0 ? 'directory' : undefined),
    list: async (folder) => {
      const entries = new Map<string, FileEntry>();
      for (const path of inside(folder)) {
        const [name = '', ...more] = path.slice(folder === '' ? 0 : folder.length + 1).split('/');
        entries.set(name, { name, kind: more.length > 0 ? 'directory' : 'file' });
      }
      return [...entries.values()];
    },
    stageFiles: async () => [...texts.keys()].filter((path) => /(^|\/)dvc\.yaml$|\.dvc$/.test(path)).map(asRepoPath),
    recorded: () => recorded.map((data) => ({ size: undefined, files: undefined, oid: undefined, ...data })),
    committedText: async (path) => committed[path],
    isCached: async ({ value }) => cached.includes(value),
  };
}

/** A text after changes to it. */
export function applied(source: string, changes: readonly TextChange[]): string {
  const lines = new TextLines(source);
  let { text } = lines;
  const last = [...changes].sort((a, b) => lines.offset(b.range.start) - lines.offset(a.range.start));
  for (const { range, newText } of last)
    text = text.slice(0, lines.offset(range.start)) + newText + text.slice(lines.offset(range.end));
  return text;
}

/** `3:4-3:9`, lines counted from 1 and characters from 0. */
export const shownRange = ({ start, end }: TextChange['range']): string =>
  `${start.line + 1}:${start.character}-${end.line + 1}:${end.character}`;
