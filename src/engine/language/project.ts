import type { FileEntry } from '../core/file-view.ts';
import type { RepoPath } from '../core/ids.ts';
import { parentOf } from '../core/paths.ts';
import type { PyValue } from '../core/python.ts';
import type { Context } from '../files/context.ts';
import { type PipelineEntry, resolveDvcYaml } from '../files/dvc-yaml.ts';
import { type LockEntry, parseLockfile } from '../files/lockfile.ts';
import { readParams } from '../files/params-file.ts';
import type { OptionStyle } from '../files/template.ts';
import type { HashInfo } from '../hash/hash-info.ts';
import { LanguageText, type ParsedPart, type TextPart } from './language-text.ts';
import { type StageMention, stageMentions } from './stage-mentions.ts';

/** Data that a file records: an output of a pointer file or of a stage. */
export interface RecordedData {
  readonly path: RepoPath;
  /** The `.dvc` file or dvc.yaml. */
  readonly recordedIn: RepoPath;
  /** Bytes, and files of a folder. */
  readonly size: number | undefined;
  readonly files: number | undefined;
  readonly oid: string | undefined;
}

/** A repository as an editor has it: what is open counts as it is there, saved or not. */
export interface EditorFiles {
  readonly style: Partial<OptionStyle>;
  /** Names of the remotes of the configuration. */
  readonly remotes: readonly string[];
  /** Undefined where there is no such file, or where it is too big to be one of text. */
  text(path: RepoPath): Promise<string | undefined>;
  kind(path: RepoPath): Promise<'file' | 'directory' | undefined>;
  list(folder: RepoPath): Promise<readonly FileEntry[]>;
  /** Every dvc.yaml and pointer file. */
  stageFiles(): Promise<readonly RepoPath[]>;
  recorded(): readonly RecordedData[];
  /** A file of the last commit; undefined without Git. */
  committedText(path: RepoPath): Promise<string | undefined>;
  isCached(hash: HashInfo): Promise<boolean>;
}

/** Texts read for a result: it holds as long as they are the same. */
type Reads = ReadonlyMap<RepoPath, string | undefined>;

interface ResolvedPart {
  readonly context: Context;
  readonly reads: Reads;
  readonly entries: readonly PipelineEntry[];
}

/** Ms that a walk over all stages takes of the event loop before others have their turn. */
const SLICE = 12;

/**
 * What the language features know of a repository. Everything is worked out from texts when it is asked for, and kept as
 * long as the texts stay: a change to one stage costs that stage.
 */
export class LanguageProject {
  readonly files: EditorFiles;
  readonly #texts = new Map<RepoPath, { source: string; text: LanguageText }>();
  readonly #contexts = new Map<RepoPath, { vars: string; reads: Reads; context: Context }>();
  readonly #resolved = new WeakMap<ParsedPart, ResolvedPart>();
  readonly #mentions = new WeakMap<
    ParsedPart,
    { part: TextPart; entries: readonly PipelineEntry[]; mentions: readonly StageMention[] }
  >();

  constructor(files: EditorFiles) {
    this.files = files;
  }

  /** A dvc.yaml, dvc.lock or pointer file; undefined where there is none. */
  async text(file: RepoPath): Promise<LanguageText | undefined> {
    const source = await this.files.text(file);
    const known = this.#texts.get(file);
    if (source === undefined) this.#texts.delete(file);
    if (source === undefined || known?.source === source) return source === undefined ? undefined : known?.text;
    const text = new LanguageText(source, known?.text);
    this.#texts.set(file, { source, text });
    return text;
  }

