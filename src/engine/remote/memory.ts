import { Readable } from 'node:stream';
import { objectMissing } from '../core/errors.ts';
import { checkAborted } from '../core/op-context.ts';
import type { Backend, BackendEntry } from './backend.ts';
import { readAll } from './streams.ts';

/** Keeps objects in memory: the reference the contract suite is read against, and the fast store for unit tests. */
export function memoryBackend(): Backend {
  const objects = new Map<string, { readonly bytes: Buffer; readonly mtime: number }>();
  const describe = (key: string): BackendEntry | undefined => {
    const object = objects.get(key);
    return object && { key, size: object.bytes.length, mtime: object.mtime };
  };
  return {
    url: 'memory://',
    traits: { atomicWrite: true, lists: true, ranges: true, resumes: false, maxConcurrency: 64 },

    async stat(key, { signal }) {
      checkAborted(signal);
      return describe(key);
    },

    async read(key, { signal, offset = 0 }) {
      checkAborted(signal);
      const object = objects.get(key);
      if (object === undefined) throw objectMissing(key, 'memory://');
      return Readable.from(slices(object.bytes.subarray(offset), signal));
    },

    async write(key, source, { signal }) {
      const bytes = await readAll(source.open(), signal);
      objects.set(key, { bytes, mtime: Date.now() });
      return {};
    },

    async *list(prefix, { signal }) {
      for (const key of [...objects.keys()]) {
        checkAborted(signal);
        const entry = describe(key);
        if (entry !== undefined && key.startsWith(prefix)) yield entry;
      }
    },

    async remove(key, { signal }) {
      checkAborted(signal);
      objects.delete(key);
    },

    close: async () => objects.clear(),
  };
}

const SLICE = 1 << 16;

function* slices(bytes: Buffer, signal: AbortSignal): Generator<Buffer> {
  for (let from = 0; from < bytes.length; from += SLICE) {
    checkAborted(signal);
    yield bytes.subarray(from, from + SLICE);
  }
}
