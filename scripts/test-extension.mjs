// The extension-host layer: the same tests in each VS Code of the range.
// TEST_HOST=desktop downloads desktop VS Code and fails where that is impossible; TEST_HOST=code-server never tries;
// without it desktop is tried first. CODE_SERVER=4.90.3 picks one version. VSCODE_EXECUTABLE names an installed desktop build.
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { findChromium } from './chromium.mjs';
import { ensureCodeServer, VERSIONS } from './code-server-install.mjs';
import { ROOT } from './command.mjs';
import { makeTestWorkspace } from './test-workspace.mjs';

const DOWNLOAD_LIMIT = 15_000; // ms without an answer
const strict = process.env.LODE_CI === '1';

/** @typedef {{ name: string, executable: string, env: NodeJS.ProcessEnv }} Host */

/** @returns {Promise<Host | undefined>} */
async function desktopHost() {
  const named = process.env.VSCODE_EXECUTABLE;
  if (named) return { name: named, executable: named, env: {} };
  const wanted = process.env.TEST_HOST ?? (strict ? 'code-server' : 'auto');
  if (wanted === 'code-server') return undefined;
  const { downloadAndUnzipVSCode } = await import('@vscode/test-electron');
  try {
    const executable = await downloadAndUnzipVSCode({
      version: process.env.VSCODE_VERSION ?? 'stable',
      timeout: DOWNLOAD_LIMIT,
    });
    return { name: 'desktop VS Code', executable, env: {} };
  } catch (error) {
    if (wanted === 'desktop') throw error;
    console.log(`  Desktop VS Code cannot be downloaded (${error.message}); VS Code in a browser takes its place.`);
    return undefined;
  }
}

/** @returns {Promise<Host[]>} */
async function hosts() {
  const desktop = await desktopHost();
  if (desktop) return [desktop];
  const executable = fileURLToPath(new URL('./vscode-in-browser.mjs', import.meta.url));
  const found = [];
  for (const version of process.env.CODE_SERVER ? [process.env.CODE_SERVER] : Object.keys(VERSIONS).reverse()) {
    const server = await ensureCodeServer(version);
    found.push({ name: `VS Code ${server.vscode}`, executable, env: { LODE_CODE_SERVER: JSON.stringify(server) } });
  }
  return found;
}

/** Runs the layer in every host. @returns {Promise<{ passed: number, failed: number, skipped: number }>} */
export async function testExtension() {
  const totals = { passed: 0, failed: 0, skipped: 0 };
  if (!findChromium() && !process.env.VSCODE_EXECUTABLE && (strict || process.env.TEST_HOST === 'code-server')) {
    console.log(
      '  skipped: no Chromium or Chrome was found; CHROME_PATH may name one (Debian: apt-get install chromium)',
    );
    return { ...totals, skipped: 1 };
  }
  for (const host of await hosts()) {
    console.log(`  in ${host.name}`);
    const result = await runIn(host);
    for (const kind of ['passed', 'failed', 'skipped']) totals[kind] += result[kind];
  }
  return totals;
}

/** @param {Host} host */
async function runIn({ executable, env }) {
  const { runTests } = await import('@vscode/test-electron');
  const top = fs.realpathSync(fs.mkdtempSync(path.join(os.tmpdir(), 'lode-extension-')));
  const workspace = path.join(top, 'workspace');
  const result = path.join(top, 'result.ndjson');
  fs.writeFileSync(result, '');
  try {
    makeTestWorkspace(workspace);
    const follow = follower(result);
    const timer = setInterval(follow, 200);
    const failure = await runTests({
      vscodeExecutablePath: executable,
      extensionDevelopmentPath: ROOT,
      extensionTestsPath: path.join(ROOT, 'dist/test/extension-host.js'),
      extensionTestsEnv: { ...env, ...isolation(top), LODE_TEST_RESULT: result },
      launchArgs: [workspace],
    }).then(
      () => undefined,
      (error) => error,
    );
    clearInterval(timer);
    const totals = follow();
    if (!totals) {
      console.error(`  FAIL the tests did not run to their end${failure ? `: ${failure.message}` : ''}`);
      return { passed: 0, failed: 1, skipped: 0 };
    }
    if (totals.passed + totals.failed === 0) {
      console.error('  FAIL the layer has no test');
      totals.failed += 1;
    }
    if (failure && totals.failed === 0) {
      console.error(`  FAIL every test passed, but the host said: ${failure.message}`);
      totals.failed += 1;
    }
    return totals;
  } finally {
    await fs.promises.rm(top, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
  }
}

/** Keeps the user's Git and DVC settings out of the host, and what the extension remembers out of the user's home. */
function isolation(top) {
  const gitConfig = path.join(top, 'gitconfig');
  fs.writeFileSync(
    gitConfig,
    '[user]\n\tname = Tester\n\temail = tester@example.invalid\n[init]\n\tdefaultBranch = main\n',
  );
  return {
    GIT_CONFIG_GLOBAL: gitConfig,
    GIT_CONFIG_NOSYSTEM: '1',
    XDG_CACHE_HOME: path.join(top, 'cache'),
    DVC_SITE_CACHE_DIR: path.join(top, 'site'),
    DVC_GLOBAL_CONFIG_DIR: path.join(top, 'global'),
    DVC_SYSTEM_CONFIG_DIR: path.join(top, 'system'),
    DVC_NO_ANALYTICS: '1',
  };
}

/** Prints what the host appends to a file; gives the totals once they are there. */
function follower(file) {
  let shown = 0;
  let totals;
  return () => {
    const text = fs.readFileSync(file, 'utf8');
    const whole = text.lastIndexOf('\n') + 1;
    for (const line of text.slice(shown, whole).split('\n').filter(Boolean)) {
      const message = JSON.parse(line);
      if (message.totals) totals = message.totals;
      else console.log(`    ${message.line}`);
    }
    shown = whole;
    return totals;
  };
}
