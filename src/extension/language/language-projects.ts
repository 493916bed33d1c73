import * as path from 'node:path';
import { type CancellationToken, type DocumentFilter, Range, type TextDocument, type Uri } from 'vscode';
import type { LanguageProject, RepoPath, TextRange } from '../../engine/index.ts';
import { type Engine, loadEngine } from '../engine.ts';
import type { ExtensionLog } from '../log.ts';
import type { RepoModel } from '../repo-model.ts';
import type { Repositories } from '../repositories.ts';
import { WorkspaceFiles } from './editor-files.ts';

export const PIPELINE_FILES: readonly DocumentFilter[] = [{ scheme: 'file', pattern: '**/dvc.yaml' }];
export const LOCK_FILES: readonly DocumentFilter[] = [{ scheme: 'file', pattern: '**/dvc.lock' }];
/** Every file the language features are for. A folder `.dvc` is no document. */
export const DVC_FILES: readonly DocumentFilter[] = [
  ...PIPELINE_FILES,
  ...LOCK_FILES,
  { scheme: 'file', pattern: '**/*.dvc' },
];

/** A document, as a place of the project that it belongs to. */
export interface Located {
  readonly engine: Engine;
  readonly project: LanguageProject;
  readonly files: WorkspaceFiles;
  readonly file: RepoPath;
  readonly model: RepoModel | undefined;
}

/** What the language features know of each repository; of a file outside of all of them, of its folder. */
export class LanguageProjects {
  readonly #repositories: Repositories;
  readonly #log: ExtensionLog;
  readonly #ofModels = new WeakMap<RepoModel, Omit<Located, 'file'>>();
  readonly #ofFolders = new Map<string, Omit<Located, 'file'>>();

  constructor(repositories: Repositories, log: ExtensionLog) {
    this.#repositories = repositories;
    this.#log = log;
  }

  /**
   * Runs what one feature has to do for a document. What fails is logged: an editor asks again with the next keystroke.
   *
   * @returns Undefined also where the editor no longer wants to know.
   */
  async ask<T>(
    { uri }: Pick<TextDocument, 'uri'>,
    token: CancellationToken,
    work: (at: Located) => Promise<T>,
  ): Promise<T | undefined> {
    try {
      const at = await this.locate(uri);
      if (token.isCancellationRequested) return undefined;
      const result = await work(at);
      return token.isCancellationRequested ? undefined : result;
    } catch (error) {
      this.#log.error(`${uri.fsPath}: a language feature failed.`, error);
      return undefined;
    }
  }

  async locate(uri: Uri): Promise<Located> {
    await this.#repositories.ready();
    const model = this.#repositories.at(uri);
    const place = model?.pathOf(uri);
    if (model && place !== undefined) return { ...(await this.#ofModel(model)), file: place };
    const folder = path.dirname(uri.fsPath);
    const known = this.#ofFolders.get(folder) ?? this.#open(await loadEngine(), folder, undefined);
    this.#ofFolders.set(folder, known);
    return { ...known, file: path.basename(uri.fsPath) as RepoPath }; // A file of the folder that is the root here.
  }

  async #ofModel(model: RepoModel): Promise<Omit<Located, 'file'>> {
    const known = this.#ofModels.get(model) ?? this.#open(await loadEngine(), model.root, model);
    this.#ofModels.set(model, known);
    try {
      known.files.style = (await model.repo()).optionStyle;
    } catch {
      // A broken configuration, which the views say.
    }
    return known;
  }

  #open(engine: Engine, root: string, model: RepoModel | undefined): Omit<Located, 'file'> {
    const files = new WorkspaceFiles(engine, root, model);
    return { engine, files, model, project: new engine.LanguageProject(files) };
  }
}

export const toRange = ({ start, end }: TextRange): Range =>
  new Range(start.line, start.character, end.line, end.character);
