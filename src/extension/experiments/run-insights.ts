import {
  CodeLens,
  type CodeLensProvider,
  EndOfLine,
  EventEmitter,
  Hover,
  type HoverProvider,
  l10n,
  languages,
  type Position,
  Range,
  type TextDocument,
  Uri,
  window,
  workspace,
} from 'vscode';
import type { ParamPlace, RepoPath } from '../../engine/index.ts';
import { Disposables } from '../disposables.ts';
import { loadEngine } from '../engine.ts';
import type { RepoModel } from '../repo-model.ts';
import type { Repositories } from '../repositories.ts';
import { setting } from '../settings.ts';
import type { Experiments } from './experiments.ts';
import { differs, historyOf, type Runs, runsJudgedBy, runsOf, type ValueHistory, valueAt } from './run-values.ts';
import { historyText, lensTitle } from './run-values-text.ts';

const FILES = { scheme: 'file', pattern: '**/*.{yaml,yml,json,toml,py}' };
/** Longer files are data, not something somebody wrote. Characters. */
const LONGEST = 200_000;

type Kind = 'param' | 'metric';

/**
 * What runs say of a value, where it is written: above parameters that differ between runs, and on hovering over parameters and metrics. The
 * experiments are followed while such a file is in sight, and read by nobody before.
 */
export class RunInsights extends Disposables implements CodeLensProvider, HoverProvider {
  readonly #changed = this.track(new EventEmitter<void>());
  readonly onDidChangeCodeLenses = this.#changed.event;
  readonly #repositories: Repositories;
  readonly #experiments: Experiments;
  /** Runs of the table they were made from. */
  readonly #runs = new WeakMap<object, Runs>();
  readonly #shown = new Map<RepoModel, string>();

