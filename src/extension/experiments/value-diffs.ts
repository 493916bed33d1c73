import {
  commands,
  type Disposable,
  EventEmitter,
  l10n,
  type TextDocumentContentProvider,
  Uri,
  workspace,
} from 'vscode';
import type { App } from '../app.ts';
import type { RepoCall } from '../call.ts';
import { coalesce } from '../coalesce.ts';
import { Disposables } from '../disposables.ts';
import { loadEngine } from '../engine.ts';
import { quietContext } from '../op-context.ts';
import type { RepoModel } from '../repo-model.ts';
import { askRevisions, type ChosenRevision } from './revision-pick.ts';
import { type ValueDiffWords, valueDiffMarkdown } from './value-diff-text.ts';

const SCHEME = 'lode-diff';
const QUIET = { quiet: 150, atMost: 1000 };
type What = 'metrics' | 'params';

/** What a document of this scheme is about: its query. */
interface Asked {
  readonly what: What;
  readonly root: string;
  readonly revisions: readonly [ChosenRevision, ChosenRevision];
}

/** Asks for two revisions unless they are handed over, and shows their values side by side. */
export async function showValueDiff({ model, args }: RepoCall, what: What): Promise<void> {
  const title = titleOf(what);
  const revisions = revisionsIn(args) ?? (await askRevisions(await model.repo(), title));
  if (!revisions) return;
  const asked: Asked = { what, root: model.root, revisions };
  const name = `${title} ${revisions.map((one) => one.name).join(' … ')}`.replaceAll('/', '∕');
  const uri = Uri.from({ scheme: SCHEME, path: `/${name}.md`, query: JSON.stringify(asked) });
  await commands.executeCommand('markdown.showPreview', uri);
}

const titleOf = (what: What): string => (what === 'metrics' ? l10n.t('Metrics Diff') : l10n.t('Params Diff'));

/** Handed over by a lens or a test. */
function revisionsIn([first]: readonly unknown[]): Asked['revisions'] | undefined {
  if (typeof first !== 'object' || first === null || !('revisions' in first)) return undefined;
  return first.revisions as Asked['revisions']; // Only this extension calls it with revisions.
}

/** The documents of the two commands, made anew where the workspace has changed. */
export class ValueDiffs extends Disposables implements TextDocumentContentProvider {
  readonly #app: App;
  readonly #listening = new Map<RepoModel, Disposable>();
  readonly #again = coalesce(async () => {
    for (const uri of this.#open()) this.#changed.fire(uri);
  }, QUIET);
  readonly #changed = this.track(new EventEmitter<Uri>());
  readonly onDidChange = this.#changed.event;

  constructor(app: App) {
    super();
    this.#app = app;
    this.track(workspace.registerTextDocumentContentProvider(SCHEME, this));
    this.track(app.repositories.onDidChangeSnapshot(() => this.#again()));
    this.track(workspace.onDidCloseTextDocument(() => this.#listen()));
    this.track({ dispose: () => this.#again.cancel() });
    this.track({
      dispose: () => {
        for (const one of this.#listening.values()) one.dispose();
      },
    });
  }

  #open(): Uri[] {
    return workspace.textDocuments.flatMap(({ uri }) => (uri.scheme === SCHEME ? [uri] : []));
  }

  /** To files of the repositories that documents are about, as long as there are such documents. */
  #listen(asked?: RepoModel): void {
    const roots = new Set(this.#open().map((uri) => askedIn(uri).root));
    for (const [model, listening] of this.#listening) {
      if (model === asked || roots.has(model.root)) continue;
      listening.dispose();
      this.#listening.delete(model);
    }
    if (asked && !this.#listening.has(asked))
      this.#listening.set(
        asked,
        asked.onDidChangeFile(() => this.#again()),
      );
  }

  async provideTextDocumentContent(uri: Uri): Promise<string> {
    const { what, root, revisions } = askedIn(uri);
    const model = this.#app.repositories.all.find((one) => one.root === root);
    if (!model?.trusted) return l10n.t('The repository is not in this window.');
    this.#listen(model);
    const [engine, repo] = [await loadEngine(), await model.repo()];
    const ctx = quietContext(engine, this.#app.log, root, new AbortController().signal);
    const [from, to] = revisions;
    const options = { oldRev: from.rev, newRev: to.rev };
    const { directionOf } = await this.#app.experiments.current(model);
    const { files, failed } = await engine[what === 'metrics' ? 'metricsDiff' : 'paramsDiff'](repo, options, ctx);
    const text = (value: Parameters<typeof engine.shownValue>[0]): string =>
      value === null ? '' : shortened(engine.shownValue(value));
    return valueDiffMarkdown(
      {
        names: [from.name, to.name],
        files: [...files].map(([file, changes]) => ({
          file,
          lines: [...changes].map(([key, change]) => ({
            key,
            old: text(change.old),
            new: text(change.new),
            diff: change.diff === undefined ? undefined : text(change.diff),
          })),
        })),
        failed: failed.map((rev) => revisions.find((one) => one.rev === rev)?.name ?? rev),
        directionOf: what === 'metrics' ? directionOf : undefined,
      },
      wordsOf(what),
    );
  }
}

/** Six digits that say something, of numbers with more of them. */
const shortened = (text: string): string =>
  /^-?\d+\.\d{6,}$|^-?\d+\.\d+e[+-]\d+$/.test(text) ? String(Number(Number(text).toPrecision(6))) : text;

const askedIn = (uri: Uri): Asked => JSON.parse(uri.query) as Asked; // Made above.

const wordsOf = (what: What): ValueDiffWords => ({
  title: titleOf(what),
  key: what === 'metrics' ? l10n.t('Metric') : l10n.t('Parameter'),
  change: l10n.t('Change'),
  nothing: what === 'metrics' ? l10n.t('No metric differs.') : l10n.t('No parameter differs.'),
  better: l10n.t('better'),
  worse: l10n.t('worse'),
  failed: l10n.t('Some files cannot be read in: {0}'),
});
