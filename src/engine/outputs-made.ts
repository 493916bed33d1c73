import * as fs from 'node:fs';
import * as path from 'node:path';
import { asOid, asRepoPath, isOid, type Oid, type RepoPath } from './core/ids.ts';
import { writeAtomic } from './platform/atomic-write.ts';

/**
 * Which outputs this clone's commands put into the workspace, and with which content.
 *
 * After a switch of branches it tells data that can go from the user's own files. A hint: without it, such data stays where it is.
 */
export class OutputsMade {
  readonly #file: string;
  #known: Map<RepoPath, Oid> | undefined;
  #changed = false;

  /** @param privateDir The repository's private folder; read when first asked. */
  constructor(privateDir: string) {
    this.#file = path.join(privateDir, 'outputs.json');
  }

  entries(): readonly (readonly [RepoPath, Oid])[] {
    return [...this.#load()];
  }

  /** The output now holds this content; nothing is remembered of one without. */
  remember(output: RepoPath, oid: string | undefined): void {
    if (oid === undefined || !isOid(oid) || this.#load().get(output) === oid) return;
    this.#load().set(output, oid);
    this.#changed = true;
  }

  forget(output: RepoPath): void {
    if (this.#load().delete(output)) this.#changed = true;
  }

  save(): void {
    if (!this.#changed) return;
    fs.mkdirSync(path.dirname(this.#file), { recursive: true });
    writeAtomic(this.#file, JSON.stringify(Object.fromEntries(this.#load())));
    this.#changed = false;
  }

  #load(): Map<RepoPath, Oid> {
    this.#known ??= new Map(readEntries(this.#file));
    return this.#known;
  }
}

function* readEntries(file: string): Generator<[RepoPath, Oid]> {
  let value: unknown;
  try {
    value = JSON.parse(fs.readFileSync(file, 'utf8'));
  } catch {
    return; // Missing or damaged: it is a hint.
  }
  if (typeof value !== 'object' || value === null) return;
  for (const [output, oid] of Object.entries(value))
    if (typeof oid === 'string' && isOid(oid) && isPlainPath(output)) yield [asRepoPath(output), asOid(oid)];
}

const isPlainPath = (text: string): boolean =>
  text !== '' && !text.startsWith('/') && !text.split('/').some((part) => part === '' || part === '.' || part === '..');
