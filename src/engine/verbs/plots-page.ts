import * as fs from 'node:fs';
import { dirname, join } from 'node:path';
import { plotFailed } from '../core/errors.ts';

/** One plot of a page. */
export type PagePart =
  | { readonly kind: 'vega'; readonly id: string /** JSON. */; readonly spec: string }
  | {
      readonly kind: 'image';
      readonly id: string;
      readonly images: readonly { readonly rev: string; readonly src: string }[];
    };

const PLOTS = '{plot_divs}';

/**
 * A page with plots that needs nothing but itself and its images: what draws is in it, and it may load nothing else.
 *
 * @param template A page of the user's, with `{plot_divs}` where the plots go, and `{scripts}` and `{refresh_tag}` as in DVC.
 * @throws `plot-failed` where the template has no place for plots
 */
export function plotsPage(parts: readonly PagePart[], template?: string): string {
  const page = template ?? PAGE;
  if (!page.includes(PLOTS)) throw plotFailed('index.html', `HTML template has to contain '${PLOTS}'.`);
  const scripts = parts.some(({ kind }) => kind === 'vega') ? SCRIPTS() : '';
  return page
    .replaceAll('{scripts}', () => scripts)
    .replaceAll(PLOTS, () => parts.map(partHtml).join('\n'))
    .replaceAll('{refresh_tag}', () => '');
}

const PAGE = `<!DOCTYPE html>
<html lang="en">
<head>
  {refresh_tag}
  <meta charset="utf-8">
  <meta http-equiv="Content-Security-Policy" content="default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src 'self' file: data:">
  <meta name="viewport" content="width=device-width">
  <title>Plots</title>
  <style>
    :root { color-scheme: light dark; }
    body { font: 14px system-ui, sans-serif; margin: 16px; display: flex; flex-wrap: wrap; gap: 24px; align-items: start; }
    body > div { max-width: 100%; overflow-x: auto; }
    .images { flex-basis: 100%; display: flex; flex-wrap: wrap; gap: 12px; }
    .images > p { flex-basis: 100%; margin: 0; font-weight: 600; }
    .images figure { margin: 0; }
    .images figure p { margin: 0 0 4px; }
    .images img { max-width: 100%; }
    .failed { color: #c00; white-space: pre-wrap; }
  </style>
  {scripts}
</head>
<body>
  {plot_divs}
</body>
</html>
`;

/** Calls are kept until the module that draws has loaded. */
const SCRIPTS = (): string => `<script>
    var plotsToDraw = [];
    function vegaEmbed(place, spec) { plotsToDraw.push([place, spec]); }
  </script>
  <script type="module">${inScript(drawingCode())}</script>`;

function partHtml(part: PagePart): string {
  const id = escapeHtml(part.id.replace(/[!@#$%^&*()[\]{};,<>?\\/:.|`~=_+ ]/g, '_'));
  if (part.kind === 'vega')
    return `<div id="${id}">
  <script>
    { const spec = ${part.spec.replaceAll('<', '\\u003c')}; vegaEmbed(document.currentScript.parentElement, spec); }
  </script>
</div>`;
  if (part.images.length === 0) return '';
  const images = part.images.map(
    ({ rev, src }) =>
      `<figure><p>${escapeHtml(rev)}</p><img src="${escapeHtml(src)}" alt="${escapeHtml(`${part.id}, ${rev}`)}"></figure>`,
  );
  return `<div id="${id}" class="images"><p>${escapeHtml(part.id)}</p>
${images.join('\n')}
</div>`;
}

const escapeHtml = (text: string): string => text.replace(/[&<>"']/g, (char) => `&#${char.charCodeAt(0)};`);

/** JSON and code that cannot end the script they are in. NaN and the infinities are what JavaScript calls them, too. */
const inScript = (code: string): string => code.replace(/<(?=\/script|!--)/gi, '\\u003c');

/** The bundle that draws, which lies beside the running one, or above it for tests. */
function drawingCode(): string {
  for (let folder = __dirname, left = 3; left > 0; folder = dirname(folder), left--) {
    const script = join(folder, 'webview', 'plots-report.js');
    if (fs.existsSync(script)) return fs.readFileSync(script, 'utf8').replace(/^\/\/# sourceMappingURL=.*$/m, '');
  }
  throw new Error(`webview/plots-report.js is not beside ${__filename}`);
}
