import { randomBytes } from 'node:crypto';
import { Uri, ViewColumn, type WebviewPanel, window } from 'vscode';
import { Disposables } from '../disposables.ts';

export interface PanelOptions<From> {
  /** Name of the folder below `webview/`, and of the view type. */
  readonly name: string;
  readonly title: string;
  readonly extensionUri: Uri;
  receive(message: From): void;
}

/** One webview panel: its page, its content security policy, typed messages. Disposed when the user closes it. */
export class PanelHost<To, From> extends Disposables {
  readonly #panel: WebviewPanel;

  constructor({ name, title, extensionUri, receive }: PanelOptions<From>) {
    super();
    const roots = ['dist/webview', 'media'].map((folder) => Uri.joinPath(extensionUri, folder));
    this.#panel = this.track(
      window.createWebviewPanel(`lode.${name}`, title, ViewColumn.Active, {
        enableScripts: true,
        enableFindWidget: true,
        retainContextWhenHidden: false,
        localResourceRoots: roots,
      }),
    );
    const icon = (theme: string) => Uri.joinPath(extensionUri, 'media', `lode-${theme}.svg`);
    this.#panel.iconPath = { light: icon('light'), dark: icon('dark') };
    const { webview } = this.#panel;
    // The page is ours and its messages are typed: the other end is webview/<name>, built from the same protocol.
    this.track(webview.onDidReceiveMessage((message: From) => receive(message)));
    this.track(this.#panel.onDidDispose(() => this.dispose()));
    const script = webview.asWebviewUri(Uri.joinPath(extensionUri, 'dist/webview', `${name}.js`));
    const style = webview.asWebviewUri(Uri.joinPath(extensionUri, 'dist/webview', `${name}.css`));
    webview.html = page({ title, script: script.toString(), style: style.toString(), source: webview.cspSource });
  }

  onDidClose(listener: () => void): void {
    this.#panel.onDidDispose(listener);
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
  source,
}: {
  title: string;
  script: string;
  style: string;
  source: string;
}): string {
  const nonce = randomBytes(16).toString('base64url');
  // The toolkit's components put style elements into their shadow roots, which 'unsafe-inline' is for; scripts get no such leave.
  const policy = `default-src 'none'; style-src ${source} 'unsafe-inline'; font-src ${source}; script-src 'nonce-${nonce}'`;
  return `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<link rel="stylesheet" href="${style}">
<title>${escaped(title)}</title>
</head>
<body>
<main id="page"></main>
<script type="module" nonce="${nonce}" src="${script}"></script>
</body>
</html>`;
}

const escaped = (text: string): string => text.replace(/[&<>"]/g, (char) => `&#${char.charCodeAt(0)};`);
