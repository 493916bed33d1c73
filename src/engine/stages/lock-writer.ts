import * as fs from 'node:fs';
import type { StageAddress } from '../core/ids.ts';
import { type LockEntry, removeFromLockfile, updateLockfile } from '../files/lockfile.ts';
import type { PipelineStage } from '../graph/stage.ts';
import { writeAtomic } from '../platform/atomic-write.ts';
import type { Repo } from '../repo.ts';
import { lockPathOf } from './stage-records.ts';

interface FreshEntry {
  readonly stage: PipelineStage;
  readonly entry: LockEntry;
  readonly position: number;
}

/** Written by this process and not changed since. */
interface WrittenLock {
  readonly text: string;
  /** Entries that were not there before, in the order of the plan. */
  readonly fresh: readonly FreshEntry[];
  /** Whether it ends in its stages, with nothing that would have to be kept in place: undefined until somebody wants to know. */
  readonly appendable: boolean | undefined;
}

export interface LockWrite {
  /** Absolute. */
  readonly file: string;
  readonly isNew: boolean;
  /** False where the file said so already. */
  readonly isChange: boolean;
}

/**
 * Writes lock entries, each on the disk before the next stage starts.
 *
 * Stages may end in any order; entries that are new stand in the order of the plan all the same, so that the bytes are those of a serial run.
 */
export class LockWriter {
  readonly #repo: Repo;
  readonly #positions: ReadonlyMap<StageAddress, number>;
  readonly #written = new Map<string, WrittenLock>();

  /** @param positions Of stages in the plan. */
  constructor(repo: Repo, positions: ReadonlyMap<StageAddress, number>) {
    this.#repo = repo;
    this.#positions = positions;
  }

  /** @throws `invalid-file`, `torn-file`, `no-space`, `permission` */
  write(stage: PipelineStage, entry: LockEntry): LockWrite {
    const lock = lockPathOf(stage.file);
    const file = this.#repo.absolute(lock);
    const old = fs.existsSync(file) ? fs.readFileSync(file, 'utf8') : undefined;
    const before = this.#written.get(file);
    const fresh = before?.text === old ? (before?.fresh ?? []) : [];
    const position = this.#positions.get(stage.address) ?? 0;
    const isFresh = stage.lockedCmd === undefined;
    const later = isFresh ? fresh.filter((one) => one.position > position) : [];
    let text = old;
    for (const one of later) text = text && removeFromLockfile(text, one.stage.name, lock);
    const isMine = isFresh && later.length === 0 && before !== undefined && before.text === old;
    const appendable = isMine ? (before.appendable ?? endsInStages(before.text)) : undefined;
    const appended = isMine && appendable ? append(before.text, stage.name, entry) : undefined;
    text = appended ?? updateLockfile(text, stage.name, entry, lock);
    for (const one of later) text = updateLockfile(text, one.stage.name, one.entry, lock);
    if (text !== old) writeAtomic(file, text);
    const mine: FreshEntry[] = isFresh ? [{ stage, entry, position }] : [];
    const all = [...fresh, ...mine].sort((a, b) => a.position - b.position);
    this.#written.set(file, { text, fresh: all, appendable: appended === undefined ? undefined : appendable });
    this.#repo.forgetIndex();
    return { file, isNew: old === undefined, isChange: text !== old };
  }
}

const PLAIN_NAME = /^[A-Za-z_][\w-]*$/;

/** Without comments, and with `stages` as its last part. */
const endsInStages = (text: string): boolean =>
  text.endsWith('\n') && !/^\s*#/m.test(text) && text.match(/^[^\s].*$/gm)?.at(-1) === 'stages:';

/** The text with one more entry, where it {@link endsInStages}: then nothing before the end changes. */
function append(text: string, name: string, entry: LockEntry): string | undefined {
  if (!PLAIN_NAME.test(name) || text.includes(`\n  ${name}:`)) return undefined;
  const alone = updateLockfile(undefined, name, entry);
  if (/ &id\d+/.test(alone)) return undefined; // Names of anchors go on from those above.
  return text + alone.slice(alone.indexOf('stages:\n') + 'stages:\n'.length);
}
