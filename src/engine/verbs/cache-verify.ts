import { DvcError } from '../core/errors.ts';
import { asOid, isDirOid, type Oid, type RepoPath } from '../core/ids.ts';
import { type Counter, checkAborted, type OpContext, startProgress } from '../core/op-context.ts';
import { below } from '../core/paths.ts';
import type { Tree } from '../hash/tree.ts';
import { type HealedFrom, healFromRemotes, healFromWorkspace } from '../objects/heal.ts';
import { type UsedOutput, usedOutputs } from '../objects/used-objects.ts';
import { sortedDigests, VerifyProgress } from '../objects/verify-progress.ts';
import type { LocalOdb } from '../odb/local-odb.ts';
import { type ContentHash, DIGEST_BYTES, digestHex } from '../platform/digest.ts';
import { DigestSet } from '../platform/digest-set.ts';
import { OidSet } from '../platform/oid-set.ts';
import type { Repo } from '../repo.ts';
import type { ScopeOptions } from './transfer-options.ts';

export interface CacheVerifyOptions {
  /** Only the objects of these; the whole cache without them. */
  readonly targets?: readonly string[];
  /** Revisions whose data must be there too, besides the workspace's. */
  readonly scope?: ScopeOptions;
  /** Set damaged objects aside, and bring them and missing ones back from the workspace or a remote. */
  readonly repair?: boolean;
  /** The one remote to repair from; all of them in turn without it. */
  readonly remote?: string;
  /** Do not go on where an earlier run was interrupted. */
  readonly restart?: boolean;
  /** One of `of` equal parts of the files' objects: 1 is the first. */
  readonly subset?: { readonly part: number; readonly of: number };
}

/** `corrupt`: the content is not what the name says; `missing`: tracked, and not there; `unreadable`: the system refused. */
export type CacheProblemKind = 'corrupt' | 'missing' | 'unreadable';

export interface CacheProblem {
  readonly kind: CacheProblemKind;
  readonly oid: Oid;
  readonly hash: ContentHash;
  /** Tracked paths that need it, folders with a slash behind; those of other revisions with the commit. */
  readonly paths: readonly { readonly path: string; readonly rev: string | undefined }[];
  /**
   * `reported`: no repair was asked for; `healed`: see `from`; `set-aside`: it was damaged, is in quarantine now, and nothing
   * looked at needs it; `lost`: it is in quarantine or was missing, and nobody has it; `unreadable`: left as it was.
   */
  readonly outcome: 'reported' | 'healed' | 'set-aside' | 'lost' | 'unreadable';
  readonly from: HealedFrom | undefined;
  /** What the system said. */
  readonly detail: string | undefined;
}

export interface CacheVerifyResult {
  /** Objects whose content was compared with their names now. */
  readonly checked: number;
  /** Objects that the interrupted run before this one had compared. */
  readonly resumed: number;
  readonly problems: readonly CacheProblem[];
  /** True where nothing is wrong, or nothing is wrong any more. */
  readonly sound: boolean;
}

/** From here on an interrupted run goes on: objects, unless so many bytes come first. */
const CHECKPOINT_EVERY = 1000;

/**
 * Hashes the objects of the cache and compares them with their names, and looks for what tracked data needs and the cache lacks.
 * Without `repair` nothing is changed. An interrupted run is taken up by the next one.
 *
 * @throws `target-not-found`, `lock-held` when repairing, `no-space`
 */
export async function cacheVerify(repo: Repo, options: CacheVerifyOptions, ctx: OpContext): Promise<CacheVerifyResult> {
  await using _lock = options.repair ? await repo.lock(ctx) : undefined;
  const used = await usedOutputs(
    repo,
    { ...(options.targets ? { targets: options.targets } : {}), ...(options.scope ? { scope: options.scope } : {}) },
    ctx,
  );
  const progress = startProgress(ctx, 'verify');
  const found = { checked: 0, resumed: 0, problems: [] as CacheProblem[] };
  for (const hash of ['md5', 'md5-dos2unix'] as const) {
    const one = new CacheCheck(
      repo,
      hash,
      used.filter((output) => output.hash === hash),
      options,
      progress,
    );
    await one.run(ctx);
    found.checked += one.checked;
    found.resumed += one.resumed;
    found.problems.push(...one.problems());
  }
  progress.done();
  return { ...found, sound: found.problems.every(({ outcome }) => outcome === 'healed' || outcome === 'set-aside') };
}

interface Found {
  readonly kind: CacheProblemKind;
  readonly detail: string | undefined;
  from?: HealedFrom;
}

/** One object folder: DVC 3's, or that of DVC 2. */
class CacheCheck {
  checked = 0;
  resumed = 0;
  readonly #repo: Repo;
  readonly #hash: ContentHash;
  readonly #cache: LocalOdb;
  readonly #used: readonly UsedOutput[];
  readonly #options: CacheVerifyOptions;
  readonly #progress: Counter;
  readonly #bad = new Map<Oid, Found>();
  readonly #paths = new Map<Oid, { path: string; at: RepoPath; rev: string | undefined }[]>();
  readonly #trees = new Map<Oid, Tree>();
  #expected = 0;