  constructor(repositories: Repositories, experiments: Experiments) {
    super();
    this.#repositories = repositories;
    this.#experiments = experiments;
    this.track(languages.registerCodeLensProvider(FILES, this));
    this.track(languages.registerHoverProvider(FILES, this));
    this.track(experiments.onDidChange((model) => this.#refresh(model)));
    this.track(window.onDidChangeVisibleTextEditors(() => void this.#look()));
    this.track(repositories.onDidChange(() => this.#changed.fire()));
    this.track({ dispose: () => experiments.unfollow(this) });
    this.track(
      workspace.onDidChangeConfiguration((event) => {
        if (!event.affectsConfiguration('lode.experiments.codeLens')) return;
        this.#changed.fire();
        void this.#look();
      }),
    );
  }

  async provideCodeLenses(document: TextDocument): Promise<CodeLens[]> {
    if (!setting('experiments.codeLens', document.uri)) return [];
    const at = await this.#place(document);
    if (at?.kind !== 'param') return [];
    const { model, file } = at;
    this.#experiments.follow(model, this);
    const runs = this.#runsOf(model);
    if (!runs || runs.last.length === 0) return [];
    const lenses: CodeLens[] = [];
    const lines = new Set<number>();
    for (const place of await placesIn(file, document)) {
      const history = historyOf(runs, 'params', { file, name: place.key });
      if (!isLeaf(history) || !differs(history)) continue;
      const range = rangeOf(document, place);
      if (lines.has(range.start.line)) continue;
      lines.add(range.start.line);
      const args = [{ root: model.root, file, name: place.key }];
      lenses.push(
        new CodeLens(range, { title: lensTitle(history), command: 'lode.paramPlot', arguments: args }),
        ...(model.trusted
          ? [new CodeLens(range, { title: l10n.t('Sweep…'), command: 'lode.paramSweep', arguments: args })]
          : []),
      );
    }
    return lenses;
  }

  async provideHover(document: TextDocument, position: Position): Promise<Hover | undefined> {
    const at = await this.#place(document);
    if (!at) return undefined;
    const { model, file, kind } = at;
    const places = await placesIn(file, document);
    const offset = position.character;
    const place = places.findLast((one) => {
      const range = rangeOf(document, one);
      return range.start.line === position.line && range.start.character <= offset && offset <= range.end.character;
    });
    if (!place) return undefined;
    const { table, directionOf } = await this.#experiments.current(model);
    if (!table) return undefined;
    const name = { file, name: place.key };
    const history =
      kind === 'param'
        ? historyOf(this.#runsOf(model) ?? runsOf(table, directionOf), 'params', name)
        : historyOf(runsJudgedBy(table, name, directionOf), 'metrics', name);
    const workspaceRow = table.rows.find((row) => row.kind === 'workspace');
    const isKnown = isLeaf(history) || (workspaceRow && valueAt(workspaceRow[`${kind}s`], name) !== undefined);
    if (!isKnown) return undefined;
    const address = (command: string): Uri =>
      Uri.parse(`command:${command}?${encodeURIComponent(JSON.stringify([{ root: model.root, ...name }]))}`);
    const actions: [string, Uri][] =
      kind === 'param' && model.trusted
        ? [
            [l10n.t('Compare Runs'), address('lode.paramPlot')],
            [l10n.t('Sweep…'), address('lode.paramSweep')],
          ]
        : [];
    return new Hover(historyText(history, kind, actions), rangeOf(document, place));
  }

  #runsOf(model: RepoModel): Runs | undefined {
    const { table, directionOf } = this.#experiments.state(model);
    if (!table) return undefined;
    let runs = this.#runs.get(table);
    if (!runs) this.#runs.set(table, (runs = runsOf(table, directionOf)));
    return runs;
  }

  /** Which of the files of a repository that runs read or write a document is; undefined for any other. */
  async #place(
    document: TextDocument,
  ): Promise<{ readonly model: RepoModel; readonly file: RepoPath; readonly kind: Kind } | undefined> {
    const model = this.#repositories.at(document.uri);
    const file = model?.pathOf(document.uri);
    if (!model?.trusted || file === undefined || document.getText().length > LONGEST) return undefined;
    try {
      const [{ valueFileKind }, repo] = [await loadEngine(), await model.repo()];
      const kind = valueFileKind(await repo.index(), file);
      return kind && { model, file, kind };
    } catch {
      return undefined; // A broken stage file, which its diagnostics tell of.
    }
  }

  /** Lenses are asked for anew where they would say something else. */
  #refresh(model: RepoModel): void {
    const runs = this.#runsOf(model);
    const rows = runs && [runs.head, ...runs.best, ...runs.last];
    const text = JSON.stringify([runs?.judge, rows?.map((row) => row?.key)]);
    if (this.#shown.get(model) === text) return;
    this.#shown.set(model, text);
    this.#changed.fire();
  }

  /** Experiments are not followed for files that nobody sees any more. */
  async #look(): Promise<void> {
    const places = await Promise.all(window.visibleTextEditors.map(({ document }) => this.#place(document)));
    if (this.isDisposed) return;
    const isOn = setting('experiments.codeLens');
    const seen = places.flatMap((at) => (isOn && at?.kind === 'param' ? [at.model] : []));
    this.#experiments.unfollow(this, seen);
  }
}

/** Groups of parameters have no value of their own. */
const isLeaf = ({ head, best, last }: ValueHistory): boolean =>
  [...(head ? [head] : []), ...best, ...last].some(
    ({ value }) => value !== undefined && (typeof value !== 'object' || value === null || Array.isArray(value)),
  );

async function placesIn(file: string, document: TextDocument): Promise<ParamPlace[]> {
  const { paramPlaces } = await loadEngine();
  return paramPlaces(file, document.getText().replace(/\r\n?/g, '\n'));
}

/** Offsets count one character for each line end. */
function rangeOf(document: TextDocument, { start, end }: ParamPlace): Range {
  if (document.eol === EndOfLine.LF) return new Range(document.positionAt(start), document.positionAt(end));
  const before = document.getText().replace(/\r\n?/g, '\n').slice(0, start);
  const line = before.split('\n').length - 1;
  const character = start - (before.lastIndexOf('\n') + 1);
  return new Range(line, character, line, character + end - start);
}
