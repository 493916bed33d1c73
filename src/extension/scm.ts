import {
  l10n,
  type QuickDiffProvider,
  type SourceControl,
  type SourceControlInputBox,
  type SourceControlResourceGroup,
  type SourceControlResourceState,
  scm,
  Uri,
  workspace,
} from 'vscode';
import type { BigFile, BigFiles } from './big-files.ts';
import { Disposables } from './disposables.ts';
import { formatBytes, formatCount, formatFiles } from './format.ts';
import type { RepoModel } from './repo-model.ts';
import type { Repositories } from './repositories.ts';
import { revUri } from './rev-files.ts';
import { type FoldedRow, type ScmRow, scmRows } from './scm-rows.ts';
import { setting } from './settings.ts';
import { countChanges, type DataChange, type DataChanges } from './snapshot.ts';
import { lookOf } from './state-look.ts';

/** A row of a group: VS Code's part, and what commands need to know of it. */
interface DataResource extends SourceControlResourceState {
  /** What the row stands for where `resourceUri` is only its text. */
  readonly targetUri?: Uri;
}

const GROUPS = [
  ['uncommitted', 'lode.changes', () => l10n.t('Changes')],
  ['committed', 'lode.stored', () => l10n.t('In the Cache, Not Yet in Git')],
  ['notInCache', 'lode.absent', () => l10n.t('Not in the Cache')],
] as const satisfies readonly (readonly [keyof DataChanges, string, () => string])[];

/** One source control for each trusted repository. */
export class SourceControls extends Disposables {
  readonly #repositories: Repositories;
  readonly #bigFiles: BigFiles;
  readonly #controls = new Map<RepoModel, RepoControl>();

