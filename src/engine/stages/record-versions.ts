import * as fs from 'node:fs';
import type { OpContext } from '../core/op-context.ts';
import type { DataEntry, FileRecord } from '../files/data-entry.ts';
import { stageChecksum } from '../files/dvc-file.ts';
import { type LockEntry, parseLockfile } from '../files/lockfile.ts';
import type { Output } from '../graph/output.ts';
import { isDirHash } from '../hash/hash-info.ts';
import type { VersionedPush } from '../objects/versioned-remote.ts';
import type { Repo } from '../repo.ts';
import { contentOf } from '../repo-data.ts';
import { lockPathOf, writeLockEntries } from './stage-records.ts';

type NewRecord = Pick<DataEntry, 'hash' | 'meta' | 'files'>;

/** Writes into stage files which version the remote has of each file, as DVC does after a push (dvc-format 8.5). */
export async function recordVersions(
  repo: Repo,
  remote: string,
  versions: VersionedPush['versions'],
  ctx: OpContext,
): Promise<void> {
  const byOutput = new Map<Output, Map<string, FileRecord['meta']['cloud']>>();
  for (const [{ used, relpath }, cloud] of versions) {
    const { output } = used;
    const known = byOutput.get(output) ?? new Map();
    byOutput.set(output, known.set(relpath, { [remote]: cloud }));
  }
  const records = new Map<Output, NewRecord>();
  for (const [output, clouds] of byOutput) records.set(output, await recordWith(repo, output, clouds, ctx));
  await writeRecords(repo, records);
}

/** Writes what is recorded of outputs, which are those of the workspace's index, and nothing else. @returns the files, absolute */
export async function writeRecords(repo: Repo, wanted: ReadonlyMap<Output, NewRecord>): Promise<string[]> {
  const index = await repo.index();
  const written: string[] = [];
  const locks = new Map<string, Map<string, LockEntry>>();
  for (const stage of index.stages) {
    const records = new Map<number, NewRecord>();
    for (const [i, output] of stage.outs.entries()) {
      const record = wanted.get(output);
      if (record) records.set(i, record);
    }
    if (records.size === 0) continue;
    if (stage.kind !== 'pipeline') {
      const outs = stage.pointer.outs.map((out, i) => ({ ...out, ...records.get(i) }));
      const pointer = { ...stage.pointer, outs };
      repo.writePointer(stage.file, pointer.md5 === undefined ? pointer : { ...pointer, md5: stageChecksum(pointer) });
      written.push(repo.absolute(stage.file));
      continue;
    }
    const lock = lockPathOf(stage.file);
    const entry = parseLockfile(fs.readFileSync(repo.absolute(lock), 'utf8'), lock).stages.get(stage.name);
    if (!entry) continue;
    const byPath = new Map([...records].map(([i, record]) => [stage.outs[i]?.defPath, record]));
    const entries = locks.get(stage.file) ?? new Map<string, LockEntry>();
    const outs = entry.outs.map((out) => ({ ...out, ...byPath.get(out.path) }));
    locks.set(stage.file, entries.set(stage.name, { ...entry, outs }));
  }
  for (const stage of index.stages) {
    const entries = locks.get(stage.file);
    locks.delete(stage.file);
    if (!entries) continue;
    writeLockEntries(repo, stage.file, entries);
    written.push(repo.absolute(lockPathOf(stage.file)));
  }
  repo.forgetIndex();
  return written;
}

async function recordWith(
  repo: Repo,
  { hash, meta, files }: Output,
  clouds: ReadonlyMap<string, FileRecord['meta']['cloud']>,
  ctx: OpContext,
): Promise<NewRecord> {
  const withCloud = (before: FileRecord['meta'], relpath: string): FileRecord['meta'] => {
    const cloud = clouds.get(relpath);
    return cloud ? { ...before, cloud } : before;
  };
  const { oid, hash: name } = contentOf(hash);
  if (!hash || !oid || !isDirHash(hash)) return { hash, meta: withCloud(meta, ''), files: undefined };
  const tree = await repo.cache(name).readTree(oid, ctx);
  const known = new Map(files?.map((file) => [file.relpath, file]));
  const listed = [...tree.entries()].map(({ relpath, md5 }): FileRecord => {
    const before = known.get(relpath);
    const size = before?.meta.size ?? repo.cache(name).statObject(tree.get(relpath) ?? oid)?.size;
    const facts = before?.meta ?? (size === undefined ? {} : { size });
    return { relpath, hash: { name, value: md5 }, meta: withCloud(facts, relpath) };
  });
  return { hash, meta, files: listed.length > 0 ? listed : undefined };
}
