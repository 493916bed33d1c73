import type { PathSet } from '../graph/path-set.ts';
import type { ChangeInputs } from '../pipeline/changed.ts';

type Found = ReturnType<ChangeInputs['find']>;

/** What was found in the workspace and the cache, kept from one answer to the next for as long as nothing touches it. */
export class KnownInputs {
  readonly #places = new Map<string, { readonly path: Parameters<PathSet['touches']>[0]; readonly found: Found }>();
  #fresh: ChangeInputs | undefined;
  readonly #missing = new Map<string, Promise<readonly string[]>>();

  /** @param changed Undefined where anything may have. */
  forget(changed: PathSet | undefined): void {
    if (!changed) {
      this.#places.clear();
      this.#missing.clear();
      return;
    }
    for (const [key, { path }] of this.#places) if (changed.touches(path)) this.#places.delete(key);
  }

  /** `fresh`, asked only for what is not known. A failure is not remembered. */
  over(fresh: ChangeInputs): ChangeInputs {
    this.#fresh = fresh;
    return {
      ...fresh,
      find: (place, hash) => {
        if (place.kind !== 'repo') return fresh.find(place, hash); // Nobody watches what lies elsewhere.
        const key = `${hash}\0${place.path}`;
        const known = this.#places.get(key);
        if (known) return known.found;
        const found = fresh.find(place, hash).then((it) => it && this.#withoutFiles(it, place, hash));
        this.#places.set(key, { path: place.path, found });
        found.catch(() => this.#places.delete(key));
        return found;
      },
      missing: (hash) => {
        const key = `${hash.name}\0${hash.value}`;
        const known = this.#missing.get(key);
        if (known) return known;
        const missing = fresh.missing(hash);
        this.#missing.set(key, missing);
        missing.catch(() => this.#missing.delete(key));
        return missing;
      },
    };
  }

  /** The list of a folder's files may be long: it is read again by whoever wants to know what changed in it. */
  #withoutFiles(
    { hash, diff }: NonNullable<Awaited<Found>>,
    ...where: Parameters<ChangeInputs['find']>
  ): Awaited<Found> {
    if (!diff) return { hash };
    return { hash, diff: async (old) => (await this.#fresh?.find(...where))?.diff?.(old) };
  }
}
