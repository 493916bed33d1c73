import { commands } from 'vscode';
import { coalesce } from './coalesce.ts';
import { Disposables } from './disposables.ts';
import type { Repositories } from './repositories.ts';

/** Keeps the `when` clauses of the manifest up to date: which welcome text, which commands on which files. */
export class Contexts extends Disposables {
  readonly #repositories: Repositories;
  readonly #set = new Map<string, string>();
  readonly #folders = new Set<string>();
  readonly #update = coalesce(async () => this.#updateAll(), { quiet: 0, atMost: 0 });

  constructor(repositories: Repositories) {
    super();
    this.#repositories = repositories;
    this.track(repositories.onDidChange(() => this.#update()));
    this.track(repositories.onDidChangeSnapshot(() => this.#update()));
    this.track({ dispose: () => this.#update.cancel() });
  }

  /** Takes note of a folder of tracked data that is on the screen: its files are offered the commands for data. */
  noteFolder(folder: string): void {
    if (this.#folders.has(folder)) return;
    this.#folders.add(folder);
    this.#update();
  }

  #updateAll(): void {
    const { all, hasSearched } = this.#repositories;
    const phases = all.map(({ snapshot }) => snapshot.phase);
    this.#put('lode.searched', hasSearched);
    this.#put('lode.hasRepository', all.length > 0);
    this.#put('lode.loading', phases.includes('loading'));
    this.#put('lode.failed', phases.includes('failed'));
    const known = all.map(({ snapshot }) => snapshot.pipelines);
    this.#put('lode.pipelinesLoading', known.includes(undefined));
    this.#put(
      'lode.hasPipelines',
      known.some((files) => files?.some(({ stages }) => stages.length > 0)),
    );
    const outputs = all.flatMap((model) => model.snapshot.outputs.map(({ path }) => model.absolute(path)));
    this.#put('lode.outputs', outputs);
    this.#put('lode.dataFolders', [...this.#folders]);
  }

  #put(name: string, value: boolean | readonly string[]): void {
    const text = JSON.stringify(value);
    if (this.#set.get(name) === text) return;
    this.#set.set(name, text);
    void commands.executeCommand('setContext', name, value);
  }
}
