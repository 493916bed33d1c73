// Starts an installed code-server, and puts extensions into it.
import { spawn, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';

/** @typedef {import('./code-server-install.mjs').CodeServer} CodeServer */

/** A first start that shows nothing but the folder. */
export const QUIET_SETTINGS = {
  'workbench.startupEditor': 'none',
  'workbench.secondarySideBar.defaultVisibility': 'hidden',
  'workbench.tips.enabled': false,
  'chat.disableAIFeatures': true,
  'telemetry.telemetryLevel': 'off',
  'extensions.autoCheckUpdates': false,
  'extensions.ignoreRecommendations': true,
  'update.showReleaseNotes': false,
};

const START_LIMIT = 60_000; // ms
const STOP_LIMIT = 5000; // ms

/**
 * This process's environment without what would make the server think it runs inside npm or another VS Code.
 * @param {NodeJS.ProcessEnv} more
 */
function serverEnvironment(more) {
  const kept = Object.entries({ ...process.env, ...more }).filter(
    ([name]) => !/^(npm_|VSCODE_|ELECTRON_|MOCHA)/.test(name),
  );
  return Object.fromEntries(kept);
}

/** The folders of one installation of the editor: settings, extensions, logs. @param {string} home */
const places = (home) => ({
  userData: path.join(home, 'user-data'),
  extensions: path.join(home, 'extensions'),
  config: path.join(home, 'config.yaml'),
  log: path.join(home, 'server.log'),
});

const folders = (/** @type {string} */ home) => {
  const { userData, extensions, config } = places(home);
  fs.mkdirSync(home, { recursive: true });
  // Without a configuration file named it would write one into the user's home.
  if (!fs.existsSync(config)) fs.writeFileSync(config, '{}\n');
  return ['--config', config, '--user-data-dir', userData, '--extensions-dir', extensions];
};

/**
 * Writes the user settings of `home`, over those that are there.
 * @param {string} home
 * @param {Record<string, unknown>} settings
 */
export function writeSettings(home, settings) {
  const file = path.join(places(home).userData, 'User/settings.json');
  fs.mkdirSync(path.dirname(file), { recursive: true });
  fs.writeFileSync(file, `${JSON.stringify(settings, null, 2)}\n`);
}

/**
 * Installs a packaged extension.
 * @param {CodeServer} server
 * @param {string} home
 * @param {string} vsix
 */
export function installExtension(server, home, vsix) {
  const args = [server.entry, '--install-extension', vsix, '--force', ...folders(home)];
  const done = spawnSync(server.node, args, { encoding: 'utf8', env: serverEnvironment({ XDG_RUNTIME_DIR: home }) });
  if (done.status !== 0 || !/successfully installed/.test(done.stdout))
    throw new Error(`The extension could not be installed:\n${done.stdout}${done.stderr}`);
}

/**
 * Starts the server on 127.0.0.1 and resolves when it listens.
 * @param {CodeServer} server
 * @param {{ home: string, port?: number, args?: string[], env?: NodeJS.ProcessEnv }} options `port` 0: a free one.
 */
export async function startCodeServer(server, { home, port = 0, args = [], env = {} }) {
  const { log } = places(home);
  const all = [server.entry, '--auth', 'none', '--bind-addr', `127.0.0.1:${port}`, ...folders(home)];
  all.push('--disable-telemetry', '--disable-update-check', '--disable-getting-started-override', ...args);
  const output = fs.openSync(log, 'w');
  // Its socket goes beside the logs: in the usual place one would stay behind at each run.
  const child = spawn(server.node, all, {
    stdio: ['ignore', output, output],
    env: serverEnvironment({ XDG_RUNTIME_DIR: home, ...env }),
  });
  fs.closeSync(output);
  const exited = new Promise((resolve) => child.once('exit', resolve));
  const stop = async () => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    child.kill('SIGTERM');
    const timer = setTimeout(() => child.kill('SIGKILL'), STOP_LIMIT);
    await exited;
    clearTimeout(timer);
  };
  const end = Date.now() + START_LIMIT;
  for (;;) {
    const text = fs.readFileSync(log, 'utf8');
    const url = /HTTP server listening on (http:\/\/[\d.]+:\d+)/.exec(text)?.[1];
    if (url) return { url, authority: new URL(url).host, log, exited, stop };
    if (child.exitCode !== null || Date.now() > end) {
      await stop();
      throw new Error(`code-server ${server.version} did not start:\n${text}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

/**
 * Removes a folder the server wrote to: its extension host may go on writing logs for a moment.
 * @param {string} folder
 */
export const removeFolder = (folder) =>
  fs.promises.rm(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
