import type { RepoPath } from '../core/ids.ts';
import { completeKeys, completeStageNames, newStages } from './complete-keys.ts';
import { completeParams, completePaths } from './complete-paths.ts';
import { completeValues, valueKind } from './complete-values.ts';
import { completeVariables } from './complete-variables.ts';
import { type Cursor, cursorAt } from './cursor.ts';
import { allowedAt } from './keys.ts';
import { type LanguageFile, type LanguageText, languageFileOf } from './language-text.ts';
import type { LanguageProject } from './project.ts';
import type { TextPosition, TextRange } from './text-lines.ts';

/** One thing to put in at the cursor. */
export interface Completion {
  readonly label: string;
  readonly kind: 'key' | 'value' | 'file' | 'folder' | 'param' | 'variable' | 'stage' | 'template';
  /** A snippet where it has tab stops. */
  readonly insert: string;
  readonly isSnippet: boolean;
  readonly range: TextRange;
  readonly detail?: string;
  /** The path of a schema key, with which its description is found. */
  readonly schemaPath?: string;
  /** True where more is to be completed behind it. */
  readonly goesOn?: boolean;
  /** Orders the list; labels decide among equals. */
  readonly rank?: number;
}

/** Where a completion is asked for, and in what. */
export interface Completing {
  readonly project: LanguageProject;
  readonly file: RepoPath;
  readonly type: LanguageFile;
  readonly text: LanguageText;
  readonly cursor: Cursor;
  readonly position: TextPosition;
}

/** What can be put in at a position of a dvc.yaml, dvc.lock or pointer file, complete or not. */
export async function completionsAt(
  project: LanguageProject,
  file: RepoPath,
  position: TextPosition,
): Promise<readonly Completion[]> {
  const [type, text] = [languageFileOf(file), await project.text(file)];
  const cursor = text && cursorAt(text, position);
  if (!type || !text || !cursor) return [];
  const at: Completing = { project, file, type, text, cursor, position };
  if (type === 'dvc.yaml' && cursor.path[0] !== 'vars') {
    const variables = await completeVariables(at);
    if (variables) return variables;
  }
  if (cursor.isKey || cursor.isOnOwnLine) {
    const names = type === 'dvc.yaml' ? newStages(at) : await completeStageNames(at);
    if (names.length > 0) return names;
    const keys = completeKeys(at);
    if (keys.length > 0) return keys;
  }
  return completeValue(at);
}

async function completeValue(at: Completing): Promise<readonly Completion[]> {
  const { cursor, type } = at;
  switch (valueKind(type, cursor)) {
    case 'params':
      return completeParams(at);
    case 'path':
    case 'folder':
    case 'command':
      return completePaths(at);
    default:
      return completeValues(at, allowedAt(type, cursor.path));
  }
}
