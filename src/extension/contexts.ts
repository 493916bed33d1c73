import { commands } from 'vscode';
import { Disposables } from './disposables.ts';
import type { Repositories } from './repositories.ts';

/** Keeps the `when` clauses of the manifest up to date: which welcome text, which commands. */
export class Contexts extends Disposables {
  readonly #repositories: Repositories;
  readonly #set = new Map<string, boolean>();

  constructor(repositories: Repositories) {
    super();
    this.#repositories = repositories;
    this.track(repositories.onDidChange(() => this.#update()));
    this.track(repositories.onDidChangeSnapshot(() => this.#update()));
  }

  #update(): void {
    const { all, hasSearched } = this.#repositories;
    const phases = all.map(({ snapshot }) => snapshot.phase);
    this.#put('lode.searched', hasSearched);
    this.#put('lode.hasRepository', all.length > 0);
    this.#put('lode.loading', phases.includes('loading'));
    this.#put('lode.failed', phases.includes('failed'));
  }

  #put(name: string, value: boolean): void {
    if (this.#set.get(name) === value) return;
    this.#set.set(name, value);
    void commands.executeCommand('setContext', name, value);
  }
}
