import * as fs from 'node:fs';
import * as path from 'node:path';
import { errnoOf, fromErrno, lockFileBroken, pathBusy } from '../core/errors.ts';
import { type OpContext, warn } from '../core/op-context.ts';
import { type PyValue, pyJson } from '../core/python.ts';
import { fileLock, type LockOptions } from './lock.ts';
import { pidExists, startTimeMs } from './owner.ts';
import { sweepOnce, tempName } from './temp-name.ts';

/** Paths a command reads and writes: absolute. A folder stands for all below it. */
export interface PathUse {
  readonly read: readonly string[];
  readonly write: readonly string[];
}

export interface PathLockOptions extends LockOptions {
  /** True while the caller holds the repository lock: whoever changes the table does so under it, and needs no lock of the table itself. */
  readonly guarded?: () => boolean;
}

interface Holder {
  readonly pid: number;
  readonly cmd: string;
}

interface Table {
  readonly write: Map<string, Holder>;
  readonly read: Map<string, Holder[]>;
}

/**
 * Marks paths as in use in `.dvc/tmp/rwlock`, DVC's table of who reads and writes what, until disposed.
 *
 * A reader conflicts with writers, a writer with both, on paths that are equal or one inside the other. There is no waiting.
 *
 * @param cmd What others are told holds the path, such as `lode repro`.
 * @throws `path-busy`, `lock-file-broken`, `lock-held`
 */
export async function pathLock(
  tmpDir: string,
  cmd: string,
  use: PathUse,
  options: PathLockOptions,
  ctx: OpContext,
): Promise<AsyncDisposable> {
  const me: Holder = { pid: process.pid, cmd };
  const file = path.join(tmpDir, 'rwlock');
  if (use.read.length + use.write.length === 0) return { [Symbol.asyncDispose]: async () => {} };
  await edit(file, options, ctx, (table) => {
    const rival = holders.get(file)?.find((held) => clash(held, use));
    if (rival) throw pathBusy(clash(rival, use) ?? '', [{ pid: me.pid, cmd: rival.cmd }], file);
    dropDead(file, table, ctx);
    refuseConflicts(file, table, use);
    for (const one of use.write) table.write.set(one, me);
    for (const one of use.read) table.read.set(one, [...(table.read.get(one) ?? []), me]);
  });
  const held = { ...use, cmd };
  holders.set(file, [...(holders.get(file) ?? []), held]);
  let open = true;
  return {
    async [Symbol.asyncDispose]() {
      if (!open) return;
      open = false;
      holders.set(file, holders.get(file)?.filter((other) => other !== held) ?? []);
      // What was taken must be given back, even after a cancel.
      const calm = { ...ctx, signal: new AbortController().signal };
      await edit(file, options, calm, (table) => {
        for (const one of use.write) if (same(table.write.get(one), me)) table.write.delete(one);
        for (const one of use.read) dropReader(table, one, me);
      });
    },
  };
}

/** What this process holds, by table: entries with our number that are not here were left by an earlier process. */
const holders = new Map<string, (PathUse & { readonly cmd: string })[]>();

const same = (a: Holder | undefined, b: Holder): boolean => a?.pid === b.pid && a.cmd === b.cmd;

const overlaps = (a: string, b: string): boolean =>
  a === b || a.startsWith(`${b.replace(/\/$/, '')}/`) || b.startsWith(`${a.replace(/\/$/, '')}/`);

/** The first path of `mine` that `theirs` is in the way of. */
function clash(theirs: PathUse, mine: PathUse): string | undefined {
  const blocked = (wanted: readonly string[], taken: readonly string[]): string | undefined =>
    wanted.find((one) => taken.some((other) => overlaps(one, other)));
  return blocked([...mine.read, ...mine.write], theirs.write) ?? blocked(mine.write, theirs.read);
}

function refuseConflicts(file: string, table: Table, use: PathUse): void {
  const blockersOf = (wanted: readonly string[], taken: ReadonlyMap<string, readonly Holder[]>): void => {
    for (const one of wanted) {
      const found = [...taken].filter(([other]) => overlaps(one, other)).flatMap(([, list]) => list);
      if (found.length > 0) throw pathBusy(one, found, file);
    }
  };
  const writers = new Map([...table.write].map(([one, holder]) => [one, [holder]]));
  const mine = process.pid;
  const others = (map: ReadonlyMap<string, readonly Holder[]>): Map<string, readonly Holder[]> =>
    new Map([...map].map(([one, list]) => [one, list.filter(({ pid }) => pid !== mine)])); // Ours were compared before.
  blockersOf([...use.read, ...use.write], others(writers));
  blockersOf(use.write, others(table.read));
}

function dropReader(table: Table, one: string, me: Holder): void {
  const readers = table.read.get(one) ?? [];
  const at = readers.findIndex((reader) => same(reader, me));
  if (at < 0) return;
  const rest = readers.filter((_, i) => i !== at);
  if (rest.length === 0) table.read.delete(one);
  else table.read.set(one, rest);
}

