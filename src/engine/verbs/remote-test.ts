import { randomBytes } from 'node:crypto';
import * as fs from 'node:fs';
import { DvcError, errnoOf, fromErrno, type RemoteStep } from '../core/errors.ts';
import type { OpContext } from '../core/op-context.ts';
import { redactUrl } from '../core/redact.ts';
import type { Backend, Endpoint } from '../remote/backend.ts';
import { probeConnection, probeName, probeTls } from '../remote/probe-network.ts';
import { fromBuffer, readAll } from '../remote/streams.ts';
import type { Repo } from '../repo.ts';
import type { Remote } from '../repo-remotes.ts';

export interface RemoteTestStep {
  readonly step: RemoteStep;
  /** `skipped`: there is no such step on this way, or one before it failed. */
  readonly outcome: 'passed' | 'failed' | 'skipped';
  /** What was seen, in a few words. */
  readonly evidence?: string;
}

export interface RemoteTest {
  readonly remote: string;
  /** Without credentials. */
  readonly url: string;
  readonly steps: readonly RemoteTestStep[];
  readonly failedStep?: RemoteStep;
  /** Why, and what to do next. */
  readonly failure?: DvcError;
}

export interface RemoteTestOptions {
  /** The default remote unless told. */
  readonly name?: string | undefined;
  /** Leave out the step that writes an object of its own and removes it again. */
  readonly readOnly?: boolean;
  readonly onStep?: (step: RemoteTestStep) => void;
}

/**
 * Goes the way to a remote's bytes step by step, and stops where it ends. What fails is in the result.
 *
 * @throws `remote-not-found`, `no-remote`, `config`: there is no remote to go to
 */
export async function remoteTest(repo: Repo, options: RemoteTestOptions, ctx: OpContext): Promise<RemoteTest> {
  const remote = await repo.remote(options.name, 'remote test', ctx);
  const steps: RemoteTestStep[] = [];
  const found = { remote: remote.name, url: redactUrl(remote.config.url), steps };
  let failed: { readonly failedStep: RemoteStep; readonly failure: DvcError } | undefined;
  const tell = (step: RemoteTestStep): void => {
    steps.push(step);
    options.onStep?.(step);
  };
  for (const [step, take] of stepsOf(remote, options, ctx)) {
    if (failed) {
      tell({ step, outcome: 'skipped' });
      continue;
    }
    try {
      const evidence = await take();
      tell(evidence === undefined ? { step, outcome: 'skipped' } : { step, outcome: 'passed', evidence });
    } catch (error) {
      const failure = explained(error, found.url);
      const { evidence = failure.message } = failure.data as { readonly evidence?: string };
      tell({ step, outcome: 'failed', evidence });
      failed = { failedStep: step, failure };
    }
  }
  return { ...found, ...failed };
}

type Step = readonly [RemoteStep, () => Promise<string | undefined>];

function stepsOf({ backend }: Remote, { readOnly }: RemoteTestOptions, ctx: OpContext): Step[] {
  const { probe, folder } = backend;
  let known: Endpoint | undefined;
  const endpoint = async (): Promise<Endpoint | undefined> => (known ??= await probe?.endpoint(ctx));
  const onWay = (look: (there: Endpoint) => Promise<string> | undefined) => async () => {
    const there = await endpoint();
    return there && look(there);
  };
  return [
    ['name', onWay((there) => probeName(there, ctx))],
    ['connect', onWay((there) => probeConnection(there, ctx))],
    // Behind a proxy the first request shows it.
    ['tls', onWay((there) => (there.tls && there.proxy === undefined ? probeTls(there, ctx) : undefined))],
    ['identity', async () => probe?.identity(ctx)],
    ['bucket', async () => (folder === undefined ? probe?.container(ctx) : describeFolder(folder))],
    ['list', async () => (backend.traits.lists ? list(backend, ctx) : undefined)],
    ['read', () => read(backend, ctx)],
    ['write', async () => (readOnly ? undefined : write(backend, ctx))],
  ];
}

function describeFolder(folder: string): string {
  const stats = fs.statSync(folder, { throwIfNoEntry: false });
  if (stats === undefined) return `${folder} is not there yet: the first push makes it`;
  if (stats.isDirectory()) return folder;
  throw new DvcError('remote-failed', `'${folder}' is not a folder.`, {
    hint: 'Give the path of a folder as its URL.',
  });
}

/** Where objects lie. */
const OBJECTS = 'files/md5/';

async function list(backend: Backend, ctx: OpContext): Promise<string> {
  const entry = await firstOf(backend, ctx);
  return entry === undefined ? 'there are no objects yet' : 'there are objects';
}

async function firstOf(backend: Backend, ctx: OpContext) {
  for await (const entry of backend.list(OBJECTS, ctx)) return entry;
  return undefined;
}

async function read(backend: Backend, ctx: OpContext): Promise<string | undefined> {
  const entry = backend.traits.lists ? await firstOf(backend, ctx) : undefined;
  if (entry === undefined) return undefined; // Shown by reading back what is written.
  const stream = await backend.read(entry.key, ctx);
  try {
    for await (const chunk of stream) return `${(chunk as Buffer).length} bytes of '${entry.key}'`;
    return `'${entry.key}', which is empty`;
  } finally {
    stream.destroy();
  }
}

/** An object of its own, which no other name can be, written, read back and removed. */
async function write(backend: Backend, ctx: OpContext): Promise<string> {
  const key = `lode-test-${randomBytes(8).toString('hex')}`;
  const bytes = randomBytes(64);
  try {
    await backend.write(key, fromBuffer(bytes), ctx);
    const back = await readAll(await backend.read(key, ctx), ctx.signal);
    if (!back.equals(bytes))
      throw new DvcError('remote-failed', `what was written to '${backend.url}' comes back as something else.`, {
        hint: 'Something on the way changes content: a proxy, or the server itself.',
      });
  } catch (error) {
    await backend.remove(key, ctx).catch(() => {}); // Whether it is there or not: the first failure is the one to tell of.
    throw error;
  }
  try {
    await backend.remove(key, ctx);
  } catch (error) {
    if (!DvcError.is(error) || error.code === 'cancelled') throw error;
    return `'${key}' was written and read, but cannot be removed: ${error.message}`;
  }
  return 'an object was written, read and removed';
}

/** @throws what is no failure of the remote: a cancellation, or a bug */
function explained(error: unknown, url: string): DvcError {
  const known = fromErrno(error, 'use', url);
  if (DvcError.is(known, 'cancelled')) throw known;
  if (DvcError.is(known)) return known;
  if (errnoOf(known) === undefined) throw known;
  return new DvcError('remote-failed', `'${url}' cannot be used: ${redactUrl((known as Error).message)}`, {
    cause: known,
    hint: 'Check the address and the options of the remote with `lode remote list` and `lode config -l`.',
  });
}
