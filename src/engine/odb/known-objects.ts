import * as fs from 'node:fs';
import { dirname } from 'node:path';
import type { OpContext } from '../core/op-context.ts';
import { DIGEST_BYTES, md5 } from '../platform/digest.ts';
import { OidSet } from '../platform/oid-set.ts';

const MAGIC = 'lode known 1\n';
const HEADER = 64;
/** So long after the first look everything is looked for again: ms. */
const OLDEST = 7 * 24 * 3600 * 1000;

/**
 * What a remote was seen to hold, in a private file: a hint that saves asking for each object again before a push.
 *
 * Nothing is deleted, left out of a download or reported by it; it is dropped whole as soon as one object it names turns out to be gone.
 */
export class KnownObjects {
  readonly #file: string;
  readonly #store: string;
  #loaded: { readonly oids: OidSet; readonly checkedAt: number } | undefined;
  #changed = false;

  /** @param store Tells one remote from another, without its credentials. */
  constructor(file: string, store: string) {
    this.#file = file;
    this.#store = store;
  }

  /** Everything it was seen to hold; empty when that is too long ago. */
  all(): OidSet {
    return this.#load().oids;
  }

  add(oids: OidSet): void {
    const { oids: known } = this.#load();
    const before = known.size;
    known.addAll(oids);
    this.#changed ||= known.size > before;
  }

  /** Something is gone that was there: nothing is known any more. */
  drop(): void {
    this.#loaded = { oids: new OidSet(), checkedAt: Date.now() };
    this.#changed = false;
    fs.rmSync(this.#file, { force: true });
  }

  /** A failure costs time only. */
  save(ctx: OpContext): void {
    if (!this.#changed) return;
    const { oids, checkedAt } = this.#load();
    try {
      const [files, trees] = [oids.files.toColumn(), oids.trees.toColumn()];
      const header = Buffer.alloc(HEADER);
      header.write(MAGIC + md5(Buffer.from(this.#store)));
      header.writeDoubleLE(checkedAt, HEADER - 16);
      header.writeUInt32LE(trees.length / DIGEST_BYTES, HEADER - 8);
      const body = Buffer.concat([header, trees, files]);
      fs.mkdirSync(dirname(this.#file), { recursive: true, mode: 0o700 });
      const temp = `${this.#file}.${process.pid}.new`;
      fs.writeFileSync(temp, Buffer.concat([body, Buffer.from(md5(body), 'hex')]), { mode: 0o600 });
      fs.renameSync(temp, this.#file);
      this.#changed = false;
    } catch (error) {
      ctx.log.warn(`what the remote is known to hold was not saved: ${String(error)}`);
    }
  }

  #load(): { readonly oids: OidSet; readonly checkedAt: number } {
    this.#loaded ??= this.#read() ?? { oids: new OidSet(), checkedAt: Date.now() };
    return this.#loaded;
  }

  #read(): { readonly oids: OidSet; readonly checkedAt: number } | undefined {
    let bytes: Buffer;
    try {
      bytes = fs.readFileSync(this.#file);
    } catch {
      return undefined;
    }
    const body = bytes.subarray(0, Math.max(0, bytes.length - DIGEST_BYTES));
    const isWhole = body.length >= HEADER && bytes.subarray(body.length).toString('hex') === md5(body);
    if (!isWhole || !body.toString('latin1').startsWith(MAGIC + md5(Buffer.from(this.#store)))) return undefined;
    const checkedAt = body.readDoubleLE(HEADER - 16);
    if (Math.abs(Date.now() - checkedAt) > OLDEST) return undefined;
    const middle = HEADER + body.readUInt32LE(HEADER - 8) * DIGEST_BYTES;
    const oids = new OidSet();
    oids.trees.addAll(body.subarray(HEADER, middle));
    oids.files.addAll(body.subarray(middle));
    return { oids, checkedAt };
  }
}
