import type { OutputView } from './snapshot.ts';

/** Outputs by where they are: asked for each row and each file event, whatever their number. */
export class OutputLookup {
  readonly #byPath: ReadonlyMap<string, OutputView>;
  /** Folders that are no output and have one below. */
  readonly #around = new Set<string>();

  constructor(outputs: readonly OutputView[]) {
    this.#byPath = new Map(outputs.map((output) => [output.path, output]));
    for (const { path } of outputs)
      for (const folder of foldersAround(path)) {
        if (this.#around.has(folder)) break;
        this.#around.add(folder);
      }
  }

  /** The output a path is or lies in. */
  around(path: string): OutputView | undefined {
    const exact = this.#byPath.get(path);
    if (exact) return exact;
    for (const folder of foldersAround(path)) {
      const output = this.#byPath.get(folder);
      if (output) return output;
    }
    return undefined;
  }

  /** The outputs a change at `path` concerns: the one around it, or all below it. */
  touchedBy(path: string): OutputView[] {
    const around = this.around(path);
    if (around) return [around];
    if (!this.#around.has(path)) return [];
    return [...this.#byPath.values()].filter((output) => output.path.startsWith(`${path}/`));
  }
}

/** From the innermost outwards. */
function* foldersAround(path: string): Generator<string> {
  for (let slash = path.lastIndexOf('/'); slash > 0; slash = path.lastIndexOf('/', slash - 1))
    yield path.slice(0, slash);
}
