import type { ShownRow } from './table-model.ts';

/** Rows a user has picked out, by id. Branches and groups are no rows of their own. */
export class Selection {
  #ids: ReadonlySet<string> = new Set();
  /** Where a range begins. */
  #anchor: string | undefined;

  get ids(): ReadonlySet<string> {
    return this.#ids;
  }

  toggle(id: string, rows: readonly ShownRow[]): void {
    if (!rows.some((shown) => shown.id === id && isSelectable(shown))) return;
    const next = new Set(this.#ids);
    if (!next.delete(id)) next.add(id);
    this.#ids = next;
    this.#anchor = id;
  }

  /** From where the last one was picked to here, as the rows stand. @param from Where the range begins if none was picked yet. */
  extend(to: string, rows: readonly ShownRow[], from = to): void {
    const at = (id: string): number => rows.findIndex((shown) => shown.id === id);
    const start = this.#anchor !== undefined && at(this.#anchor) >= 0 ? this.#anchor : from;
    const [low, high] = [at(start), at(to)].sort((a, b) => a - b) as [number, number];
    this.#anchor = start;
    this.#ids = new Set(
      rows
        .slice(Math.max(0, low), high + 1)
        .filter(isSelectable)
        .map(({ id }) => id),
    );
  }

  all(rows: readonly ShownRow[]): void {
    this.#ids = new Set(rows.filter(isSelectable).map(({ id }) => id));
  }

  /** Exactly these. */
  set(ids: readonly string[], rows: readonly ShownRow[]): void {
    const wanted = new Set(ids);
    this.#ids = new Set(rows.filter((row) => wanted.has(row.id) && isSelectable(row)).map(({ id }) => id));
  }

  clear(): void {
    this.#ids = new Set();
    this.#anchor = undefined;
  }

  /** Forgets rows that are no more. @returns True where that changed something. */
  keepOnly(known: ReadonlySet<string>): boolean {
    const next = new Set([...this.#ids].filter((id) => known.has(id)));
    if (next.size === this.#ids.size) return false;
    this.#ids = next;
    return true;
  }
}

const isSelectable = ({ row }: ShownRow): boolean => row !== undefined && row.kind !== 'branch';
