// `npm start [-- --no-open] [--browser] [--port N] [--ask-trust]`: the example project in VS Code with Lode.
// Desktop VS Code, VSCodium or Cursor where one is found (VSCODE_EXECUTABLE names another); --browser, or none: VS Code in the browser.
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { answers, ROOT, sayErrorsPlainly } from './command.mjs';
import { ensureDependencies } from './dependencies.mjs';

sayErrorsPlainly();
const flag = (name) => process.argv.includes(`--${name}`);
const portAt = process.argv.indexOf('--port');
const port = portAt > 0 ? Number(process.argv[portAt + 1]) : 0;
if (!Number.isInteger(port) || port < 0 || port > 65_535) throw new Error('--port needs a number up to 65535.');

await ensureDependencies();
const windows = process.platform === 'win32';
const desktop = flag('browser')
  ? undefined
  : [process.env.VSCODE_EXECUTABLE, 'code', 'codium', 'cursor', 'code-insiders'].find((name) => name && answers(name));
const vsix = path.join(ROOT, '.vscode-test/lode.vsix');
console.log('Building Lode …');
if (desktop) await (await import('./build.mjs')).build();
else await (await import('./package.mjs')).packageExtension(vsix);

const folder = path.join(ROOT, '.vscode-test/example');
if (!fs.existsSync(folder)) {
  console.log('Making the example project …');
  (await import('./example.mjs')).makeExample(folder);
}

if (desktop) {
  console.log(`Opening ${folder} in ${desktop} with Lode.`);
  const child = spawn(desktop, [`--extensionDevelopmentPath=${ROOT}`, folder], { stdio: 'inherit', shell: windows });
  child.once('exit', (code) => {
    process.exitCode = code ?? 0;
  });
} else await serve();

async function serve() {
  const { ensureCodeServer } = await import('./code-server-install.mjs');
  const { installExtension, QUIET_SETTINGS, startCodeServer, writeSettings } = await import('./code-server.mjs');
  const server = await ensureCodeServer();
  const home = path.join(ROOT, '.vscode-test/start');
  if (!fs.existsSync(path.join(home, 'user-data/User/settings.json'))) writeSettings(home, QUIET_SETTINGS);
  installExtension(server, home, vsix);
  // This editor is for the example alone, which was made here: no question whether to trust it.
  const args = flag('ask-trust') ? [] : ['--disable-workspace-trust'];
  const running = await startCodeServer(server, { home, port, args });
  const url = `${running.url}/?folder=${encodeURIComponent(folder)}`;
  console.log(`\n  VS Code ${server.vscode} with Lode: ${url}\n  Ctrl+C ends it.\n`);
  if (!flag('no-open')) openInBrowser(url);
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.once(signal, () => void running.stop());
  await running.exited;
}

/** Opens the default browser; where there is none the printed address is enough. */
function openInBrowser(url) {
  const [program, ...args] =
    process.platform === 'darwin'
      ? ['open', url]
      : windows
        ? ['cmd', '/c', 'start', '', url.replaceAll('&', '^&')]
        : ['xdg-open', url];
  spawn(program, args, { stdio: 'ignore', detached: true })
    .on('error', () => {})
    .unref();
}