  /** What `${}` sees in a dvc.yaml outside of stages; of vars with errors nothing. */
  async context(file: RepoPath, text: LanguageText): Promise<Context> {
    const vars = text.part('vars')?.parsed.source ?? '';
    const known = this.#contexts.get(file);
    if (known?.vars === vars && (await this.#isSame(known.reads))) return known.context;
    const reads = new Map<RepoPath, string | undefined>();
    const { context } = await resolveDvcYaml({
      path: file,
      content: vars,
      readFile: this.#reader(reads),
      style: this.files.style,
    });
    this.#contexts.set(file, { vars, reads, context });
    return context;
  }

  /** The stages of a part, one or a group; none where the definition has errors. */
  async stages(file: RepoPath, text: LanguageText, part: TextPart): Promise<readonly PipelineEntry[]> {
    return this.#stages(file, await this.context(file, text), part.parsed);
  }

  /** What the definition of a stage or of a group names. */
  async mentionsOf(file: RepoPath, text: LanguageText, part: TextPart): Promise<readonly StageMention[]> {
    return this.#mentionsOf(file, () => this.context(file, text), part);
  }

  /** What all stages of the repository name, file by file; lets others run in between. */
  async *allMentions(): AsyncGenerator<StageMention> {
    for (const file of await this.files.stageFiles()) {
      if (!file.endsWith('dvc.yaml')) continue;
      const text = await this.text(file);
      if (text) yield* this.mentionsIn(file, text);
    }
  }

  async *mentionsIn(file: RepoPath, text: LanguageText): AsyncGenerator<StageMention> {
    let context: Promise<Context> | undefined;
    const once = (): Promise<Context> => (context ??= this.context(file, text));
    let since = performance.now();
    for (const part of text.stages) {
      yield* await this.#mentionsOf(file, once, part);
      if (performance.now() - since < SLICE) continue;
      await new Promise((resolve) => setImmediate(resolve));
      since = performance.now();
    }
  }

  /** The last run of a stage, as the dvc.lock beside `file` has it. */
  async lockEntry(file: RepoPath, stage: string): Promise<LockEntry | undefined> {
    const lock = lockBeside(file);
    const part = (await this.text(lock))?.part('stages', stage);
    if (!part) return undefined;
    try {
      return parseLockfile(`schema: '2.0'\n${part.parsed.source}`, lock).stages.get(stage);
    } catch {
      return undefined; // A broken entry; diagnostics say it.
    }
  }

  /** The content of a params file; undefined where it is missing or broken. */
  async params(file: RepoPath): Promise<PyValue | undefined> {
    return readParamsText(file, await this.files.text(file));
  }

  async #mentionsOf(file: RepoPath, context: () => Promise<Context>, part: TextPart): Promise<readonly StageMention[]> {
    const { parsed } = part;
    // Most definitions hold no `${}`, and need nothing but their own text.
    const entries = parsed.source.includes('${') ? await this.#stages(file, await context(), parsed) : NO_ENTRIES;
    const known = this.#mentions.get(parsed);
    if (known?.entries === entries && known.part === part) return known.mentions;
    const mentions = stageMentions(file, part, entries);
    this.#mentions.set(parsed, { part, entries, mentions });
    return mentions;
  }

  async #stages(file: RepoPath, context: Context, parsed: ParsedPart): Promise<readonly PipelineEntry[]> {
    const known = this.#resolved.get(parsed);
    if (known?.context === context && (await this.#isSame(known.reads))) return known.entries;
    return this.#resolve(file, context, parsed);
  }

  async #resolve(file: RepoPath, context: Context, parsed: ParsedPart): Promise<readonly PipelineEntry[]> {
    const reads = new Map<RepoPath, string | undefined>();
    const { stages } = await resolveDvcYaml({
      path: file,
      content: parsed.source,
      value: parsed.value() ?? null,
      context,
      readFile: this.#reader(reads),
      style: this.files.style,
    });
    const entries = stages.length > 0 ? stages : NO_ENTRIES;
    this.#resolved.set(parsed, { context, reads, entries });
    return entries;
  }

  #reader(reads: Map<RepoPath, string | undefined>): (name: string) => Promise<Uint8Array | undefined> {
    return async (name) => {
      const path = name as RepoPath; // Relative to the root, as the path of the dvc.yaml is.
      const text = name.startsWith('/') || name.startsWith('..') ? undefined : await this.files.text(path);
      reads.set(path, text);
      return text === undefined ? undefined : Buffer.from(text);
    };
  }

  async #isSame(reads: Reads): Promise<boolean> {
    for (const [path, text] of reads) if ((await this.files.text(path)) !== text) return false;
    return true;
  }
}

const NO_ENTRIES: readonly PipelineEntry[] = [];

export const lockBeside = (file: RepoPath): RepoPath => siblingOf(file, 'dvc.lock');
export const pipelineBeside = (file: RepoPath): RepoPath => siblingOf(file, 'dvc.yaml');

const siblingOf = (file: RepoPath, name: string): RepoPath => {
  const folder = parentOf(file);
  return (folder === '' ? name : `${folder}/${name}`) as RepoPath; // A file beside one of the repository.
};

/** Params of a text; undefined where there is none, or none that can be read. */
export function readParamsText(file: RepoPath, text: string | undefined): PyValue | undefined {
  if (text === undefined) return undefined;
  try {
    return readParams(file, Buffer.from(text));
  } catch {
    return undefined; // Being typed.
  }
}
