import {
  type CancellationToken,
  l10n,
  type TestController,
  type TestItem,
  TestRunProfileKind,
  type TestRunRequest,
  tests,
  workspace,
} from 'vscode';
import type { App } from '../app.ts';
import { coalesce } from '../coalesce.ts';
import { Disposables } from '../disposables.ts';
import type { RepoModel } from '../repo-model.ts';
import { debugToTheEnd } from './debug.ts';
import { TestItems } from './test-items.ts';
import { StageTestRun } from './test-run.ts';

/** Stages in the *Testing* view: run, debugged, with their history. Nothing is read before the view asks. */
export class StageTests extends Disposables {
  readonly #app: App;
  readonly #controller: TestController;
  readonly #items: TestItems;
  readonly #update = coalesce(async () => this.#items.update(this.#app.repositories.all), { quiet: 50, atMost: 500 });
  #isAsked = false;

  constructor(app: App) {
    super();
    this.#app = app;
    this.#controller = this.track(tests.createTestController('lode.stages', l10n.t('Pipelines')));
    this.#items = new TestItems(this.#controller);
    this.#controller.resolveHandler = (item) => (item ? undefined : this.#ask());
    this.#controller.refreshHandler = () => app.repositories.refreshAll();
    const follow = (): void => {
      if (this.#isAsked) void this.#ask();
    };
    this.track(app.repositories.onDidChange(follow));
    this.track(
      app.repositories.onDidChangeSnapshot(({ before, after }) => {
        if (this.#isAsked && before.pipelines !== after.pipelines) this.#update();
      }),
    );
    this.track({ dispose: () => this.#update.cancel() });
    if (workspace.isTrusted) this.#addProfiles();
    else this.track(workspace.onDidGrantWorkspaceTrust(() => this.#addProfiles()));
  }

  /** The view has been opened: from now on it follows the repositories. */
  async #ask(): Promise<void> {
    this.#isAsked = true;
    await this.#app.repositories.ready();
    for (const model of this.#app.repositories.all) model.askForPipelines();
    this.#update();
    await this.#update.flush();
  }

  #addProfiles(): void {
    const { Run, Debug } = TestRunProfileKind;
    this.#controller.createRunProfile(l10n.t('Run'), Run, (request, token) => this.#run(request, token), true);
    this.#controller.createRunProfile(l10n.t('Debug'), Debug, (request, token) => this.#debug(request, token), true);
  }

  async #run(request: TestRunRequest, token: CancellationToken): Promise<void> {
    const run = this.#controller.createTestRun(request);
    try {
      for (const [model, stages] of this.#byRepository(request)) {
        if (token.isCancellationRequested) break;
        await new StageTestRun(this.#app, model, run, stages).reproduce(token);
      }
    } finally {
      run.end();
    }
  }

  /** One stage after another. What they make is not committed, so that there is neither success nor failure to tell. */
  async #debug(request: TestRunRequest, token: CancellationToken): Promise<void> {
    const run = this.#controller.createTestRun(request);
    try {
      for (const [model, stages] of this.#byRepository(request))
        for (const [address, item] of stages) {
          if (token.isCancellationRequested) return;
          run.started(item);
          const args = [{ root: model.root, address }];
          await debugToTheEnd({ app: this.#app, model, args, uris: [] }, token);
          run.skipped(item);
        }
    } finally {
      run.end();
    }
  }

  /** The stages a request is about, in the order they are shown. */
  #byRepository(request: TestRunRequest): Map<RepoModel, Map<string, TestItem>> {
    const found = new Map<RepoModel, Map<string, TestItem>>();
    for (const { root, address, item } of this.#items.stagesOf(request)) {
      const model = this.#app.repositories.all.find((one) => one.root === root);
      if (!model) continue;
      const stages = found.get(model) ?? new Map<string, TestItem>();
      stages.set(address, item);
      found.set(model, stages);
    }
    return found;
  }
}