/** Forgets holders that ended, also those whose number a younger process has now. */
function dropDead(file: string, table: Table, ctx: OpContext): void {
  const written = fs.statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0;
  const alive = new Map<number, boolean>();
  const isAlive = (one: string, { pid, cmd }: Holder): boolean => {
    if (pid === process.pid)
      return holders.get(file)?.some((held) => held.read.includes(one) || held.write.includes(one)) ?? false;
    let answer = alive.get(pid);
    if (answer === undefined) {
      answer = pidExists(pid) && (startTimeMs(pid) ?? 0) <= written + 2000;
      alive.set(pid, answer);
      if (!answer)
        warn(
          ctx,
          `Process '${cmd}' with (Pid ${pid}), in RWLock-file '${path.relative(ctx.cwd, one)}' had been killed. Auto removed it from the lock file.`,
        );
    }
    return answer;
  };
  for (const [one, holder] of table.write) if (!isAlive(one, holder)) table.write.delete(one);
  for (const [one, readers] of table.read) {
    const rest = readers.filter((reader) => isAlive(one, reader));
    if (rest.length === 0) table.read.delete(one);
    else table.read.set(one, rest);
  }
}

/** Changes the table under its guard lock. The file is replaced whole, so no reader meets half of it. */
async function edit(
  file: string,
  options: PathLockOptions,
  ctx: OpContext,
  change: (table: Table) => void,
): Promise<void> {
  const what = 'the table of paths in use';
  await using _guard = options.guarded?.() ? undefined : await fileLock(`${file}.lock`, { ...options, what }, ctx);
  const table = load(file, ctx);
  change(table);
  const folder = path.dirname(file);
  const temp = path.join(folder, tempName());
  try {
    sweepOnce(folder);
    fs.writeFileSync(temp, print(table), { flag: 'wx' });
    fs.renameSync(temp, file);
  } catch (error) {
    fs.rmSync(temp, { force: true });
    throw fromErrno(error, 'write', file);
  }
}

function print({ write, read: readers }: Table): string {
  const entry = ({ pid, cmd }: Holder): PyValue =>
    new Map<string, PyValue>([
      ['pid', pid],
      ['cmd', cmd],
    ]);
  const sections = new Map<string, PyValue>();
  if (write.size > 0) sections.set('write', new Map([...write].map(([one, holder]) => [one, entry(holder)])));
  if (readers.size > 0) sections.set('read', new Map([...readers].map(([one, list]) => [one, list.map(entry)])));
  return pyJson(sections);
}

function load(file: string, ctx: OpContext): Table {
  const text = read(file);
  if (text === undefined) return { write: new Map(), read: new Map() };
  const shown = path.relative(ctx.cwd, file);
  let data: unknown;
  try {
    data = JSON.parse(text);
  } catch {
    return replaceBroken(file, text, `Unable to read RWLock-file '${shown}'. JSON structure is corrupted`, ctx);
  }
  return toTable(data) ?? replaceBroken(file, text, `RWLock-file '${shown}' format error.`, ctx);
}

/** A table torn by a kill is worth nothing, unless a process it still names is running. A number cut short names nobody. */
function replaceBroken(file: string, text: string, problem: string, ctx: OpContext): Table {
  const pids = [...text.matchAll(/"pid"\s*:\s*(\d+)\s*[,}]/g)].map(([, pid]) => Number(pid));
  if (pids.some((pid) => pid !== process.pid && pidExists(pid))) throw lockFileBroken(file, problem);
  ctx.log.warn(`${problem}; nobody it names is running, so it is replaced`);
  return { write: new Map(), read: new Map() };
}

function toTable(data: unknown): Table | undefined {
  if (!isRecord(data) || Object.keys(data).some((key) => key !== 'read' && key !== 'write')) return undefined;
  const { write = {}, read: readers = {} } = data as { write?: unknown; read?: unknown };
  if (!isRecord(write) || !isRecord(readers)) return undefined;
  const lists = Object.entries(readers);
  if (!Object.values(write).every(isHolder)) return undefined;
  if (!lists.every(([, list]) => Array.isArray(list) && list.every(isHolder))) return undefined;
  return {
    write: new Map(Object.entries(write) as [string, Holder][]), // Checked above, as are the lists.
    read: new Map(lists as [string, Holder[]][]),
  };
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const isHolder = (value: unknown): value is Holder =>
  isRecord(value) &&
  Number.isInteger(value['pid']) &&
  typeof value['cmd'] === 'string' &&
  Object.keys(value).length === 2;

function read(file: string): string | undefined {
  try {
    return fs.readFileSync(file, 'utf8');
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return undefined;
    throw fromErrno(error, 'read', file);
  }
}
