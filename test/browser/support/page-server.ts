import * as path from 'node:path';
import type { Page } from 'playwright-core';
import { openChromium } from '../../../scripts/chromium.mjs';
import { makeSandbox, type Sandbox } from '../../support/sandbox.ts';

const SITE = 'http://page.test';
const POLICY = `default-src 'none'; style-src ${SITE} 'unsafe-inline'; font-src ${SITE}; script-src 'nonce-n'`;
/** What VS Code gives a page, as far as pages use it; what they send lies in `sent`. */
const HOST = `globalThis.sent = []; globalThis.acquireVsCodeApi = () => ({
  postMessage: (message) => sent.push(message), getState: () => undefined, setState: () => {} });`;

/** A page of `webview/` in Chromium, without VS Code, under the policy the panels give it. */
export class PageServer {
  readonly page: Page;
  readonly #sandbox: Sandbox;
  readonly #browser: Awaited<ReturnType<typeof openChromium>>;

  private constructor(page: Page, sandbox: Sandbox, browser: Awaited<ReturnType<typeof openChromium>>) {
    this.page = page;
    this.#sandbox = sandbox;
    this.#browser = browser;
  }

  static async start(): Promise<PageServer> {
    const sandbox = makeSandbox('page');
    const browser = await openChromium(sandbox.path('browser'));
    browser.setDefaultTimeout(30_000);
    await browser.addInitScript('globalThis.__name ??= (named) => named;');
    const page = browser.pages()[0] ?? (await browser.newPage());
    return new PageServer(page, sandbox, browser);
  }

  /** Opens a page anew and waits until it is ready. @param name Its folder. */
  async open(name: string): Promise<void> {
    const html = `<!DOCTYPE html><html lang="en" style="${COLOURS}"><head><meta http-equiv="Content-Security-Policy" content="${POLICY}">
<link rel="stylesheet" href="/${name}.css"><title>${name}</title><script nonce="n">${HOST}</script></head>
<body class="vscode-light"><main id="page"></main><script type="module" nonce="n" src="/${name}.js"></script></body></html>`;
    await this.page.unrouteAll();
    await this.page.route(`${SITE}/**`, (route) => {
      const file = new URL(route.request().url()).pathname.slice(1);
      return file === ''
        ? route.fulfill({ contentType: 'text/html', body: html })
        : route.fulfill({ path: path.resolve('dist/webview', file) });
    });
    await this.page.goto(`${SITE}/`);
    await this.page.waitForFunction('sent.length > 0');
  }

  /** A message of the host. */
  send(message: object): Promise<void> {
    return this.page.evaluate((sent) => window.postMessage(sent), message);
  }

  /** What the page has sent of a type, the last one first in sight: waited for. */
  async sent<T>(type: string): Promise<T> {
    const found = await this.page.waitForFunction(
      (wanted) => (globalThis as unknown as { sent: { type: string }[] }).sent.findLast((one) => one.type === wanted),
      type,
    );
    return (await found.jsonValue()) as T;
  }

  /** Forgets what was sent so far. */
  forget(): Promise<void> {
    return this.page.evaluate(() => {
      (globalThis as unknown as { sent: unknown[] }).sent.length = 0;
    });
  }

  async stop(): Promise<void> {
    await this.#browser.close();
    this.#sandbox.dispose();
  }
}

/** As much of a light theme as contrast is computed from. */
const COLOURS = Object.entries({
  'editor-background': '#ffffff',
  foreground: '#3b3b3b',
  descriptionForeground: '#616161',
  focusBorder: '#005fb8',
  'input-background': '#ffffff',
  'input-foreground': '#3b3b3b',
  'input-placeholderForeground': '#767676',
  'textLink-foreground': '#005fb8',
  'textLink-activeForeground': '#005fb8',
  'badge-background': '#cccccc',
  'badge-foreground': '#3b3b3b',
  'menu-background': '#ffffff',
  'menu-foreground': '#3b3b3b',
  'menu-selectionBackground': '#005fb8',
  'menu-selectionForeground': '#ffffff',
  'button-background': '#005fb8',
  'button-foreground': '#ffffff',
  'button-secondaryBackground': '#e5e5e5',
  'button-secondaryForeground': '#3b3b3b',
  'editorWidget-background': '#f8f8f8',
  'icon-foreground': '#3b3b3b',
  'list-activeSelectionBackground': '#e8e8e8',
  'gitDecoration-modifiedResourceForeground': '#895503',
  errorForeground: '#c72e0f',
  'charts-blue': '#1a85ff',
  'charts-yellow': '#bf8803',
  'charts-purple': '#652d90',
  'font-size': '13px',
  'font-family': 'sans-serif',
})
  .map(([name, value]) => `--vscode-${name}:${value}`)
  .join(';');
