// Installs the npm packages where they are missing or not those of the lock file.
import fs from 'node:fs';
import path from 'node:path';
import { npmCommand, ROOT, run } from './command.mjs';

const read = (file) => JSON.parse(fs.readFileSync(path.join(ROOT, file), 'utf8'));

/** True if what is in node_modules is what package-lock.json asks for; packages for other platforms may be absent. */
function installed() {
  const found = path.join(ROOT, 'node_modules/.package-lock.json'); // npm writes it at the end of each install.
  if (!fs.existsSync(found)) return false;
  const present = JSON.parse(fs.readFileSync(found, 'utf8')).packages;
  return Object.entries(read('package-lock.json').packages).every(
    ([name, wanted]) => name === '' || wanted.optional || present[name]?.version === wanted.version,
  );
}

/** `npm ci`, only where it is needed. */
export async function ensureDependencies() {
  const [major] = process.versions.node.split('.').map(Number);
  if (major < 20) throw new Error(`Node 20 or newer is needed; this is ${process.versions.node}.`);
  if (installed()) return;
  console.log('Installing the npm packages of package-lock.json …');
  const [npm, ...first] = npmCommand();
  const code = await run(npm, [...first, 'ci', '--no-audit', '--no-fund', '--loglevel=error']);
  if (code !== 0) throw new Error(`npm ci failed (${code}).`);
}
