import { commands, FileType, l10n, Uri, type WebviewPanel, workspace } from 'vscode';
import type { StageAddress } from '../../engine/index.ts';
import type {
  FromGraph,
  GraphCommand,
  GraphPage,
  NodeLook,
  PipelineGraph,
  ToGraph,
} from '../../protocol/graph-page.ts';
import { coalesce } from '../coalesce.ts';
import { Disposables } from '../disposables.ts';
import type { StageRuns } from '../pipelines/run-state.ts';
import type { RepoModel } from '../repo-model.ts';
import { type DetailTarget, detailsOf } from './graph-details.ts';
import { looksOf } from './graph-look.ts';
import { pipelineGraph } from './graph-model.ts';
import { emptyNotice, errorNotice, graphLegend, graphWords, loadingNotice } from './graph-words.ts';
import { PanelHost } from './panel-host.ts';

const ALLOWED: ReadonlySet<string> = new Set<GraphCommand>([
  'lode.reproAll',
  'lode.reproStage',
  'lode.reproUpstream',
  'lode.reproDownstream',
  'lode.reproForce',
  'lode.debugStage',
  'lode.freeze',
  'lode.unfreeze',
  'lode.openStage',
  'lode.openStageLog',
  'lode.openPointer',
  'lode.newStage',
  'lode.refresh',
  'lode.showLog',
]);

export interface GraphPanelOptions {
  readonly root: string;
  readonly extensionUri: Uri;
  readonly runs: StageRuns;
  /** The repository as the window has it now: trust that is granted replaces it. */
  readonly model: () => RepoModel | undefined;
  /** Brought back by VS Code after a reload. */
  readonly panel?: WebviewPanel;
}

/** The *Pipeline graph* of one repository: told what changed, and no more. */
export class GraphPanel extends Disposables {
  readonly #options: GraphPanelOptions;
  readonly #host: PanelHost<ToGraph, FromGraph>;
  readonly #update = coalesce(async () => this.#tell(), { quiet: 40, atMost: 150 });
  /** What the page shows; undefined until it is there. */
  #shown: { readonly page: GraphPage; readonly looks: Map<string, string> } | undefined;
  #isReady = false;
  #selected: string | undefined;
  #details = '';
  #targets: readonly (readonly (DetailTarget | undefined)[])[] = [];
  #toReveal: string | undefined;

