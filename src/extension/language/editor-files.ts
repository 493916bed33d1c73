import * as fs from 'node:fs';
import * as path from 'node:path';
import { FileType, Uri, workspace } from 'vscode';
import type { EditorFiles, FileEntry, RecordedData, RepoPath } from '../../engine/index.ts';
import type { Engine } from '../engine.ts';
import type { RepoModel } from '../repo-model.ts';
import type { OutputView } from '../snapshot.ts';

/** No text that a person writes is longer; bytes. */
const BIGGEST = 16_000_000;
const KEPT = 500;
const DVC_YAML = 'dvc.yaml' as RepoPath; // A file of the root.

/** A repository's files as the editor has them: documents that are open first, then the disk. */
export class WorkspaceFiles implements EditorFiles {
  style: EditorFiles['style'] = {};
  readonly #engine: Engine;
  readonly #root: string;
  readonly #model: RepoModel | undefined;
  /** By absolute path, with what the file looked like when it was read. */
  readonly #kept = new Map<string, { readonly look: string; readonly text: string }>();
  readonly #committed = new Map<string, { readonly commit: string; readonly text: string | undefined }>();
  #stageFiles: readonly RepoPath[] = [];
  #recorded: { readonly outputs: readonly OutputView[]; readonly data: readonly RecordedData[] } | undefined;

  /** @param model Undefined for a file outside of any repository: then its folder is all there is. */
  constructor(engine: Engine, root: string, model: RepoModel | undefined) {
    this.#engine = engine;
    this.#root = root;
    this.#model = model;
  }

  get remotes(): readonly string[] {
    return this.#model?.snapshot.remotes.map(({ name }) => name) ?? [];
  }

  uri(place: RepoPath): Uri {
    return Uri.file(path.join(this.#root, place));
  }

  async text(place: RepoPath): Promise<string | undefined> {
    const file = path.join(this.#root, place);
    const open = workspace.textDocuments.find(({ uri }) => uri.scheme === 'file' && uri.fsPath === file);
    if (open) return this.#keep(file, `version ${open.version}`, () => open.getText());
    const stats = await fs.promises.stat(file).catch(() => undefined);
    if (!stats?.isFile() || stats.size > BIGGEST) return undefined;
    const look = `${stats.mtimeMs} ${stats.size} ${stats.ino}`;
    const known = this.#kept.get(file);
    if (known?.look === look) return known.text;
    const text = await fs.promises.readFile(file, 'utf8').catch(() => undefined); // Gone in between.
    return text === undefined ? undefined : this.#keep(file, look, () => text);
  }

  async kind(place: RepoPath): Promise<'file' | 'directory' | undefined> {
    const stats = await fs.promises.stat(path.join(this.#root, place)).catch(() => undefined);
    return stats === undefined ? undefined : stats.isDirectory() ? 'directory' : 'file';
  }

  async list(folder: RepoPath): Promise<readonly FileEntry[]> {
    const entries = await workspace.fs.readDirectory(this.uri(folder)).then(
      (found) => found,
      () => [], // No such folder: nothing in it.
    );
    return entries.map(([name, type]) => ({ name, kind: type & FileType.Directory ? 'directory' : 'file' }));
  }

  /** Those of the last time that all could be read, while one of them is broken. */
  async stageFiles(): Promise<readonly RepoPath[]> {
    const model = this.#model;
    if (!model) return [DVC_YAML];
    const { pipelines } = model.snapshot;
    if (pipelines) this.#stageFiles = pipelines.map(({ file }) => file);
    else {
      try {
        this.#stageFiles = [...(await (await model.repo()).index()).files];
      } catch {
        // A file is broken, which diagnostics and views say.
      }
    }
    const open = workspace.textDocuments.flatMap(({ uri }) => {
      const place = path.basename(uri.fsPath) === 'dvc.yaml' ? model.pathOf(uri) : undefined;
      return place === undefined ? [] : [place];
    });
    return [...new Set([...this.#stageFiles, ...open])];
  }

  recorded(): readonly RecordedData[] {
    const outputs = this.#model?.snapshot.outputs ?? [];
    if (this.#recorded?.outputs !== outputs)
      this.#recorded = { outputs, data: outputs.map(({ pointer, ...data }) => ({ ...data, recordedIn: pointer })) };
    return this.#recorded.data;
  }

  async committedText(place: RepoPath): Promise<string | undefined> {
    const commit = this.#model?.trusted ? this.#model.snapshot.head?.commit : undefined;
    if (!this.#model || commit === undefined) return undefined;
    const known = this.#committed.get(place);
    if (known?.commit === commit) return known.text;
    const repo = await this.#model.repo();
    const text = (await (await repo.filesAt(commit)).read(place))?.toString();
    this.#committed.set(place, { commit, text });
    return text;
  }

  async isCached({ name, value }: Parameters<EditorFiles['isCached']>[0]): Promise<boolean> {
    const hash = name === 'md5' ? 'md5' : name === 'md5-dos2unix' ? 'md5-dos2unix' : undefined;
    if (!this.#model || hash === undefined || !this.#engine.isOid(value)) return false;
    return (await this.#model.repo()).cache(hash).has(value);
  }

  /** The same text object for the same file: what was worked out from it is found by it. */
  #keep(file: string, look: string, read: () => string): string {
    const known = this.#kept.get(file);
    if (known?.look === look) return known.text;
    const text = read();
    const same = known?.text === text ? known.text : text;
    if (this.#kept.size >= KEPT) this.#kept.clear();
    this.#kept.set(file, { look, text: same });
    return same;
  }
}
