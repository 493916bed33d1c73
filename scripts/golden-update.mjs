// `npm run golden:update -- FOLDER`: copies the cases that test/golden/selection.ts names from a recorded set, and says with which DVC it was made.
// Cases are recorded outside of this project, with real DVC: a case that its own tool wrote would prove nothing.
import fs from 'node:fs';
import path from 'node:path';
import { ROOT } from './command.mjs';

const [from] = process.argv.slice(2);
const to = path.join(ROOT, 'test/fixtures/golden');
if (!from || !fs.existsSync(path.join(from, 'README.md'))) {
  console.error(
    'usage: npm run golden:update -- FOLDER   (a set of golden cases: NN-name/before.tar.gz and steps.json, and README.md)',
  );
  process.exit(2);
}
const version = /DVC (\d+\.\d+\.\d+)/.exec(fs.readFileSync(path.join(from, 'README.md'), 'utf8'))?.[1];
if (!version) throw new Error(`${from}/README.md does not say with which DVC the set was recorded.`);
const selection = fs.readFileSync(path.join(ROOT, 'test/golden/selection.ts'), 'utf8');
const numbers = new Set([...selection.matchAll(/'(\d\d)'/g)].map((match) => match[1]));
const names = fs
  .readdirSync(from)
  .filter((name) => numbers.has(name.slice(0, 2)) && fs.existsSync(path.join(from, name, 'steps.json')));
if (names.length !== numbers.size)
  throw new Error(`${from} has ${names.length} of the ${numbers.size} selected cases.`);
for (const old of fs.readdirSync(to)) if (/^\d\d-/.test(old)) fs.rmSync(path.join(to, old), { recursive: true });
for (const name of names)
  for (const file of ['README', 'before.tar.gz', 'steps.json']) {
    fs.mkdirSync(path.join(to, name), { recursive: true });
    fs.copyFileSync(path.join(from, name, file), path.join(to, name, file));
    fs.chmodSync(path.join(to, name, file), 0o644); // The set may be read-only.
  }
console.log(`${names.length} cases recorded with DVC ${version}`);
