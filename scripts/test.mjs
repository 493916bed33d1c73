// `npm test [-- LAYER …] [--verbose]`: installs what is missing, builds, runs the layers, ends with `N passed, N failed`.
// LODE_CI=1 (set by .ci/run) turns everything skipped into a failure.
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { ROOT, run, sayErrorsPlainly, since } from './command.mjs';
import { ensureDependencies } from './dependencies.mjs';

sayErrorsPlainly();
const MINUTE = 60_000;
/** The layers in order, cheap ones first: how long one test may take, and how long all of them, in ms. */
const LAYERS = {
  check: {},
  unit: { test: 20_000, all: 10 * MINUTE },
  contract: { test: MINUTE, all: 20 * MINUTE },
  golden: { test: 5 * MINUTE, all: 20 * MINUTE },
  live: { test: 5 * MINUTE, all: 30 * MINUTE },
  faults: { test: 10 * MINUTE, all: 40 * MINUTE },
  extension: {},
  browser: { test: 5 * MINUTE, all: 20 * MINUTE },
};

/** Layers that neither measure nor drive an editor run in two rows side by side, so that both of a small machine's cores have work. */
const SECOND_ROW = ['faults'];
const ALONE = ['check', 'extension', 'browser'];

const strict = process.env.LODE_CI === '1';
const asked = process.argv.slice(2).filter((word) => !word.startsWith('--'));
const unknown = asked.filter((name) => !(name in LAYERS));
if (unknown.length > 0) {
  console.error(`No such layer: ${unknown.join(', ')}. There are: ${Object.keys(LAYERS).join(', ')}.`);
  process.exit(2);
}
if (process.argv.includes('--verbose')) process.env.LODE_TEST_VERBOSE = '1';
const chosen = Object.keys(LAYERS).filter((name) => asked.length === 0 || asked.includes(name));

/** @typedef {{ passed: number, failed: number, skipped: number }} Totals */

/** A layer that could not run at all. @returns {Totals} */
const skipped = (/** @type {string} */ reason) => {
  console.log(`  skipped: ${reason}`);
  return { passed: 0, failed: 0, skipped: 1 };
};

/**
 * Runs a layer's bundle in a mocha of its own.
 * @param {string} name
 * @param {NodeJS.ProcessEnv} env
 * @param {number | 'inherit'} output Where it prints to.
 * @returns {Promise<Totals>}
 */
async function mochaLayer(name, env = {}, output = 'inherit') {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'lode-test-'));
  const result = path.join(folder, 'result.json');
  try {
    const code = await run(
      process.execPath,
      [
        ...['--enable-source-maps', path.join(ROOT, 'node_modules/mocha/bin/mocha.js')],
        ...['--reporter', path.join(ROOT, 'scripts/mocha-reporter.cjs'), '--timeout', String(LAYERS[name].test)],
        // A browser's page, like a person, may need a second try; what is wrong fails twice.
        ...(name === 'browser' ? ['--retries', '1'] : []),
        `dist/test/${name}.js`,
      ],
      {
        env: { ...process.env, ...env, LODE_TEST_RESULT: result },
        stdio: ['ignore', output, output],
        limit: LAYERS[name].all,
      },
    );
    if (!fs.existsSync(result)) return crashed(`the layer ended with ${code} before its last test`);
    const totals = JSON.parse(fs.readFileSync(result, 'utf8'));
    if (code !== 0 && totals.failed === 0)
      return crashed(`every test passed, but the layer ended with ${code}`, totals);
    return totals;
  } finally {
    fs.rmSync(folder, { recursive: true, force: true });
  }
}

/** @returns {Totals} */
function crashed(why, totals = { passed: 0, failed: 0, skipped: 0 }) {
  console.error(`  FAIL ${why}`);
  return { ...totals, failed: totals.failed + 1 };
}

/** Environment for layers that start servers. */
/** Layers with tests against real servers, which are made before any of them runs. */
const WITH_SERVERS = ['contract', 'live', 'faults', 'browser'];
let madeServers;
const servers = async () => (madeServers ??= (await import('./servers.mjs')).serversEnv());

const runners = {
  check: async () => (await import('./check.mjs')).check(),
  contract: async () => mochaLayer('contract', await servers()),
  live: async () => {
    const oracle = (await import('./dvc-oracle.mjs')).ensureDvc();
    if ('missing' in oracle) return skipped(oracle.missing);
    return mochaLayer('live', { ...(await servers()), LODE_DVC: oracle.dvc, LODE_DVC_PYTHON: oracle.python });
  },
  extension: async () => (await import('./test-extension.mjs')).testExtension(),
  browser: async () => {
    const { findChromium } = await import('./chromium.mjs');
    const chromium = findChromium();
    if (!chromium)
      return skipped('no Chromium or Chrome was found; CHROME_PATH may name one (Debian: apt-get install chromium)');
    const { ensureCodeServer } = await import('./code-server-install.mjs');
    const server = await ensureCodeServer();
    return mochaLayer('browser', {
      ...(await servers()),
      LODE_CODE_SERVER: JSON.stringify(server),
      LODE_VSIX: vsix,
      LODE_CHROMIUM: chromium,
    });
  },
};

await ensureDependencies();
const { build } = await import('./build.mjs');
const vsix = path.join(ROOT, '.vscode-test/lode.vsix');
// The package is built first: it leaves the minified bundles in dist/, and the tests want readable ones.
if (chosen.includes('browser')) await (await import('./package.mjs')).packageExtension(vsix);
await build('--tests');

const all = { passed: 0, failed: 0, skipped: 0 };
const lines = new Map();

/** @param {string} name @param {() => Promise<Totals>} layer */
async function runLayer(name, layer) {
  const from = performance.now();
  /** @type {Totals} */
  let totals = await layer().catch((error) => crashed(error.stack ?? String(error)));
  if (totals.passed + totals.failed + totals.skipped === 0) totals = crashed('the layer has no test');
  if (strict) totals = { passed: totals.passed, failed: totals.failed + totals.skipped, skipped: 0 };
  for (const kind of ['passed', 'failed', 'skipped']) all[kind] += totals[kind];
  lines.set(name, `${name.padEnd(10)} ${summary(totals)} (${since(from)})`);
}

async function runRow(names) {
  for (const name of names) {
    console.log(`\n${name}`);
    await runLayer(name, runners[name] ?? (() => mochaLayer(name)));
  }
}

/** A layer beside the others: what it prints is shown in one piece, when it has ended. */
async function runBeside(name) {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'lode-test-'));
  const file = path.join(folder, 'output');
  const output = fs.openSync(file, 'w');
  await runLayer(name, async () => mochaLayer(name, await servers(), output));
  fs.closeSync(output);
  console.log(`\n${name}\n${fs.readFileSync(file, 'utf8').trimEnd()}`);
  fs.rmSync(folder, { recursive: true });
}

await runRow(chosen.filter((name) => name === 'check'));
if (chosen.some((name) => WITH_SERVERS.includes(name))) await servers();
const first = chosen.filter((name) => ![...ALONE, ...SECOND_ROW].includes(name));
await Promise.all([runRow(first), ...chosen.filter((name) => SECOND_ROW.includes(name)).map(runBeside)]);
await runRow(chosen.filter((name) => ALONE.includes(name) && name !== 'check'));
console.log(`\n${chosen.map((name) => lines.get(name)).join('\n')}\n${summary(all)}`);
process.exitCode = all.failed > 0 ? 1 : 0;

function summary({ passed, failed, skipped }) {
  return `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`;
}
