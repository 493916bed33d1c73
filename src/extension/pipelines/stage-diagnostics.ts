import {
  Diagnostic,
  DiagnosticRelatedInformation,
  DiagnosticSeverity,
  Location,
  l10n,
  languages,
  Range,
  type TextDocument,
  Uri,
  workspace,
} from 'vscode';
import type { ExplainedReason, PipelineFile, Span, StageView } from '../../engine/index.ts';
import { coalesce } from '../coalesce.ts';
import { Disposables } from '../disposables.ts';
import type { RepoModel } from '../repo-model.ts';
import type { Repositories } from '../repositories.ts';
import { ParamLines } from './param-lines.ts';
import { byPlace } from './stage-lenses.ts';
import { reasonsText, reasonText } from './stage-text.ts';

const SOURCE = 'Lode';
/** Files that parameters are kept in; whoever opens one wants to see what they made stale. */
const MAY_HOLD_PARAMS = /\.(ya?ml|json|toml|py)$/;

/** What is wrong in dvc.yaml, which of its stages are stale, and which parameters made them so. */
export class StageDiagnostics extends Disposables {
  readonly #collection = this.track(languages.createDiagnosticCollection('lode'));
  readonly #repositories: Repositories;
  /** Files with diagnostics, by repository. */
  readonly #shown = new Map<RepoModel, readonly Uri[]>();
  readonly #update = coalesce(() => this.#updateAll(), { quiet: 0, atMost: 0 });
  readonly #dirty = new Set<RepoModel>();

