import { EventEmitter, type Memento } from 'vscode';
import type { ExperimentRow, ExperimentsTable } from '../../engine/index.ts';
import { plotColor } from '../../protocol/plot-colors.ts';
import { Disposables } from '../disposables.ts';
import type { RepoModel } from '../repo-model.ts';

/** A plot that a user has made of columns of the table of experiments. */
export type CustomPlot =
  | { readonly id: string; readonly kind: 'scatter' | 'parallel'; readonly columns: readonly string[] }
  | { readonly id: string; readonly kind: 'history'; readonly metric: string };

/** Which revisions are plotted, in which colours, and the user's own plots: one choice for each repository, kept. */
export class PlotsChoice extends Disposables {
  readonly #changed = this.track(new EventEmitter<RepoModel>());
  readonly onDidChange = this.#changed.event;
  readonly #memory: Memento;

  constructor(memory: Memento) {
    super();
    this.#memory = memory;
  }

  /** Ids of rows of the table of experiments; a place in it is a colour, so gaps stay. */
  places(model: RepoModel): readonly (string | null)[] {
    return this.#memory.get<readonly (string | null)[]>(`lode.plots.shown:${model.root}`) ?? ['workspace'];
  }

  /** The chosen rows that there are, each with its colour. */
  rows(model: RepoModel, table: ExperimentsTable | undefined): { row: ExperimentRow; color: string }[] {
    const known = new Map(table?.rows.map((row) => [row.id, row]));
    return this.places(model).flatMap((id, place) => {
      const row = id === null ? undefined : known.get(id);
      return row ? [{ row, color: plotColor(place) }] : [];
    });
  }

  /** These rows with colours: their own where they are plotted, else those they would have. */
  coloured(model: RepoModel, rows: readonly ExperimentRow[]): { row: ExperimentRow; color: string }[] {
    let places = this.places(model);
    for (const { id } of rows) if (!places.includes(id)) places = inFreePlace(places, id);
    return rows.map((row) => ({ row, color: plotColor(places.indexOf(row.id)) }));
  }

  async toggle(model: RepoModel, id: string): Promise<void> {
    const places = this.places(model);
    await this.#keep(
      model,
      places.includes(id) ? places.map((one) => (one === id ? null : one)) : inFreePlace(places, id),
    );
  }

  /** Shows these and no others; those that were shown keep their colours. */
  async choose(model: RepoModel, ids: readonly string[]): Promise<void> {
    const wanted = new Set(ids);
    let places: readonly (string | null)[] = this.places(model).map((id) =>
      id !== null && wanted.has(id) ? id : null,
    );
    for (const id of ids) if (!places.includes(id)) places = inFreePlace(places, id);
    await this.#keep(model, places);
  }

  custom(model: RepoModel): readonly CustomPlot[] {
    return this.#memory.get<readonly CustomPlot[]>(`lode.plots.custom:${model.root}`) ?? [];
  }

  async setCustom(model: RepoModel, plots: readonly CustomPlot[]): Promise<void> {
    await this.#memory.update(`lode.plots.custom:${model.root}`, plots);
    this.#changed.fire(model);
  }

  async #keep(model: RepoModel, places: readonly (string | null)[]): Promise<void> {
    let end = places.length;
    while (end > 0 && places[end - 1] === null) end--;
    await this.#memory.update(`lode.plots.shown:${model.root}`, places.slice(0, end));
    this.#changed.fire(model);
  }
}

/** The first colour nobody has. */
export function inFreePlace(places: readonly (string | null)[], id: string): (string | null)[] {
  const free = places.indexOf(null);
  return free < 0 ? [...places, id] : places.map((one, at) => (at === free ? id : one));
}
