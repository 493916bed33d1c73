// Calls the built CLI and git where the scripts make repositories.
import path from 'node:path';
import { capture, ROOT } from './command.mjs';

/** An author of our own, so that a machine without one can commit, and none of the user's hooks or signing keys. */
const GIT = [
  '-c',
  'user.name=Lode',
  '-c',
  'user.email=lode@example.com',
  '-c',
  'commit.gpgsign=false',
  '-c',
  'core.hooksPath=',
];

/** `lode …` in a folder. @param {string} cwd @param {...string} args */
export const lode = (cwd, ...args) => capture(process.execPath, [path.join(ROOT, 'dist/cli.js'), ...args], { cwd });

/** `git …` in a folder. @param {string} cwd @param {...string} args */
export const git = (cwd, ...args) => capture('git', [...GIT, ...args], { cwd });

/** Commits all that is there. @param {string} cwd @param {string} message */
export function commitAll(cwd, message) {
  git(cwd, 'add', '--all');
  git(cwd, 'commit', '--quiet', '--message', message);
}
