import type { OpContext } from '../core/op-context.ts';
import { mapLimit } from '../platform/map-limit.ts';
import { type Backend, requestsAtOnce } from '../remote/backend.ts';
import { fromBuffer, readAll } from '../remote/streams.ts';

/** Where recorded runs lie, in the cache's folder and on a remote (format §7, §8.1). */
const RUNS = 'runs/';
const RUN = /^runs\/[0-9a-f]{2}\/[0-9a-f]{64}\/[0-9a-f]{64}$/;

/** Copies recorded runs that the other side lacks; they are small, and named by a hash of what they say. @returns their keys */
export async function copyRuns(from: Backend, to: Backend, ctx: OpContext): Promise<string[]> {
  const there = new Set<string>();
  for await (const { key } of to.list(RUNS, ctx)) there.add(key);
  const found = new Set<string>();
  for await (const { key } of from.list(RUNS, ctx)) if (RUN.test(key) && !there.has(key)) found.add(key);
  const keys = [...found];
  const limit = Math.min(requestsAtOnce(from, ctx), requestsAtOnce(to, ctx));
  await mapLimit(keys, limit, ctx.signal, async (key) => {
    const bytes = await readAll(await from.read(key, ctx), ctx.signal);
    await to.write(key, fromBuffer(bytes), ctx);
  });
  return keys;
}
