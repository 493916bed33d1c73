import { randomBytes } from 'node:crypto';
import { Uri, ViewColumn, type WebviewPanel, window } from 'vscode';
import { Disposables } from '../disposables.ts';

export interface PanelOptions<From> {
  /** Name of the folder below `webview/`, and of the view type. */
  readonly name: string;
  readonly title: string;
  readonly extensionUri: Uri;
  /** True where VS Code's own search would not find what the page draws only when it is in sight. */
  readonly hasOwnFind?: boolean;
  /** True where the page has a worker: `webview/<name>/worker.ts`. */
  readonly hasWorker?: boolean;
  /** Folders whose images the page may show. */
  readonly images?: readonly Uri[];
  /** One that VS Code brings back after a reload of the window; a new one unless told. */
  readonly panel?: WebviewPanel;
  receive(message: From): void;
}

/** One webview panel: its page, its content security policy, typed messages. Disposed when the user closes it. */
export class PanelHost<To, From> extends Disposables {
  readonly #panel: WebviewPanel;

  constructor(options: PanelOptions<From>) {
    super();
    const { name, title, extensionUri, receive, hasOwnFind = false, hasWorker = false, images } = options;
    const own = ['dist/webview', 'media'].map((folder) => Uri.joinPath(extensionUri, folder));
    const roots = [...own, ...(images ?? [])];
    const scripts = { enableScripts: true, localResourceRoots: roots };
    const look = { enableFindWidget: !hasOwnFind, retainContextWhenHidden: false };
    this.#panel = this.track(
      options.panel ?? window.createWebviewPanel(`lode.${name}`, title, ViewColumn.Active, { ...scripts, ...look }),
    );
    this.#panel.title = title;
    const icon = (theme: string) => Uri.joinPath(extensionUri, 'media', `lode-${theme}.svg`);
    this.#panel.iconPath = { light: icon('light'), dark: icon('dark') };
    const { webview } = this.#panel;
    webview.options = scripts; // What was brought back may come from a folder of an older version.
    // The page is ours and its messages are typed: the other end is webview/<name>, built from the same protocol.
    this.track(webview.onDidReceiveMessage((message: From) => receive(message)));
    this.track(this.#panel.onDidDispose(() => this.dispose()));
    const built = (file: string): string =>
      webview.asWebviewUri(Uri.joinPath(extensionUri, 'dist/webview', file)).toString();
    webview.html = page({
      title,
      script: built(`${name}.js`),
      style: built(`${name}.css`),
      worker: hasWorker ? built(`${name}-worker.js`) : undefined,
      source: webview.cspSource,
      hasImages: images !== undefined,
    });
  }

  /** An address under which the page may load a file; another version is another address. */
  uri(file: Uri, version: number): string {
    return this.#panel.webview
      .asWebviewUri(file)
      .with({ query: `v=${version}` })
      .toString();
  }

  onDidClose(listener: () => void): void {
    this.#panel.onDidDispose(listener);
  }

  /** False behind another tab: the page is gone then, and says that it is ready when it comes back. */
  get isVisible(): boolean {
    return this.#panel.visible;
  }

  onDidHide(listener: () => void): void {
    this.track(
      this.#panel.onDidChangeViewState(() => {
        if (!this.isVisible) listener();
      }),
    );
  }

  reveal(): void {
    this.#panel.reveal();
  }

  send(message: To): void {
    void this.#panel.webview.postMessage(message);
  }
}

/** Nothing is loaded from anywhere but the extension; only our script, named by a nonce, runs. */
function page({
  title,
  script,
  style,
  worker,
  source,
  hasImages,
}: {
  title: string;
  script: string;
  style: string;
  worker: string | undefined;
  source: string;
  hasImages: boolean;
}): string {
  const nonce = randomBytes(16).toString('base64url');
  // The toolkit's components put style elements into their shadow roots, which 'unsafe-inline' is for; scripts get no such leave.
  // A page may start a worker only from a blob of its own, whose text it fetches.
  const workers = worker === undefined ? '' : `; worker-src blob:; connect-src ${source}`;
  const policy = `default-src 'none'; style-src ${source} 'unsafe-inline'; font-src ${source}; script-src 'nonce-${nonce}'${hasImages ? `; img-src ${source} data:` : ''}${workers}`;
  return `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="${policy}">
${worker === undefined ? '' : `<meta name="worker" content="${worker}">\n`}<link rel="stylesheet" href="${style}">
<title>${escaped(title)}</title>
</head>
<body>
<main id="page"></main>
<script type="module" nonce="${nonce}" src="${script}"></script>
</body>
</html>`;
}

const escaped = (text: string): string => text.replace(/[&<>"]/g, (char) => `&#${char.charCodeAt(0)};`);