  constructor(options: GraphPanelOptions) {
    super();
    this.#options = options;
    const { root, extensionUri, panel } = options;
    this.#host = this.track(
      new PanelHost<ToGraph, FromGraph>({
        name: 'graph',
        title: l10n.t('Pipelines: {0}', root.slice(Math.max(root.lastIndexOf('/'), root.lastIndexOf('\\')) + 1)),
        extensionUri,
        hasOwnFind: true,
        hasWorker: true,
        ...(panel ? { panel } : {}),
        receive: (message) => this.#receive(message),
      }),
    );
    this.track({ dispose: () => this.#update.cancel() });
    this.track(options.runs.onDidChange(() => this.#update()));
  }

  onDidClose(listener: () => void): void {
    this.#host.onDidClose(listener);
  }

  /** Something of the repository is shown differently now. */
  refresh(): void {
    this.#update();
  }

  /** Brings the page to the front, and a node of it. */
  reveal(node: string | undefined): void {
    this.#host.reveal();
    this.#toReveal = node;
    this.#update();
  }

  #receive(message: FromGraph): void {
    switch (message.type) {
      case 'ready':
        this.#isReady = true;
        this.#shown = undefined;
        this.#options.model()?.askForPipelines();
        this.#update();
        return;
      case 'select':
        this.#selected = message.node;
        this.#details = '';
        this.#tellDetails();
        return;
      case 'run':
        this.#run(message.command, message.node);
        return;
      case 'open':
        if (message.node === this.#selected) void this.#open(this.#targets[message.section]?.[message.row]);
        return;
      default:
        unreachable(message);
    }
  }

  /** Runs a command of the list on a node of the graph; anything else a page might send is dropped. */
  #run(command: GraphCommand, node: string | undefined): void {
    const { root } = this.#options;
    if (!ALLOWED.has(command)) return;
    const rootUri = Uri.file(root);
    if (node === undefined) void commands.executeCommand(command, { rootUri });
    else if (command === 'lode.openPointer') void commands.executeCommand('vscode.open', Uri.joinPath(rootUri, node));
    else void commands.executeCommand(command, { root, ...this.#stagesOf(node) });
  }

  /** A stage, or those of a group: the first of them where only one can be meant. */
  #stagesOf(node: string): { address: string; addresses: readonly string[] } {
    const members = this.#shown?.page.graph.nodes.filter(({ group }) => group === node).map(({ id }) => id) ?? [];
    const addresses = members.length > 0 ? members : [node];
    return { address: addresses[0] ?? node, addresses };
  }

  async #open(target: DetailTarget | undefined): Promise<void> {
    if (!target) return;
    const { root } = this.#options;
    const rootUri = Uri.file(root);
    if (target.stage !== undefined) {
      await commands.executeCommand('lode.openStage', { root, address: target.stage });
      return;
    }
    const uri = Uri.joinPath(rootUri, target.path);
    const isFolder = await workspace.fs.stat(uri).then(
      ({ type }) => (type & FileType.Directory) !== 0,
      () => false, // Opening it says what is to be done.
    );
    await commands.executeCommand(isFolder ? 'revealInExplorer' : 'lode.openData', uri);
  }

  #tell(): void {
    if (this.isDisposed || !this.#isReady) return;
    const page = this.#page();
    const before = this.#shown;
    const looks = new Map(page.looks.map((look) => [look.id, JSON.stringify(look)]));
    this.#shown = { page, looks };
    if (!before || !isSameButLooks(before.page, page)) this.#host.send({ type: 'page', page });
    else {
      const changed = page.looks.filter(({ id }) => before.looks.get(id) !== looks.get(id));
      if (changed.length > 0) this.#host.send({ type: 'looks', looks: changed });
    }
    this.#tellDetails();
    if (this.#toReveal !== undefined && !page.notice && looks.has(this.#toReveal)) {
      this.#host.send({ type: 'reveal', node: this.#toReveal });
      this.#toReveal = undefined;
    }
  }

  #tellDetails(): void {
    const model = this.#options.model();
    if (!model || this.#selected === undefined) return;
    const { pipelines: files = [], outputs } = model.snapshot;
    const runOf = (address: StageAddress) => this.#options.runs.state(model, address);
    const found = detailsOf(this.#selected, { files, outputs, trusted: model.trusted, runOf });
    if (!found) return;
    const { targets, ...details } = found;
    this.#targets = targets;
    const text = JSON.stringify(details);
    if (text === this.#details) return;
    this.#details = text;
    this.#host.send({ type: 'details', details });
  }

  #page(): GraphPage {
    const { root, model: find, runs } = this.#options;
    const model = find();
    const { pipelines, outputs, phase, problem } = model?.snapshot ?? { outputs: [], phase: 'loading' };
    const empty: PipelineGraph = { nodes: [], groups: [], edges: [] };
    const graph = pipelines ? pipelineGraph(pipelines, outputs) : empty;
    const runOf = (address: StageAddress) => model && runs.state(model, address);
    const looks: NodeLook[] = pipelines ? looksOf(graph, { files: pipelines, outputs, runOf }) : [];
    const warnings = (pipelines ?? []).flatMap(({ file, failure, problems }) => {
      const errors = problems.filter(({ severity }) => severity === 'error');
      if (failure !== undefined) return [`${file}: ${failure}`];
      return errors.map(({ message }) => `${file}: ${message}`).slice(0, 3);
    });
    const notice =
      phase === 'failed'
        ? errorNotice(problem ?? '')
        : !pipelines
          ? loadingNotice()
          : graph.nodes.length > 0
            ? undefined
            : warnings.length > 0
              ? errorNotice(warnings.join('\n'))
              : emptyNotice();
    return {
      root,
      words: graphWords(),
      legend: graphLegend(),
      graph,
      looks,
      notice,
      warnings,
      trusted: model?.trusted ?? false,
    };
  }
}

const isSameButLooks = (a: GraphPage, b: GraphPage): boolean =>
  JSON.stringify({ ...a, looks: [] }) === JSON.stringify({ ...b, looks: [] });

function unreachable(message: never): never {
  throw new Error(`The graph's page sent ${JSON.stringify(message)}.`);
}