  constructor(repositories: Repositories) {
    super();
    this.#repositories = repositories;
    this.track({ dispose: () => this.#update.cancel() });
    this.track(repositories.onDidChange(() => this.#forgetClosed()));
    this.track(
      repositories.onDidChangeSnapshot(({ model, before, after }) => {
        if (before.pipelines === after.pipelines) return;
        this.#dirty.add(model);
        this.#update();
      }),
    );
    const ask = ({ uri }: TextDocument): void => {
      if (MAY_HOLD_PARAMS.test(uri.path)) this.#repositories.at(uri)?.askForPipelines();
    };
    this.track(workspace.onDidOpenTextDocument(ask));
    this.track(repositories.onDidChange(() => workspace.textDocuments.forEach(ask)));
  }

  async #updateAll(): Promise<void> {
    const models = [...this.#dirty];
    this.#dirty.clear();
    for (const model of models) {
      const found = await diagnosticsOf(model, model.snapshot.pipelines ?? []);
      if (this.isDisposed || !this.#repositories.all.includes(model)) continue;
      for (const uri of this.#shown.get(model) ?? []) if (!found.has(uri.toString())) this.#collection.delete(uri);
      for (const { uri, diagnostics } of found.values()) this.#collection.set(uri, diagnostics);
      this.#shown.set(
        model,
        [...found.values()].map(({ uri }) => uri),
      );
    }
  }

  #forgetClosed(): void {
    for (const [model, uris] of this.#shown) {
      if (this.#repositories.all.includes(model)) continue;
      for (const uri of uris) this.#collection.delete(uri);
      this.#shown.delete(model);
    }
  }
}

type Found = Map<string, { readonly uri: Uri; readonly diagnostics: Diagnostic[] }>;

/** By the text of the URI. */
async function diagnosticsOf(model: RepoModel, files: readonly PipelineFile[]): Promise<Found> {
  const found: Found = new Map();
  const add = (file: string, diagnostic: Diagnostic): void => {
    diagnostic.source = SOURCE;
    const uri = Uri.file(file);
    const there = found.get(uri.toString());
    if (there) there.diagnostics.push(diagnostic);
    else found.set(uri.toString(), { uri, diagnostics: [diagnostic] });
  };
  const lines = new ParamLines();
  const params = new Map<string, StaleParam>();
  for (const file of files) {
    const path = model.absolute(file.file);
    for (const problem of problemsOf(file)) add(path, problem);
    for (const members of byPlace(file.stages).values()) {
      const stale = members.filter(({ state }) => state === 'stale');
      const [first] = stale;
      if (!first) continue;
      const diagnostic = new Diagnostic(
        rangeOf(first.where),
        staleText(stale, members.length),
        DiagnosticSeverity.Warning,
      );
      diagnostic.code = 'stale';
      diagnostic.relatedInformation = await relatedTo(model, file, stale, lines);
      add(path, diagnostic);
      for (const view of stale) noteParams(model, view, params);
    }
  }
  for (const { file, key, text, stages, place } of params.values()) {
    const message = l10n.t('{0} since the last run. Stale: {1}', text, stages.join(', '));
    const diagnostic = new Diagnostic(await lines.of(file, key), message, DiagnosticSeverity.Information);
    diagnostic.code = 'stale';
    diagnostic.relatedInformation = place.map(
      ({ location, address }) => new DiagnosticRelatedInformation(location, l10n.t('Stage {0}', address)),
    );
    add(file, diagnostic);
  }
  return found;
}

/** A parameter whose value some stages ran with is another now. */
interface StaleParam {
  readonly file: string;
  readonly key: string;
  readonly text: string;
  readonly stages: string[];
  readonly place: { readonly location: Location; readonly address: string }[];
}

function noteParams(model: RepoModel, view: StageView, params: Map<string, StaleParam>): void {
  for (const { reason, text } of view.reasons) {
    if (reason.kind !== 'param') continue;
    const file = model.absolute(reason.file); // Seen from the root.
    const id = `${file}\0${text}`;
    const known = params.get(id) ?? {
      file,
      key: reason.key,
      text: text.slice(reason.file.length + 1),
      stages: [],
      place: [],
    };
    known.stages.push(view.address);
    known.place.push({
      location: new Location(Uri.file(model.absolute(view.file)), rangeOf(view.where)),
      address: view.address,
    });
    params.set(id, known);
  }
}

function* problemsOf(file: PipelineFile): Generator<Diagnostic> {
  if (file.failure !== undefined) yield new Diagnostic(rangeOf(undefined), file.failure, DiagnosticSeverity.Error);
  for (const { severity, message, hint, where } of file.problems)
    yield new Diagnostic(
      rangeOf(where),
      [message, hint].filter(Boolean).join('\n'),
      severity === 'error' ? DiagnosticSeverity.Error : DiagnosticSeverity.Warning,
    );
}

function staleText(stale: readonly StageView[], members: number): string {
  const [first] = stale;
  if (!first) return '';
  if (members === 1) return l10n.t('Stage {0} is stale: {1}', first.address, reasonsText(first));
  const all = stale.map((view) => `${view.address}: ${reasonsText(view)}`).join('\n');
  return `${l10n.t('{0} of {1} stages are stale:', stale.length, members)}\n${all}`;
}

/** Where each reason stands: a parameter in its file, everything else in the stage. */
async function relatedTo(
  model: RepoModel,
  file: PipelineFile,
  stages: readonly StageView[],
  lines: ParamLines,
): Promise<DiagnosticRelatedInformation[]> {
  const related: DiagnosticRelatedInformation[] = [];
  const here = Uri.file(model.absolute(file.file));
  for (const view of stages)
    for (const explained of view.reasons) {
      const { reason } = explained;
      const location =
        reason.kind === 'param'
          ? new Location(Uri.file(model.absolute(reason.file)), await lines.of(model.absolute(reason.file), reason.key))
          : new Location(here, rangeOf(placeOf(file, view, explained)));
      related.push(
        new DiagnosticRelatedInformation(location, [reasonText(explained), ...explained.details].join('\n')),
      );
    }
  return related;
}

const LISTS = { out: 'outs', metric: 'metrics', plot: 'plots' } as const;

function placeOf(file: PipelineFile, { at, stage, where }: StageView, { reason }: ExplainedReason): Span | undefined {
  const isMeant = ({ place, defPath }: (typeof stage.deps)[number] | (typeof stage.outs)[number]): boolean =>
    'path' in reason && reason.path === (place.kind === 'repo' ? place.path : defPath);
  switch (reason.kind) {
    case 'dependency':
      return file.locate([...at, 'deps', stage.deps.findIndex(isMeant)])?.value ?? where;
    case 'output': {
      const kind = stage.outs.find(isMeant)?.kind ?? 'out';
      const index = stage.outs.filter((output) => output.kind === kind).findIndex(isMeant);
      return file.locate([...at, LISTS[kind], index])?.value ?? where;
    }
    case 'command':
      return file.locate([...at, 'cmd'])?.key ?? where;
    default:
      return where;
  }
}

/** Spans count from 1. */
const rangeOf = (span: Span | undefined): Range =>
  span ? new Range(span.line - 1, span.column - 1, span.endLine - 1, span.endColumn - 1) : new Range(0, 0, 0, 0);
