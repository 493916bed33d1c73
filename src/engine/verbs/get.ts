import * as fs from 'node:fs';
import * as path from 'node:path';
import { DvcError, withMessagePrefix } from '../core/errors.ts';
import { type OpContext, withJobs } from '../core/op-context.ts';
import { redactUrl } from '../core/redact.ts';
import { deliver } from '../deliver.ts';
import { isStageFile } from '../graph/collect-files.ts';
import { isTracked } from '../graph/output.ts';
import { objectKey } from '../odb/odb.ts';
import { objectPrefix } from '../odb/remote-odb.ts';
import { syncFolder } from '../platform/atomic-write.ts';
import { durabilityOf } from '../platform/flush.ts';
import { tempName } from '../platform/temp-name.ts';
import { collectSource, hashOfOutput } from '../source-data.ts';
import { deliverSourceData } from '../source-deliver.ts';
import { type SourceOptions, SourceRepo, sourceOf } from '../source-repo.ts';
import { notInSource } from '../stages/import-stage.ts';
import { resolveOut } from '../stages/new-import.ts';
import type { GetResult } from './get-url.ts';

export interface GetOptions extends SourceOptions {
  /** From the other repository's root. */
  readonly path: string;
  readonly out?: string;
  readonly force?: boolean;
  readonly jobs?: number;
}

/** Downloads a file or folder of another repository, and tracks nothing. Needs no repository here. */
export async function get(options: GetOptions, given: OpContext): Promise<GetResult> {
  const ctx = withJobs(given, options.jobs);
  try {
    const target = resolveOut({ ...options, from: options.path }, ctx.cwd);
    if (isStageFile(path.basename(target)))
      throw new DvcError('usage', 'the given path is a DVC file, you must specify a data file or a directory', {
        hint: 'Leave out `.dvc`, or name another file with `--out`.',
        exitCode: 1,
      });
    // Beside the target: what is read from a store is put together on the same file system.
    const work = path.join(path.dirname(target), tempName());
    const how = { folders: [ctx.cwd], shown: redactUrl(options.url) };
    await using source = await SourceRepo.open(sourceOf(options), { ...how, workDir: work }, ctx);
    const clear = (): void => fs.rmSync(work, { recursive: true, force: true });
    using _work = { [Symbol.dispose]: clear };
    const located = await source.find(options.path);
    if (!located) throw notInSource(options.path, source.url);
    const data = await collectSource(located, ctx);
    let done = { files: 0, bytes: 0 };
    const fill = async (aside: string): Promise<void> => {
      done = await deliverSourceData(data, aside, { ...how, workDir: work }, ctx);
      // Before the target appears: nothing is left of a run that is killed behind that.
      clear();
      if (durabilityOf() !== 'off') syncFolder(path.dirname(work));
    };
    await deliver(target, { fill }, ctx);
    return { output: target, ...done };
  } catch (error) {
    throw withMessagePrefix(`failed to get '${options.path}' from '${redactUrl(options.url)}'`, error);
  }
}

/** Where the content of tracked data lies in the store that it would be downloaded from. @throws `output-missing`, `no-remote` */
export async function getStoreUrl(
  options: Omit<GetOptions, 'out' | 'force' | 'jobs'>,
  ctx: OpContext,
): Promise<string> {
  await using source = await SourceRepo.open(sourceOf(options), { folders: [ctx.cwd] }, ctx);
  const located = await source.find(options.path);
  const output = located?.sub.index.outputs.around(located.path).find(isTracked);
  const oid = located?.entry.oid;
  if (!located || !output || oid === undefined)
    throw new DvcError('output-missing', `Unable to find DVC file with output '${options.path}'`, {
      hint: `\`lode list ${source.url} --dvc-only -R\` shows what is tracked there.`,
      exitCode: 255,
    });
  const base = located.sub.objects.remoteUrl(output.remote).replace(/\/+$/, '');
  return redactUrl(`${base}/${objectPrefix(hashOfOutput(output))}${objectKey(oid)}`);
}
