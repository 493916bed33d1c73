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

/** A stream's bytes in one piece, or where there are more than `most` the stream, with all of them still to come. */
export function gather(stream: Readable, most: number, onBytes?: (bytes: number) => void): Promise<Buffer | Readable> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    const leave = (): void => {
      stream.off('data', take).off('end', whole).off('error', reject).off('close', cut);
    };
    const take = (chunk: Buffer): void => {
      chunks.push(chunk);
      size += chunk.length;
      onBytes?.(chunk.length);
      if (size <= most) return;
      leave();
      stream.on('error', () => {}); // Nobody may have begun to read it.
      stream.pause();
      stream.unshift(Buffer.concat(chunks, size));
      resolve(stream);
    };
    const whole = (): void => {
      stream.off('close', cut);
      resolve(chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks, size));
    };
    const cut = (): void =>
      reject(Object.assign(new Error('the stream ended early'), { code: 'ERR_STREAM_PREMATURE_CLOSE' }));
    stream.on('data', take).on('end', whole).on('error', reject).on('close', cut);
  });
}

export const fromBuffer = (bytes: Buffer): Source => ({
  size: bytes.length,
  bytes,
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
