import { Readable } from 'node:stream';
import type { ResumeSlot, Source, WriteOptions } from './backend.ts';
import type { GcsAnswer } from './gcs-client.ts';

/** The requests of an upload that can go on. */
export interface UploadCalls {
  /** Gives the address of a new upload. */
  begin(): Promise<string>;
  /** Sends bytes, or asks with none. 308: more are wanted. 404 and 410: the upload has been given up. Rejects for other refusals. */
  put(session: string, range: string, body: Readable | string, length: number): Promise<GcsAnswer>;
}

/**
 * Sends an object in one long request; after a cut, asks how far it came and goes on there.
 *
 * The address of an upload is a permission to write this one object for a week, whoever holds it. Nothing else lets an upload go on after
 * a restart, so it is what the note holds: notes are for their owner's eyes.
 */
export async function uploadOn(calls: UploadCalls, source: Source, options: WriteOptions): Promise<GcsAnswer> {
  const { resume, onBytes } = options;
  let told = 0;
  const tell = (upTo: number): void => {
    onBytes?.(Math.max(0, upTo - told));
    told = Math.max(told, upTo);
  };
  let session = noteOf(resume, source.size);
  let answer = session === undefined ? undefined : await calls.put(session, '*', '', 0);
  if (answer !== undefined && isGone(answer)) {
    answer.body.resume();
    answer = undefined;
    session = undefined;
  }
  if (session === undefined) {
    session = await calls.begin();
    resume?.save(`${source.size} ${session}`);
  }
  while (answer === undefined || answer.status === 308) {
    const from = answer === undefined ? 0 : arrivedOf(answer);
    answer?.body.resume();
    tell(from);
    const sent = watched(source, from, tell);
    try {
      answer = await calls.put(session, `${from}-${source.size - 1}`, sent.body, source.size - from);
    } catch (error) {
      throw sent.failure() ?? error;
    }
    if (isGone(answer)) break;
  }
  resume?.clear();
  return answer;
}

const isGone = ({ status }: GcsAnswer): boolean => status === 404 || status === 410;

/** The address of the upload that was interrupted, of content of this size. */
function noteOf(resume: ResumeSlot | undefined, size: number): string | undefined {
  const [before, session] = resume?.load()?.split(' ') ?? [];
  return before === String(size) ? session : undefined;
}

/** `bytes=0-99`: a hundred have arrived. No range: none. */
function arrivedOf(answer: GcsAnswer): number {
  const last = /-(\d+)$/.exec(answer.header('range') ?? '')?.[1];
  return last === undefined ? 0 : Number(last) + 1;
}

/** Bytes on their way. What breaks them is the source's own failure, not the line's. */
function watched(source: Source, from: number, tell: (upTo: number) => void) {
  let failure: unknown;
  async function* chunks(): AsyncGenerator<Buffer> {
    let at = from;
    try {
      for await (const chunk of source.open(from) as AsyncIterable<Buffer>) {
        yield chunk;
        at += chunk.length;
        tell(at);
      }
    } catch (error) {
      failure = error;
      throw error;
    }
  }
  return { body: Readable.from(chunks(), { objectMode: false, highWaterMark: 1 << 18 }), failure: () => failure };
}
