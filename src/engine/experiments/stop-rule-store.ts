import * as fs from 'node:fs';
import * as path from 'node:path';
import { errnoOf } from '../core/errors.ts';
import { writeAtomic } from '../platform/atomic-write.ts';
import type { Repo } from '../repo.ts';

/** A stop rule of one run, and what came of it. */
export interface RunRule {
  /** As people write it: `loss > 10 for 3`. */
  readonly text: string;
  /** The value that met it; null where none has. */
  readonly met: RuleMet | null;
}

export interface RuleMet {
  /** As text: JSON has no NaN. */
  readonly value: string;
  /** Milliseconds since 1970. */
  readonly at: number;
}

/**
 * The stop rules of runs, by the key of a run: `.dvc/tmp/lode/queue/rules`. Who runs writes what was met into a file of its own, so that
 * it never takes back what somebody else adds meanwhile.
 */
export class StopRuleStore {
  readonly #folder: string;

  constructor(repo: Repo) {
    this.#folder = path.join(repo.privateDir, 'queue', 'rules');
  }

  /** The texts alone: what a run looks for again and again. */
  texts(run: string): readonly string[] {
    const texts = read<readonly unknown[]>(this.#file(run, 'json'));
    return Array.isArray(texts) ? texts.filter((text): text is string => typeof text === 'string') : [];
  }

  list(run: string): readonly RunRule[] {
    const texts = this.texts(run);
    if (texts.length === 0) return [];
    const met = read<Readonly<Record<string, RuleMet>>>(this.#file(run, 'met')) ?? {};
    return texts.map((text) => ({ text, met: (Object.hasOwn(met, text) ? met[text] : undefined) ?? null }));
  }

  /** Those of all runs, by key. */
  all(): Map<string, readonly RunRule[]> {
    return new Map(this.#runs().map((run) => [run, this.list(run)]));
  }

  set(run: string, texts: readonly string[]): void {
    if (texts.length === 0) {
      this.forget(run);
      return;
    }
    fs.mkdirSync(this.#folder, { recursive: true });
    writeAtomic(this.#file(run, 'json'), JSON.stringify([...new Set(texts)]));
  }

  noteMet(run: string, text: string, met: RuleMet): void {
    const before = read<Readonly<Record<string, RuleMet>>>(this.#file(run, 'met')) ?? {};
    writeAtomic(this.#file(run, 'met'), JSON.stringify({ ...before, [text]: met }));
  }

  forget(run: string): void {
    for (const kind of ['json', 'met'] as const) fs.rmSync(this.#file(run, kind), { force: true });
  }

  /** Forgets those of runs outside of the queue that were killed. @param alive Keys of those that run */
  forgetDead(alive: readonly string[]): void {
    for (const run of this.#runs()) if (!/^[0-9a-f]{40,64}$/.test(run) && !alive.includes(run)) this.forget(run);
  }

  #runs = (): string[] =>
    namesIn(this.#folder).flatMap((name) =>
      name.endsWith('.json') ? [decodeURIComponent(name.slice(0, -'.json'.length))] : [],
    );

  #file = (run: string, kind: 'json' | 'met'): string => path.join(this.#folder, `${encodeURIComponent(run)}.${kind}`);
}

function namesIn(folder: string): string[] {
  try {
    return fs.readdirSync(folder);
  } catch (error) {
    if (errnoOf(error) === undefined) throw error;
    return [];
  }
}

function read<T>(file: string): T | undefined {
  try {
    return JSON.parse(fs.readFileSync(file, 'utf8')) as T;
  } catch (error) {
    if (!(error instanceof SyntaxError) && errnoOf(error) === undefined) throw error;
    return undefined;
  }
}
