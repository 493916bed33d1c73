import { commands, env, l10n, Uri, window } from 'vscode';
import type { DoctorCommand, DoctorPage, FromDoctor, ToDoctor } from '../../protocol/doctor-page.ts';
import { coalesce } from '../coalesce.ts';
import { Disposables } from '../disposables.ts';
import type { ExtensionLog } from '../log.ts';
import type { Repositories } from '../repositories.ts';
import { examine } from './doctor-examination.ts';
import { doctorPage, pageAsText } from './doctor-report.ts';
import { PanelHost } from './panel-host.ts';

const ALLOWED: ReadonlySet<string> = new Set<DoctorCommand>([
  'lode.remoteAdd',
  'lode.remoteDefault',
  'lode.push',
  'lode.pull',
  'lode.commit',
  'lode.cacheVerify',
  'lode.shareCache',
  'lode.useLinks',
  'lode.refresh',
  'lode.showLog',
  'lode.openSettings',
  'workbench.trust.manage',
]);

/** The *Doctor* page: what is well and what is not, each with its fix. */
export class DoctorPanel extends Disposables {
  readonly #repositories: Repositories;
  readonly #log: ExtensionLog;
  readonly #extensionUri: Uri;
  readonly #refresh = coalesce(() => this.#examine(), { quiet: 300, atMost: 2000 });
  #host: PanelHost<ToDoctor, FromDoctor> | undefined;
  #page: DoctorPage | undefined;
  #roots: readonly string[] = [];

  constructor(options: { repositories: Repositories; log: ExtensionLog; extensionUri: Uri }) {
    super();
    this.#repositories = options.repositories;
    this.#log = options.log;
    this.#extensionUri = options.extensionUri;
    this.track({ dispose: () => this.#refresh.cancel() });
    this.track(
      this.#repositories.onDidChangeSnapshot(() => {
        if (this.#host) this.#refresh();
      }),
    );
  }

  /** Opens the page, or brings the open one to the front. */
  show(): void {
    if (this.#host) {
      this.#host.reveal();
      return;
    }
    const receive = (message: FromDoctor): void => this.#receive(message);
    const host = this.track(
      new PanelHost<ToDoctor, FromDoctor>({
        name: 'doctor',
        title: l10n.t('Lode Doctor'),
        extensionUri: this.#extensionUri,
        receive,
      }),
    );
    host.onDidClose(() => {
      this.#host = undefined;
    });
    this.#host = host;
  }

  #receive(message: FromDoctor): void {
    switch (message.type) {
      case 'ready':
      case 'refresh':
        this.#host?.send({ type: 'working', text: l10n.t('Looking…') });
        this.#refresh();
        return;
      case 'copy':
        if (this.#page) void env.clipboard.writeText(pageAsText(this.#page));
        window.setStatusBarMessage(l10n.t('The report is on the clipboard.'), 3000);
        return;
      case 'fix':
        this.#fix(message.command, message.section);
        return;
      default:
        unreachable(message);
    }
  }

  /** Runs a command of the allow-list on the repository of the section; anything else a page might send is dropped. */
  #fix(command: DoctorCommand, section: number): void {
    const root = this.#roots[section];
    if (!ALLOWED.has(command) || root === undefined) return;
    void commands.executeCommand(command, { rootUri: Uri.file(root) });
  }

  async #examine(): Promise<void> {
    if (!this.#host) return;
    try {
      await this.#repositories.ready();
      const findings = [];
      for (const model of this.#repositories.all) findings.push(await examine(model, this.#log));
      this.#page = doctorPage(findings);
      this.#roots = findings.map(({ root }) => root);
      this.#host?.send({ type: 'page', page: this.#page });
    } catch (error) {
      this.#log.error('The Doctor failed.', error);
    }
  }
}

function unreachable(message: never): never {
  throw new Error(`The Doctor page sent ${JSON.stringify(message)}.`);
}