  constructor(repositories: Repositories, bigFiles: BigFiles) {
    super();
    this.#repositories = repositories;
    this.#bigFiles = bigFiles;
    this.track(bigFiles.onDidChange((model) => this.#controls.get(model)?.showBigFiles(bigFiles.of(model))));
    this.track(repositories.onDidChange(() => this.#follow()));
    // In a turn of its own: with many changes each view has work of some milliseconds.
    this.track(repositories.onDidChangeSnapshot(({ model }) => setImmediate(() => this.#controls.get(model)?.show())));
    this.track(
      workspace.onDidChangeConfiguration((event) => {
        if (!event.affectsConfiguration('lode.sourceControl')) return;
        this.#follow();
        for (const control of this.#controls.values()) control.show();
      }),
    );
    this.track({ dispose: () => this.#keep([]) });
  }

  inputBox(model: RepoModel): SourceControlInputBox | undefined {
    return this.#controls.get(model)?.inputBox;
  }

  /** Shows the files behind a folded row, or folds them again. */
  toggleFold(model: RepoModel, folders: readonly Uri[]): void {
    for (const folder of folders) this.#controls.get(model)?.toggleFold(model.pathOf(folder) ?? '');
  }

  #follow(): void {
    this.#keep(setting('sourceControl.enabled') ? this.#repositories.all.filter(({ trusted }) => trusted) : []);
  }

  #keep(models: readonly RepoModel[]): void {
    for (const [model, control] of this.#controls)
      if (!models.includes(model)) {
        control.dispose();
        this.#controls.delete(model);
      }
    for (const model of models) {
      if (this.#controls.has(model)) continue;
      const control = new RepoControl(model);
      this.#controls.set(model, control);
      control.showBigFiles(this.#bigFiles.of(model));
    }
  }
}

/** The groups, the input box and quick diff of one repository. */
class RepoControl extends Disposables implements QuickDiffProvider {
  readonly #model: RepoModel;
  readonly #control: SourceControl;
  readonly #groups = new Map<keyof DataChanges, SourceControlResourceGroup>();
  readonly #bigFiles: SourceControlResourceGroup;
  readonly #unfolded = new Set<string>();
  #shown: DataChanges | undefined;

  constructor(model: RepoModel) {
    super();
    this.#model = model;
    this.#control = this.track(scm.createSourceControl('lode', l10n.t('Data'), Uri.file(model.root)));
    this.#control.quickDiffProvider = this;
    this.#control.inputBox.placeholder = l10n.t('Message (commits data and Git together)');
    this.#control.acceptInputCommand = {
      command: 'lode.commitAll',
      title: l10n.t('Commit Data and Git'),
      arguments: [this.#control],
    };
    for (const [list, id, label] of GROUPS) {
      const group = this.track(this.#control.createResourceGroup(id, label()));
      group.hideWhenEmpty = true;
      this.#groups.set(list, group);
    }
    this.#bigFiles = this.track(this.#control.createResourceGroup('lode.bigFiles', l10n.t('Big Files, Not Tracked')));
    this.#bigFiles.hideWhenEmpty = true;
    this.show();
  }

  showBigFiles(files: readonly BigFile[]): void {
    this.#bigFiles.resourceStates = files.map(({ uri, size }) => ({
      resourceUri: uri,
      contextValue: 'lode.bigFile',
      decorations: { tooltip: l10n.t('{0}, and neither Git nor Lode tracks it', formatBytes(size)) },
      command: { command: 'vscode.open', title: l10n.t('Open'), arguments: [uri] },
    }));
  }

  get inputBox(): SourceControlInputBox {
    return this.#control.inputBox;
  }

  /** The last committed version of a tracked file; Git knows nothing of it. */
  provideOriginalResource(uri: Uri): Uri | undefined {
    const at = this.#model.pathOf(uri);
    if (at === undefined || uri.scheme !== 'file' || !this.#model.outputAround(at)) return undefined;
    const state = this.#model.snapshot.states.get(at)?.state;
    return state === 'added' || state === 'stored-added' ? undefined : revUri(uri, 'HEAD');
  }

  toggleFold(folder: string): void {
    if (!this.#unfolded.delete(folder)) this.#unfolded.add(folder);
    this.#shown = undefined;
    this.show();
  }

  show(): void {
    const { changes, outputs } = this.#model.snapshot;
    if (changes === this.#shown) return;
    this.#shown = changes;
    const foldAbove = setting('sourceControl.foldAbove', Uri.file(this.#model.root));
    for (const [list, group] of this.#groups) {
      const rows = scmRows(changes[list], outputs, { foldAbove, unfolded: this.#unfolded });
      group.resourceStates = rows.map((row) => this.#resource(row, list));
    }
    this.#control.count = countChanges(changes);
  }

  #resource(row: ScmRow, list: keyof DataChanges): DataResource {
    return row.kind === 'folded' ? this.#folded(row) : this.#changed(row.change, list);
  }

  #changed(change: DataChange, list: keyof DataChanges): DataResource {
    const resourceUri = Uri.file(this.#model.absolute(change.path));
    const { meaning } = lookOf(change.state);
    const isGone = change.state === 'deleted' || change.state === 'stored-deleted';
    const isAway = change.state === 'missing' || change.state === 'lost';
    return {
      resourceUri,
      contextValue: `lode.${list} ${change.state}`,
      decorations: { tooltip: meaning, strikeThrough: isGone, faded: isAway },
      command: isAway
        ? { command: 'lode.openData', title: l10n.t('Open'), arguments: [resourceUri] }
        : { command: 'lode.compareWithHead', title: l10n.t('Compare with HEAD'), arguments: [resourceUri] },
    };
  }

  /** The label of a row is the name of its resource: here a text, so that the row says how many files it stands for. */
  #folded({ folder, count, states }: FoldedRow): DataResource {
    const targetUri = Uri.file(this.#model.absolute(folder));
    const text = l10n.t('{0} changed files', formatCount(count));
    const what = [...states].map(([state, times]) => `${formatCount(times)} ${lookOf(state).word}`).join(', ');
    const { size, files } = this.#model.outputAround(folder) ?? {};
    const whole = [files === undefined ? '' : formatFiles(files), size === undefined ? '' : formatBytes(size)];
    const recorded = whole.filter(Boolean).join(', ');
    return {
      targetUri,
      resourceUri: Uri.joinPath(targetUri, text).with({ scheme: 'lode-folded' }),
      contextValue: 'lode.folded',
      decorations: {
        tooltip:
          recorded === ''
            ? l10n.t('{0}: {1}. Click to list them.', folder, what)
            : l10n.t('{0}: {1}, of {2} as recorded. Click to list them.', folder, what, recorded),
      },
      command: { command: 'lode.toggleFold', title: l10n.t('List the Files'), arguments: [targetUri] },
    };
  }
}