  constructor(
    repo: Repo,
    hash: ContentHash,
    used: readonly UsedOutput[],
    options: CacheVerifyOptions,
    progress: Counter,
  ) {
    this.#repo = repo;
    this.#hash = hash;
    this.#cache = repo.cache(hash);
    this.#used = used;
    this.#options = options;
    this.#progress = progress;
  }

  /** Manifests first: what they name is known only once they are whole. */
  async run(ctx: OpContext): Promise<void> {
    const whole = (this.#options.targets ?? []).length === 0;
    const present = whole ? await this.#cache.list(ctx) : new OidSet();
    const needed = OidSet.of(this.#used.map(({ oid }) => oid));
    await this.#checkTrees(present, needed, ctx);
    await this.#expand(needed, ctx);
    await this.#checkFiles(present, needed, ctx);
    await this.#cache.flush(ctx); // Keeps what is known of large objects.
  }

  problems(): CacheProblem[] {
    return [...this.#bad].map(([oid, { kind, detail, from }]) => {
      const paths = (this.#paths.get(oid) ?? []).map(({ path, rev }) => ({ path, rev }));
      return {
        kind,
        oid,
        hash: this.#hash,
        paths,
        detail,
        from,
        outcome: this.#outcome(kind, from, paths.length > 0),
      };
    });
  }

  #outcome(kind: CacheProblemKind, from: HealedFrom | undefined, isNeeded: boolean): CacheProblem['outcome'] {
    if (!this.#options.repair) return 'reported';
    if (from) return 'healed';
    if (kind === 'unreadable') return 'unreadable';
    return kind === 'corrupt' && !isNeeded ? 'set-aside' : 'lost';
  }

  async #checkTrees(present: OidSet, needed: OidSet, ctx: OpContext): Promise<void> {
    const trees = new OidSet();
    trees.trees.addAll(present.trees.toColumn());
    trees.trees.addAll(needed.trees.toColumn());
    this.#expect(trees.size);
    const bad = await this.#verify(trees, needed, ctx);
    for (const { output, oid, rev } of this.#used)
      if (bad.has(oid)) this.#note(oid, `${output.place.path}/`, output.place.path, rev);
    await this.#repair(bad, ctx);
  }

  /** Adds what the manifests name. One that cannot be read has been reported, and its files cannot be known. */
  async #expand(needed: OidSet, ctx: OpContext): Promise<void> {
    for (const { oid, path, output } of this.#used) {
      checkAborted(ctx.signal);
      if (!isDirOid(oid) || this.#isBad(oid)) continue;
      const tree = this.#trees.get(oid) ?? (await this.#cache.readTree(oid, ctx));
      this.#trees.set(oid, tree);
      const { from, to } = tree.within(below(path, output.place.path));
      for (let i = from; i < to; i++) needed.files.add(tree.digests, i);
    }
  }

  async #checkFiles(present: OidSet, needed: OidSet, ctx: OpContext): Promise<void> {
    const all = new DigestSet(present.files.size + needed.files.size);
    all.addAll(present.files.toColumn());
    all.addAll(needed.files.toColumn());
    const sorted = sortedDigests(this.#part(all.toColumn()));
    const progress = new VerifyProgress(`${this.#repo.privateDir}/verify-${this.#hash}.json`, this.#key());
    if (this.#options.restart) progress.forget();
    const before = progress.load();
    const count = sorted.length / DIGEST_BYTES;
    let next = 0;
    while (before && next < count && digestHex(sorted, next) <= before.upTo) next++;
    if (before && next > 0) {
      this.resumed = next;
      ctx.log.info(`going on where the last verification stopped: ${next} of ${count} objects`);
    }
    this.#expect(count - next);
    const suspects = OidSet.of(before?.suspects ?? []);
    const bad = await this.#verify(suspects, needed, ctx);
    // An object that was sound, and has been deleted since.
    const skipped = new OidSet();
    for (let i = 0; i < next; i++) if (needed.files.has(sorted, i)) skipped.files.add(sorted, i);
    for (const oid of await this.#cache.missing(skipped, ctx)) if (!bad.has(oid)) this.#found(oid, 'missing', bad);
    while (next < count) {
      checkAborted(ctx.signal);
      const until = this.#chunkEnd(sorted, next);
      const chunk = new OidSet();
      chunk.files.addAll(sorted.subarray(next * DIGEST_BYTES, until * DIGEST_BYTES));
      for (const oid of await this.#verify(chunk, needed, ctx)) bad.add(oid);
      next = until;
      if (next < count)
        progress.save({
          upTo: digestHex(sorted, next - 1),
          count: next,
          suspects: [...bad].filter((oid) => this.#bad.get(oid)?.kind !== 'missing'),
        });
    }
    this.#notePaths(bad);
    await this.#repair(bad, ctx);
    progress.forget();
  }

  /** Enough objects to keep all threads busy, and where they are large no more than a minute's reading or so. */
  #chunkEnd(sorted: Uint8Array, from: number): number {
    const most = Math.min(
      from + Math.max(CHECKPOINT_EVERY, this.#repo.pool.threads * MANY),
      sorted.length / DIGEST_BYTES,
    );
    let bytes = 0;
    for (let i = from; i < most; i++) {
      if (i - from >= CHECKPOINT_EVERY && bytes > LARGE) return i;
      bytes += this.#cache.statObject(asOid(digestHex(sorted, i)))?.size ?? 0;
    }
    return most;
  }

  #part(column: Uint8Array): Uint8Array {
    const { subset } = this.#options;
    if (!subset) return column;
    const kept = new DigestSet();
    const view = new DataView(column.buffer, column.byteOffset, column.byteLength);
    for (let i = 0; i < column.length / DIGEST_BYTES; i++)
      if (view.getUint32(i * DIGEST_BYTES) % subset.of === subset.part - 1) kept.add(column, i);
    return kept.toColumn();
  }

  /** Hashes, and notes what is wrong. An object that nothing needs and that is gone is not: somebody has just deleted it. */
  async #verify(oids: OidSet, needed: OidSet, ctx: OpContext): Promise<Set<Oid>> {
    const bad = new Set<Oid>();
    const result = await this.#cache.verify(oids, ctx, (files, bytes) => this.#progress.advance(files, bytes));
    this.checked += result.checked + result.corrupt.length;
    for (const oid of result.corrupt) this.#found(oid, 'corrupt', bad);
    for (const oid of result.missing) if (needed.has(oid)) this.#found(oid, 'missing', bad);
    for (const { oid, failure } of result.unreadable) this.#found(oid, 'unreadable', bad, failure.message);
    return bad;
  }

  #found(oid: Oid, kind: CacheProblemKind, bad: Set<Oid>, detail?: string): void {
    this.#bad.set(oid, { kind, detail });
    bad.add(oid);
  }

  #isBad(oid: Oid): boolean {
    const found = this.#bad.get(oid);
    return found !== undefined && found.from === undefined;
  }

  #note(oid: Oid, path: string, at: RepoPath, rev: string | undefined): void {
    const known = this.#paths.get(oid);
    if (known) known.push({ path, at, rev });
    else this.#paths.set(oid, [{ path, at, rev }]);
  }

  /** Which tracked paths need the files' objects among `bad`. */
  #notePaths(bad: ReadonlySet<Oid>): void {
    if (bad.size === 0) return;
    const digests = OidSet.of(bad).files;
    for (const { oid, output, path, rev } of this.#used) {
      const at = output.place.path;
      if (bad.has(oid)) this.#note(oid, at, at, rev);
      const tree = this.#trees.get(oid);
      if (!tree) continue;
      const { from, to } = tree.within(below(path, at));
      for (let i = from; i < to; i++) {
        if (!digests.has(tree.digests, i)) continue;
        const file = `${at}/${tree.relpath(i)}` as RepoPath; // Paths of a decoded tree have been validated.
        this.#note(tree.oid(i), file, file, rev);
      }
    }
  }

  /** Sets damaged objects aside; then looks for the content in the workspace, then on the remotes. */
  async #repair(bad: ReadonlySet<Oid>, ctx: OpContext): Promise<void> {
    if (!this.#options.repair) return;
    const left = new OidSet();
    for (const oid of bad) {
      const found = this.#bad.get(oid)!;
      if (found.kind === 'unreadable') continue;
      if (found.kind === 'corrupt') this.#cache.quarantine(oid);
      const places = new Set((this.#paths.get(oid) ?? []).map(({ at }) => at));
      const from = await healFromWorkspace(this.#repo, this.#hash, oid, places, ctx);
      if (from) found.from = from;
      else left.add(oid);
    }
    if (left.size === 0) return;
    const healed = await healFromRemotes(this.#repo, this.#hash, left, this.#remotes(), ctx);
    for (const [oid, from] of healed) this.#bad.get(oid)!.from = from;
  }

  /** The default one first, then those that outputs name, then all others. */
  #remotes(): string[] {
    const { config } = this.#repo;
    if (this.#options.remote !== undefined) return [this.#options.remote];
    const named = this.#used.flatMap(({ output }) => (output.remote === undefined ? [] : [output.remote]));
    return [...new Set([...(config.defaultRemote ? [config.defaultRemote] : []), ...named, ...config.remotes.keys()])];
  }

  #expect(files: number): void {
    this.#expected += files;
    this.#progress.expect(this.#expected);
  }

  #key(): string {
    const { targets = [], scope = {}, subset } = this.#options;
    return JSON.stringify({ root: this.#cache.root, targets, scope, subset });
  }
}

/** Objects a thread, and bytes a chunk: about a second of small files, or of large ones a minute. */
const MANY = 4096;
const LARGE = 4 * 1024 ** 3;

/** `2/5`, as in `--subset`. @throws `usage` */
export function parseSubset(text: string): { part: number; of: number } {
  const [, part, of] = /^([1-9]\d{0,5})\/([1-9]\d{0,5})$/.exec(text) ?? [];
  if (part !== undefined && of !== undefined && Number(part) <= Number(of))
    return { part: Number(part), of: Number(of) };
  throw new DvcError('usage', `'${text}' is not a part: write 2/5 for the second of five parts.`);
}
