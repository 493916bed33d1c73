import type { RepoPath } from '../core/ids.ts';

/** Holds transfers, and says what is wanted first. Made by a face, passed in a verb's options; may be used at any time. */
export class TransferControl {
  readonly #listeners = new Set<() => void>();
  readonly #first: RepoPath[] = [];
  #paused = false;

  get paused(): boolean {
    return this.#paused;
  }

  /** Nothing new is begun, and large files are put down where they can be taken up again; small ones are brought to their end. */
  pause(): void {
    this.#paused = true;
    this.#tell();
  }

  resume(): void {
    this.#paused = false;
    this.#tell();
  }

  /** This file, or what is below this folder, comes before everything else. The last one told comes first. */
  first(path: RepoPath): void {
    this.#first.push(path);
    this.#tell();
  }

  /** Takes over what {@link first} was told since the last call, in the order of the calls. */
  takeFirst(): RepoPath[] {
    return this.#first.splice(0);
  }

  onChange(listener: () => void): Disposable {
    this.#listeners.add(listener);
    return { [Symbol.dispose]: () => void this.#listeners.delete(listener) };
  }

  #tell(): void {
    for (const listener of [...this.#listeners]) listener();
  }
}
