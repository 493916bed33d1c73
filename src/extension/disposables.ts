import type { Disposable } from 'vscode';

/** Owns what it created: disposed last in, first out. What is tracked after the end is disposed at once. */
export class Disposables implements Disposable {
  readonly #owned: Disposable[] = [];
  #disposed = false;

  get isDisposed(): boolean {
    return this.#disposed;
  }

  track<T extends Disposable>(item: T): T {
    if (this.#disposed) item.dispose();
    else this.#owned.push(item);
    return item;
  }

  dispose(): void {
    this.#disposed = true;
    for (let item = this.#owned.pop(); item; item = this.#owned.pop()) item.dispose();
  }
}
