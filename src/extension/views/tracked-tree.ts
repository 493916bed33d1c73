import { commands, EventEmitter, l10n, type TreeDataProvider, type TreeItem, type TreeView, window } from 'vscode';
import type { TrackedEntry } from '../../engine/index.ts';
import { Disposables } from '../disposables.ts';
import { loadEngine } from '../engine.ts';
import type { ExtensionLog } from '../log.ts';
import { quietContext } from '../op-context.ts';
import type { RepoModel } from '../repo-model.ts';
import type { RepoChange, Repositories } from '../repositories.ts';
import { changedPaths } from '../snapshot.ts';
import { TrackedDrop } from './tracked-drop.ts';
import { findTracked, type TrackedMatches } from './tracked-filter.ts';
import { entryTooltip, trackedItem } from './tracked-items.ts';
import { asRows, type EntryNode, entryNode, repoNode, type TrackedNode } from './tracked-nodes.ts';

/** Rows drawn again one by one up to this many, the whole tree above. */
const ONE_BY_ONE = 200;

/** The *Tracked Data* tree: what is tracked, on disk or not, a level at a time. */
export class TrackedTree extends Disposables implements TreeDataProvider<TrackedNode> {
  readonly #changed = this.track(new EventEmitter<TrackedNode | TrackedNode[] | undefined>());
  readonly onDidChangeTreeData = this.#changed.event;
  readonly view: TreeView<TrackedNode>;
  readonly #repositories: Repositories;
  readonly #log: ExtensionLog;
  readonly #ended = new AbortController();
  /** The rows handed out, by id: to draw single ones again. */
  readonly #shown = new Map<string, TrackedNode>();
  #filter = '';
  #matches: TrackedMatches | undefined;

