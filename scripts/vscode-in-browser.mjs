#!/usr/bin/env node
// Stands in for the `code` program in a test run: takes --extensionDevelopmentPath=, --extensionTestsPath=, --disable-workspace-trust
// and a folder, and ends with the exit code of the tests. Underneath are code-server (LODE_CODE_SERVER, as JSON) and a headless browser.
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { format } from 'node:util';
import { openChromium } from './chromium.mjs';
import { QUIET_SETTINGS, removeFolder, startCodeServer, writeSettings } from './code-server.mjs';

const LIMIT = 10 * 60_000; // ms
const given = process.argv.slice(2);
const values = (name) =>
  given
    .filter((word) => word.startsWith(`--${name}=`))
    .map((word) => word.slice(name.length + 3))
    .map((value) => path.resolve(value.startsWith('file:') ? fileURLToPath(value) : value));
const folder = given.find((word) => !word.startsWith('-'));
const [tests] = values('extensionTestsPath');
if (!tests || !folder) {
  console.error(
    'usage: vscode-in-browser.mjs --extensionDevelopmentPath=DIR --extensionTestsPath=FILE [--disable-workspace-trust] FOLDER',
  );
  process.exit(2);
}

const install = JSON.parse(process.env.LODE_CODE_SERVER);
const top = fs.mkdtempSync(path.join(os.tmpdir(), 'lode-host-'));
const home = path.join(top, 'home');
let code = 1;
let server;
let browser;
const stop = async () => {
  await browser?.close().catch(() => {});
  await server?.stop();
  await removeFolder(top);
};
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => void stop().then(() => process.exit(130)));
try {
  writeSettings(home, QUIET_SETTINGS);
  const trust = given.includes('--disable-workspace-trust') ? ['--disable-workspace-trust'] : [];
  server = await startCodeServer(install, { home, args: [...trust, ...install.testArgs] });
  browser = await openChromium(path.join(top, 'browser'));
  const page = browser.pages()[0] ?? (await browser.newPage());
  const done = new Promise((resolve, reject) => {
    // The workbench calls these two; what the tests print comes through a file instead, because its own log lines are mixed in here.
    void page.exposeFunction('codeAutomationLog', (_type, args) => {
      if (process.env.LODE_TEST_VERBOSE) console.error('  |', format(...args));
    });
    void page.exposeFunction('codeAutomationExit', resolve);
    page.once('crash', () => reject(new Error('The page crashed.')));
    setTimeout(() => reject(new Error(`The tests did not end within ${LIMIT / 60_000} minutes.`)), LIMIT).unref();
  });
  const remote = (file) => `vscode-remote://${server.authority}${file.replaceAll('\\', '/')}`;
  const payload = [
    ...values('extensionDevelopmentPath').map((dir) => ['extensionDevelopmentPath', remote(dir)]),
    ['extensionTestsPath', remote(tests)],
  ];
  const query = new URLSearchParams({ folder: path.resolve(folder), payload: JSON.stringify(payload) });
  await page.goto(`${server.url}/?${query}`, { waitUntil: 'domcontentloaded' });
  code = await done;
} catch (error) {
  console.error(error);
  const shot = path.resolve('test-results/extension-failed.png');
  fs.mkdirSync(path.dirname(shot), { recursive: true });
  await browser
    ?.pages()[0]
    ?.screenshot({ path: shot })
    .catch(() => {});
  if (server) console.error(fs.readFileSync(server.log, 'utf8').slice(-4000));
}
await stop();
process.exit(code);
