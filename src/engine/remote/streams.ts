import * as fs from 'node:fs';
import { Readable } from 'node:stream';
import { checkAborted } from '../core/op-context.ts';
import type { Source } from './backend.ts';

/** All bytes of a stream, for small objects. @throws `cancelled` between two chunks */
export async function readAll(stream: Readable, signal: AbortSignal): Promise<Buffer> {
  const chunks: Buffer[] = [];
  checkAborted(signal);
  for await (const chunk of stream) {
    checkAborted(signal);
    chunks.push(chunk as Buffer); // Byte streams have no other chunks.
  }
  return Buffer.concat(chunks);
}

export const fromBuffer = (bytes: Buffer): Source => ({
  size: bytes.length,
  open: (from = 0, to = bytes.length) => Readable.from([bytes.subarray(from, to)]),
});

export const fromFile = (path: string, size: number): Source => ({
  size,
  open: (from = 0, to = size) =>
    from < to ? fs.createReadStream(path, { start: from, end: to - 1 }) : Readable.from([]),
});

/** A stream that breaks with another error than the one beneath: with one the user can act on. */
export function explained(body: Readable, explain: (error: unknown) => Error): Readable {
  async function* chunks(): AsyncGenerator<Buffer> {
    try {
      yield* body as AsyncIterable<Buffer>; // Byte streams have no other chunks.
    } catch (error) {
      throw explain(error);
    }
  }
  body.on('error', () => {}); // One that nobody reads any more may still break.
  return Readable.from(chunks(), { objectMode: false }).once('close', () => body.destroy());
}
