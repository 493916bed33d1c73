import {
  CodeLens,
  type CodeLensProvider,
  EventEmitter,
  l10n,
  languages,
  Range,
  type TextDocument,
  workspace,
} from 'vscode';
import type { StageView } from '../../engine/index.ts';
import { Disposables } from '../disposables.ts';
import type { RepoModel } from '../repo-model.ts';
import type { Repositories } from '../repositories.ts';
import { setting } from '../settings.ts';
import type { StageRuns } from './run-state.ts';
import { hasFailed } from './stage-look.ts';
import { stageLine } from './stage-text.ts';

/** A blank that stays one: an ordinary one behind an icon goes. */
const GAP = '\u00a0';

/** Above each stage of a dvc.yaml: how it stands and why, and a click runs it. */
export class StageLenses extends Disposables implements CodeLensProvider {
  readonly #changed = this.track(new EventEmitter<void>());
  readonly onDidChangeCodeLenses = this.#changed.event;
  readonly #repositories: Repositories;
  readonly #runs: StageRuns;

  constructor(repositories: Repositories, runs: StageRuns) {
    super();
    this.#repositories = repositories;
    this.#runs = runs;
    this.track(languages.registerCodeLensProvider({ scheme: 'file', pattern: '**/dvc.yaml' }, this));
    this.track(runs.onDidChange(() => this.#changed.fire()));
    this.track(repositories.onDidChange(() => this.#changed.fire()));
    this.track(
      repositories.onDidChangeSnapshot(({ before, after }) => {
        if (before.pipelines !== after.pipelines) this.#changed.fire();
      }),
    );
    this.track(
      workspace.onDidChangeConfiguration((event) => {
        if (event.affectsConfiguration('lode.codeLens')) this.#changed.fire();
      }),
    );
  }

  provideCodeLenses(document: TextDocument): CodeLens[] {
    const model = this.#repositories.at(document.uri);
    if (!model || !setting('codeLens.enabled', document.uri)) return [];
    model.askForPipelines();
    const at = model.pathOf(document.uri);
    const file = model.snapshot.pipelines?.find((one) => one.file === at);
    const lenses: CodeLens[] = [];
    for (const members of byPlace(file?.stages ?? []).values()) {
      const line = lineOf(document, members);
      if (line === undefined) continue;
      const range = new Range(line, 0, line, 0);
      for (const command of this.#commands(model, members)) lenses.push(new CodeLens(range, command));
    }
    return lenses;
  }

  #commands(model: RepoModel, members: readonly StageView[]) {
    const [view] = members;
    if (!view) return [];
    const target = { root: model.root, address: view.address };
    const all = { root: model.root, addresses: members.map(({ address }) => address) };
    const running = members.find(({ address }) => this.#runs.state(model, address)?.phase === 'running');
    if (running) {
      const line = this.#runs.state(model, running.address)?.line;
      const text = members.length > 1 ? l10n.t('Running {0}', running.address) : l10n.t('Running');
      return [{ title: `$(loading~spin)${GAP}${[text, line].filter(Boolean).join(' · ')}`, command: '' }];
    }
    if (members.some(({ address }) => this.#runs.state(model, address)?.phase === 'waiting'))
      return [{ title: `$(watch)${GAP}${l10n.t('Waiting')}`, command: '' }];
    const text = members.length > 1 ? groupLine(members) : stageLine(view);
    const canRun = model.trusted && view.state !== 'frozen';
    const run = {
      title: `$(play)${GAP}${l10n.t('Run')} · ${text}`,
      command: 'lode.reproUpstream',
      arguments: [members.length > 1 ? all : target],
    };
    const shown = canRun ? run : { title: text, command: '' };
    const log = { title: l10n.t('Log'), command: 'lode.openStageLog', arguments: [target] };
    const debug = { title: l10n.t('Debug'), command: 'lode.debugStage', arguments: [target] };
    const graph = { title: l10n.t('Graph'), command: 'lode.showGraph', arguments: [target] };
    if (members.length > 1) return [shown, graph];
    return [shown, ...(view.lastRun && hasFailed(view) ? [log] : []), ...(model.trusted ? [debug] : []), graph];
  }
}

/** Stages by where they are defined: the members of a group share a place. */
export function byPlace(stages: readonly StageView[]): Map<string, StageView[]> {
  const places = new Map<string, StageView[]>();
  for (const view of stages) {
    const key = String(view.at[1]);
    places.set(key, [...(places.get(key) ?? []), view]);
  }
  return places;
}

function groupLine(members: readonly StageView[]): string {
  const right = members.filter(({ state }) => state === 'up-to-date').length;
  if (right === members.length) return l10n.t('{0} stages up to date', members.length);
  const [first] = members.filter(({ state }) => state !== 'up-to-date');
  return l10n.t(
    '{0} of {1} stages not up to date · {2}',
    members.length - right,
    members.length,
    `${first?.address}: ${first ? stageLine(first) : ''}`,
  );
}

/** The line of a definition in a text that may have been edited since it was saved: the nearest that looks like it. */
function lineOf(document: TextDocument, [view]: readonly StageView[]): number | undefined {
  if (!view?.where) return undefined;
  const expected = view.where.line - 1;
  if (!document.isDirty) return expected < document.lineCount ? expected : undefined;
  const name = String(view.at[1]).replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
  const head = new RegExp(`^\\s+["']?${name}["']?\\s*:`);
  let nearest: number | undefined;
  for (let line = 0; line < document.lineCount; line++)
    if (
      head.test(document.lineAt(line).text) &&
      (nearest === undefined || Math.abs(line - expected) < Math.abs(nearest - expected))
    )
      nearest = line;
  return nearest;
}