  constructor(repositories: Repositories, log: ExtensionLog) {
    super();
    this.#repositories = repositories;
    this.#log = log;
    this.view = this.track(
      window.createTreeView('lode.trackedData', {
        treeDataProvider: this,
        showCollapseAll: true,
        canSelectMany: true,
        dragAndDropController: new TrackedDrop(),
      }),
    );
    this.track({ dispose: () => this.#ended.abort() });
    this.track(repositories.onDidChange(() => this.#drawAll()));
    this.track(repositories.onDidChangeSnapshot((change) => this.#follow(change)));
    this.#describe();
  }

  get filter(): string {
    return this.#filter;
  }

  async askFilter(): Promise<void> {
    const text = await window.showInputBox({
      title: l10n.t('Filter Tracked Data'),
      prompt: l10n.t('A part of a name, or of a path with a slash'),
      value: this.#filter,
    });
    if (text !== undefined) await this.setFilter(text);
  }

  /** Shows only what has `text` in its path, with the folders around it; '' shows everything. */
  async setFilter(text: string): Promise<void> {
    this.#filter = text.trim();
    await commands.executeCommand('setContext', 'lode.trackedDataFiltered', this.#filter !== '');
    await this.#search();
    this.#drawAll();
  }

  async getChildren(node?: TrackedNode): Promise<TrackedNode[]> {
    const rows = await this.#rows(node);
    for (const row of rows) this.#shown.set(row.id, row);
    return rows;
  }

  getTreeItem(node: TrackedNode): TreeItem {
    return trackedItem(node, this.#matches !== undefined);
  }

  resolveTreeItem(item: TreeItem, node: TrackedNode): TreeItem {
    if (node.kind === 'entry') item.tooltip = entryTooltip(node);
    return item;
  }

  async getParent(node: TrackedNode): Promise<TrackedNode | undefined> {
    if (node.kind === 'repo') return undefined;
    const at = node.kind === 'range' ? node.parent : node.entry.path.split('/').slice(0, -1).join('/');
    if (at !== '') return this.nodeAt(node.model, at);
    return this.#hasSeveral ? repoNode(node.model) : undefined;
  }

  /** The row of a path, wherever it is in the tree. */
  async nodeAt(model: RepoModel, path: string): Promise<EntryNode | undefined> {
    const parent = path.split('/').slice(0, -1).join('/');
    const entry = (await this.#entries(model, parent)).find((candidate) => candidate.path === path);
    return entry && entryNode(model, entry);
  }

  get #hasSeveral(): boolean {
    return this.#repositories.all.length > 1;
  }

  async #rows(node: TrackedNode | undefined): Promise<TrackedNode[]> {
    if (!node) {
      await this.#repositories.ready();
      const [only] = this.#repositories.all;
      if (this.#hasSeveral) return this.#repositories.all.map(repoNode);
      return only ? asRows(only, '', await this.#entries(only, '')) : [];
    }
    if (node.kind === 'range') return [...node.entries];
    const at = node.kind === 'repo' ? '' : node.entry.path;
    return asRows(node.model, at, await this.#entries(node.model, at));
  }

  async #entries(model: RepoModel, at: string): Promise<readonly TrackedEntry[]> {
    if (this.#matches) return this.#matches.below(model, at);
    try {
      const [engine, repo] = [await loadEngine(), await model.repo()];
      return await engine.trackedChildren(repo, at as TrackedEntry['path'], this.#context(engine, model));
    } catch (error) {
      if (!this.isDisposed) this.#log.error(`${model.root}: ${at || 'the root'} cannot be listed.`, error);
      return []; // Why is in the message above the tree: the snapshot has met the same problem.
    }
  }

  #context(engine: Awaited<ReturnType<typeof loadEngine>>, model: RepoModel) {
    return quietContext(engine, this.#log, model.root, this.#ended.signal);
  }

  async #search(): Promise<void> {
    this.#matches = undefined;
    if (this.#filter === '') return;
    const engine = await loadEngine();
    this.#matches = await findTracked(this.#repositories.all, this.#filter, async (model, at) =>
      engine.trackedChildren(await model.repo(), at, this.#context(engine, model)),
    );
  }

  #follow(change: RepoChange): void {
    const { model, before, after } = change;
    this.#describe();
    const sameShape = before.outputs === after.outputs && before.phase === after.phase;
    const paths = changedPaths(before, after);
    const structural = paths.some(
      (path) => isComingOrGoing(before.states.get(path)?.state) || isComingOrGoing(after.states.get(path)?.state),
    );
    if (!sameShape || paths.length > ONE_BY_ONE || this.#matches) {
      void this.#drawAgain();
      return;
    }
    if (paths.length === 0) return;
    const rows = new Map<string, TrackedNode | undefined>();
    for (const path of paths) {
      // Where an entry comes, goes or changes its icon, its siblings are asked for again.
      const at = structural ? path.split('/').slice(0, -1).join('/') : path;
      const row = this.#shown.get(`${model.root}\0${at}`);
      if (row) rows.set(row.id, row);
      else if (structural && at === '') rows.set('', undefined);
    }
    const repository = this.#shown.get(model.root);
    if (repository) rows.set(repository.id, repository); // It says how many changes there are.
    if (rows.has('')) this.#drawAll();
    else if (rows.size > 0) this.#changed.fire([...rows.values()].flatMap((row) => row ?? []));
  }

  async #drawAgain(): Promise<void> {
    await this.#search();
    this.#drawAll();
  }

  #drawAll(): void {
    this.#shown.clear();
    this.#describe();
    this.#changed.fire(undefined);
  }

  /** The line above the tree. */
  #describe(): void {
    const { all } = this.#repositories;
    const problem = all.find(({ snapshot }) => snapshot.phase === 'failed')?.snapshot.problem;
    const restricted = all.some(({ snapshot }) => snapshot.phase === 'restricted');
    const lines = [
      problem,
      restricted ? l10n.t('Restricted Mode: tracked data is shown, nothing is run.') : undefined,
      this.#filter === '' ? undefined : this.#filterLine(),
    ];
    // Assigning undefined is how a view's message is taken away.
    (this.view as { message: string | undefined }).message = lines.filter(Boolean).join('\n') || undefined;
  }

  #filterLine(): string {
    const found = this.#matches;
    if (!found) return l10n.t('Searching for “{0}”…', this.#filter);
    if (found.count === 0) return l10n.t('Nothing tracked has “{0}” in its path.', this.#filter);
    if (found.isCut) return l10n.t('The first {0} with “{1}” in their paths', found.count, this.#filter);
    return l10n.t('{0} with “{1}” in their paths', found.count, this.#filter);
  }
}

const isComingOrGoing = (state: string | undefined): boolean =>
  state !== undefined && !['modified', 'not-in-cache', 'stored-modified', 'unpushed', 'unknown'].includes(state);
