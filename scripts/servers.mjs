// Real servers for the tests of remotes, each made once in .cache/servers: `node scripts/servers.mjs [NAME …]`.
// Debian's rclone, nginx and sshd are not made here; the tests find them on the PATH (`.ci/run` installs them).
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { capture, npmCommand, ROOT, sayErrorsPlainly, since } from './command.mjs';

const FOLDER = path.join(ROOT, '.cache/servers');
const STAMP = 'lode-stamp';

/** What is built from Go's module proxy (`go`; `program` where the built file has another name), and what comes from npm (`npm`). */
const SERVERS = {
  versitygw: { go: 'github.com/versity/versitygw/cmd/versitygw@v1.8.0' },
  toxiproxy: { go: 'github.com/Shopify/toxiproxy/v2/cmd/server@v2.5.0', program: 'server' },
  'fake-gcs-server': { go: 'github.com/fsouza/fake-gcs-server@v1.56.1' },
  azurite: { npm: 'azurite@3.35.0' }, // The last one for Node 20.
};

/**
 * Makes what is missing. Each server lies in a folder of its own name: a program of that name, or `node_modules`.
 * @param {readonly string[]} names
 * @returns {Record<string, string>} Those that could not be made, with the reason.
 */
export function ensureServers(names = Object.keys(SERVERS)) {
  /** @type {Record<string, string>} */
  const missing = {};
  for (const name of names) {
    const server = SERVERS[name];
    if (!server) throw new Error(`No such server: ${name}. There are: ${Object.keys(SERVERS).join(', ')}.`);
    const folder = path.join(FOLDER, name);
    const stamp = path.join(folder, STAMP);
    const wanted = JSON.stringify(server);
    if (fs.existsSync(stamp) && fs.readFileSync(stamp, 'utf8') === wanted) continue;
    const from = performance.now();
    console.log(`Making ${name} in .cache/servers …`);
    fs.rmSync(folder, { recursive: true, force: true });
    fs.mkdirSync(folder, { recursive: true });
    try {
      if ('go' in server) buildWithGo(name, server, folder);
      else installWithNpm(server.npm, folder);
    } catch (error) {
      missing[name] = `${name} could not be made: ${error.message}`;
      console.log(`  ${missing[name]}`);
      continue;
    }
    fs.writeFileSync(stamp, wanted);
    console.log(`  ${name} is ready (${since(from)})`);
  }
  return missing;
}

/** Environment for the tests: why a server that they look for in vain is not there. */
export const serversEnv = () => ({ LODE_SERVERS_MISSING: JSON.stringify(ensureServers()) });

function buildWithGo(name, { go, program = name }, folder) {
  const compiler = findGo();
  const env = { ...process.env, GOBIN: folder, GOTOOLCHAIN: 'auto' };
  capture(compiler, ['install', '-ldflags=-s -w', go], { cwd: folder, env });
  if (program !== name) fs.renameSync(path.join(folder, program), path.join(folder, name));
}

function findGo() {
  const found = ['go', '/usr/local/go/bin/go', '/usr/lib/go/bin/go'].find(
    (program) => spawnSync(program, ['version'], { stdio: 'ignore' }).status === 0,
  );
  if (!found) throw new Error('Go was not found');
  return found;
}

function installWithNpm(spec, folder) {
  fs.writeFileSync(path.join(folder, 'package.json'), '{"private": true}\n');
  const [npm, ...first] = npmCommand();
  const args = ['install', '--no-audit', '--no-fund', '--ignore-scripts', '--loglevel=error', spec];
  capture(npm, [...first, ...args], { cwd: folder });
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  sayErrorsPlainly();
  const names = process.argv.slice(2).filter((word) => !word.startsWith('--'));
  process.exitCode = Object.keys(ensureServers(names.length > 0 ? names : undefined)).length > 0 ? 1 : 0;
}
