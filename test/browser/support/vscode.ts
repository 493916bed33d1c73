import { openChromium } from '../../../scripts/chromium.mjs';
import {
  type CodeServer,
  installExtension,
  QUIET_SETTINGS,
  startCodeServer,
  writeSettings,
} from '../../../scripts/code-server.mjs';
import { makeSandbox, type Sandbox } from '../../support/sandbox.ts';
import { THEMES } from './themes.ts';
import { Workbench } from './workbench.ts';

const WAIT = 30_000; // ms for whatever a test waits for: the machine may be busy

export interface VSCodeOptions {
  /** User settings over the quiet ones. */
  readonly settings?: Readonly<Record<string, unknown>>;
  /** False: every folder asks whether it is trusted, as for a user. */
  readonly trusted?: boolean;
}

/** A running VS Code with the packaged extension, and one browser window on it; nothing of it outlives `stop`. */
export class VSCode {
  readonly #sandbox: Sandbox;
  readonly #settings: Record<string, unknown>;
  readonly #server: Awaited<ReturnType<typeof startCodeServer>>;
  readonly browser: Awaited<ReturnType<typeof openChromium>>;

  private constructor(
    sandbox: Sandbox,
    settings: Record<string, unknown>,
    server: Awaited<ReturnType<typeof startCodeServer>>,
    browser: Awaited<ReturnType<typeof openChromium>>,
  ) {
    this.#sandbox = sandbox;
    this.#settings = settings;
    this.#server = server;
    this.browser = browser;
  }

  /** Starts all of it, in about 5 s. The runner of the layer says where code-server and the package are. */
  static async start({ settings = {}, trusted = true }: VSCodeOptions = {}): Promise<VSCode> {
    const [install, vsix] = [process.env['LODE_CODE_SERVER'], process.env['LODE_VSIX']];
    if (!install || !vsix) throw new Error('Run this layer with `npm test browser`.');
    const codeServer = JSON.parse(install) as CodeServer;
    const sandbox = makeSandbox('vscode');
    const home = sandbox.path('editor');
    // The terminal draws into the page, where it can be read; the canvas of a graphics card cannot.
    const all = {
      ...QUIET_SETTINGS,
      'terminal.integrated.gpuAcceleration': 'off',
      'workbench.colorTheme': THEMES.dark.name,
      'window.autoDetectColorScheme': false,
      ...settings,
    };
    writeSettings(home, all);
    installExtension(codeServer, home, vsix);
    const server = await startCodeServer(codeServer, {
      home,
      args: trusted ? ['--disable-workspace-trust'] : [],
      env: sandbox.env, // What the extension keeps for a user stays out of the user's home.
    });
    try {
      const browser = await openChromium(sandbox.path('browser'));
      browser.setDefaultTimeout(WAIT);
      // esbuild wraps named functions in a call to this, also those that are evaluated in a page.
      await browser.addInitScript('globalThis.__name ??= (named) => named;');
      return new VSCode(sandbox, all, server, browser);
    } catch (error) {
      await server.stop();
      throw error;
    }
  }

  /** Opens a folder, or a `.code-workspace` file, in the window, in place of what was open. */
  async open(place: string): Promise<Workbench> {
    const what = place.endsWith('.code-workspace') ? { workspace: place } : { folder: place };
    const page = this.browser.pages()[0] ?? (await this.browser.newPage());
    await page.goto(`${this.#server.url}/?${new URLSearchParams(what)}`, { waitUntil: 'domcontentloaded' });
    await page.locator('.monaco-workbench .part.statusbar').waitFor();
    return new Workbench(page);
  }

  /** Changes user settings. A window that is open does not follow: the next `open` does. */
  changeSettings(settings: Readonly<Record<string, unknown>>): void {
    Object.assign(this.#settings, settings);
    writeSettings(this.#sandbox.path('editor'), this.#settings);
  }

  async stop(): Promise<void> {
    await this.browser.close();
    await this.#server.stop();
    this.#sandbox.dispose();
  }
}

/**
 * Registers hooks of the surrounding `describe`: one VS Code for all its tests, and a picture of the window of each test that failed
 * in `test-results/screenshots/failed`.
 */
export function useVSCode(options?: VSCodeOptions): () => VSCode {
  let current: VSCode | undefined;
  before(async () => {
    current = await VSCode.start(options);
  });
  afterEach(async function () {
    if (this.currentTest?.state !== 'failed') return;
    const name = this.currentTest.fullTitle().replace(/[^\w-]+/g, '-');
    await current?.browser.pages()[0]?.screenshot({ path: `test-results/screenshots/failed/${name}.png` });
  });
  after(async () => {
    await current?.stop();
  });
  return () => {
    if (!current) throw new Error('VS Code runs only while the tests do.');
    return current;
  };
}
