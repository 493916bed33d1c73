import { Readable } from 'node:stream';
import { cancelled } from '../core/errors.ts';
import { checkAborted } from '../core/op-context.ts';
import { orCancelled, type SftpChannel } from './sftp.ts';

/** What one request asks for; the first one has the whole of a small object. */
const CHUNK = 128 << 10;
/** Requests under way for one object. */
const AHEAD = 16;
/** Bytes on their way to the server for one object. */
const WINDOW = 2 << 20;

/**
 * The bytes of an open file from `from` to `size`, several requests ahead of its reader.
 *
 * @param first The bytes at `from`. @param leave Called once, when it has ended or is not wanted any more. @param short What to say where the file ends before `size`.
 */
export function readAhead(
  channel: SftpChannel,
  handle: Buffer,
  first: Buffer,
  { from, size, signal }: { readonly from: number; readonly size: number; readonly signal: AbortSignal },
  leave: () => void,
  short: (found: number) => Error,
): Readable {
  let asked = from + first.length;
  let at = from;
  const answers: Promise<Buffer>[] = [Promise.resolve(first)];
  const ask = (): void => {
    while (asked < size && answers.length < AHEAD) {
      const answer = channel.read(handle, asked, Math.min(CHUNK, size - asked));
      answer.catch(() => {}); // Seen when its turn comes.
      answers.push(answer);
      asked = Math.min(size, asked + CHUNK);
    }
  };
  const stop = (): void => void stream.destroy(cancelled());
  const stream = new Readable({
    highWaterMark: CHUNK,
    read() {
      const next = answers.shift();
      ask();
      if (!next) return void this.push(null);
      next.then(
        (bytes) => {
          at += bytes.length;
          const ends = answers.length === 0 && asked >= size;
          if (bytes.length === 0 || (ends && at < size)) this.destroy(short(at));
          else this.push(bytes);
        },
        (error: Error) => this.destroy(error),
      );
    },
    destroy(error, done) {
      signal.removeEventListener('abort', stop);
      leave();
      done(error);
    },
  });
  signal.addEventListener('abort', stop);
  return stream;
}

/** The first bytes of an open file: as many as one answer has. */
export async function readStart(channel: SftpChannel, handle: Buffer, from: number): Promise<Buffer> {
  const bytes = spare.pop() ?? Buffer.allocUnsafeSlow(CHUNK);
  const length = await channel.readInto(bytes, 0, handle, from);
  if (length > CHUNK / 2) return bytes.subarray(0, length);
  const found = Buffer.from(bytes.subarray(0, length));
  if (spare.length < MOST_SPARE) spare.push(bytes); // Not after a failure: the answer may come all the same.
  return found;
}

/** Memory for answers of which nobody knows how long they will be. */
const spare: Buffer[] = [];
const MOST_SPARE = 32;

/** The bytes from `from` on, `length` of them where there are so many, of which `first` are here. */
export async function readRest(
  channel: SftpChannel,
  handle: Buffer,
  first: Buffer,
  from: number,
  length: number,
): Promise<Buffer> {
  const pieces: Promise<Buffer>[] = [];
  for (let at = first.length; at < length; at += CHUNK)
    pieces.push(channel.read(handle, from + at, Math.min(CHUNK, length - at)));
  return Buffer.concat([first, ...(await Promise.all(pieces))]);
}

/**
 * Writes a stream into an open file, from `at` on, and resolves when the server has it all. Some requests are under way at once;
 * `behind` are sent after the last of them without waiting for any.
 */
export async function sendStream(
  channel: SftpChannel,
  handle: Buffer,
  stream: Readable,
  at: number,
  { signal, onBytes }: { readonly signal: AbortSignal; readonly onBytes?: ((bytes: number) => void) | undefined },
  behind: () => readonly Promise<unknown>[],
): Promise<void> {
  const writes: { readonly done: Promise<void>; readonly length: number }[] = [];
  let open = 0;
  let position = at;
  const oldest = async (): Promise<void> => {
    const { done, length } = writes.shift() ?? { done: undefined, length: 0 };
    open -= length;
    await done;
  };
  const stop = (): void => void stream.destroy();
  signal.addEventListener('abort', stop, { once: true });
  try {
    for await (const chunk of stream as AsyncIterable<Buffer>) {
      for (let from = 0; from < chunk.length; from += channel.longestWrite) {
        checkAborted(signal);
        const piece = chunk.subarray(from, from + channel.longestWrite);
        const { length } = piece;
        const done = channel.write(handle, piece, position).then(() => onBytes?.(length));
        done.catch(() => {}); // Seen when its turn comes.
        writes.push({ done, length });
        position += length;
        open += length;
        while (open > WINDOW) await orCancelled(oldest(), signal);
      }
    }
    checkAborted(signal);
    await orCancelled(Promise.all([...writes.map(({ done }) => done), ...behind()]), signal);
  } catch (error) {
    checkAborted(signal);
    throw error;
  } finally {
    signal.removeEventListener('abort', stop);
    stream.destroy();
  }
}
